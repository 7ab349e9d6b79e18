"""Snapshots for the tests of the command."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

from scanners.inventory import (
    Binding,
    Cluster,
    Coverage,
    Inventory,
    Namespace,
    PlaintextCredential,
    Role,
    Rule,
    Secret,
    SecretUse,
    ServiceAccount,
    Subject,
    Workload,
)
from scanners.snapshot import encode_snapshot

COLLECTED = datetime(2026, 11, 1, 12, tzinfo=UTC)
CREATED = datetime(2026, 1, 1, tzinfo=UTC)

INPUTS = [
    "namespaces",
    "secrets",
    "pods",
    "deployments",
    "serviceaccounts",
    "roles",
    "clusterroles",
    "rolebindings",
    "clusterrolebindings",
]


def shop(name: str = "db") -> Inventory:
    """Two namespaces: in `shop` a Secret that a Deployment reads, a literal password and a wildcard grant."""
    return Inventory(
        started_at=COLLECTED,
        collected_at=COLLECTED,
        cluster=Cluster(name="prod-eu", server="https://10.0.0.1:6443", version="v1.37.2"),
        coverage={item: Coverage(input=item, status="complete") for item in INPUTS}
        | {"metrics": Coverage(input="metrics", status="denied", verb="get", detail="get on /metrics is refused")},
        namespaces=(Namespace(name="shop"), Namespace(name="blog")),
        secrets=(
            Secret(namespace="shop", name=name, uid="1", keys=("password",), key_count=1, created_at=CREATED),
            Secret(namespace="blog", name="session", uid="2", keys=("key",), key_count=1, created_at=CREATED),
        ),
        workloads=(
            Workload(
                kind="Deployment",
                group="apps",
                namespace="shop",
                name="api",
                replicas=1,
                uses=(SecretUse(secret=name, how="env", field="spec.template.spec.containers[0].env[0]"),),
                literals=1,
                plaintext_env=(
                    PlaintextCredential(
                        field="spec.template.spec.containers[0].env[1].value",
                        name="ADMIN_PASSWORD",
                        credential="password",
                    ),
                ),
            ),
        ),
        service_accounts=(ServiceAccount(namespace="shop", name="default"),),
        roles=(
            Role(
                kind="ClusterRole",
                namespace="",
                name="all",
                rules=(Rule(api_groups=("*",), resources=("*",), verbs=("*",)),),
            ),
        ),
        bindings=(
            Binding(
                kind="ClusterRoleBinding",
                namespace="",
                name="everybody",
                role_kind="ClusterRole",
                role_name="all",
                subjects=(Subject(kind="User", name="eve"),),
            ),
        ),
    )


def encoded(inventory: Inventory) -> bytes:
    """The Inventory as `collect` writes it, uncompressed."""
    return gzip.decompress(encode_snapshot(inventory))


MANIFESTS = """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Secret
  metadata: {name: db, namespace: shop}
  data: {password: aHVudGVyMi1jYW5hcnk=}
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: api, namespace: shop}
  spec:
    template:
      spec:
        containers:
        - name: api
          image: api:1
          env:
          - name: PASSWORD
            valueFrom: {secretKeyRef: {name: db, key: password}}
"""
"""What `kubectl get secrets,deployments -o yaml` prints, with a value that must not go further."""

CANARY = ("aHVudGVyMi1jYW5hcnk", "hunter2-canary")
