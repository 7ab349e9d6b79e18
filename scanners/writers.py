"""Who writes Secrets, as tables of facts: the kinds that name them, and the marks that each writer leaves.

A mark counts only where it cannot be an accident: an owner's API group, a type of Secret that one program makes, a
label or annotation that only the writer sets. What people set to ask for something (a Grafana sidecar's label, the
annotation that allows a copy) says nothing of who wrote the value.
"""

from __future__ import annotations

from dataclasses import dataclass

TOKEN = "kubernetes.io/service-account-token"
BOOTSTRAP = "bootstrap.kubernetes.io/token"
HELM_RELEASE = "helm.sh/release.v1"

SYNC_KINDS: dict[tuple[str, str], str] = {
    ("external-secrets.io", "ExternalSecret"): "external-secrets",
    ("external-secrets.io", "ClusterExternalSecret"): "external-secrets",
    ("bitnami.com", "SealedSecret"): "sealed-secrets",
    ("secrets-store.csi.x-k8s.io", "SecretProviderClass"): "vault-csi",
    ("cert-manager.io", "Certificate"): "cert-manager",
    ("isindir.github.com", "SopsSecret"): "sops-operator",
    ("craftypath.github.io", "SopsSecret"): "sops-operator",
    ("addons.projectcapsule.dev", "SopsSecret"): "sops-operator",
    ("secrets.hashicorp.com", "VaultStaticSecret"): "vault-operator",
    ("secrets.hashicorp.com", "VaultDynamicSecret"): "vault-operator",
    ("secrets.hashicorp.com", "VaultPKISecret"): "vault-operator",
    ("secrets.hashicorp.com", "HCPVaultSecretsApp"): "vault-operator",
    ("secrets.infisical.com", "InfisicalSecret"): "infisical",
    ("secrets.infisical.com", "InfisicalStaticSecret"): "infisical",
    ("secrets.doppler.com", "DopplerSecret"): "doppler",
    ("onepassword.com", "OnePasswordItem"): "onepassword",
    ("spv.no", "AzureKeyVaultSecret"): "azure-key-vault",
    ("k8s.bitwarden.com", "BitwardenSecret"): "bitwarden",
    ("secret-sync.x-k8s.io", "SecretSync"): "secret-sync",
}
"""Kinds whose objects name the Secrets they write, and are read for it (scanners/collect/sync)."""

SILENT_KINDS = frozenset(
    {
        ("craftypath.github.io", "SopsSecret"),
        ("secrets.infisical.com", "InfisicalStaticSecret"),
        ("spv.no", "AzureKeyVaultSecret"),
        ("secret-sync.x-k8s.io", "SecretSync"),
    }
)
"""Those of them whose status is not read: nothing is known of how the last sync went."""

OWNING_KINDS: dict[tuple[str, str], str] = {
    **SYNC_KINDS,
    ("kubernetes-client.io", "ExternalSecret"): "external-secrets",
    ("secrets.infisical.com", "InfisicalDynamicSecret"): "infisical",
    ("ricoberger.de", "VaultSecret"): "vault-operator",
    ("redhatcop.redhat.io", "VaultSecret"): "vault-operator",
    ("koudingspawn.de", "Vault"): "vault-operator",
    ("vault.koudingspawn.de", "Vault"): "vault-operator",
    ("secrets.contentful.com", "SyncedSecret"): "external-secrets",
}
"""Kinds known by the ownerReference that they leave: those above, and older operators whose objects are not read.

https://github.com/external-secrets/kubernetes-external-secrets https://github.com/ricoberger/vault-secrets-operator
https://github.com/redhat-cop/vault-config-operator https://github.com/DaspawnW/vault-crd
https://github.com/contentful-labs/kube-secret-syncer
"""

EXTERNAL_OR_ENCRYPTED = frozenset(
    {
        "external-secrets", "sealed-secrets", "vault-csi", "sops-flux", "sops-operator", "vault-operator",
        "infisical", "doppler", "onepassword", "azure-key-vault", "bitwarden", "secret-sync",
    }
)  # fmt: skip
"""Sources that hold the truth outside the Secret object, or encrypted in Git (checklist: source-of-truth)."""

MACHINE_MADE = frozenset(
    {"cert-manager", "helm", "service-account", "bootstrap", "operator", "sealing-key", "control-plane", "copy"}
)
"""Sources that no person writes: nothing to move to a secrets manager. Of a copy, that is asked of its original."""

OPERATOR_TYPES = frozenset(
    {
        "connection.crossplane.io/v1alpha1",
        "cluster.x-k8s.io/secret",
        "istio.io/ca-root",
        "istio.io/key-and-cert",
    }
)
"""Types of Secret that one program makes for itself: Crossplane, Cluster API, Istio.

https://docs.crossplane.io/latest/concepts/connection-details/
https://cluster-api.sigs.k8s.io/developer/core/certificate-management
https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """A label or annotation that one writer leaves, and the source it tells of.

    `value` is what it must be, None for anything. `kind` is that of the object which the value names in the Secret's
    own namespace, "" where it names none.
    """

    key: str
    source: str
    value: str | None = None
    kind: str = ""


LABEL_MARKS: tuple[Mark, ...] = (
    Mark("sealedsecrets.bitnami.com/sealed-secrets-key", "sealing-key"),
    # https://external-secrets.io/latest/guides/ownership-deletion-policy/
    Mark("reconcile.external-secrets.io/managed", "external-secrets", "true"),
    # An ACME account's key and the webhook's own authority, as cert-manager 1.21 labels them.
    Mark("app.kubernetes.io/managed-by", "cert-manager", "cert-manager"),
    Mark("app.kubernetes.io/managed-by", "cert-manager", "cert-manager-webhook"),
    Mark("secrets-store.csi.k8s.io/managed", "vault-csi", "true"),
    Mark("secrets.hashicorp.com/vso-ownerRefUID", "vault-operator"),
    Mark("app.kubernetes.io/managed-by", "vault-operator", "hashicorp-vso"),
    # https://docs.doppler.com/docs/kubernetes-operator
    Mark("secrets.doppler.com/subtype", "doppler", "dopplerSecret"),
    # Secrets of a Kafka cluster carry the operator's name even where it sets no ownerReference.
    Mark("app.kubernetes.io/managed-by", "operator", "strimzi-cluster-operator"),
    # https://kyverno.io/docs/policy-types/cluster-policy/generate/
    Mark("generate.kyverno.io/policy-name", "operator"),
)

ANNOTATION_MARKS: tuple[Mark, ...] = (
    Mark("cert-manager.io/certificate-name", "cert-manager", kind="Certificate"),
    # https://developer.1password.com/docs/k8s/operator/
    Mark("operator.1password.io/item-version", "onepassword"),
    # OpenShift's service authority, and the pull Secrets of its image registry.
    Mark("service.beta.openshift.io/originating-service-name", "operator", kind="Service"),
    Mark("service.alpha.openshift.io/originating-service-name", "operator", kind="Service"),
    Mark("openshift.io/internal-registry-auth-token.service-account", "service-account", kind="ServiceAccount"),
)

COPY_ANNOTATIONS = (
    "reflector.v1.k8s.emberstack.com/reflects",
    "replicator.v1.mittwald.de/replicate-from",
)
"""Annotations that name, as NAMESPACE/NAME, the Secret of which this one is a copy.

https://github.com/emberstack/kubernetes-reflector https://github.com/mittwald/kubernetes-replicator
"""

PUSHED_COPY_ANNOTATION = "replicator.v1.mittwald.de/replicated-from-version"
"""Mittwald's replicator leaves it on a copy that it pushed; such a copy has its original's name, and no namespace."""

COPY_LABELS: tuple[tuple[str, str], ...] = (
    ("kubed.appscode.com/origin.namespace", "kubed.appscode.com/origin.name"),
    ("generate.kyverno.io/source-namespace", "generate.kyverno.io/source-name"),
)
"""Pairs of labels that name the namespace and the name of the original.

https://config-syncer.com/docs/latest/guides/config-syncer/intra-cluster/ and Kyverno's generate rules with `clone`.
"""

CONTROL_PLANE_MANAGERS = frozenset({"kube-controller-manager", "kube-apiserver", "kubeadm", "k3s", "rke2"})
"""Field managers of the control plane itself, as the API server records them."""

OPERATOR_MANAGERS = frozenset({"postgres-operator", "elastic-operator"})
"""Field managers of operators that write Secrets without an ownerReference, by the names of their programs.

https://github.com/zalando/postgres-operator https://github.com/elastic/cloud-on-k8s
"""
