"""The transport against servers that misbehave. That it works with a real one is in test_real_cluster.py."""

from __future__ import annotations

import gzip
import itertools
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable

import pytest

from scanners.kube.deadline import Deadline
from scanners.kube.errors import (
    Cancelled,
    Denied,
    KubeError,
    NotServed,
    TooLarge,
    TooSlow,
    Unauthorized,
    UnexpectedAnswer,
    Unreachable,
)
from scanners.kube.transport import REVIEWS, Transport
from tests.kube.fake_server import TOKEN, Answer, FakeServer, Request

Serve = Callable[..., FakeServer]
Connect = Callable[..., Transport]

SECRETS = "/api/v1/secrets"
HURRY = 0.4  # seconds: what never ends is waited for no longer


def refused(transport: Transport, kind: type[KubeError], path: str = SECRETS, accept: str = "application/json") -> str:
    """The sentence of the error that a GET raises."""
    with pytest.raises(kind) as raised:
        transport.get(path, accept=accept)
    assert type(raised.value) is kind
    sentence = str(raised.value)
    assert TOKEN not in sentence
    return sentence


def fine(request: Request, answer: Answer) -> None:
    answer.send({"kind": "SecretList"})


def status(code: int, **fields: object) -> dict[str, object]:
    return {"kind": "Status", "apiVersion": "v1", "code": code, "message": "canary-of-the-server", **fields}


def test_what_is_sent(serve: Serve, connect: Connect) -> None:
    server = serve(fine)
    body = connect(server).get(SECRETS, {"limit": 500, "continue": "a b&c"}, "application/json;as=Table")
    assert body == b'{"kind": "SecretList"}'
    (request,) = server.requests
    assert (request.method, request.path) == ("GET", SECRETS)
    assert request.query == {"limit": "500", "continue": "a b&c"}
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["accept"] == "application/json;as=Table"
    assert request.headers["host"] == f"127.0.0.1:{server.port}"
    assert "secretsui" in request.headers["user-agent"]


def test_connections_are_used_again(serve: Serve, connect: Connect) -> None:
    server = serve(fine)
    transport = connect(server)
    for _ in range(5):
        transport.get(SECRETS)
    assert (len(server.requests), server.connections) == (5, 1)


def test_a_connection_that_the_server_closed_between_calls_is_replaced(serve: Serve, connect: Connect) -> None:
    def answer_and_close(request: Request, answer: Answer) -> None:
        answer.send({})
        answer.close()

    transport = connect(serve(answer_and_close))
    assert [transport.get(SECRETS) for _ in range(3)] == [b"{}"] * 3


def test_a_server_may_live_below_a_path(serve: Serve, connect: Connect) -> None:
    server = serve(fine)
    connect(server.credential(server=f"{server.url}/k8s/clusters/c-1/")).get(SECRETS)
    assert server.requests[0].path == "/k8s/clusters/c-1/api/v1/secrets"


@pytest.mark.parametrize(
    "path",
    [
        "api/v1/secrets",
        "//elsewhere.example/api",
        "/api/v1/secrets?watch=true",
        "/api/v1/../../secrets",
        "/api/v1/secrets#x",
        "/api/v1/secrets\r\nX: y",
        "/api/v1/namespaces/a/pods/b/exec",
        "/api/v1/namespaces/a/services/b/proxy/admin",
        "/api/v1/nodes/a/proxy/pods",
        "/api/v1/namespaces%2Fshop/secrets",
        "/api/v1/nodes/a%2Fproxy",
        "/api/v1/nodes/a%2fproxy%2fpods",
        "/api/v1/%77atch/secrets",
        "/api/v1/namespaces/%2e%2e/secrets",
        "/api/v1/watch/secrets",
        "/api/v1/proxy/nodes/a",
    ],
)
def test_only_objects_and_lists_can_be_asked_for(serve: Serve, connect: Connect, path: str) -> None:
    server = serve(fine)
    with pytest.raises(ValueError, match=r"^(This is not a path|Only objects and lists)"):
        connect(server).get(path)
    assert server.connections == 0


@pytest.mark.parametrize("parameter", ["watch", "follow"])
def test_nothing_is_watched(serve: Serve, connect: Connect, parameter: str) -> None:
    with pytest.raises(ValueError, match="no watches"):
        connect(serve(fine)).get(SECRETS, {parameter: "true"})


def test_only_reviews_of_oneself_are_posted(serve: Serve, connect: Connect) -> None:
    server = serve(lambda request, answer: answer.send({}, status=201))
    transport = connect(server)
    for resource in REVIEWS:
        transport.review(resource, {"spec": {}})
    assert [request.method for request in server.requests] == ["POST"] * 3
    assert [request.path for request in server.requests] == [
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
        "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    ]
    for resource in ("secrets", "subjectaccessreviews", "tokenreviews", "../secrets"):
        with pytest.raises(ValueError, match="Only reviews of oneself"):
            transport.review(resource, {})
    assert len(server.requests) == 3


def test_the_public_methods_are_those_that_read(serve: Serve, connect: Connect) -> None:
    public = {name for name in dir(connect(serve(fine))) if not name.startswith("_")}
    assert public == {"server", "get", "review", "close"}


# --- time


def test_headers_that_drip(serve: Serve, connect: Connect) -> None:
    def drip(request: Request, answer: Answer) -> None:
        answer.raw(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        answer.endlessly(b"x", seconds_between=0.02)

    sentence = refused(connect(serve(drip), deadline_seconds=HURRY), TooSlow)
    assert "did not complete its answer within 0.4 s" in sentence


def test_a_body_that_drips(serve: Serve, connect: Connect) -> None:
    def drip(request: Request, answer: Answer) -> None:
        answer.begin(200, {"Content-Type": "application/json", "Content-Length": 10**6})
        answer.endlessly(b" ", seconds_between=0.02)

    refused(connect(serve(drip), deadline_seconds=HURRY), TooSlow)


def test_chunks_that_bring_nothing_after_decompression(serve: Serve, connect: Connect) -> None:
    empty_block = b"\x00\x00\x00\xff\xff"  # a stored deflate block of no bytes (RFC 1951)

    def nothing(request: Request, answer: Answer) -> None:
        answer.begin(200, {"Content-Type": "application/json", "Content-Encoding": "gzip"})
        answer.raw(gzip.compress(b"")[:10])
        answer.endlessly(empty_block * 10)

    refused(connect(serve(nothing), deadline_seconds=HURRY), TooSlow)


def test_informational_answers_without_end(serve: Serve, connect: Connect) -> None:
    def stall(request: Request, answer: Answer) -> None:
        answer.endlessly(b"HTTP/1.1 100 Continue\r\n\r\n", seconds_between=0.01)

    refused(connect(serve(stall), deadline_seconds=HURRY), TooSlow)


def test_no_answer_at_all(serve: Serve, connect: Connect) -> None:
    transport = connect(serve(lambda request, answer: answer.keep_silent()), deadline_seconds=HURRY)
    refused(transport, TooSlow)


def test_a_slow_call_does_not_harm_the_next(serve: Serve, connect: Connect) -> None:
    def slow_once(request: Request, answer: Answer) -> None:
        if "slow" in request.path:
            answer.keep_silent()
        answer.send({"kind": "SecretList"})

    transport = connect(serve(slow_once), deadline_seconds=2)
    refused(transport, TooSlow, "/api/v1/namespaces/slow/secrets")
    assert transport.get(SECRETS) == b'{"kind": "SecretList"}'


def test_cancel_while_the_server_keeps_silent(serve: Serve, connect: Connect) -> None:
    looks = itertools.count()
    transport = connect(
        serve(lambda request, answer: answer.keep_silent()), deadline_seconds=10, cancelled=lambda: next(looks) > 3
    )
    with pytest.raises(Cancelled):
        transport.get(SECRETS)


def test_cancel_while_waiting_for_a_busy_server(serve: Serve, connect: Connect) -> None:
    busy = threading.Event()

    def refuse(request: Request, answer: Answer) -> None:
        answer.send(b"", status=503, headers={"Retry-After": "5"})
        busy.set()

    with pytest.raises(Cancelled):
        connect(serve(refuse), deadline_seconds=60, cancelled=busy.is_set).get(SECRETS)


# --- size


def test_a_body_that_never_ends(serve: Serve, connect: Connect) -> None:
    def flood(request: Request, answer: Answer) -> None:
        answer.begin(200, {"Content-Type": "application/json"})
        answer.endlessly(b" " * 65536)

    assert "more than 1,000,000 bytes" in refused(connect(serve(flood), max_bytes=1_000_000), TooLarge)


def test_chunks_that_never_end(serve: Serve, connect: Connect) -> None:
    def flood(request: Request, answer: Answer) -> None:
        answer.begin(200, {"Content-Type": "application/json", "Transfer-Encoding": "chunked"})
        answer.endlessly(b"1000\r\n" + b" " * 4096 + b"\r\n")

    refused(connect(serve(flood), max_bytes=1_000_000), TooLarge)


def test_a_small_body_that_decompresses_to_a_huge_one(serve: Serve, connect: Connect) -> None:
    compressor = zlib.compressobj(9, wbits=31)
    bomb = b"".join(compressor.compress(b" " * 1_000_000) for _ in range(200)) + compressor.flush()
    assert len(bomb) < 250_000

    server = serve(lambda request, answer: answer.send(bomb, headers={"Content-Encoding": "gzip"}))
    refused(connect(server, max_bytes=5_000_000), TooLarge)


def test_gzip_is_read(serve: Serve, connect: Connect) -> None:
    content = b'{"kind": "SecretList"}' * 1000
    server = serve(lambda request, answer: answer.send(gzip.compress(content), headers={"Content-Encoding": "gzip"}))
    assert connect(server).get(SECRETS) == content
    assert server.requests[0].headers["accept-encoding"] == "gzip"


def test_an_error_may_not_be_large_either(serve: Serve, connect: Connect) -> None:
    server = serve(lambda request, answer: answer.send(b" " * 300_000, status=500))
    refused(connect(server), TooLarge)


# --- answers that are not what was asked for


def test_a_redirect_is_not_followed(serve: Serve, connect: Connect) -> None:
    metadata = serve(fine)
    target = f"{metadata.url}/latest/meta-data/"
    headers = {"Location": target}
    server = serve(lambda request, answer: answer.send("<html>", status=302, media_type="text/html", headers=headers))
    sentence = refused(connect(server), UnexpectedAnswer)
    assert "redirects elsewhere (HTTP 302)" in sentence
    assert metadata.url not in sentence
    assert metadata.connections == 0


@pytest.mark.parametrize("code", [200, 401, 403, 404, 500])
def test_a_web_page(serve: Serve, connect: Connect, code: int) -> None:
    page = "<html>canary-of-the-server</html>"
    server = serve(lambda request, answer: answer.send(page, status=code, media_type="text/html; charset=utf-8"))
    sentence = refused(connect(server), UnexpectedAnswer)
    assert "not a Kubernetes API server" in sentence
    assert "canary" not in sentence


@pytest.mark.parametrize("headers", [{"Content-Type": "text/plain"}, {"Content-Encoding": "br"}, {"Content-Type": ""}])
def test_another_form(serve: Serve, connect: Connect, headers: dict[str, str]) -> None:
    server = serve(lambda request, answer: answer.send({}, headers=headers))
    assert "in a form that was not asked for" in refused(connect(server), UnexpectedAnswer)


def test_metrics_are_text(serve: Serve, connect: Connect) -> None:
    server = serve(lambda request, answer: answer.send("up 1", media_type="text/plain; version=0.0.4"))
    assert connect(server).get("/metrics", accept="text/plain;version=0.0.4") == b"up 1"


def test_no_http(serve: Serve, connect: Connect) -> None:
    server = serve(lambda request, answer: answer.raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"))
    sentence = refused(connect(server), UnexpectedAnswer)
    assert "does not answer as HTTP prescribes" in sentence
    assert "SSH" not in sentence


# --- refusals


@pytest.mark.parametrize(
    ("path", "verb", "resource", "namespace"),
    [
        ("/api/v1/secrets", "list", "secrets", ""),
        ("/api/v1/namespaces", "list", "namespaces", ""),
        ("/api/v1/namespaces/shop", "get", "namespaces", ""),
        ("/api/v1/namespaces/shop/secrets", "list", "secrets", "shop"),
        ("/api/v1/namespaces/shop/secrets/db", "get", "secrets", "shop"),
        ("/apis/rbac.authorization.k8s.io/v1/roles", "list", "roles.rbac.authorization.k8s.io", ""),
        ("/metrics", "get", "/metrics", ""),
        ("/apis", "get", "/apis", ""),
    ],
)
def test_denied_says_what_was_asked(
    serve: Serve, connect: Connect, path: str, verb: str, resource: str, namespace: str
) -> None:
    server = serve(lambda request, answer: answer.send(status(403), status=403))
    with pytest.raises(Denied) as denied:
        connect(server).get(path)
    assert (denied.value.verb, denied.value.resource, denied.value.namespace) == (verb, resource, namespace)
    assert f"may not {verb} {resource}" in str(denied.value)
    assert "canary" not in str(denied.value)


@pytest.mark.parametrize(
    ("answered", "kind", "fragment"),
    [
        (401, Unauthorized, "does not accept the token"),
        (404, NotServed, "does not serve secrets"),
        (500, UnexpectedAnswer, "failed to answer for secrets (HTTP 500)"),
        (406, UnexpectedAnswer, "did not accept the request for secrets (HTTP 406)"),
        (204, UnexpectedAnswer, "HTTP 204"),
    ],
)
def test_statuses(serve: Serve, connect: Connect, answered: int, kind: type[KubeError], fragment: str) -> None:
    body = status(answered) if answered != 204 else b""
    server = serve(lambda request, answer: answer.send(body, status=answered))
    sentence = refused(connect(server), kind)
    assert fragment in sentence
    assert "canary" not in sentence


def test_an_object_that_does_not_exist(serve: Serve, connect: Connect) -> None:
    server = serve(lambda request, answer: answer.send(status(404), status=404))
    sentence = refused(connect(server), NotServed, "/apis/rbac.authorization.k8s.io/v1/clusterroles/my%20role")
    assert "has no clusterroles.rbac.authorization.k8s.io named 'my role'" in sentence
    assert server.requests[0].path == "/apis/rbac.authorization.k8s.io/v1/clusterroles/my%20role"


def test_403_from_something_that_is_no_api_server(serve: Serve, connect: Connect) -> None:
    server = serve(lambda request, answer: answer.send("no", status=403, media_type="text/plain"))
    assert "not as a Kubernetes API server does" in refused(connect(server), UnexpectedAnswer)


# --- trying again


def after(first: Callable[[Request, Answer], None]) -> Callable[[Request, Answer], None]:
    """Answers the first request with `first`, and every further one well."""
    counted = iter(range(10**6))

    def handler(request: Request, answer: Answer) -> None:
        (first if next(counted) == 0 else fine)(request, answer)

    return handler


@pytest.mark.parametrize("code", [429, 503])
def test_a_busy_server_is_asked_once_more(serve: Serve, connect: Connect, code: int) -> None:
    server = serve(after(lambda request, answer: answer.send(b"", status=code, headers={"Retry-After": "0"})))
    assert connect(server).get(SECRETS) == b'{"kind": "SecretList"}'
    assert len(server.requests) == 2


def test_a_server_that_stays_busy(serve: Serve, connect: Connect) -> None:
    server = serve(lambda request, answer: answer.send(b"", status=429, headers={"Retry-After": "0"}))
    assert "too busy to answer (HTTP 429)" in refused(connect(server), UnexpectedAnswer)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("named", "waited"),
    [
        ("0", 0),
        ("2", 2),
        ("3600", 5),
        ("9" * 400, 5),
        ("Wed, 21 Oct 2099 07:28:00 GMT", 1),
        ("-1", 1),
        ("²", 1),
        ("", 1),
    ],
)
def test_how_long_a_busy_server_is_left_alone(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch, named: str, waited: int
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(Deadline, "sleep", lambda self, seconds: slept.append(seconds))
    server = serve(after(lambda request, answer: answer.send(b"", status=429, headers={"Retry-After": named})))
    connect(server).get(SECRETS)
    assert slept == [waited]


def test_waiting_for_a_busy_server_ends_with_the_deadline(serve: Serve, connect: Connect) -> None:
    server = serve(lambda request, answer: answer.send(b"", status=503, headers={"Retry-After": "3600"}))
    refused(connect(server, deadline_seconds=HURRY), TooSlow)
    assert len(server.requests) == 1


def test_a_reset_in_mid_body_is_tried_once_more(serve: Serve, connect: Connect) -> None:
    def cut(request: Request, answer: Answer) -> None:
        answer.begin(200, {"Content-Type": "application/json", "Content-Length": 1000})
        answer.raw(b'{"kind": ')
        answer.reset()

    server = serve(after(cut))
    assert connect(server).get(SECRETS) == b'{"kind": "SecretList"}'
    assert len(server.requests) == 2


@pytest.mark.parametrize("headers", [{"Content-Length": 1000}, {"Transfer-Encoding": "chunked"}])
def test_a_body_cut_short_is_never_taken_for_whole(serve: Serve, connect: Connect, headers: dict[str, object]) -> None:
    def cut(request: Request, answer: Answer) -> None:
        answer.begin(200, {"Content-Type": "application/json"} | headers)
        answer.raw(b"5\r\n[1,2]\r\n")
        answer.close()

    server = serve(cut)
    assert "cut off twice" in refused(connect(server), Unreachable)
    assert len(server.requests) == 2


def test_importing_the_transport_stays_cheap() -> None:
    heavy = ("kubernetes", "django", "cryptography", "requests")
    code = "import sys, scanners.kube.pages, scanners.kube.access, scanners.kube.kubeconfig, scanners.kube.local"
    code += f"; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
