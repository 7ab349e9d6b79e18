"""What makes a Secret: the object or operator that would write it again if it were deleted.

Decided from what cannot be an accident: an object that names the Secret as its target, an ownerReference, a
label or annotation that only that operator writes, the Secret's type. The kind `manual` is what is left: a
Secret that people made, or a tool that leaves no trace.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from scanners.inventory import Inventory, Secret, SyncObject

TOKEN = "kubernetes.io/service-account-token"
BOOTSTRAP = "bootstrap.kubernetes.io/token"
HELM_RELEASE = "helm.sh/release.v1"


@dataclass(frozen=True, slots=True)
class Source:
    """`object` is `Kind/namespace/name`, or "" where the source is no object. `healthy` None is unknown."""

    kind: str
    object: str = ""
    healthy: bool | None = None


SYNC_KINDS: dict[tuple[str, str], str] = {
    ("external-secrets.io", "ExternalSecret"): "external-secrets",
    ("bitnami.com", "SealedSecret"): "sealed-secrets",
    ("secrets-store.csi.x-k8s.io", "SecretProviderClass"): "vault-csi",
    ("cert-manager.io", "Certificate"): "cert-manager",
    ("isindir.github.com", "SopsSecret"): "sops-operator",
    ("secrets.hashicorp.com", "VaultStaticSecret"): "vault-operator",
    ("secrets.hashicorp.com", "VaultDynamicSecret"): "vault-operator",
    ("secrets.hashicorp.com", "VaultPKISecret"): "vault-operator",
    ("secrets.hashicorp.com", "HCPVaultSecretsApp"): "vault-operator",
    ("secrets.infisical.com", "InfisicalSecret"): "infisical",
    ("secrets.doppler.com", "DopplerSecret"): "doppler",
    ("onepassword.com", "OnePasswordItem"): "onepassword",
}
"""Kinds whose objects name the Secrets they write."""

EXTERNAL_OR_ENCRYPTED = frozenset(
    {
        "external-secrets", "sealed-secrets", "vault-csi", "sops-flux", "sops-operator", "vault-operator",
        "infisical", "doppler", "onepassword",
    }
)  # fmt: skip
"""Sources that hold the truth outside the Secret object, or encrypted in Git (checklist: source-of-truth)."""

MACHINE_MADE = frozenset(
    {"cert-manager", "helm", "service-account", "bootstrap", "operator", "sealing-key", "control-plane"}
)
"""Sources that no person writes: nothing to move to a secrets manager."""


class Sources:
    """The source of every Secret of an Inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self._by_target: dict[tuple[str, str], list[SyncObject]] = defaultdict(list)
        self._kustomizations: dict[tuple[str, str], SyncObject] = {}
        self._mounted: dict[tuple[str, str], bool] = {}
        for item in inventory.sync_objects:
            if (item.group, item.kind) == ("kustomize.toolkit.fluxcd.io", "Kustomization"):
                self._kustomizations[item.namespace, item.name] = item
            for target in item.targets:
                self._by_target[item.namespace, target].append(item)
        for mount in inventory.pod_mounts:
            key = (mount.namespace, mount.provider_class)
            self._mounted[key] = self._mounted.get(key, True) and mount.mounted

    def of(self, secret: Secret) -> Source:
        """The Secret's source; `manual` where nothing that was read claims it."""
        for rule in _RULES:
            source = rule(self, secret)
            if source is not None:
                return source
        return Source("manual")

    def writers(self, namespace: str, name: str) -> Iterable[SyncObject]:
        """The objects that name this Secret as their target, whether or not it exists."""
        return self._by_target.get((namespace, name), ())

    def kustomization(self, secret: Secret) -> SyncObject | None:
        """The Flux Kustomization that applied the Secret, if it is known."""
        return self._kustomizations.get(
            (
                secret.labels.get("kustomize.toolkit.fluxcd.io/namespace", ""),
                secret.labels.get("kustomize.toolkit.fluxcd.io/name", ""),
            )
        )

    def _from_target(self, secret: Secret) -> Source | None:
        writers = sorted(self.writers(secret.namespace, secret.name), key=lambda item: not item.creates)
        for item in writers:
            kind = SYNC_KINDS.get((item.group, item.kind))
            if kind is None:
                continue
            healthy = item.ready
            if item.kind == "SecretProviderClass":
                healthy = self._mounted.get((item.namespace, item.name))
            return Source(kind, f"{item.kind}/{item.namespace}/{item.name}", healthy)
        return None

    def _from_type(self, secret: Secret) -> Source | None:
        if secret.type == TOKEN:
            account = secret.annotations.get("kubernetes.io/service-account.name", "")
            return Source("service-account", f"ServiceAccount/{secret.namespace}/{account}" if account else "")
        if secret.type == BOOTSTRAP:
            return Source("bootstrap")
        if secret.type == HELM_RELEASE:
            return Source("helm")
        return None

    def _from_owner(self, secret: Secret) -> Source | None:
        for owner in secret.owners:
            kind = SYNC_KINDS.get((owner.group, owner.kind), "operator")
            return Source(kind, f"{owner.kind}/{secret.namespace}/{owner.name}")
        return None

    def _from_marks(self, secret: Secret) -> Source | None:
        """Labels and annotations that only one operator writes, where its object could not be read or is gone."""
        labels, annotations = secret.labels, secret.annotations
        if "sealedsecrets.bitnami.com/sealed-secrets-key" in labels:
            return Source("sealing-key")
        if labels.get("reconcile.external-secrets.io/managed") == "true":
            return Source("external-secrets")
        if "cert-manager.io/certificate-name" in annotations:
            name = annotations["cert-manager.io/certificate-name"]
            return Source("cert-manager", f"Certificate/{secret.namespace}/{name}")
        if labels.get("app.kubernetes.io/managed-by") in ("cert-manager", "cert-manager-webhook"):
            # An ACME account's key and the webhook's own authority, as cert-manager 1.21 labels them.
            return Source("cert-manager")
        if labels.get("secrets-store.csi.k8s.io/managed") == "true":
            return Source("vault-csi")
        if secret.managers and all(manager in _CONTROLLER_MANAGERS for manager in secret.managers):
            return Source("control-plane")
        return None

    def _from_gitops(self, secret: Secret) -> Source | None:
        labels, annotations = secret.labels, secret.annotations
        flux_name = labels.get("kustomize.toolkit.fluxcd.io/name")
        if flux_name is not None:
            applied_by = self.kustomization(secret)
            namespace = labels.get("kustomize.toolkit.fluxcd.io/namespace", "")
            reference = f"Kustomization/{namespace}/{flux_name}"
            if applied_by is not None and applied_by.decryption:
                return Source("sops-flux", reference, applied_by.ready)
            return Source("flux", reference, applied_by.ready if applied_by is not None else None)
        if "argocd.argoproj.io/tracking-id" in annotations:
            return Source("argo-cd", f"Application/{annotations['argocd.argoproj.io/tracking-id'].split(':', 1)[0]}")
        if labels.get("app.kubernetes.io/managed-by") == "Helm":
            release = annotations.get("meta.helm.sh/release-name", "")
            namespace = annotations.get("meta.helm.sh/release-namespace", secret.namespace)
            return Source("helm-chart", f"Release/{namespace}/{release}" if release else "")
        return None


_CONTROLLER_MANAGERS = frozenset({"kube-controller-manager", "kube-apiserver", "kubeadm", "k3s", "rke2"})
"""Field managers of the control plane itself, as the API server records them."""

_RULES: tuple[Callable[[Sources, Secret], Source | None], ...] = (
    Sources._from_target,
    Sources._from_type,
    Sources._from_owner,
    Sources._from_marks,
    Sources._from_gitops,
)
"""First answer wins: an object that names the Secret says more than who applied it."""
