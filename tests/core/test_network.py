"""Label selectors and the effective ingress of a Pod, beyond what the fixtures of manager-reachable show."""

from __future__ import annotations

import pytest

from scanners.inventory import IngressRule, LabelSelector, NetworkPolicy, Peer
from scanners.network import Access, ingress
from scanners.secrets_managers import Port
from scanners.selectors import matches, selects

LABELS = {"app": "web", "tier": "front", "empty": ""}


@pytest.mark.parametrize(
    ("key", "operator", "values", "expected"),
    [
        ("app", "In", ("web", "api"), True),
        ("app", "In", ("api",), False),
        ("gone", "In", ("web", ""), False),
        ("empty", "In", ("",), True),
        ("app", "NotIn", ("api",), True),
        ("app", "NotIn", ("web",), False),
        ("gone", "NotIn", ("web",), True),
        ("app", "Exists", (), True),
        ("empty", "Exists", (), True),
        ("gone", "Exists", (), False),
        ("gone", "DoesNotExist", (), True),
        ("app", "DoesNotExist", (), False),
        ("app", "Matches", ("web",), False),
    ],
)
def test_expressions(key: str, operator: str, values: tuple[str, ...], expected: bool) -> None:
    assert matches(LabelSelector(expressions=((key, operator, values),)), LABELS) is expected


def test_a_selector_is_all_of_its_parts() -> None:
    assert matches(LabelSelector(), LABELS)
    assert matches(LabelSelector(), {})
    both = LabelSelector(labels={"app": "web"}, expressions=(("tier", "In", ("back",)),))
    assert not matches(both, LABELS)
    assert matches(both, LABELS | {"tier": "back"})
    assert not matches(both, {"tier": "back"})
    assert selects({}, {})
    assert not selects({"a": ""}, {})


PORT = Port(8200, ("http",))
ANY = LabelSelector()


def policy(*rules: IngressRule, isolates: bool = True, pods: LabelSelector = ANY) -> NetworkPolicy:
    return NetworkPolicy(namespace="vault", name="p", pods=pods, isolates=isolates, ingress=rules)


def access(*policies: NetworkPolicy, port: Port = PORT) -> Access:
    return ingress("vault", {"app": "vault"}, [port], policies).access


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        (Peer(namespaces=ANY), Access.EVERYBODY),
        (Peer(pods=ANY, namespaces=ANY), Access.EVERYBODY),
        (Peer(pods=ANY), Access.SOME),
        (Peer(), Access.SOME),
        (Peer(namespaces=LabelSelector(labels={"team": "a"})), Access.SOME),
        (Peer(namespaces=ANY, pods=LabelSelector(labels={"vault-client": "true"})), Access.SOME),
        (Peer(namespaces=LabelSelector(expressions=(("team", "DoesNotExist", ()),))), Access.EVERYBODY),
        (Peer(cidr="0.0.0.0/0"), Access.EVERYBODY),
        (Peer(cidr="1.2.3.4/0"), Access.EVERYBODY),
        (Peer(cidr="0.0.0.0/0", excluded=("10.0.0.0/8",)), Access.UNKNOWN),
        (Peer(cidr="::/0"), Access.UNKNOWN),
        (Peer(cidr="fd00:10::/56"), Access.UNKNOWN),
        (Peer(cidr="2001:db8::1/128"), Access.SOME),
        (Peer(cidr="192.168.0.0/16"), Access.UNKNOWN),
        (Peer(cidr="100.64.0.0/10"), Access.UNKNOWN),
        (Peer(cidr="8.0.0.0/5"), Access.UNKNOWN),
        (Peer(cidr="203.0.113.0/24"), Access.SOME),
        (Peer(cidr="10.1.2.0/28"), Access.SOME),
        (Peer(cidr="not a network"), Access.SOME),
    ],
)
def test_who_a_peer_is(peer: Peer, expected: Access) -> None:
    assert access(policy(IngressRule(peers=(peer,)))) is expected


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ((), Access.EVERYBODY),
        (("TCP",), Access.EVERYBODY),
        (("TCP/8200",), Access.EVERYBODY),
        (("TCP/8000-8300",), Access.EVERYBODY),
        (("TCP/http",), Access.EVERYBODY),
        (("TCP/443", "TCP/8200"), Access.EVERYBODY),
        (("TCP/8201",), Access.SOME),
        (("TCP/8201-9000",), Access.SOME),
        (("UDP/8200",), Access.SOME),
        (("UDP",), Access.SOME),
        (("TCP/vault-api",), Access.UNKNOWN),
    ],
)
def test_which_port_a_rule_opens(ports: tuple[str, ...], expected: Access) -> None:
    assert access(policy(IngressRule(ports=ports))) is expected


def test_a_port_known_by_its_name_alone() -> None:
    named = Port(None, ("https",))
    assert access(policy(IngressRule(ports=("TCP/https",))), port=named) is Access.EVERYBODY
    assert access(policy(IngressRule(ports=("TCP/9443",))), port=named) is Access.UNKNOWN
    assert access(policy(), port=named) is Access.SOME


def test_policies_add_up_and_only_those_that_isolate_count() -> None:
    assert access() is Access.EVERYBODY
    assert access(policy(isolates=False)) is Access.EVERYBODY
    assert access(policy(pods=LabelSelector(labels={"app": "other"}))) is Access.EVERYBODY
    assert access(policy()) is Access.SOME
    assert access(policy(), policy(IngressRule())) is Access.EVERYBODY
    assert access(policy(), policy(IngressRule(), pods=LabelSelector(labels={"app": "other"}))) is Access.SOME
    assert access(policy(IngressRule(), isolates=False), policy()) is Access.SOME
