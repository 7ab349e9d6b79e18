"""Earlier days of the demo company, told from its snapshot, so that its history is one that could have been.

What is younger than such a day was not there, what was written later has its older dates, and a few faults that were
mended meanwhile are still there. Nothing else differs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from msgspec.structs import replace

from scanners.inventory import (
    Binding,
    Inventory,
    KeyFacts,
    PlaintextCredential,
    Secret,
    Subject,
    SyncObject,
    Workload,
)

SCANNED_DAYS_AGO = (41, 20, 6)
"""How many days ago the demo was scanned before, oldest first."""

LAST_USED = "kubernetes.io/legacy-token-last-used"

_REFRESHED_BEFORE = timedelta(minutes=24)
_RENEWED_BEFORE_END = timedelta(days=30)


class _Dated(Protocol):
    @property
    def created_at(self) -> datetime | None: ...


def earlier(inventory: Inventory) -> tuple[Inventory, ...]:
    """The same cluster on each of those days, oldest first."""
    return tuple(_as_it_was(inventory, days) for days in SCANNED_DAYS_AGO)


def _as_it_was(inventory: Inventory, days: int) -> Inventory:
    day = inventory.collected_at - timedelta(days=days)
    secrets = tuple(_secret(each, day) for each in inventory.secrets if _there(each, day))
    known = {(each.namespace, each.name) for each in secrets}
    to_come = {(each.namespace, each.name) for each in inventory.secrets} - known
    workloads = tuple(_workload(each, to_come) for each in inventory.workloads if _there(each, day))
    pods = {(each.namespace, each.name) for each in workloads}
    then = replace(
        inventory,
        started_at=inventory.started_at - timedelta(days=days),
        collected_at=day,
        secrets=secrets,
        workloads=workloads,
        config_maps=tuple(each for each in inventory.config_maps if _there(each, day)),
        references=tuple(each for each in inventory.references if (each.secret_namespace, each.secret) not in to_come),
        sync_objects=tuple(
            _sync_object(each, day, inventory.collected_at) for each in inventory.sync_objects if _there(each, day)
        ),
        pod_mounts=tuple(each for each in inventory.pod_mounts if (each.namespace, each.pod) in pods),
    )
    for episode in EPISODES:
        if episode.until < days <= episode.since:
            then = episode.change(then)
    return then


def _there(item: _Dated, day: datetime) -> bool:
    return item.created_at is None or item.created_at <= day


def _secret(secret: Secret, day: datetime) -> Secret:
    """The Secret before it was last written, where that was later."""
    written = secret.data_written_at
    if written is not None and written > day:
        written = secret.created_at
    labels = secret.labels
    if LAST_USED in labels:
        labels = labels | {LAST_USED: min(labels[LAST_USED], day.date().isoformat())}
    values = secret.values and tuple(_key(facts, day) for facts in secret.values)
    return replace(secret, data_written_at=written, labels=labels, values=values)


def _key(facts: KeyFacts, day: datetime) -> KeyFacts:
    dates = _dates(facts.not_before, facts.not_after, day)
    return replace(facts, not_before=dates[0], not_after=dates[1]) if dates else facts


def _dates(begin: datetime | None, end: datetime | None, day: datetime) -> tuple[datetime, datetime] | None:
    """Those of the certificate before one that is younger, which was renewed 30 days before its end; else None."""
    if begin is None or end is None or begin <= day:
        return None
    life = end - begin
    while begin > day:
        begin -= life - _RENEWED_BEFORE_END
    return begin, begin + life


def _workload(workload: Workload, to_come: set[tuple[str, str]]) -> Workload:
    """Without what it reads from Secrets that came later."""
    uses = tuple(use for use in workload.uses if (workload.namespace, use.secret) not in to_come)
    return replace(workload, uses=uses)


def _sync_object(item: SyncObject, day: datetime, today: datetime) -> SyncObject:
    """As it was when its last success was yet to come: it worked."""
    dates = _dates(item.not_before, item.not_after, day)
    if dates:
        item = replace(item, not_before=dates[0], not_after=dates[1])
    if item.refreshed_at is None or item.refreshed_at <= day:
        return item
    ready = item.ready if item.ready is None else True
    return replace(item, refreshed_at=day - min(today - item.refreshed_at, _REFRESHED_BEFORE), ready=ready)


@dataclass(frozen=True, slots=True)
class Episode:
    """What was different from `since` to `until` days ago."""

    since: float
    until: float
    change: Callable[[Inventory], Inventory]


def _contractor(inventory: Inventory) -> Inventory:
    """A contractor's rights, taken back when the work was done."""
    binding = Binding(
        kind="ClusterRoleBinding",
        namespace="",
        name="contractor-3-migration",
        role_kind="ClusterRole",
        role_name="cluster-admin",
        subjects=(Subject(kind="User", name="contractor-3@partner.example"),),
    )
    return replace(inventory, bindings=(*inventory.bindings, binding))


def _open_store(inventory: Inventory) -> Inventory:
    """The store of data-platform, before it said who may use it."""
    stores = (replace(each, conditions=0) if each.name == "gcp-secret-manager" else each for each in inventory.stores)
    return replace(inventory, stores=tuple(stores))


def _literal(namespace: str, name: str, variable: str) -> Callable[[Inventory], Inventory]:
    """A credential that stood in an env variable of a Deployment."""
    found = PlaintextCredential(field="spec.template.spec.containers[0].env[3]", name=variable, credential="password")
    return _of_deployment(namespace, name, lambda item: replace(item, plaintext_env=(*item.plaintext_env, found)))


def _no_literal(namespace: str, name: str) -> Callable[[Inventory], Inventory]:
    """A credential that was taken out for a while."""
    return _of_deployment(namespace, name, lambda item: replace(item, plaintext_env=()))


def _of_deployment(
    namespace: str, name: str, change: Callable[[Workload], Workload]
) -> Callable[[Inventory], Inventory]:
    """The same change in a Deployment and in what it made."""

    def applied(inventory: Inventory) -> Inventory:
        workloads = (
            change(each) if each.namespace == namespace and _made_by(each, name) else each
            for each in inventory.workloads
        )
        return replace(inventory, workloads=tuple(workloads))

    return applied


def _made_by(workload: Workload, name: str) -> bool:
    return workload.name == name or workload.name.startswith(f"{name}-")


def _placeholder(namespace: str, name: str) -> Callable[[Inventory], Inventory]:
    """A Secret that still held what its example was written with."""

    def applied(inventory: Inventory) -> Inventory:
        return replace(
            inventory,
            secrets=tuple(
                replace(each, values=tuple(replace(facts, weakness="placeholder") for facts in each.values or ()))
                if (each.namespace, each.name) == (namespace, name)
                else each
                for each in inventory.secrets
            ),
        )

    return applied


LONG_AGO = float("inf")
EPISODES = (
    Episode(LONG_AGO, 15, _contractor),
    Episode(LONG_AGO, 10, _open_store),
    Episode(LONG_AGO, 30, _literal("payments", "webhooks", "LEGACY_CALLBACK_PASSWORD")),
    Episode(LONG_AGO, 21, _placeholder("payments-staging", "psp-hmac")),
    Episode(25, 10, _no_literal("storefront-staging", "search-experiment")),
)
