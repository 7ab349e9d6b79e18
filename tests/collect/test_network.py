"""Services and NetworkPolicies: as written, and as a real API server gives them."""

from __future__ import annotations

import pytest

from scanners.collect.metadata import UNREADABLE
from scanners.inventory import IngressRule, LabelSelector, NetworkPolicy, Peer, Service
from scanners.kube.transport import Transport
from tests.cluster.server import Cluster
from tests.collect.conftest import collected
from tests.collect.reading import meta, read_input

SPEC = {
    "podSelector": {
        "matchLabels": {"app": "vault"},
        "matchExpressions": [{"key": "role", "operator": "NotIn", "values": ["test", "old"]}],
    },
    "policyTypes": ["Ingress", "Egress"],
    "ingress": [
        {
            "from": [
                {"podSelector": {}},
                {"namespaceSelector": {}, "podSelector": {"matchLabels": {"client": "yes"}}},
                {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}},
            ],
            "ports": [{"port": 8200}, {"protocol": "UDP", "port": 53}, {"port": 8000, "endPort": 9000}],
        },
        {"ports": [{"port": "http", "protocol": "TCP"}, {"protocol": "SCTP"}]},
        {},
    ],
    "egress": [{}],
}
POLICY = NetworkPolicy(
    namespace="shop",
    name="p",
    pods=LabelSelector(labels={"app": "vault"}, expressions=(("role", "NotIn", ("test", "old")),)),
    ingress=(
        IngressRule(
            peers=(
                Peer(pods=LabelSelector()),
                Peer(pods=LabelSelector(labels={"client": "yes"}), namespaces=LabelSelector()),
                Peer(cidr="10.0.0.0/8", excluded=("10.1.0.0/16",)),
            ),
            ports=("TCP/8200", "UDP/53", "TCP/8000-9000"),
        ),
        IngressRule(ports=("TCP/http", "SCTP")),
        IngressRule(),
    ),
)
PORTS = [
    {"name": "http", "port": 80, "targetPort": "http"},
    {"name": "api", "port": 8200},
    {"name": "dns", "port": 53, "targetPort": 5353, "protocol": "UDP"},
]
SERVICE = Service(
    namespace="shop", name="s", selector={"app": "vault"}, ports=("80/http/TCP", "8200/8200/TCP", "53/5353/UDP")
)


def test_a_network_policy_as_written() -> None:
    assert read_input("networkpolicies", {"metadata": meta("p"), "spec": SPEC}) == [POLICY]


@pytest.mark.parametrize(
    ("spec", "isolates"),
    [
        ({"podSelector": {}}, True),
        ({"podSelector": {}, "policyTypes": None, "egress": [{}]}, True),
        ({"podSelector": {}, "policyTypes": []}, True),
        ({"podSelector": {}, "policyTypes": ["Egress"]}, False),
        ({}, True),
    ],
)
def test_which_policy_isolates_for_ingress(spec: object, isolates: bool) -> None:
    (found,) = read_input("networkpolicies", {"metadata": meta("p"), "spec": spec})
    assert (found.isolates, found.ingress) == (isolates, ())


def test_a_service_as_written() -> None:
    (found,) = read_input("services", {"metadata": meta("s"), "spec": {"selector": {"app": "vault"}, "ports": PORTS}})
    assert found == SERVICE


def test_a_service_that_names_another_host_selects_nothing() -> None:
    spec = {"type": "ExternalName", "externalName": "vault.example.com", "selector": {"app": "vault"}}
    (found,) = read_input("services", {"metadata": meta("s"), "spec": spec})
    assert (found.selector, found.type, found.ports) == ({}, "ExternalName", ())


def test_hostile_text_is_cut_and_freed_of_what_does_not_print() -> None:
    rule = {
        "from": [{"ipBlock": {"cidr": "1" * 5000 + "\u202e"}}],
        "ports": [{"port": "h\x00" * 500, "protocol": "T\n"}],
    }
    (found,) = read_input("networkpolicies", {"metadata": meta("p"), "spec": {"podSelector": {}, "ingress": [rule]}})
    text = found.ingress[0].peers[0].cidr + found.ingress[0].ports[0]
    assert len(text) < 200
    assert text.isprintable()
    with pytest.raises(UNREADABLE):
        read_input("networkpolicies", {"metadata": meta("p"), "spec": {"podSelector": "all"}})


@pytest.mark.real
def test_a_real_api_server_gives_what_was_written(cluster: Cluster, namespace: str, transport: Transport) -> None:
    there = {"namespace": namespace}
    cluster.create(
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": there | {"name": "p"},
            "spec": SPEC,
        },
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": there | {"name": "egress"},
            "spec": {"podSelector": {}, "policyTypes": ["Egress"]},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": there | {"name": "s"},
            "spec": {"selector": {"app": "vault"}, "ports": PORTS},
        },
    )
    seen = collected(transport, namespaces=(namespace,))
    assert {name: seen.coverage[name].status for name in ("networkpolicies", "services")} == {
        "networkpolicies": "complete",
        "services": "complete",
    }
    placed = {"namespace": namespace}
    egress, whole = seen.network_policies
    assert (egress.name, egress.isolates) == ("egress", False)
    assert _as_dict(whole) == _as_dict(POLICY) | placed
    assert [_as_dict(service) for service in seen.services] == [_as_dict(SERVICE) | placed]


def _as_dict(record: NetworkPolicy | Service) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__struct_fields__}
