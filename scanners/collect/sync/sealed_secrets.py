"""SealedSecret (bitnami.com/v1alpha1): a Secret encrypted for one cluster's sealing key."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from scanners.collect import keep
from scanners.collect.metadata import Condition, ObjectMeta, Shape, decoder, name_of, namespace_of, readiness, utc
from scanners.collect.pool import Pool
from scanners.collect.sync.flux import applied_by
from scanners.inventory import SyncObject

GROUP = "bitnami.com"


class _Template(Shape):
    data: dict[str, msgspec.Raw] | None = None


class _Spec(Shape):
    """`data` is the deprecated form: the whole Secret as one ciphertext, whose keys nobody can see."""

    data: str | None = None
    encrypted_data: dict[str, msgspec.Raw] | None = None
    template: _Template = msgspec.field(default_factory=_Template)


class _Status(Shape):
    conditions: list[Condition] | None = None


class _SealedSecret(Shape):
    metadata: ObjectMeta
    spec: _Spec = msgspec.field(default_factory=_Spec)
    status: _Status | None = None


_decoder = decoder(_SealedSecret)


def read_sealed_secret(raw: msgspec.Raw, pool: Pool) -> Iterable[SyncObject]:
    """The Secret has the SealedSecret's own name; a null in template.data drops a key (since 0.40)."""
    found = _decoder.decode(raw)
    name = name_of(found.metadata)
    ready, reason = readiness(found.status.conditions if found.status else None, "Synced")
    templated = found.spec.template.data or {}
    keys = set(found.spec.encrypted_data or ()) | set(templated)
    keys -= {key for key, value in templated.items() if bytes(value) == b"null"}
    yield SyncObject(
        kind="SealedSecret",
        group=GROUP,
        namespace=namespace_of(found.metadata, pool),
        name=name,
        uid=found.metadata.uid or "",
        created_at=utc(found.metadata.creation_timestamp),
        targets=(name,),
        target_keys=None if found.spec.data else pool.one(tuple(sorted(keep.clean(key) for key in keys))),
        ready=ready,
        reason=pool.one(reason),
        applied_by=applied_by(found.metadata, pool),
    )
