"""A step of seeding the demo company: one object, and who writes it in which way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

Manifest = dict[str, Any]
ago = timedelta
"""A time in a manifest or status, told as how long before the seeding it lies: `ago(minutes=5)`."""


@dataclass(frozen=True)
class Step:
    """Writes `manifest` as `manager`: by server-side apply if `applied`, else by POST as older clients do.

    `owner` is an object written earlier that becomes the controlling ownerReference; `status` is written to the
    status subresource by `status_manager`.
    """

    manifest: Manifest
    manager: str = "kubectl-create"
    applied: bool = False
    owner: Manifest | None = None
    status: Manifest | None = None
    status_manager: str = ""


def as_of(value: Any, now: datetime) -> Any:
    """The same data with each `ago` turned into the RFC 3339 time it means at `now`."""
    if isinstance(value, timedelta):
        return (now - value).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dict):
        return {key: as_of(each, now) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_of(each, now) for each in value]
    return value


def condition(kind: str, fulfilled: bool, reason: str, message: str, since: timedelta) -> Manifest:
    """A status condition as controllers write them."""
    status = "True" if fulfilled else "False"
    return {"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": since}


def named(kind: str, api_version: str, namespace: str, name: str) -> Manifest:
    """The start of a manifest; `namespace` is empty for what belongs to the cluster."""
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}
