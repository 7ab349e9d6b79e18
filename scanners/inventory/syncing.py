"""Objects from which an operator makes Secrets, and the stores behind them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from scanners.inventory.record import Record


class SyncObject(Record, frozen=True, kw_only=True):
    """An object from which an operator makes Secrets: ExternalSecret, SealedSecret, Certificate, Kustomization, …

    `targets` are the names of the Secrets it writes in its namespace; a Kustomization's are found by label
    instead and stand empty. `target_keys` are the keys it will write, None where they cannot be known.
    `creates` is false where it only merges into a Secret that somebody else makes.
    `ready` is None before the operator has said anything. `reason` is the condition's machine word; its
    message is not kept, since operators put what they like in it.
    `decryption` is a Kustomization's decryption provider. `target_namespace` is where the targets are, "" for the
    object's own namespace. `not_before` and `not_after` are a Certificate's, from its status; `renews_at` is when
    cert-manager means to renew it.
    `store_namespace` is where the store is, "" for the object's own namespace or none. `refresh_limited`: windows
    of time keep it from refreshing (`spec.syncWindows` of an ExternalSecret). `applied_by` is the
    `NAMESPACE/NAME` of the Flux Kustomization that applied the object itself, "" where none is known.
    """

    kind: str
    group: str
    namespace: str
    name: str
    uid: str = ""
    created_at: datetime | None = None
    targets: tuple[str, ...] = ()
    target_keys: tuple[str, ...] | None = None
    creates: bool = True
    ready: bool | None = None
    reason: str = ""
    store_kind: str = ""
    store: str = ""
    refreshed_at: datetime | None = None
    refresh_seconds: float | None = None
    refresh_policy: str = ""
    decryption: str = ""
    source_kind: str = ""
    suspended: bool = False
    target_namespace: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    renews_at: datetime | None = None
    store_namespace: str = ""
    refresh_limited: bool = False
    applied_by: str = ""


class SecretStore(Record, frozen=True, kw_only=True):
    """A SecretStore or ClusterSecretStore of External Secrets; `namespace` is empty for the latter.

    `provider` is the key under `spec.provider`. `conditions` counts the entries of `spec.conditions`, which limit
    the namespaces that may use a ClusterSecretStore; without one, all may. `matches_all`: one of them matches every
    namespace, so that they limit nothing. `ready` as of a SyncObject.
    """

    kind: Literal["SecretStore", "ClusterSecretStore"]
    namespace: str
    name: str
    uid: str = ""
    provider: str = ""
    conditions: int = 0
    matches_all: bool = False
    controller: str = ""
    ready: bool | None = None
    reason: str = ""


class PodMount(Record, frozen=True, kw_only=True):
    """A SecretProviderClassPodStatus: whether the driver mounted a SecretProviderClass into a Pod."""

    namespace: str
    name: str
    pod: str
    provider_class: str
    mounted: bool
