"""NetworkPolicies and Services: what may reach what, in the namespaces where somebody thought of it."""

from __future__ import annotations

from tests.demo_company.steps import Step, named
from tests.demo_company.workloads import MANAGER

NETWORKING = "networking.k8s.io/v1"
NAME = "app.kubernetes.io/name"


def closed(namespace: str) -> Step:
    """Nothing from elsewhere reaches the namespace's Pods, unless another policy lets it."""
    manifest = named("NetworkPolicy", NETWORKING, namespace, "default-deny")
    own = [{"from": [{"podSelector": {}}]}]
    return Step(
        manifest | {"spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": own}}, MANAGER, applied=True
    )


def from_namespace(namespace: str, app: str, other: str, port: int) -> Step:
    """Pods of another namespace may reach one application, at one port."""
    manifest = named("NetworkPolicy", NETWORKING, namespace, f"{app}-from-{other}")
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": other}}}
    rule = {"from": [peer], "ports": [{"protocol": "TCP", "port": port}]}
    spec = {"podSelector": {"matchLabels": {NAME: app}}, "policyTypes": ["Ingress"], "ingress": [rule]}
    return Step(manifest | {"spec": spec}, MANAGER, applied=True)


def service(namespace: str, app: str, ports: dict[str, int], labels: dict[str, str] | None = None) -> Step:
    """A Service before the Pods of an application; `labels` are those its selector asks for beside the name."""
    manifest = named("Service", "v1", namespace, app)
    listed = [{"name": name, "port": port, "targetPort": port, "protocol": "TCP"} for name, port in ports.items()]
    spec = {"type": "ClusterIP", "selector": {NAME: app} | (labels or {}), "ports": listed}
    return Step(manifest | {"spec": spec}, MANAGER, applied=True)
