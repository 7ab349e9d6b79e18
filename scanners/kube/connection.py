"""Connections to one API server: resolved once, checked, and under the running deadline."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import urllib3
from urllib3.connection import HTTPSConnection

from scanners.kube import explain
from scanners.kube.address import ServerAddress
from scanners.kube.credential import Credential
from scanners.kube.deadline import Deadline, PlainSocket, current, running
from scanners.kube.errors import KubeError
from scanners.kube.network import IPAddress, NetworkRules

CONNECTIONS = 4  # as many as kinds are read at a time
SECONDS_FOR_LAST_WORDS = 1.0


class Opener:
    """Opens TCP connections within `rules`, each attempt in `seconds`. A name keeps the addresses it first had."""

    def __init__(self, rules: NetworkRules, seconds: float) -> None:
        self._rules = rules
        self._seconds = seconds
        self._lock = threading.Lock()
        self._known: dict[tuple[str, int], tuple[IPAddress, ...]] = {}

    def open(self, host: str, port: int) -> PlainSocket:
        """A connection to the first address that takes one. Raises RefusedAddress, Unreachable, TooSlow, Cancelled."""
        failure: OSError | None = None
        for address in self._addresses(host, port):
            try:
                return self._connect(address, port)
            except OSError as error:
                self._limit()  # if it was the deadline that was short, it says so
                failure = failure or error
        raise explain.not_connected(failure or OSError(), str(ServerAddress(host, port)), self._seconds) from None

    def _connect(self, address: IPAddress, port: int) -> PlainSocket:
        connection = PlainSocket(socket.AF_INET6 if address.version == 6 else socket.AF_INET, socket.SOCK_STREAM)
        try:
            connection.settimeout(self._limit())
            connection.connect((str(address), port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(self._limit())  # for the TLS handshake as a whole
        except BaseException:
            connection.close()
            raise
        return connection

    def _addresses(self, host: str, port: int) -> tuple[IPAddress, ...]:
        with self._lock:
            if (host, port) not in self._known:
                self._known[host, port] = self._rules.addresses(host, port, seconds=self._limit())
            return self._known[host, port]

    def _limit(self) -> float:
        deadline = current()
        return min(self._seconds, deadline.remaining()) if deadline else self._seconds


class _Connection(HTTPSConnection):
    """urllib3's connection, but for who opens its socket: name, certificate check and Host header are the server's."""

    def __init__(self, *arguments: Any, opener: Opener, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._opener = opener

    def _new_conn(self) -> socket.socket:
        return self._opener.open(self._dns_host, self.port or 443)


def last_words(credential: Credential, context: ssl.SSLContext, opener: Opener) -> OSError | None:
    """What the server says after the handshake when nothing is asked of it: the error, if it ends the connection.

    In TLS 1.3 the client's handshake is complete before the server has looked at its certificate, so what the client
    sends next may be answered with a TCP reset that overtakes the alert with the reason.
    """
    address = credential.address
    try:
        with (
            opener.open(address.host, address.port) as plain,
            context.wrap_socket(plain, server_hostname=credential.tls_server_name or address.host) as connection,
            running(Deadline(str(address), SECONDS_FOR_LAST_WORDS)),
        ):
            connection.recv_into(bytearray(1))
    except OSError as error:
        return error
    except KubeError:
        return None
    return None


def pool(credential: Credential, context: ssl.SSLContext, opener: Opener) -> urllib3.HTTPConnectionPool:
    """Connections to the credential's server, by its proxy if it has one. Proxies of the environment are not used."""
    settings: dict[str, Any] = {
        "maxsize": CONNECTIONS,
        "ssl_context": context,
        "server_hostname": credential.tls_server_name,
    }
    manager: urllib3.PoolManager
    if credential.proxy_url:
        user = urllib3.util.parse_url(credential.proxy_url).auth
        headers = urllib3.make_headers(proxy_basic_auth=user) if user else None
        manager = urllib3.ProxyManager(credential.proxy_url, proxy_headers=headers, **settings)
    else:
        manager = urllib3.PoolManager(**settings)
    made = manager.connection_from_url(credential.server)
    connect: Callable[..., HTTPSConnection] = partial(_Connection, opener=opener)
    made.ConnectionCls = connect  # type: ignore[assignment]
    return made
