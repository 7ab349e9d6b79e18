"""Flux Kustomization (kustomize.toolkit.fluxcd.io): whether what it applies is decrypted on the way."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from scanners.collect import keep
from scanners.collect.durations import go_duration
from scanners.collect.metadata import (
    Condition,
    ObjectMeta,
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

GROUP = "kustomize.toolkit.fluxcd.io"


class _Decryption(Shape):
    provider: str = ""


class _SourceRef(Shape):
    kind: str = ""
    name: str = ""
    namespace: str | None = None


class _Spec(Shape):
    decryption: _Decryption | None = None
    source_ref: _SourceRef = msgspec.field(default_factory=_SourceRef)
    interval: str | None = None
    suspend: bool | None = None


class _Status(Shape):
    conditions: list[Condition] | None = None


class _Kustomization(Shape):
    metadata: ObjectMeta
    spec: _Spec = msgspec.field(default_factory=_Spec)
    status: _Status = msgspec.field(default_factory=_Status)


_decoder = decoder(_Kustomization)


NAME_LABEL = f"{GROUP}/name"
NAMESPACE_LABEL = f"{GROUP}/namespace"
"""Labels that kustomize-controller puts on whatever it applies."""


def applied_by(metadata: ObjectMeta, pool: Pool) -> str:
    """`NAMESPACE/NAME` of the Kustomization that applied an object, "" where its labels name none."""
    labels = metadata.labels or {}
    if not labels.get(NAME_LABEL) or not labels.get(NAMESPACE_LABEL):
        return ""
    return pool.one(keep.clean(f"{labels[NAMESPACE_LABEL]}/{labels[NAME_LABEL]}"))


def read_kustomization(raw: msgspec.Raw, pool: Pool) -> Iterable[SyncObject]:
    """Its Secrets are known by their labels `kustomize.toolkit.fluxcd.io/name` and `/namespace`."""
    found = _decoder.decode(raw)
    spec = found.spec
    ready, reason = readiness(found.status.conditions, "Ready")
    yield SyncObject(
        kind="Kustomization",
        group=GROUP,
        namespace=namespace_of(found.metadata, pool),
        name=name_of(found.metadata),
        uid=found.metadata.uid or "",
        created_at=utc(found.metadata.creation_timestamp),
        ready=ready,
        reason=pool.one(reason),
        refresh_seconds=go_duration(spec.interval),
        decryption=pool.one(keep.clean(spec.decryption.provider, 63)) if spec.decryption else "",
        source_kind=pool.one(keep.clean(spec.source_ref.kind, 63)),
        store_kind=pool.one(keep.clean(spec.source_ref.kind, 63)),
        store=reference(spec.source_ref.name, pool),
        store_namespace=reference(spec.source_ref.namespace, pool),
        suspended=bool(spec.suspend),
    )
