"""Credentials of one's own machine that a program gives, that change, that need a proxy, or that belong to a Pod."""

from __future__ import annotations

import base64
import contextlib
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from scanners.kube import local
from scanners.kube.errors import CredentialUnavailable, Unauthorized, Unreachable
from scanners.kube.local import in_cluster_credential, in_cluster_rules, local_credential, runs_in_pod
from scanners.kube.transport import Transport
from tests.kube.authority import Authority, Issued
from tests.kube.fake_server import Answer, FakeServer, Request
from tests.kube.local_files import CANARY, cluster_of, config, refused

pytestmark = pytest.mark.usefixtures("home")

Serve = Callable[..., FakeServer]
Connect = Callable[..., Transport]


def plugin(path: Path, body: str) -> dict[str, Any]:
    """An exec plugin: a Python program that prints an ExecCredential or something else."""
    path.write_text(f"#!{sys.executable}\nimport json, os, sys, time\n{body}\n")
    path.chmod(0o700)
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(path), "interactiveMode": "Never"}}


def printing(status: Any) -> str:
    credential = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    return f"print(json.dumps({credential!r}))"


# --- exec plugins


def test_a_plugin_gives_a_token(home: Path) -> None:
    body = f"assert json.loads(os.environ['KUBERNETES_EXEC_INFO'])\n{printing({'token': 'from-a-plugin'})}"
    found = local_credential(config(home / "c", plugin(home / "plugin", body)))
    assert found.token == "from-a-plugin"
    assert found.refresh is not None


def test_a_plugin_gives_a_certificate(home: Path, issued: Issued) -> None:
    status = {
        "clientCertificateData": issued.certificate_pem.decode(),
        "clientKeyData": issued.key_pem.decode(),
    }
    found = local_credential(config(home / "c", plugin(home / "plugin", printing(status))))
    assert (found.client_certificate_pem, found.client_key_pem) == (issued.certificate_pem, issued.key_pem)


def test_a_plugin_beside_the_kubeconfig(home: Path) -> None:
    user = plugin(home / "plugin", printing({"token": "near"}))
    user["exec"]["command"] = "./plugin"
    assert local_credential(config(home / "c", user)).token == "near"


@pytest.mark.parametrize(
    "body",
    [
        f"print('{CANARY}'); print('{CANARY}', file=sys.stderr); sys.exit(1)",
        f"print('{CANARY}')",
        f"print(json.dumps({{'kind': '{CANARY}'}}))",
        f"print(json.dumps('{CANARY}'))",
        printing({"token": f"{CANARY}\nX: y"}),
        printing({}),
        printing(CANARY),
    ],
)
def test_a_plugin_that_fails(home: Path, body: str, capfd: pytest.CaptureFixture[str]) -> None:
    sentence = refused(config(home / "c", plugin(home / "plugin", body)))
    assert sentence.endswith(".")
    assert CANARY not in "".join(capfd.readouterr())


def test_a_plugin_that_does_not_exist(home: Path) -> None:
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin-here"}}
    assert "The credential plugin 'no-such-plugin-here' of this context gave no credential" in refused(
        config(home / "c", user)
    )


def test_a_plugin_that_hangs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "PLUGIN_SECONDS", 0.3)
    sentence = refused(config(home / "c", plugin(home / "plugin", "time.sleep(5)")))
    assert "did not end within 0.3 s" in sentence


# --- credentials that change


def accepting(token: str) -> Callable[[Request, Answer], None]:
    def handler(request: Request, answer: Answer) -> None:
        known = request.headers.get("authorization") == f"Bearer {token}"
        answer.send({"kind": "Status"}, status=200 if known else 401)

    return handler


def test_a_token_file_is_read_again_after_401(home: Path, serve: Serve, connect: Connect) -> None:
    server = serve(accepting("second"))
    (home / "token").write_text("first")
    transport = connect(local_credential(config(home / "c", {"tokenFile": "token"}, cluster_of(server))))
    (home / "token").write_text("second")
    assert transport.get("/version") == b'{"kind": "Status"}'
    assert transport.get("/version") == b'{"kind": "Status"}'
    assert len(server.requests) == 3


def test_a_refresh_that_brings_nothing_new_is_not_tried_with(home: Path, serve: Serve, connect: Connect) -> None:
    server = serve(accepting("second"))
    (home / "token").write_text("first")
    transport = connect(local_credential(config(home / "c", {"tokenFile": "token"}, cluster_of(server))))
    with pytest.raises(Unauthorized, match="does not accept the token"):
        transport.get("/version")
    assert len(server.requests) == 1
    (home / "token").unlink()
    with pytest.raises(Unauthorized, match="file that tokenFile of this context names cannot be read"):
        transport.get("/version")


def test_threads_refresh_once(home: Path, serve: Serve, connect: Connect) -> None:
    """Four readers get 401 at the same time; the plugin runs once more, not four times."""
    gate = threading.Barrier(4, timeout=10)

    def handler(request: Request, answer: Answer) -> None:
        if request.headers["authorization"] == "Bearer run-1":
            gate.wait()
            answer.send({}, status=401)
        else:
            answer.send({})

    server = serve(handler)
    body = """
with open(os.environ["HOME"] + "/runs", "a+") as file:
    file.seek(0)
    runs = len(file.read()) + 1
    file.write("x")
status = {"token": f"run-{runs}"}
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}))
"""
    transport = connect(local_credential(config(home / "c", plugin(home / "plugin", body), cluster_of(server))))
    answers: list[bytes] = []
    threads = [threading.Thread(target=lambda: answers.append(transport.get("/version"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == [b"{}"] * 4
    assert (home / "runs").read_text() == "xx"


# --- proxies


@contextlib.contextmanager
def connect_proxy(allow: bool = True) -> Iterator[tuple[int, list[bytes]]]:
    """An HTTP proxy that knows CONNECT, to one server; gives its port and the heads of the requests it got."""
    heads: list[bytes] = []
    open_sockets: list[socket.socket] = []

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def serve(client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(65536)
            heads.append(head)
            if not allow:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                client.close()
                return
            host, _, port = head.split()[1].decode().rpartition(":")
            server = socket.create_connection((host, int(port)))
            open_sockets.append(server)
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            threading.Thread(target=pump, args=(server, client), daemon=True).start()
            pump(client, server)

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    open_sockets.append(client)
                    threading.Thread(target=serve, args=(client,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1], heads
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        for each in open_sockets:
            each.close()


def test_a_proxy_of_the_kubeconfig(home: Path, serve: Serve, connect: Connect) -> None:
    server = serve(lambda request, answer: answer.send({}))
    with connect_proxy() as (port, heads):
        cluster = cluster_of(server) | {"proxy-url": f"http://user:{CANARY}@127.0.0.1:{port}"}
        credential = local_credential(config(home / "c", {"token": "t"}, cluster))
        assert connect(credential).get("/version") == b"{}"
    (head,) = heads
    assert head.startswith(f"CONNECT 127.0.0.1:{server.port} ".encode())
    assert b"Basic " + base64.b64encode(f"user:{CANARY}".encode()) in head
    assert b"Bearer" not in head
    assert "proxy-authorization" not in server.requests[0].headers
    assert CANARY not in repr(credential)


def test_a_proxy_that_refuses(home: Path, serve: Serve, connect: Connect) -> None:
    server = serve(lambda request, answer: answer.send({}))
    with connect_proxy(allow=False) as (port, _):
        cluster = {"server": server.url, "proxy-url": f"http://127.0.0.1:{port}"}
        transport = connect(local_credential(config(home / "c", {"token": CANARY}, cluster)))
        with pytest.raises(Unreachable, match="The proxy of this kubeconfig does not connect to"):
            transport.get("/version")
    assert server.connections == 0


# --- in a Pod


def account(folder: Path, authority: bytes, token: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "ca.crt").write_bytes(authority)
    (folder / "token").write_text(f"{token}\n")
    (folder / "namespace").write_text("secretsui")
    return folder


def test_in_a_pod(home: Path, serve: Serve, connect: Connect) -> None:
    server = serve(accepting("second"))
    folder = account(home / "serviceaccount", server.authority.pem, "first")
    environment = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(server.port)}
    found = in_cluster_credential(folder, environment)
    assert (found.server, found.token, found.namespace) == (server.url, "first", "secretsui")
    transport = connect(found)
    account(folder, server.authority.pem, "second")  # the kubelet renews it every hour
    assert transport.get("/version") == b'{"kind": "Status"}'


def test_in_a_pod_with_ipv6(home: Path) -> None:
    folder = account(home / "serviceaccount", Authority().pem, "t")
    environment = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    assert in_cluster_credential(folder, environment).server == "https://[fd00::1]:443"


def test_not_in_a_pod(home: Path) -> None:
    with pytest.raises(CredentialUnavailable, match="does not run in a Pod"):
        in_cluster_credential(home, {})


def test_in_a_pod_without_an_authority(home: Path) -> None:
    """The token must not go to whoever the system's authorities would vouch for."""
    environment = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    with pytest.raises(CredentialUnavailable, match=r"token and ca\.crt"):
        in_cluster_credential(account(home / "serviceaccount", b"", "t"), environment)


def test_in_a_pod_without_a_token(home: Path) -> None:
    environment = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    with pytest.raises(CredentialUnavailable, match="automountServiceAccountToken"):
        in_cluster_credential(home, environment)


def test_a_pod_is_told_by_its_environment_and_its_token(home: Path) -> None:
    folder = account(home / "serviceaccount", b"", "t")
    environment = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}
    assert runs_in_pod(folder, environment)
    assert not runs_in_pod(folder, {}) and not runs_in_pod(home, environment)


@pytest.mark.parametrize(
    ("host", "refused"),
    [("10.0.0.1", False), ("240.0.0.1", False), ("::1", False), ("cluster.example", True), ("", True)],
)
def test_the_address_that_the_platform_names_is_allowed(host: str, refused: bool) -> None:
    rules = in_cluster_rules({"KUBERNETES_SERVICE_HOST": host} if host else {})
    assert rules.own == (frozenset() if refused else frozenset({ip_address(host)}))
    assert rules.refusal(ip_address("169.254.169.254"))
