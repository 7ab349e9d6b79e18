"""Who is trusted: the certificates that a server may show, and the one that we show."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from scanners.kube.credential import Credential
from scanners.kube.deadline import TlsSocket
from scanners.kube.errors import (
    ClientCertificateRefused,
    KubeError,
    TooSlow,
    UnexpectedAnswer,
    Unreachable,
    UntrustedCertificate,
)
from scanners.kube.network import NetworkRules
from scanners.kube.tls import client_context
from scanners.kube.transport import Transport
from tests.kube.authority import DAY, Authority, private_pem
from tests.kube.fake_server import Answer, FakeServer, Request
from tests.missing import missing

Serve = Callable[..., FakeServer]
Connect = Callable[..., Transport]

NAMED = NetworkRules(allow_loopback=True, resolver=lambda host, port: ["127.0.0.1"])


def fine(request: Request, answer: Answer) -> None:
    answer.send({})


def refused(transport: Transport, kind: type[KubeError]) -> str:
    with pytest.raises(kind) as raised:
        transport.get("/api/v1/secrets")
    assert type(raised.value) is kind
    return str(raised.value)


def test_another_authority(serve: Serve, connect: Connect) -> None:
    server = serve(fine)
    sentence = refused(connect(server.credential(ca_pem=Authority().pem)), UntrustedCertificate)
    assert "is not signed by the certificate authority given for it" in sentence
    assert server.requests == []


def test_another_authority_of_the_same_name(serve: Serve, connect: Connect) -> None:
    server = serve(fine, authority=Authority("kubernetes"))
    transport = connect(server.credential(ca_pem=Authority("kubernetes").pem))
    assert "is not signed by the certificate authority given for it" in refused(transport, UntrustedCertificate)


def test_no_authority_given_means_those_of_the_system(serve: Serve, connect: Connect) -> None:
    server = serve(fine)
    sentence = refused(connect(server.credential(ca_pem=None)), UntrustedCertificate)
    assert "is not signed by an authority that this machine trusts" in sentence
    assert server.requests == []


def test_a_system_without_authorities_has_those_of_certifi(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = ssl.DefaultVerifyPaths(None, None, "SSL_CERT_FILE", "", "SSL_CERT_DIR", "")
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nothing)
    assert client_context(None).cert_store_stats()["x509_ca"] > 50


def test_an_expired_certificate(serve: Serve, connect: Connect) -> None:
    authority = Authority()
    server = serve(fine, authority=authority, certificate=authority.issue("127.0.0.1", lasts=-DAY))
    assert "has expired" in refused(connect(server), UntrustedCertificate)
    assert server.requests == []


@pytest.mark.parametrize(
    ("names", "what"), [(("other.example",), "address"), (("10.0.0.1", "other.example"), "address")]
)
def test_a_certificate_for_another_name(serve: Serve, connect: Connect, names: tuple[str, ...], what: str) -> None:
    authority = Authority()
    server = serve(fine, authority=authority, certificate=authority.issue(*names))
    assert f"is for another {what}" in refused(connect(server), UntrustedCertificate)
    assert server.requests == []


def test_a_name_that_is_not_in_the_certificate(serve: Serve, connect: Connect) -> None:
    server = serve(fine)
    credential = server.credential(server=f"https://cluster.example:{server.port}")
    assert "is for another name" in refused(connect(credential, NAMED), UntrustedCertificate)


def test_tls_server_name(serve: Serve, connect: Connect) -> None:
    authority = Authority()
    server = serve(fine, authority=authority, certificate=authority.issue("cluster.example"))
    assert connect(server.credential(tls_server_name="cluster.example")).get("/version") == b"{}"
    refused(connect(server.credential(tls_server_name="other.example")), UntrustedCertificate)
    assert server.requests[0].headers["host"] == f"127.0.0.1:{server.port}"


def test_a_name_keeps_its_host_header_and_its_certificate_check(serve: Serve, connect: Connect) -> None:
    authority = Authority()
    server = serve(fine, authority=authority, certificate=authority.issue("cluster.example"))
    credential = server.credential(server=f"https://cluster.example:{server.port}")
    assert connect(credential, NAMED).get("/version") == b"{}"
    assert server.requests[0].headers["host"] == f"cluster.example:{server.port}"


def test_ipv6(serve: Serve, connect: Connect) -> None:
    if not _has_ipv6():
        missing("This machine has no IPv6 loopback.")
    assert connect(serve(fine, address="::1")).get("/version") == b"{}"


def test_the_bundle_may_hold_the_certificate_itself(serve: Serve, connect: Connect) -> None:
    """As with kubectl, what is in certificate-authority-data is trusted as it is."""
    authority = Authority()
    issued = authority.issue("127.0.0.1")
    server = serve(fine, authority=authority, certificate=issued)
    bundle = Authority("unrelated").pem + issued.certificate_pem
    assert connect(server.credential(ca_pem=bundle)).get("/version") == b"{}"


# --- our own certificate


def test_a_client_certificate(serve: Serve, connect: Connect) -> None:
    clients = Authority("clients")
    server = serve(fine, client_authority=clients)
    ours, foreign = clients.issue("someone"), Authority("strangers").issue("someone")

    def credential(issued: object = None) -> Credential:
        pems = (None, None) if issued is None else (issued.certificate_pem, issued.key_pem)
        return server.credential(token=None, client_certificate_pem=pems[0], client_key_pem=pems[1])

    assert connect(credential(ours)).get("/version") == b"{}"
    assert "refused the client certificate given" in refused(connect(credential(foreign)), ClientCertificateRefused)
    assert "refused a connection without one" in refused(connect(credential()), ClientCertificateRefused)


def test_an_alert_that_is_overtaken_by_a_reset(serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """It depends on the timing whether the reset comes first; here it always does."""
    server = serve(fine, client_authority=Authority("clients"))

    def too_late(self: TlsSocket, *arguments: object, **options: object) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(TlsSocket, "sendall", too_late)
    transport = connect(server.credential())
    assert "refused a connection without one" in refused(transport, ClientCertificateRefused)


def test_a_client_certificate_with_the_key_of_another(connect: Connect) -> None:
    authority = Authority()
    credential = Credential(
        server="https://127.0.0.1:1",
        client_certificate_pem=authority.issue("a").certificate_pem,
        client_key_pem=authority.issue("b").key_pem,
    )
    with pytest.raises(ClientCertificateRefused, match="does not belong to the client key"):
        connect(credential)


def test_a_client_key_with_a_passphrase_asks_nobody(connect: Connect) -> None:
    authority = Authority()
    credential = Credential(
        server="https://127.0.0.1:1",
        client_certificate_pem=authority.issue("a").certificate_pem,
        client_key_pem=private_pem(ec.generate_private_key(ec.SECP256R1()), b"passphrase"),
    )
    with pytest.raises(ClientCertificateRefused, match="encrypted key"):
        connect(credential)


@pytest.mark.parametrize("memory", [True, False], ids=["memfd", "file"])
def test_a_client_key_leaves_no_file(
    serve: Serve, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: bool
) -> None:
    if memory and not hasattr(os, "memfd_create"):
        missing("This system has no memfd_create.")
    if not memory:
        monkeypatch.delattr(os, "memfd_create", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    modes = []
    mkstemp = tempfile.mkstemp
    monkeypatch.setattr(tempfile, "mkstemp", lambda **options: _noted(mkstemp(**options), modes))
    clients = Authority()
    ours = clients.issue("someone")
    server = serve(fine, client_authority=clients)
    transport = connect(server.credential(client_certificate_pem=ours.certificate_pem, client_key_pem=ours.key_pem))
    assert list(tmp_path.iterdir()) == []
    assert transport.get("/version") == b"{}"
    assert modes == ([] if memory else [0o100600])


def _noted(made: tuple[int, str], modes: list[int]) -> tuple[int, str]:
    modes.append(os.fstat(made[0]).st_mode)
    return made


# --- no TLS at all


@contextlib.contextmanager
def plain_listener(greeting: bytes | None, backlog: int = 5) -> Iterator[int]:
    """A TCP port that says `greeting` after the first bytes it gets, or nothing (None)."""
    with socket.create_server(("127.0.0.1", 0), backlog=backlog) as listener:
        taken: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                taken.append(connection)
                if greeting is not None:
                    connection.recv(65536)
                    connection.sendall(greeting)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        for connection in taken:
            connection.close()


def test_a_server_without_tls(connect: Connect) -> None:
    with plain_listener(b"HTTP/1.1 400 Bad Request\r\n\r\nClient sent an HTTP request") as port:
        sentence = refused(connect(Credential(server=f"https://127.0.0.1:{port}", token="t")), UnexpectedAnswer)
    assert "does not speak TLS" in sentence


def test_a_server_that_hangs_before_tls(connect: Connect) -> None:
    with plain_listener(None) as port:
        transport = connect(Credential(server=f"https://127.0.0.1:{port}"), connect_seconds=0.3)
        assert "did not begin TLS within 0.3 s" in refused(transport, Unreachable)


def test_the_deadline_holds_for_the_handshake_too(connect: Connect) -> None:
    with plain_listener(None) as port:
        transport = connect(Credential(server=f"https://127.0.0.1:{port}"), deadline_seconds=0.3)
        assert "did not complete its answer within 0.3 s" in refused(transport, TooSlow)


def test_nothing_listens(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    sentence = refused(connect(Credential(server=f"https://127.0.0.1:{port}")), Unreachable)
    assert f"Nothing listens at 127.0.0.1:{port} (connection refused)" in sentence


def test_packets_go_nowhere(connect: Connect) -> None:
    """A listener whose queue is full: Linux drops the packets of whoever wants to connect."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as stack:
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        credential = Credential(server=f"https://127.0.0.1:{listener.getsockname()[1]}")
        assert "did not answer within 0.3 s" in refused(connect(credential, connect_seconds=0.3), Unreachable)


def _has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False
