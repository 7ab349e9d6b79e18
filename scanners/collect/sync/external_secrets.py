"""ExternalSecret (external-secrets.io): a Secret synced from a store; and ClusterExternalSecret, which makes those."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

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

GROUP = "external-secrets.io"

_DEFAULT_REFRESH_SECONDS = 3600.0
"""The CRD's default of `refreshInterval`, 1h0m0s."""

_WRITES_NOTHING = "None"
"""The creationPolicy of an ExternalSecret that leaves every Secret alone, one of its name included.

https://external-secrets.io/latest/guides/ownership-deletion-policy/#creation-policy
"""


class _StoreRef(Shape):
    kind: str | None = None
    name: str | None = None


class _SourceRef(Shape):
    """Where one entry takes its values from, in place of the store above."""

    store_ref: _StoreRef | None = None
    generator_ref: _StoreRef | None = None


class _Data(Shape):
    secret_key: str = ""
    source_ref: _SourceRef | None = None


class _DataFrom(Shape):
    source_ref: _SourceRef | None = None


class _Template(Shape):
    data: dict[str, msgspec.Raw] | None = None
    template_from: list[msgspec.Raw] | None = None
    merge_policy: str | None = None


class _Manifest(Shape):
    kind: str = ""


class _Target(Shape):
    name: str | None = None
    creation_policy: str | None = None
    template: _Template | None = None
    manifest: _Manifest | None = None


class _SyncWindows(Shape):
    windows: list[msgspec.Raw] | None = None


class _Spec(Shape):
    secret_store_ref: _StoreRef = msgspec.field(default_factory=_StoreRef)
    target: _Target = msgspec.field(default_factory=_Target)
    refresh_interval: str | None = None
    refresh_policy: str | None = None
    sync_windows: _SyncWindows | None = None
    data: list[_Data] | None = None
    data_from: list[_DataFrom] | None = None


class _Status(Shape):
    refresh_time: datetime | None = None
    conditions: list[Condition] | None = None


class _ExternalSecret(Shape):
    metadata: ObjectMeta
    spec: _Spec = msgspec.field(default_factory=_Spec)
    status: _Status = msgspec.field(default_factory=_Status)


_decoder = decoder(_ExternalSecret)


class _FailedNamespace(Shape):
    namespace: str = ""


class _ClusterSpec(Shape):
    external_secret_name: str | None = None
    external_secret_spec: _Spec = msgspec.field(default_factory=_Spec)
    namespaces: list[str] | None = None


class _ClusterStatus(Shape):
    conditions: list[Condition] | None = None
    provisioned_namespaces: list[str] | None = None
    failed_namespaces: list[_FailedNamespace] | None = None


class _ClusterExternalSecret(Shape):
    metadata: ObjectMeta
    spec: _ClusterSpec = msgspec.field(default_factory=_ClusterSpec)
    status: _ClusterStatus = msgspec.field(default_factory=_ClusterStatus)


_cluster_decoder = decoder(_ClusterExternalSecret)


def read_external_secret(raw: msgspec.Raw, pool: Pool) -> Iterable[SyncObject]:
    """Its target, and how the last sync went. `status.refreshTime` moves with every successful sync."""
    found = _decoder.decode(raw)
    spec, target = found.spec, found.spec.target
    store_kind, store = _store(spec)
    name = name_of(found.metadata)
    ready, reason = readiness(found.status.conditions, "Ready")
    elsewhere = target.manifest is not None and target.manifest.kind not in ("", "Secret")
    writes = not elsewhere and target.creation_policy != _WRITES_NOTHING
    yield SyncObject(
        kind="ExternalSecret",
        group=GROUP,
        namespace=namespace_of(found.metadata, pool),
        name=name,
        uid=found.metadata.uid or "",
        created_at=utc(found.metadata.creation_timestamp),
        targets=(reference(target.name, pool) or name,) if writes else (),
        target_keys=_target_keys(spec),
        creates=target.creation_policy not in ("Merge", _WRITES_NOTHING),
        ready=ready,
        reason=pool.one(reason),
        store_kind=pool.one(keep.clean(store_kind)),
        store=reference(store, pool),
        refreshed_at=utc(found.status.refresh_time),
        refresh_seconds=_DEFAULT_REFRESH_SECONDS
        if spec.refresh_interval is None
        else go_duration(spec.refresh_interval),
        refresh_policy=pool.one(keep.clean(spec.refresh_policy or "")),
        refresh_limited=bool(spec.sync_windows and spec.sync_windows.windows),
    )


def read_cluster_external_secret(raw: msgspec.Raw, pool: Pool) -> Iterable[SyncObject]:
    """One SyncObject for each namespace that it names, or says to have an ExternalSecret in; one without if none.

    Namespaces that it selects by label are known once the operator has been there. What its ExternalSecrets take from,
    and how their syncs went, they tell themselves.
    """
    found = _cluster_decoder.decode(raw)
    spec, status, target = found.spec, found.status, found.spec.external_secret_spec.target
    failed = [item.namespace for item in status.failed_namespaces or ()]
    namespaces = [*(spec.namespaces or ()), *(status.provisioned_namespaces or ()), *failed]
    name = name_of(found.metadata)
    ready, reason = readiness(status.conditions, "Ready")
    written = reference(target.name or spec.external_secret_name, pool) or name
    for namespace in dict.fromkeys(namespaces) or [""]:
        yield SyncObject(
            kind="ClusterExternalSecret",
            group=GROUP,
            namespace="",
            name=name,
            uid=found.metadata.uid or "",
            created_at=utc(found.metadata.creation_timestamp),
            targets=(written,) if namespace and target.creation_policy != _WRITES_NOTHING else (),
            target_namespace=reference(namespace, pool),
            target_keys=_target_keys(spec.external_secret_spec),
            creates=target.creation_policy != "Merge",
            ready=ready,
            reason=pool.one(reason),
        )


def _store(spec: _Spec) -> tuple[str, str | None]:
    """(kind, name) of the store, or of the store or generator that the first entry names for itself."""
    if spec.secret_store_ref.name:
        return spec.secret_store_ref.kind or "SecretStore", spec.secret_store_ref.name
    for entry in (*(spec.data or ()), *(spec.data_from or ())):
        source = entry.source_ref
        if source is not None and source.store_ref is not None and source.store_ref.name:
            return source.store_ref.kind or "SecretStore", source.store_ref.name
        if source is not None and source.generator_ref is not None and source.generator_ref.name:
            return source.generator_ref.kind or "", source.generator_ref.name
    return spec.secret_store_ref.kind or "SecretStore", None


def _target_keys(spec: _Spec) -> tuple[str, ...] | None:
    """The keys the Secret will have, None where the store or a template decides.

    A template with data replaces what was fetched, unless `mergePolicy` is Merge; one with neither data nor
    templateFrom leaves it (pkg/controllers/externalsecret, template engine v2).
    """
    template = spec.target.template or _Template()
    if template.template_from:
        return None
    rendered = set(template.data or ())
    if rendered and template.merge_policy != "Merge":
        return tuple(sorted(keep.clean(key) for key in rendered))
    if spec.data_from:
        return None
    return tuple(sorted({keep.clean(key) for key in rendered | {item.secret_key for item in spec.data or ()} if key}))
