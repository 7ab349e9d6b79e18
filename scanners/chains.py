"""The way a Secret's value takes to its Secret: from the store, or from Git, through what syncs it. Pure data.

A page draws it from left to right; the last link is the Secret itself. What is known of each link stands in it and
what is not known is left out: a chain that begins in the middle says that nothing before it was read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from scanners.context import Context
from scanners.inventory import Secret, SyncObject
from scanners.sources import FLUX_GROUP, SYNC_KINDS, Source
from scanners.spans import span

MAX_COPIES = 4
"""Copies of copies that are followed to their original."""

ESO_GROUP = "external-secrets.io"
_FLUX_SOURCES = "source.toolkit.fluxcd.io"
_KUSTOMIZATIONS = f"kustomizations.{FLUX_GROUP}"


class Link(msgspec.Struct, frozen=True, gc=False):
    """One station on the way of a value.

    `kind`, `namespace`, `name` and `group` are the object's, `namespace` "" where it is in none. What is no object of
    the cluster has the group "": `Provider` (a secrets manager, `name` is External Secrets' or the CSI driver's key
    for it, such as `aws`), `Mount` (the driver's mounts of the link before), and `Release` (a Helm release). A core
    object, the Secret at the end for one, has the group "" too. `healthy` is whether the object says that it works,
    None where it says nothing or was not read. `detail` is a few words on it for a person: how often it syncs, the
    reason it gives, how many Pods mount it; nothing that differs from scan to scan while all goes well. Names come
    from the cluster and are hostile input.
    """

    kind: str
    namespace: str
    name: str
    group: str = ""
    healthy: bool | None = None
    detail: str = ""


def chain(context: Context, secret: Secret) -> tuple[Link, ...]:
    """The way to this Secret, its own link last; that alone where nothing is known of what makes it."""
    return tuple(_chain(context, secret, MAX_COPIES))


def _chain(context: Context, secret: Secret, copies: int) -> Iterator[Link]:
    source = context.source(secret)
    writer = _writer(context, secret)
    if writer is not None:
        yield from _before(context, writer)
        yield _syncing(context, writer)
        yield from _mounts(context, writer)
    elif source.kind == "copy":
        yield from _original(context, source, copies)
    elif source.kind in ("flux", "sops-flux"):
        yield from _applied(context, source)
    elif source.object:
        yield _named(source)
    yield Link("Secret", secret.namespace, secret.name, detail=secret.type)


def _writer(context: Context, secret: Secret) -> SyncObject | None:
    """The object that names the Secret as its target."""
    return next(
        (
            item
            for item in context.sources.writers(secret.namespace, secret.name)
            if (item.group, item.kind) in SYNC_KINDS
        ),
        None,
    )


def _before(context: Context, item: SyncObject) -> Iterator[Link]:
    """What a syncing object takes the value from."""
    before = _BEFORE.get(item.kind)
    if before is not None:
        yield from before(context, item)
    elif item.applied_by:
        # It holds the value encrypted, so that the value came with it.
        namespace, _, name = item.applied_by.partition("/")
        yield from _applied_by(context, namespace, name)
    elif item.store:
        namespace, _, name = item.store.rpartition("/")
        yield Link(item.store_kind, namespace or item.namespace, name, item.group)


def _from_store(context: Context, item: SyncObject) -> Iterator[Link]:
    if not item.store:
        return
    store = context.sources.store(item)
    if store is not None and store.provider:
        yield Link("Provider", "", store.provider)
    namespace = "" if item.store_kind.startswith("Cluster") else item.namespace
    if item.store_kind not in ("SecretStore", "ClusterSecretStore"):
        yield Link(item.store_kind, namespace, item.store, f"generators.{ESO_GROUP}")
        return
    detail = ""
    if store is not None:
        detail = store.reason if store.ready is False else ""
        if store.kind == "ClusterSecretStore" and (not store.conditions or store.matches_all):
            detail = "; ".join(filter(None, (detail, "open to every namespace")))
    yield Link(item.store_kind, namespace, item.store, ESO_GROUP, store.ready if store is not None else None, detail)


def _from_provider(context: Context, item: SyncObject) -> Iterator[Link]:
    if item.store:
        yield Link("Provider", "", item.store)


def _from_issuer(context: Context, item: SyncObject) -> Iterator[Link]:
    if item.store:
        yield Link(
            item.store_kind, "" if item.store_kind == "ClusterIssuer" else item.namespace, item.store, item.group
        )


_BEFORE: dict[str, Callable[[Context, SyncObject], Iterator[Link]]] = {
    "ExternalSecret": _from_store,
    "SecretProviderClass": _from_provider,
    "Certificate": _from_issuer,
}


def _syncing(context: Context, item: SyncObject) -> Link:
    return Link(item.kind, item.namespace, item.name, item.group, context.sources.health(item), "; ".join(_told(item)))


def _told(item: SyncObject) -> Iterator[str]:
    if item.reason and item.ready is not True:
        yield item.reason
    if item.kind != "Kustomization" and item.refresh_seconds is not None:
        yield f"every {span(item.refresh_seconds)}" if item.refresh_seconds > 0 else "once"
    if item.not_after is not None:
        yield f"certificate until {item.not_after:%Y-%m-%d %H:%M} UTC"
    if item.suspended:
        yield "suspended"
    if not item.creates:
        yield "merges into the Secret"


def _mounts(context: Context, item: SyncObject) -> Iterator[Link]:
    """The driver keeps the Secret only while a Pod mounts its class."""
    if item.kind != "SecretProviderClass":
        return
    mounts = context.sources.mounts(item)
    mounted = sum(mount.mounted for mount in mounts)
    if mounts:
        pods = f"{mounted} of {len(mounts)} Pod{'s' * (len(mounts) != 1)}"
        yield Link("Mount", item.namespace, item.name, healthy=mounted == len(mounts), detail=f"mounted in {pods}")


def _applied(context: Context, source: Source) -> Iterator[Link]:
    """A Secret that a Kustomization applied: `Kustomization/NAMESPACE/NAME`."""
    _, namespace, name = source.object.split("/", 2)
    yield from _applied_by(context, namespace, name)


def _applied_by(context: Context, namespace: str, name: str) -> Iterator[Link]:
    item = context.sources.kustomization_named(namespace, name)
    if item is None:
        yield Link("Kustomization", namespace, name, FLUX_GROUP, detail=_absent(context, _KUSTOMIZATIONS))
        return
    if item.store:
        yield Link(item.store_kind, item.store_namespace or item.namespace, item.store, _FLUX_SOURCES)
    told = (f"decrypts with {item.decryption}" if item.decryption else "does not decrypt", *_told(item))
    yield Link("Kustomization", namespace, name, FLUX_GROUP, item.ready, "; ".join(told))


def _original(context: Context, source: Source, copies: int) -> Iterator[Link]:
    """The way to the Secret of which this one is a copy, as far as that is known."""
    if not source.object:
        return
    _, namespace, name = source.object.split("/", 2)
    original = context.secrets.get((namespace, name))
    if original is not None and copies:
        yield from _chain(context, original, copies - 1)
    else:
        yield Link("Secret", namespace, name, detail="" if original else _absent(context, "secrets"))


def _absent(context: Context, name: str) -> str:
    """Why an object is not among those of an input: denied is not absent."""
    return "not found" if context.coverage(name).status in ("complete", "absent") else "not read"


def _named(source: Source) -> Link:
    """The one object that a mark on the Secret names: an owner, a ServiceAccount, a Release, an Application."""
    kind, _, place = source.object.partition("/")
    namespace, _, name = place.rpartition("/")
    return Link(kind, namespace, name, _GROUPS.get(kind, ""), source.healthy)


_GROUPS = {kind: group for group, kind in SYNC_KINDS} | {
    "Application": "argoproj.io",
    "HelmRelease": "helm.toolkit.fluxcd.io",
}
