"""Smaller operators that write Secrets, and say more of them than their names.

sops-secrets-operator, 1Password, Doppler, Infisical.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from scanners.collect import keep
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
from scanners.collect.sync.flux import applied_by
from scanners.inventory import SyncObject


class _SecretTemplate(Shape):
    name: str = ""
    data: dict[str, msgspec.Raw] | None = None
    string_data: dict[str, msgspec.Raw] | None = None


class _SopsSpec(Shape):
    secret_templates: list[_SecretTemplate] | None = None
    suspend: bool | None = None


class _SopsStatus(Shape):
    message: str | None = None


class _SopsSecret(Shape):
    metadata: ObjectMeta
    spec: _SopsSpec = msgspec.field(default_factory=_SopsSpec)
    status: _SopsStatus = msgspec.field(default_factory=_SopsStatus)


class _Conditions(Shape):
    conditions: list[Condition] | None = None


class _OnePasswordItem(Shape):
    metadata: ObjectMeta
    status: _Conditions = msgspec.field(default_factory=_Conditions)


class _Managed(Shape):
    """A Secret that Doppler (name, namespace) or Infisical (secretName, secretNamespace) writes."""

    name: str = ""
    namespace: str | None = None
    secret_name: str = ""
    secret_namespace: str | None = None


class _DopplerSpec(Shape):
    managed_secret: _Managed = msgspec.field(default_factory=_Managed)
    resync_seconds: float | None = None


class _DopplerSecret(Shape):
    metadata: ObjectMeta
    spec: _DopplerSpec = msgspec.field(default_factory=_DopplerSpec)
    status: _Conditions = msgspec.field(default_factory=_Conditions)


class _InfisicalTarget(Shape):
    kind: str = "Secret"
    name: str = ""
    namespace: str | None = None


class _InfisicalSpec(Shape):
    targets: list[_InfisicalTarget] | None = None
    managed_secret_reference: _Managed | None = None
    managed_kube_secret_references: list[_Managed] | None = None


class _InfisicalSecret(Shape):
    metadata: ObjectMeta
    spec: _InfisicalSpec = msgspec.field(default_factory=_InfisicalSpec)
    status: _Conditions = msgspec.field(default_factory=_Conditions)


_sops = decoder(_SopsSecret)
_one_password = decoder(_OnePasswordItem)
_doppler = decoder(_DopplerSecret)
_infisical = decoder(_InfisicalSecret)


class _Target(NamedTuple):
    name: str
    namespace: str | None = None
    keys: tuple[str, ...] | None = None


def read_sops_secret(raw: msgspec.Raw, pool: Pool) -> Iterable[SyncObject]:
    """SopsSecret (isindir.github.com): names and keys are readable; its only good word is Healthy."""
    found = _sops.decode(raw)
    message = found.status.message
    targets = [
        _Target(template.name, keys=tuple(sorted({*(template.data or ()), *(template.string_data or ())})))
        for template in found.spec.secret_templates or ()
    ]
    ready = None if not message else message == "Healthy"
    yield from _sync(
        "SopsSecret", "isindir.github.com", found.metadata, targets, (ready, ""), pool, bool(found.spec.suspend)
    )


def read_one_password_item(raw: msgspec.Raw, pool: Pool) -> Iterable[SyncObject]:
    """OnePasswordItem (onepassword.com): the Secret has the item's own name."""
    found = _one_password.decode(raw)
    health = readiness(found.status.conditions, "Ready")
    yield from _sync("OnePasswordItem", "onepassword.com", found.metadata, [_Target(found.metadata.name)], health, pool)


def read_doppler_secret(raw: msgspec.Raw, pool: Pool) -> Iterable[SyncObject]:
    """DopplerSecret (secrets.doppler.com), often in the operator's namespace, for a Secret in another."""
    found = _doppler.decode(raw)
    managed = found.spec.managed_secret
    health = readiness(found.status.conditions, "secrets.doppler.com/SecretSyncReady")
    targets = [_Target(managed.name, managed.namespace)]
    yield from _sync("DopplerSecret", "secrets.doppler.com", found.metadata, targets, health, pool)


def read_infisical_secret(raw: msgspec.Raw, pool: Pool) -> Iterable[SyncObject]:
    """InfisicalSecret (secrets.infisical.com/v1alpha1), with one or several Secrets."""
    found = _infisical.decode(raw)
    managed = [found.spec.managed_secret_reference, *(found.spec.managed_kube_secret_references or ())]
    targets = [_Target(item.secret_name, item.secret_namespace) for item in managed if item is not None]
    health = readiness(found.status.conditions, "secrets.infisical.com/ReadyToSyncSecrets")
    yield from _sync("InfisicalSecret", "secrets.infisical.com", found.metadata, targets, health, pool)


def read_infisical_static_secret(raw: msgspec.Raw, pool: Pool) -> Iterable[SyncObject]:
    """InfisicalStaticSecret (secrets.infisical.com/v1beta1): its targets are Secrets or ConfigMaps."""
    found = _infisical.decode(raw)
    targets = [_Target(item.name, item.namespace) for item in found.spec.targets or () if item.kind == "Secret"]
    yield from _sync("InfisicalStaticSecret", "secrets.infisical.com", found.metadata, targets, (None, ""), pool)


def _sync(
    kind: str,
    group: str,
    metadata: ObjectMeta,
    targets: Iterable[_Target],
    health: tuple[bool | None, str],
    pool: Pool,
    suspended: bool = False,
) -> Iterator[SyncObject]:
    """One SyncObject for each Secret, one without targets where it names none."""
    own = namespace_of(metadata, pool)
    for target in [item for item in targets if item.name] or [_Target("")]:
        elsewhere = reference(target.namespace, pool) if target.name else ""
        yield SyncObject(
            kind=kind,
            group=group,
            namespace=own,
            name=name_of(metadata),
            uid=metadata.uid or "",
            created_at=utc(metadata.creation_timestamp),
            targets=(reference(target.name, pool),) if target.name else (),
            target_namespace="" if elsewhere == own else elsewhere,
            target_keys=tuple(keep.clean(key) for key in target.keys) if target.keys is not None else None,
            ready=health[0],
            reason=pool.one(health[1]),
            suspended=suspended,
            applied_by=applied_by(metadata, pool),
        )
