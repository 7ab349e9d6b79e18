"""Which addresses are connected to, and that the one that was checked is the one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from ipaddress import ip_address, ip_network

import pytest

from scanners.kube.errors import RefusedAddress, Unreachable
from scanners.kube.network import NetworkRules
from scanners.kube.transport import Transport
from tests.kube.authority import Authority
from tests.kube.fake_server import Answer, FakeServer, Request

Serve = Callable[..., FakeServer]
Connect = Callable[..., Transport]

NEVER = {
    "169.254.169.254": "metadata",
    "169.254.170.2": "metadata",
    "100.100.100.200": "metadata",
    "fd00:ec2::254": "metadata",
    "fd20:ce::254": "metadata",
    "192.0.0.192": "metadata",
    "168.63.129.16": "platform service",
    "fe80::1": "link-local",
    "0.0.0.0": "this machine",
    "0.1.2.3": "this machine",
    "::": "this machine",
    "224.0.0.1": "multicast",
    "ff02::1": "multicast",
    "255.255.255.255": "broadcast",
    "::ffff:169.254.169.254": "metadata",
    "::ffff:0.0.0.0": "this machine",
    "::169.254.169.254": "metadata",
    "64:ff9b::169.254.169.254": "metadata",
    "2002:a9fe:a9fe::1": "metadata",
}
LOOPBACK = ("127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1")
ALLOWED = ("10.0.0.1", "172.16.3.4", "192.168.1.1", "100.64.0.1", "fd12:3456::1", "203.0.113.7", "2001:db8::1")


def rules(*answers: str, **options: object) -> NetworkRules:
    """Rules with a resolver that gives the answers, whatever the name."""
    return NetworkRules(resolver=lambda host, port: list(answers), **options)


@pytest.mark.parametrize("loopback", [True, False])
@pytest.mark.parametrize(("address", "what"), NEVER.items())
def test_never(address: str, what: str, loopback: bool) -> None:
    with pytest.raises(RefusedAddress) as by_address:
        NetworkRules(allow_loopback=loopback).addresses(address, 443, seconds=1)
    with pytest.raises(RefusedAddress) as by_name:
        rules(address, allow_loopback=loopback).addresses("cluster.example", 443, seconds=1)
    assert what in str(by_address.value)
    assert str(by_name.value).startswith("No connection was made, since cluster.example leads to")


@pytest.mark.parametrize("address", LOOPBACK)
def test_loopback_only_where_it_is_allowed(address: str) -> None:
    with pytest.raises(RefusedAddress, match="this machine itself"):
        NetworkRules().addresses(address, 443, seconds=1)
    assert NetworkRules(allow_loopback=True).addresses(address, 443, seconds=1) == (ip_address(address),)


@pytest.mark.parametrize("address", ALLOWED)
def test_private_and_public_ranges_are_where_clusters_live(address: str) -> None:
    assert NetworkRules().addresses(address, 443, seconds=1) == (ip_address(address),)


def test_networks_of_the_installation() -> None:
    closed = rules("10.1.2.3", refused=(ip_network("10.1.0.0/16"),))
    with pytest.raises(RefusedAddress, match="a network that this installation does not connect to"):
        closed.addresses("cluster.example", 443, seconds=1)
    with pytest.raises(RefusedAddress):
        closed.addresses("::ffff:10.1.2.3", 443, seconds=1)


def test_one_bad_address_among_good_ones_is_enough() -> None:
    with pytest.raises(RefusedAddress, match=r"169\.254\.169\.254"):
        rules("10.0.0.1", "169.254.169.254").addresses("cluster.example", 443, seconds=1)


@pytest.mark.parametrize("spelling", ["0x7f000001", "2130706433", "127.1", "0177.0.0.1"])
def test_other_spellings_of_loopback(spelling: str) -> None:
    """The system's resolver understands them, so what counts is the address that it makes of them."""
    with pytest.raises(RefusedAddress, match="this machine itself"):
        NetworkRules().addresses(spelling, 443, seconds=5)


def test_a_name_that_does_not_resolve() -> None:
    def fail(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "canary")

    with pytest.raises(Unreachable, match=r"The name cluster\.example does not resolve"):
        NetworkRules(resolver=fail).addresses("cluster.example", 443, seconds=1)


def test_a_resolver_that_hangs() -> None:
    over = threading.Event()

    def hang(host: str, port: int) -> list[str]:
        over.wait()
        return ["10.0.0.1"]

    try:
        with pytest.raises(Unreachable, match=r"was not resolved within 0\.1 s"):
            NetworkRules(resolver=hang).addresses("cluster.example", 443, seconds=0.1)
    finally:
        over.set()


def test_a_name_that_answers_differently_the_second_time(serve: Serve, connect: Connect) -> None:
    """DNS rebinding: the address that was checked is the one that every later connection goes to."""

    def answer_and_close(request: Request, answer: Answer) -> None:
        answer.send({})
        answer.close()

    authority = Authority()
    server = serve(answer_and_close, authority=authority, certificate=authority.issue("cluster.example"))
    asked = []

    def rebind(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    credential = server.credential(server=f"https://cluster.example:{server.port}")
    transport = connect(credential, NetworkRules(allow_loopback=True, resolver=rebind))
    assert [transport.get("/version") for _ in range(3)] == [b"{}"] * 3
    assert server.connections == 3
    assert asked == ["cluster.example"]


def test_a_refused_address_gets_no_packet(serve: Serve, connect: Connect) -> None:
    server = serve(lambda request, answer: answer.send({}))
    with pytest.raises(RefusedAddress):
        connect(server, NetworkRules()).get("/version")
    assert server.connections == 0


def test_the_next_address_is_tried_where_the_first_does_not_answer(serve: Serve, connect: Connect) -> None:
    authority = Authority()
    server = serve(
        lambda request, answer: answer.send({}), authority=authority, certificate=authority.issue("cluster.example")
    )
    credential = server.credential(server=f"https://cluster.example:{server.port}")
    transport = connect(credential, rules("127.0.0.2", "127.0.0.1", allow_loopback=True))
    assert transport.get("/version") == b"{}"


def test_proxies_of_the_environment_are_not_used(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(lambda request, answer: answer.send({}))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    server = serve(lambda request, answer: answer.send({}))
    assert connect(server).get("/version") == b"{}"
    assert proxy.connections == 0


@pytest.mark.parametrize("address", ["240.10.0.1", "127.0.0.1", "169.254.20.1", "fe80::1"])
def test_what_the_platform_names_is_allowed_and_nothing_beside_it(address: str) -> None:
    own = NetworkRules(own=frozenset({ip_address(address)}))
    assert own.addresses(address, 443, seconds=1) == (ip_address(address),)
    for other in (*NEVER, *LOOPBACK):
        if other != address:
            with pytest.raises(RefusedAddress):
                own.addresses(other, 443, seconds=1)
