"""The Secrets Store CSI driver (secrets-store.csi.x-k8s.io): what is mounted, and which Secrets it syncs."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from scanners.collect import keep
from scanners.collect.metadata import MAX_NAME, ObjectMeta, Shape, decoder, name_of, namespace_of, reference, utc
from scanners.collect.pool import Pool
from scanners.inventory import PodMount, SyncObject

GROUP = "secrets-store.csi.x-k8s.io"


class _Data(Shape):
    key: str = ""


class _SecretObject(Shape):
    secret_name: str = ""
    data: list[_Data] | None = None


class _Spec(Shape):
    provider: str = ""
    secret_objects: list[_SecretObject] | None = None


class _ProviderClass(Shape):
    metadata: ObjectMeta
    spec: _Spec = msgspec.field(default_factory=_Spec)


class _PodStatus(Shape):
    pod_name: str = ""
    secret_provider_class_name: str = ""
    mounted: bool = False


class _ProviderClassPodStatus(Shape):
    metadata: ObjectMeta
    status: _PodStatus = msgspec.field(default_factory=_PodStatus)


_provider_class = decoder(_ProviderClass)
_pod_status = decoder(_ProviderClassPodStatus)


def read_provider_class(raw: msgspec.Raw, pool: Pool) -> Iterable[SyncObject]:
    """One SyncObject for each Secret that it syncs, since each has keys of its own; one without targets if none."""
    found = _provider_class.decode(raw)
    synced = [item for item in found.spec.secret_objects or () if item.secret_name] or [_SecretObject()]
    for item in synced:
        keys = tuple(sorted({keep.clean(entry.key) for entry in item.data or () if entry.key}))
        yield SyncObject(
            kind="SecretProviderClass",
            group=GROUP,
            namespace=namespace_of(found.metadata, pool),
            name=name_of(found.metadata),
            uid=found.metadata.uid or "",
            created_at=utc(found.metadata.creation_timestamp),
            targets=(reference(item.secret_name, pool),) if item.secret_name else (),
            target_keys=keys if item.secret_name else None,
            store_kind="provider",
            store=pool.one(keep.clean(found.spec.provider, 63)),
        )


def read_provider_class_pod_status(raw: msgspec.Raw, pool: Pool) -> Iterable[PodMount]:
    found = _pod_status.decode(raw)
    yield PodMount(
        namespace=namespace_of(found.metadata, pool),
        name=name_of(found.metadata),
        pod=keep.clean(found.status.pod_name, MAX_NAME),
        provider_class=reference(found.status.secret_provider_class_name, pool),
        mounted=found.status.mounted,
    )
