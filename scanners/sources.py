"""What makes a Secret: the object or operator that would write it again if it were deleted.

Decided from what cannot be an accident: an object that names the Secret as its target, an ownerReference, a
label or annotation that only that operator writes, the Secret's type. The kind `manual` is what is left: a
Secret that people made, or a tool that leaves no trace. The marks are tables of `scanners.writers`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import msgspec

from scanners.inventory import Inventory, PodMount, Secret, SecretStore, SyncObject
from scanners.writers import (
    ANNOTATION_MARKS,
    BOOTSTRAP,
    CONTROL_PLANE_MANAGERS,
    COPY_ANNOTATIONS,
    COPY_LABELS,
    EXTERNAL_OR_ENCRYPTED,
    HELM_RELEASE,
    LABEL_MARKS,
    MACHINE_MADE,
    OPERATOR_MANAGERS,
    OPERATOR_TYPES,
    OWNING_KINDS,
    PUSHED_COPY_ANNOTATION,
    SILENT_KINDS,
    SYNC_KINDS,
    TOKEN,
)

FLUX_GROUP = "kustomize.toolkit.fluxcd.io"


class Source(msgspec.Struct, frozen=True, gc=False):
    """`object` is `Kind/namespace/name`, or "" where the source is no object. `healthy` None is unknown."""

    kind: str
    object: str = ""
    healthy: bool | None = None


_MANUAL = Source("manual")
_MARKING_LABELS = frozenset(mark.key for mark in LABEL_MARKS)
_MARKING_ANNOTATIONS = frozenset(mark.key for mark in ANNOTATION_MARKS)


class Sources:
    """The source of every Secret of an Inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self._by_target: dict[tuple[str, str], list[SyncObject]] = defaultdict(list)
        self._kustomizations: dict[tuple[str, str], SyncObject] = {}
        self._mounts: dict[tuple[str, str], list[PodMount]] = defaultdict(list)
        self._stores: dict[tuple[str, str, str], SecretStore] = {
            (item.kind, item.namespace, item.name): item for item in inventory.stores
        }
        for item in inventory.sync_objects:
            if (item.group, item.kind) == (FLUX_GROUP, "Kustomization"):
                self._kustomizations[item.namespace, item.name] = item
            for target in item.targets:
                self._by_target[item.target_namespace or item.namespace, target].append(item)
        for mount in inventory.pod_mounts:
            self._mounts[mount.namespace, mount.provider_class].append(mount)

    def of(self, secret: Secret) -> Source:
        """The Secret's source; `manual` where nothing that was read claims it."""
        for rule in _RULES:
            source = rule(self, secret)
            if source is not None:
                return source
        return _MANUAL

    def writers(self, namespace: str, name: str) -> Sequence[SyncObject]:
        """The objects that name this Secret as their target, whether or not it exists; its maker comes first.

        What makes the maker (a ClusterExternalSecret, which is in no namespace) comes after it.
        """
        found = self._by_target.get((namespace, name))
        return sorted(found, key=lambda item: (not item.creates, not item.namespace)) if found else ()

    def kustomization(self, secret: Secret) -> SyncObject | None:
        """The Flux Kustomization that applied the Secret, if it is known."""
        return self.kustomization_named(
            secret.labels.get(f"{FLUX_GROUP}/namespace", ""), secret.labels.get(f"{FLUX_GROUP}/name", "")
        )

    def kustomization_named(self, namespace: str, name: str) -> SyncObject | None:
        return self._kustomizations.get((namespace, name))

    def store(self, item: SyncObject) -> SecretStore | None:
        """The SecretStore or ClusterSecretStore that an ExternalSecret takes from, if it is known."""
        namespace = "" if item.store_kind == "ClusterSecretStore" else item.namespace
        return self._stores.get((item.store_kind, namespace, item.store))

    def mounts(self, item: SyncObject) -> Sequence[PodMount]:
        """What the driver said of a SecretProviderClass, for each Pod that mounts it."""
        return self._mounts.get((item.namespace, item.name), ())

    def health(self, item: SyncObject) -> bool | None:
        """Whether an object that makes Secrets works; a SecretProviderClass does where every mount of it did."""
        if item.kind != "SecretProviderClass":
            return item.ready
        mounts = self.mounts(item)
        return all(mount.mounted for mount in mounts) if mounts else None

    def _from_target(self, secret: Secret) -> Source | None:
        for item in self.writers(secret.namespace, secret.name):
            kind = SYNC_KINDS.get((item.group, item.kind))
            if kind is not None:
                return Source(kind, f"{item.kind}/{item.namespace}/{item.name}", self.health(item))
        return None

    def _from_type(self, secret: Secret) -> Source | None:
        if secret.type == TOKEN:
            account = secret.annotations.get("kubernetes.io/service-account.name", "")
            return Source("service-account", f"ServiceAccount/{secret.namespace}/{account}" if account else "")
        if secret.type == BOOTSTRAP:
            return Source("bootstrap")
        if secret.type == HELM_RELEASE:
            release = secret.labels.get("name", "")
            return Source("helm", f"Release/{secret.namespace}/{release}" if release else "")
        return None

    def _from_owner(self, secret: Secret) -> Source | None:
        for owner in secret.owners:
            kind = OWNING_KINDS.get((owner.group, owner.kind), "operator")
            return Source(kind, f"{owner.kind}/{secret.namespace}/{owner.name}")
        return None

    def _from_original(self, secret: Secret) -> Source | None:
        """A copy that a replicating controller keeps; its labels may be the original's, so this comes before them."""
        if not secret.annotations and not secret.labels:
            return None
        for annotation in COPY_ANNOTATIONS:
            namespace, _, name = secret.annotations.get(annotation, "").rpartition("/")
            if name:
                return Source("copy", f"Secret/{namespace or secret.namespace}/{name}")
        for namespace_label, name_label in COPY_LABELS:
            namespace, name = secret.labels.get(namespace_label, ""), secret.labels.get(name_label, "")
            if namespace and name:
                return Source("copy", f"Secret/{namespace}/{name}")
        return Source("copy") if PUSHED_COPY_ANNOTATION in secret.annotations else None

    def _from_marks(self, secret: Secret) -> Source | None:
        """Labels and annotations that only one operator writes, where its object could not be read or is gone."""
        for marks, keys, found in (
            (LABEL_MARKS, _MARKING_LABELS, secret.labels),
            (ANNOTATION_MARKS, _MARKING_ANNOTATIONS, secret.annotations),
        ):
            if keys.isdisjoint(found):
                continue
            for mark in marks:
                value = found.get(mark.key)
                if value is not None and mark.value in (None, value):
                    return Source(mark.source, f"{mark.kind}/{secret.namespace}/{value}" if mark.kind else "")
        if secret.type in OPERATOR_TYPES:
            return Source("operator")
        if secret.managers and CONTROL_PLANE_MANAGERS.issuperset(secret.managers):
            return Source("control-plane")
        if secret.managers and OPERATOR_MANAGERS.issuperset(secret.managers):
            return Source("operator")
        return None

    def _from_gitops(self, secret: Secret) -> Source | None:
        return _from_helm_release(secret) or self._from_flux(secret) or _from_argo_cd(secret) or _from_helm(secret)

    def _from_flux(self, secret: Secret) -> Source | None:
        name = secret.labels.get(f"{FLUX_GROUP}/name")
        if name is None:
            return None
        applied_by = self.kustomization(secret)
        reference = f"Kustomization/{secret.labels.get(f'{FLUX_GROUP}/namespace', '')}/{name}"
        kind = "sops-flux" if applied_by is not None and applied_by.decryption else "flux"
        return Source(kind, reference, applied_by.ready if applied_by is not None else None)


def _from_helm_release(secret: Secret) -> Source | None:
    """A chart that Flux's HelmRelease installs."""
    name = secret.labels.get("helm.toolkit.fluxcd.io/name")
    if not name:
        return None
    namespace = secret.labels.get("helm.toolkit.fluxcd.io/namespace", secret.namespace)
    return Source("helm-chart", f"HelmRelease/{namespace}/{name}")


def _from_argo_cd(secret: Secret) -> Source | None:
    """Tracked by Argo CD, `APPLICATION:GROUP/KIND:NAMESPACE/NAME`.

    An operator that copies the annotations of its own object leaves that object's tracking id on the Secret
    (https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/), which says who wrote it.
    """
    tracked = secret.annotations.get("argocd.argoproj.io/tracking-id")
    if tracked is None:
        application = secret.labels.get("argocd.argoproj.io/instance")
        return Source("argo-cd", f"Application/{application}") if application else None
    application, _, rest = tracked.partition(":")
    kind_of, _, place = rest.partition(":")
    group, _, kind = kind_of.rpartition("/")
    if kind and place and (group, kind) != ("", "Secret"):
        return Source(OWNING_KINDS.get((group, kind), "operator"), f"{kind}/{place}")
    if kind and place and place != f"{secret.namespace}/{secret.name}":
        return Source("copy", f"Secret/{place}")
    return Source("argo-cd", f"Application/{application}")


def _from_helm(secret: Secret) -> Source | None:
    if secret.labels.get("app.kubernetes.io/managed-by") != "Helm":
        return None
    release = secret.annotations.get("meta.helm.sh/release-name", "")
    namespace = secret.annotations.get("meta.helm.sh/release-namespace", secret.namespace)
    return Source("helm-chart", f"Release/{namespace}/{release}" if release else "")


_RULES: tuple[Callable[[Sources, Secret], Source | None], ...] = (
    Sources._from_target,
    Sources._from_type,
    Sources._from_owner,
    Sources._from_original,
    Sources._from_marks,
    Sources._from_gitops,
)
"""First answer wins: an object that names the Secret says more than who applied it."""

__all__ = [
    "BOOTSTRAP",
    "EXTERNAL_OR_ENCRYPTED",
    "FLUX_GROUP",
    "HELM_RELEASE",
    "MACHINE_MADE",
    "SILENT_KINDS",
    "SYNC_KINDS",
    "TOKEN",
    "Source",
    "Sources",
]
