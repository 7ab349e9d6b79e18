"""A small HTTPS server for what a real API server cannot be made to do: it answers with the bytes it is told to.

A handler gets each request and an Answer to write to. The server stays on loopback and ends with its `with`
block, whatever its handlers are in the midst of.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from scanners.kube.credential import Credential
from tests.kube.authority import Authority, Issued

TOKEN = "fake-token-canary"


@dataclass(frozen=True)
class Request:
    """`query` holds the first value of each parameter, `headers` have lower-case names."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


class Answer:
    """The way back to the client of one request."""

    def __init__(self, connection: ssl.SSLSocket, stopping: threading.Event) -> None:
        self._connection = connection
        self._stopping = stopping

    def send(
        self,
        body: bytes | str | Mapping[str, Any] | list[Any] = b"",
        *,
        status: int = 200,
        media_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """A whole and proper answer; anything but bytes and text is sent as JSON."""
        if not isinstance(body, bytes | str):
            body = json.dumps(body)
        content = body.encode() if isinstance(body, str) else body
        self.begin(status, {"Content-Type": media_type, "Content-Length": len(content)} | dict(headers or {}))
        self.raw(content)

    def begin(self, status: int, headers: Mapping[str, Any]) -> None:
        """Status line and headers."""
        lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self.raw("\r\n".join(lines).encode())

    def raw(self, content: bytes) -> None:
        self._connection.sendall(content)

    def endlessly(self, content: bytes, *, seconds_between: float = 0.0) -> None:
        """Sends the same again and again until the client hangs up or the test is over."""
        while not self._stopping.wait(seconds_between):
            self.raw(content)

    def keep_silent(self) -> None:
        """Says nothing until the test is over."""
        self._stopping.wait()

    def reset(self) -> None:
        """Cuts the connection off with a TCP reset."""
        linger = struct.pack("ii", 1, 0)
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._connection.close()

    def close(self) -> None:
        """Ends the connection in order, whatever was promised before."""
        self._connection.close()


Handler = Callable[[Request, Answer], None]


class FakeServer:
    """Listens at 127.0.0.1 (or `address`) with a certificate of `authority` for that address, or another one given.

    With `client_authority` it ends the handshake of whoever has no certificate of that authority.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        authority: Authority | None = None,
        certificate: Issued | None = None,
        client_authority: Authority | None = None,
        address: str = "127.0.0.1",
    ) -> None:
        self.authority = authority or Authority()
        self.requests: list[Request] = []
        self.connections = 0
        self._handler = handler
        self._context = _server_context(certificate or self.authority.issue(address), client_authority)
        self._listener = socket.create_server(
            (address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET
        )
        self.port = self._listener.getsockname()[1]
        self.url = f"https://[{address}]:{self.port}" if ":" in address else f"https://{address}:{self.port}"
        self._stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def credential(self, **changes: Any) -> Credential:
        """A credential that this server's certificate satisfies, but for the `changes`."""
        return Credential(**({"server": self.url, "ca_pem": self.authority.pem, "token": TOKEN} | changes))

    def _start(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self._open.add(connection)
            self._start(self._serve, connection)

    def _serve(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError), self._context.wrap_socket(plain, server_side=True) as connection:
            self._open.add(connection)
            while request := _read_request(connection):
                self.requests.append(request)
                self._handler(request, Answer(connection, self._stopping))


def _server_context(issued: Issued, client_authority: Authority | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "server.pem"
        path.write_bytes(issued.certificate_pem + issued.key_pem)
        context.load_cert_chain(path)
    if client_authority:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=client_authority.pem.decode())
    return context


def _read_request(connection: ssl.SSLSocket) -> Request | None:
    """The next request of a connection; None when the client has gone. (No makefile: it would defer `close`.)"""
    received = b""
    while b"\r\n\r\n" not in received:
        if not (more := connection.recv(65536)):
            return None
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    method, target, _ = first.split(" ")
    url = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
    return Request(method, url.path, query, headers, body)
