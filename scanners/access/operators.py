"""Known parts of a cluster that read Secrets by their nature, as data: the control plane and operators.

An operator is recognised by namespace, ServiceAccount and image together: anybody may create a ServiceAccount
or a binding of a well-known name. Images are compared by the end of their repository, so mirrors count too.
"""

from __future__ import annotations

from dataclasses import dataclass

from scanners.inventory import Subject


@dataclass(frozen=True, slots=True)
class BuiltInBinding:
    """A binding that the control plane makes itself, with the only subjects it makes it for."""

    kind: str
    namespace: str
    name: str
    role: str
    subjects: frozenset[Subject]


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator's default installation: where it runs, as whom, and from which image repositories.

    `wildcards`: its own RBAC reaches Secrets by wildcards; where not, somebody else gave it those.
    """

    name: str
    namespaces: frozenset[str]
    service_accounts: frozenset[str]
    repositories: frozenset[str]
    source: str
    wildcards: bool = False


def _user(name: str) -> Subject:
    return Subject(kind="User", name=name)


def _group(name: str) -> Subject:
    return Subject(kind="Group", name=name)


def _controller(name: str, namespace: str = "") -> BuiltInBinding:
    full_name = f"system:controller:{name}"
    account = Subject(kind="ServiceAccount", name=name, namespace="kube-system")
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    return BuiltInBinding(kind, namespace, full_name, full_name, frozenset({account}))


ADMINISTRATOR_GROUPS = frozenset({"system:masters", "kubeadm:cluster-admins"})
"""Groups of cluster administrators: the API server's own, and kubeadm's since 1.29.
https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
https://kubernetes.io/docs/setup/best-practices/certificates/#configure-certificates-for-user-accounts
"""

BUILT_IN_BINDINGS: tuple[BuiltInBinding, ...] = (
    BuiltInBinding("ClusterRoleBinding", "", "cluster-admin", "cluster-admin", frozenset({_group("system:masters")})),
    BuiltInBinding(
        "ClusterRoleBinding",
        "",
        "system:kube-controller-manager",
        "system:kube-controller-manager",
        frozenset({_user("system:kube-controller-manager")}),
    ),
    BuiltInBinding("ClusterRoleBinding", "", "system:node", "system:node", frozenset({_group("system:nodes")})),
    _controller("clusterrole-aggregation-controller"),
    _controller("expand-controller"),
    _controller("generic-garbage-collector"),
    _controller("legacy-service-account-token-cleaner"),
    _controller("namespace-controller"),
    _controller("persistent-volume-binder"),
    _controller("resourcequota-controller"),
    _controller("storage-version-migrator-controller"),
    _controller("bootstrap-signer", "kube-system"),
    _controller("token-cleaner", "kube-system"),
)
"""Those of the bootstrap policy that reach Secrets, in 1.37 or before.
https://github.com/kubernetes/kubernetes/tree/v1.37.2/plugin/pkg/auth/authorizer/rbac/bootstrappolicy
system:node has no subjects where the node authorizer does the work.
"""

_FLUX_CONTROLLERS = frozenset(
    {
        "kustomize-controller",
        "helm-controller",
        "source-controller",
        "notification-controller",
        "image-reflector-controller",
        "image-automation-controller",
        "source-watcher",
    }
)

OPERATORS: tuple[Operator, ...] = (
    Operator(
        "cert-manager",
        frozenset({"cert-manager"}),
        frozenset({"cert-manager", "cert-manager-cainjector"}),
        frozenset({"jetstack/cert-manager-controller", "jetstack/cert-manager-cainjector"}),
        "https://github.com/cert-manager/cert-manager/tree/v1.21.2/deploy/charts/cert-manager/templates",
    ),
    Operator(
        "External Secrets Operator",
        frozenset({"external-secrets", "external-secrets-system"}),
        frozenset({"external-secrets", "external-secrets-cert-controller"}),
        frozenset({"external-secrets/external-secrets"}),
        "https://github.com/external-secrets/external-secrets/tree/main/deploy/charts/external-secrets",
    ),
    Operator(
        "Sealed Secrets",
        frozenset({"kube-system", "sealed-secrets"}),
        frozenset({"sealed-secrets-controller", "sealed-secrets"}),
        frozenset({"bitnami/sealed-secrets-controller", "bitnami-labs/sealed-secrets-controller"}),
        "https://github.com/bitnami-labs/sealed-secrets/tree/main/helm/sealed-secrets",
    ),
    Operator(
        "Secrets Store CSI driver",
        frozenset({"kube-system"}),
        frozenset({"secrets-store-csi-driver"}),
        frozenset({"csi-secrets-store/driver"}),
        "https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/main/deploy/rbac-secretprovidersyncing.yaml",
    ),
    Operator(
        "Vault Secrets Operator",
        frozenset({"vault-secrets-operator-system"}),
        frozenset({"vault-secrets-operator-controller-manager"}),
        frozenset({"hashicorp/vault-secrets-operator"}),
        "https://github.com/hashicorp/vault-secrets-operator/tree/main/config",
    ),
    Operator(
        "Flux",
        frozenset({"flux-system"}),
        _FLUX_CONTROLLERS,
        frozenset(f"fluxcd/{name}" for name in _FLUX_CONTROLLERS),
        "https://github.com/fluxcd/flux2/tree/main/manifests/rbac",
        wildcards=True,
    ),
    Operator(
        "Argo CD",
        frozenset({"argocd"}),
        frozenset({"argocd-application-controller", "argocd-server", "argocd-applicationset-controller"}),
        frozenset({"argoproj/argocd"}),
        "https://github.com/argoproj/argo-cd/tree/master/manifests/cluster-rbac",
        wildcards=True,
    ),
    Operator(
        "Prometheus operator",
        frozenset({"monitoring"}),
        frozenset({"prometheus-operator", "kube-prometheus-stack-operator"}),
        frozenset({"prometheus-operator/prometheus-operator"}),
        "https://github.com/prometheus-operator/kube-prometheus/blob/main/manifests/prometheusOperator-clusterRole.yaml",
        wildcards=True,
    ),
    Operator(
        "kube-state-metrics",
        frozenset({"kube-system", "monitoring"}),
        frozenset({"kube-state-metrics"}),
        frozenset({"kube-state-metrics/kube-state-metrics"}),
        "https://github.com/kubernetes/kube-state-metrics/tree/main/examples/standard",
    ),
    Operator(
        "ingress-nginx",
        frozenset({"ingress-nginx"}),
        frozenset({"ingress-nginx"}),
        frozenset({"ingress-nginx/controller"}),
        "https://github.com/kubernetes/ingress-nginx/blob/main/deploy/static/provider/cloud/deploy.yaml",
    ),
    Operator(
        "Istio",
        frozenset({"istio-system"}),
        frozenset({"istiod"}),
        frozenset({"istio/pilot"}),
        "https://github.com/istio/istio/tree/master/manifests/charts/istio-control/istio-discovery/templates",
    ),
    Operator(
        "Gatekeeper",
        frozenset({"gatekeeper-system"}),
        frozenset({"gatekeeper-admin"}),
        frozenset({"openpolicyagent/gatekeeper"}),
        "https://github.com/open-policy-agent/gatekeeper/blob/master/config/rbac/role.yaml",
        wildcards=True,
    ),
    Operator(
        "Reloader",
        frozenset({"reloader"}),
        frozenset({"reloader-reloader"}),
        frozenset({"stakater/reloader"}),
        "https://github.com/stakater/Reloader/tree/master/deployments/kubernetes/manifests",
    ),
    Operator(
        "Azure File CSI driver",
        frozenset({"kube-system"}),
        frozenset({"csi-azurefile-controller-sa"}),
        frozenset({"kubernetes-csi/azurefile-csi"}),
        "https://github.com/kubernetes-sigs/azurefile-csi-driver/blob/master/deploy/rbac-csi-azurefile-controller.yaml",
    ),
)
"""Operators whose default RBAC reads Secrets beyond those it names; the source shows that RBAC."""
