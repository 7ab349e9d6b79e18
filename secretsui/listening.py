"""The address that `up` listens on, bound before anything is started so that nobody can take it in between."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass
from ipaddress import ip_address

PORTS_TO_TRY = 50
BACKLOG = 128


class CannotListen(Exception):
    """The message is a sentence."""


@dataclass(frozen=True)
class Listener:
    """A bound socket. `connect_to` is a host that reaches it from this machine."""

    socket: socket.socket
    host: str
    port: int
    loopback: bool

    @property
    def connect_to(self) -> str:
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104

    @property
    def url(self) -> str:
        host = f"[{self.connect_to}]" if ":" in self.connect_to else self.connect_to
        return f"http://{host}:{self.port}/"


def listen(host: str, port: int) -> Listener:
    """Binds `host`, at `port` or the next free one; port 0 takes any. Raises CannotListen."""
    if not 0 <= port <= 65535:
        raise CannotListen(f"{port} is not a port; choose one from 1 to 65535.")
    address, family = _resolve(host)
    for candidate in range(port, min(port + PORTS_TO_TRY, 65536)):
        bound = socket.socket(family, socket.SOCK_STREAM)
        # Or a port that was just closed could not be used for a minute.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((address, candidate))
            bound.listen(BACKLOG)
        except OSError as error:
            bound.close()
            if error.errno == errno.EADDRINUSE and port:
                continue
            raise CannotListen(_refusal(host, candidate, error)) from None
        return Listener(bound, address, bound.getsockname()[1], ip_address(address).is_loopback)
    raise CannotListen(f"ports {port} to {candidate} on {host} are all taken; give a free one with --port.")


def _resolve(host: str) -> tuple[str, socket.AddressFamily]:
    try:
        found = socket.getaddrinfo(host.strip("[]"), 0, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise CannotListen(f"{host} is not an address of this machine; 127.0.0.1 is the usual one.") from None
    family, *_, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    return str(address[0]), family


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine; 127.0.0.1 is the usual one."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"this user may not listen on port {port}; choose one above 1023 with --port."
    return f"cannot listen on {host} port {port}: {error.strerror}."
