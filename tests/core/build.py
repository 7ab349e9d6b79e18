"""Short constructors for records, so that a test says only what matters to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from scanners.inventory import Cluster, Coverage, Inventory, Secret, SecretUse, Workload

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def secret(name: str = "db", namespace: str = "shop", **fields: Any) -> Secret:
    return Secret(**{"namespace": namespace, "name": name, "uid": f"uid-{namespace}-{name}", **fields})


def deployment(name: str = "api", namespace: str = "shop", *uses: SecretUse, **fields: Any) -> Workload:
    return Workload(kind="Deployment", group="apps", namespace=namespace, name=name, uses=uses, replicas=1, **fields)


def complete(*inputs: str) -> dict[str, Coverage]:
    return {name: Coverage(input=name, status="complete") for name in inputs}


def inventory(**fields: Any) -> Inventory:
    return Inventory(**{"started_at": NOW, "collected_at": NOW, "cluster": Cluster(name="test"), **fields})
