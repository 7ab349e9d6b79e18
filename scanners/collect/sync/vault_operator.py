"""Vault Secrets Operator (secrets.hashicorp.com/v1beta1): Secrets copied or leased from Vault."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial

import msgspec

from scanners.collect.durations import go_duration
from scanners.collect.metadata import (
    Condition,
    ObjectMeta,
    Reader,
    Shape,
    decoder,
    name_of,
    namespace_of,
    readiness,
    reference,
    utc,
)
from scanners.collect.pool import Pool
from scanners.inventory import SyncObject

GROUP = "secrets.hashicorp.com"


class _Destination(Shape):
    name: str = ""
    create: bool = False


class _Spec(Shape):
    destination: _Destination = msgspec.field(default_factory=_Destination)
    vault_auth_ref: str | None = None
    hcp_auth_ref: str | None = None
    refresh_after: str | None = None


class _Status(Shape):
    conditions: list[Condition] | None = None
    last_renewal_time: int | None = None
    last_rotation: int | None = None


class _VaultObject(Shape):
    metadata: ObjectMeta
    spec: _Spec = msgspec.field(default_factory=_Spec)
    status: _Status = msgspec.field(default_factory=_Status)


_decoder = decoder(_VaultObject)


def vault_reader(kind: str) -> Reader:
    """The reader of VaultStaticSecret, VaultDynamicSecret, VaultPKISecret or HCPVaultSecretsApp."""
    return partial(_read, kind)


def _read(kind: str, raw: msgspec.Raw, pool: Pool) -> Iterable[SyncObject]:
    """`destination.create` is false by default: then it merges into a Secret that somebody else makes.

    The condition Ready exists since 1.3; before it, SecretSynced and Healthy say as much.
    """
    found = _decoder.decode(raw)
    spec, status = found.spec, found.status
    ready, reason = readiness(status.conditions, "Ready", "SecretSynced", "Healthy")
    yield SyncObject(
        kind=kind,
        group=GROUP,
        namespace=namespace_of(found.metadata, pool),
        name=name_of(found.metadata),
        uid=found.metadata.uid or "",
        created_at=utc(found.metadata.creation_timestamp),
        targets=(reference(spec.destination.name, pool),) if spec.destination.name else (),
        creates=spec.destination.create,
        ready=ready,
        reason=pool.one(reason),
        store_kind="HCPAuth" if spec.hcp_auth_ref else "VaultAuth",
        store=reference(spec.hcp_auth_ref or spec.vault_auth_ref, pool),
        refreshed_at=_unix(status.last_renewal_time or status.last_rotation),
        refresh_seconds=go_duration(spec.refresh_after),
    )


def _unix(seconds: int | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds and seconds > 0 else None
    except (OverflowError, OSError, ValueError):
        return None
