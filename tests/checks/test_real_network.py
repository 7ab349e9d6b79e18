"""manager-reachable on a real API server: its defaults, its admission, and what it gives back of what was written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from scanners.assess import CheckResult, assess_check
from scanners.checks.network import MANAGER_REACHABLE
from scanners.collect.inputs import scanner_rules
from scanners.context import Context
from scanners.kube.transport import Transport
from tests.cluster.identity import make_identity
from tests.cluster.server import Cluster
from tests.collect.conftest import collected, connect

pytestmark = pytest.mark.real


@pytest.fixture
def transport(cluster: Cluster) -> Iterator[Transport]:
    with connect(cluster, cluster.token("admin")) as opened:
        yield opened


LABELS = {"app.kubernetes.io/name": "vault", "app.kubernetes.io/instance": "vault", "component": "server"}
SERVERS = {"matchLabels": {"app.kubernetes.io/name": "vault", "component": "server"}}
CLIENTS = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "external-secrets"}}}
PORTS = [{"port": 8200}]


def vault(namespace: str) -> list[dict[str, Any]]:
    container = {"name": "vault", "image": "hashicorp/vault:1.20.0", "ports": [{"name": "http", "containerPort": 8200}]}
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [container]}}
    place = {"namespace": namespace, "name": "vault"}
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": place,
            "spec": {"serviceName": "vault", "selector": {"matchLabels": LABELS}, "template": template},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": place,
            "spec": {"selector": LABELS, "ports": [{"name": "http", "port": 8200, "targetPort": "http"}]},
        },
    ]


def policy(namespace: str, name: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {"podSelector": SERVERS} | spec,
    }


def judged(transport: Transport, namespace: str) -> CheckResult:
    return assess_check(MANAGER_REACHABLE, Context(collected(transport, namespaces=(namespace,))))


def test_from_open_to_closed_and_open_again(cluster: Cluster, namespace: str, transport: Transport) -> None:
    cluster.create(*vault(namespace))
    (finding,) = judged(transport, namespace).findings
    assert (finding.kind, finding.namespace, finding.name) == ("Service", namespace, "vault")
    assert "no NetworkPolicy selects its Pods" in finding.message

    cluster.apply(policy(namespace, "clients", ingress=[{"from": [CLIENTS], "ports": PORTS}]))
    closed = judged(transport, namespace)
    assert (closed.status, closed.evaluated) == ("pass", 1)

    cluster.apply(policy(namespace, "metrics", ingress=[{"ports": [{"port": 9102}]}]))
    assert judged(transport, namespace).status == "pass"

    cluster.apply(policy(namespace, "open", ingress=[{"from": [{"namespaceSelector": {}}], "ports": PORTS}]))
    (finding,) = judged(transport, namespace).findings
    assert "a rule of NetworkPolicy open admits every Pod" in finding.message


def test_the_scanners_own_role_is_enough_and_without_policies_nothing_is_concluded(
    cluster: Cluster, namespace: str
) -> None:
    cluster.create(*vault(namespace))
    cluster.apply(policy(namespace, "deny", policyTypes=["Ingress"]))
    rules = scanner_rules(with_secrets=False)
    with connect(cluster, make_identity(cluster, rules).token) as transport:
        assert judged(transport, namespace).status == "pass"
    for rule in rules:
        rule["resources"] = [plural for plural in rule.get("resources", ()) if plural != "networkpolicies"]
    allowed = [rule for rule in rules if rule["resources"]]
    with connect(cluster, make_identity(cluster, allowed).token) as transport:
        denied = judged(transport, namespace)
    assert (denied.status, denied.findings) == ("not-assessed", [])
    assert "needs list on networkpolicies" in denied.reason
