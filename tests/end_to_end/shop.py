"""A small shop with known faults, for the tests that are about the product's way and not about each check."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from tests.cluster.server import Cluster

Manifest = dict[str, Any]

RBAC = "rbac.authorization.k8s.io"
HOSTILE = "<img src=x onerror=alert(1)>"
"""A User that a RoleBinding may well name: subjects are free text."""


def metadata(name: str, namespace: str = "") -> Manifest:
    return {"name": name} | ({"namespace": namespace} if namespace else {})


def namespace(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata(name)}


def secret(namespace: str, name: str, kind: str = "Opaque", **data: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": kind,
        "metadata": metadata(name, namespace),
        "stringData": data or {"password": f"correct-horse-{crc32(f'{namespace}/{name}'.encode()):08x}"},
    }


def deployment(namespace: str, name: str, pod: Manifest, **spec: Any) -> Manifest:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": pod}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(name, namespace),
        "spec": {"selector": {"matchLabels": labels}, "template": template} | spec,
    }


def container(*env: Manifest, name: str = "main", **more: Any) -> Manifest:
    return {"name": name, "image": "example.org/app:1", "env": list(env)} | more


def literal(name: str, value: str) -> Manifest:
    return {"name": name, "value": value}


def from_secret(name: str, secret: str, key: str, **more: Any) -> Manifest:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key} | more}}


def files(secret: str) -> Manifest:
    """A volume of a whole Secret."""
    return {"name": f"files-of-{secret}", "secret": {"secretName": secret}}


def role(name: str, *rules: Manifest, namespace: str = "") -> Manifest:
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "Role" if namespace else "ClusterRole",
        "metadata": metadata(name, namespace),
        "rules": [{"apiGroups": [""]} | rule for rule in rules],
    }


def binding(name: str, role: str, *subjects: Manifest, namespace: str = "", kind: str = "ClusterRole") -> Manifest:
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": metadata(name, namespace),
        "roleRef": {"apiGroup": RBAC, "kind": kind, "name": role},
        "subjects": list(subjects),
    }


def user(name: str) -> Manifest:
    return {"apiGroup": RBAC, "kind": "User", "name": name}


def group(name: str) -> Manifest:
    return {"apiGroup": RBAC, "kind": "Group", "name": name}


def account(namespace: str, name: str) -> Manifest:
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


def service_account(namespace: str, name: str, **more: Any) -> Manifest:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata(name, namespace)} | more


def open_shop(cluster: Cluster) -> None:
    """Two namespaces, five Secrets, three workloads, one binding too many."""
    cluster.create(namespace("shop"), namespace("warehouse"))
    cluster.create(
        secret("shop", "db", password="correct-horse-9217", username="shop"),
        secret("shop", "mailer"),
        secret("shop", "forgotten"),
        secret("warehouse", "db"),
        secret("warehouse", "scanner-" + "x" * 200),
    )
    database = from_secret("DATABASE_PASSWORD", "db", "password")
    cluster.create(
        deployment("shop", "web", {"containers": [container(database, literal("SMTP_PASSWORD", "tr0ub4dor-and-3"))]}),
        deployment("shop", "mail", {"containers": [container()], "volumes": [files("mailer")]}),
        deployment("warehouse", "stock", {"containers": [container(from_secret("TOKEN", "gone", "token"))]}),
        role("reads-secrets", {"resources": ["secrets"], "verbs": ["get", "list", "watch"]}),
        binding("auditors", "reads-secrets", user(HOSTILE)),
    )
