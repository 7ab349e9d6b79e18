"""A labelled real cluster: exactly the labelled faults are found, and what an identity may not see is not passed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scanners.assess import CheckResult, run_checks
from scanners.collect.inputs import scanner_rules
from scanners.context import Context
from tests.checks.test_cases import CHECKS
from tests.cluster.identity import make_identity
from tests.cluster.server import Cluster
from tests.collect.conftest import collected, connect

pytestmark = pytest.mark.real

RBAC = "rbac.authorization.k8s.io"
Manifest = dict[str, Any]


def secret(namespace: str, name: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "stringData": {"a": "canary-value"},
    }


def deployment(namespace: str, name: str, pod: Manifest) -> Manifest:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": pod}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": template},
    }


def container(*env: tuple[str, str], image: str = "app:1") -> Manifest:
    variables = [
        {"name": f"V{number}", "valueFrom": {"secretKeyRef": {"name": name, "key": key}}}
        for number, (name, key) in enumerate(env)
    ]
    return {"name": "main", "image": image, "env": variables}


def volume(name: str) -> Manifest:
    return {"name": "files", "secret": {"secretName": name}}


def binding(name: str, role: str, subject: Manifest, namespace: str = "") -> Manifest:
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": {"name": name} | ({"namespace": namespace} if namespace else {}),
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [subject],
    }


def user(name: str) -> Manifest:
    return {"apiGroup": RBAC, "kind": "User", "name": name}


OPERATOR = {"kind": "ServiceAccount", "name": "cert-manager", "namespace": "cert-manager"}
SYNCED = {
    "apiVersion": "external-secrets.io/v1",
    "kind": "ExternalSecret",
    "metadata": {"name": "synced", "namespace": "shop"},
    "spec": {"secretStoreRef": {"name": "store"}, "data": [{"secretKey": "a", "remoteRef": {"key": "x"}}]},
    "status": {"conditions": [{"type": "Ready", "status": "False", "reason": "SecretSyncedError"}]},
}
LABELLED = {
    ("rbac-wildcard", "critical", "ClusterRoleBinding", "", "oops"),
    ("rbac-wildcard", "high", "RoleBinding", "bank", "wild"),
    ("rbac-list-watch", "medium", "RoleBinding", "shop", "devs"),
    ("missing-secret", "high", "Deployment", "shop", "api"),
    ("missing-secret", "high", "Deployment", "shop", "web"),
    ("sync-failing", "high", "ExternalSecret", "shop", "synced"),
    ("no-source-of-truth", "medium", "Secret", "bank", "db"),
    ("no-source-of-truth", "medium", "Secret", "shop", "db"),
    ("no-source-of-truth", "medium", "Secret", "shop", "unused"),
    ("secret-in-env", "low", "Deployment", "shop", "api"),
    ("secret-in-env", "low", "Deployment", "shop", "web"),
    ("unused-secret", "low", "Secret", "shop", "unused"),
}


@pytest.fixture(scope="module")
def labelled(cluster_factory: Callable[..., Cluster]) -> Cluster:
    cluster = cluster_factory(controller_manager=True, crds=("external-secrets",))
    for name in ("shop", "bank", "cert-manager"):
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    cluster.create(
        *(secret(*place) for place in (("shop", "db"), ("shop", "unused"), ("bank", "db"), ("shop", "synced")))
    )
    cluster.apply({key: part for key, part in SYNCED.items() if key != "status"})
    cluster.apply_status(SYNCED)
    operator = container(image="mirror.example/jetstack/cert-manager-controller:v1")
    cluster.create(
        deployment(
            "shop", "api", {"containers": [container(("db", "a"), ("db", "no-such"))], "volumes": [volume("synced")]}
        ),
        deployment("shop", "web", {"containers": [container(("gone", "a"))]}),
        deployment("bank", "files", {"containers": [container()], "volumes": [volume("db")]}),
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "cert-manager", "namespace": "cert-manager"},
        },
        deployment("cert-manager", "cert-manager", {"serviceAccountName": "cert-manager", "containers": [operator]}),
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "reads-secrets"},
            "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list", "watch"]}],
        },
        binding("cert-manager", "reads-secrets", OPERATOR),
        binding("oops", "cluster-admin", user("alice")),
        binding("devs", "edit", user("bob"), "shop"),
        binding("wild", "cluster-admin", user("bob"), "bank"),
    )
    return cluster


_ELSEWHERE = frozenset({"duplicate-value", "weak-value", "sops-not-decrypted", "manager-reachable"})
"""Those that only a deep scan can answer, or for which this cluster has nothing: they have real tests of their own."""
QUICK = tuple(check for check in CHECKS if check.id not in _ELSEWHERE)
NOTHING_TO_FIND = {
    "rotation-overdue",
    "rotation-unproven",
    "sync-stale",
    "store-open",
    "sealed-secrets-outdated",
    "gitops-plaintext",
    "default-namespace",
    "namespace-mixed",
}


def scan(cluster: Cluster, token: str) -> Iterator[CheckResult]:
    with connect(cluster, token) as transport:
        yield from run_checks(Context(collected(transport)), QUICK)


def test_exactly_the_labelled_faults_are_found(labelled: Cluster) -> None:
    results = list(scan(labelled, labelled.token("admin")))
    found = [finding for result in results for finding in result.findings]
    shown = [(item.check, item.severity, item.kind, item.namespace, item.name) for item in found if not item.folded]
    assert sorted(shown) == sorted(LABELLED)
    folded = {item.name for item in found if item.folded}
    assert {"cluster-admin", "cert-manager", "system:kube-controller-manager"} <= folded
    assert not [result.reason for result in results if result.reason]
    assert "canary-value" not in repr(results)


NEEDS_SECRETS = {
    "rotation-overdue",
    "rotation-unproven",
    "sealed-secrets-outdated",
    "gitops-plaintext",
    "default-namespace",
    "namespace-mixed",
}


@pytest.mark.parametrize(
    ("denied", "not_assessed"),
    [
        ("secrets", {*NEEDS_SECRETS, "no-source-of-truth", "unused-secret", "missing-secret"}),
        ("clusterroles", {"rbac-wildcard", "rbac-list-watch"}),
        ("ingresses", {"unused-secret"}),
        ("cronjobs", {"unused-secret"}),
        ("externalsecrets", {"no-source-of-truth", "sync-failing", "sync-stale", "unused-secret", "missing-secret"}),
        ("clustersecretstores", {"store-open", "unused-secret"}),
        ("namespaces", {"namespace-mixed"}),
    ],
)
def test_what_is_denied_is_not_assessed_and_what_was_seen_fails(
    labelled: Cluster, denied: str, not_assessed: set[str]
) -> None:
    rules = []
    for rule in scanner_rules(with_secrets=True):
        left = [plural for plural in rule.get("resources", ()) if plural != denied]
        if left:
            rules.append(rule | {"resources": left})
    results = {result.check.id: result for result in scan(labelled, make_identity(labelled, rules).token)}
    assert {name for name, result in results.items() if result.status == "not-assessed"} == not_assessed
    assert all(denied in results[name].reason for name in not_assessed)
    passing = {name for name, result in results.items() if result.status == "pass"}
    assert passing <= NOTHING_TO_FIND, "these have nothing to find in this cluster"
