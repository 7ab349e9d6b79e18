"""One deadline for a whole exchange: connecting, headers and body, however slowly the server drips them.

A socket's own time-out starts anew with every byte that arrives, so a server that sends one byte a second
holds a reader for ever. The sockets here ask the deadline of the running exchange before every read and
write, which also lets a person cancel while a server keeps silent. No thread watches.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from scanners.kube.errors import Cancelled, TooSlow

SECONDS_BETWEEN_LOOKS = 0.2  # how often `cancelled` is asked while nothing arrives


class Deadline:
    """The end of an exchange with `server`, `seconds` from now, or when `cancelled()` is true."""

    def __init__(self, server: str, seconds: float, cancelled: Callable[[], bool] | None = None) -> None:
        self._server = server
        self._seconds = seconds
        self._cancelled = cancelled
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, more than 0. Raises TooSlow or Cancelled."""
        if self._cancelled and self._cancelled():
            raise Cancelled
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.too_slow()
        return left

    def too_slow(self) -> TooSlow:
        """The error for an exchange that was not complete in time."""
        return TooSlow(
            f"{self._server} did not complete its answer within {self._seconds:g} s; "
            "try again when it is less busy, or allow more time."
        )

    def look(self) -> float:
        """Seconds to wait before asking again, more than 0. Raises TooSlow or Cancelled."""
        left = self.remaining()
        return min(left, SECONDS_BETWEEN_LOOKS) if self._cancelled else left

    def sleep(self, seconds: float) -> None:
        """Waits. Raises TooSlow or Cancelled as soon as it is so."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, self.look()))


_running: ContextVar[Deadline | None] = ContextVar("running_deadline", default=None)


@contextlib.contextmanager
def running(deadline: Deadline) -> Iterator[Deadline]:
    """Within it, the sockets of this module obey `deadline`, in this thread."""
    token = _running.set(deadline)
    try:
        yield deadline
    finally:
        _running.reset(token)


def current() -> Deadline | None:
    return _running.get()


def _read(sock: socket.socket, receive: Callable[[], int]) -> int:
    while (deadline := current()) is not None:
        sock.settimeout(deadline.look())
        try:
            return receive()
        except TimeoutError:
            continue
    return receive()


def _write(sock: socket.socket, send: Callable[[], Any]) -> Any:
    if (deadline := current()) is None:
        return send()
    sock.settimeout(deadline.remaining())
    try:
        return send()
    except TimeoutError:
        raise deadline.too_slow() from None


class PlainSocket(socket.socket):
    """A TCP socket that obeys the running deadline."""

    def recv_into(self, *arguments: Any, **options: Any) -> int:
        return _read(self, lambda: super(PlainSocket, self).recv_into(*arguments, **options))

    def sendall(self, *arguments: Any, **options: Any) -> None:
        _write(self, lambda: super(PlainSocket, self).sendall(*arguments, **options))


class TlsSocket(ssl.SSLSocket):
    """A TLS socket that obeys the running deadline: set as an SSLContext's `sslsocket_class`."""

    def recv_into(self, *arguments: Any, **options: Any) -> int:
        return _read(self, lambda: super(TlsSocket, self).recv_into(*arguments, **options))

    def sendall(self, *arguments: Any, **options: Any) -> None:
        _write(self, lambda: super(TlsSocket, self).sendall(*arguments, **options))
