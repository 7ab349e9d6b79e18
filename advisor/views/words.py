"""What questions, parts of a stack and roles are called on the pages, where there is room for few words."""

from __future__ import annotations

from advisor.matrix import TITLES

SHORT: dict[str, str] = {
    "external-store": "Secrets manager",
    "ciphertext-in-git": "Ciphertext in Git",
    "kubernetes-secrets": "Secret objects",
    "dynamic-credentials": "Expiring credentials",
    "rotation": "Rotation",
    "clusters": "Clusters",
    "gitops": "Delivery",
    "consumption": "Variables or files",
    "non-pod-consumers": "Readers besides pods",
    "start-without-store": "Store outages",
    "air-gapped": "Cut off",
    "outside-kubernetes": "Use elsewhere",
    "read-audit": "Record of reads",
    "capacity": "Who runs it",
    "tenancy": "Tenants",
    "write-only-developers": "Write-only developers",
    "privileged-daemonsets": "Privileged DaemonSets",
    "cluster-scoped-installs": "Cluster-wide installs",
    "workload-identity": "Workload identity",
    "busl-licence": "BUSL",
    "key-backup": "Key backup",
    "secret-count": "Number of secrets",
}
"""Questions in two or three words."""

PARTS: dict[str, str] = {
    **{str(tool): title for tool, title in TITLES.items()},
    "encryption-at-rest": "Encryption at rest",
    "rbac-by-name": "RBAC by name",
    "audit-logging": "Audit logging",
    "network-policy": "NetworkPolicy",
    "ci-scanning": "Scanning in CI",
    "key-backup": "Backup of the keys",
    "secrets-store-csi-driver": "Secrets Store CSI driver",
    "openbao-csi-provider": "OpenBao CSI provider",
    "vault-csi-provider": "Vault CSI provider",
    "aws-secrets-store-csi-provider": "AWS provider for the CSI driver (ASCP)",
    "gcp-secrets-store-csi-provider": "Google's provider for the CSI driver",
    "azure-key-vault-csi-provider": "Azure Key Vault provider for the CSI driver",
    "flux-kustomize-controller": "Flux kustomize-controller",
    "ksops": "KSOPS",
    "ci-pipeline": "The CI pipeline",
    "sops-command": "The sops command",
    "vault-kubernetes-auth": "Vault's Kubernetes sign-in",
    "manual-bootstrap-secret": "A first credential, by hand",
    "reloader": "Reloader",
    "kubectl-rollout-restart": "kubectl rollout restart",
    "pod-certificates": "Pod certificates",
    "workload-identity": "Workload identity",
    "external-store": "A secrets manager",
    "openbao": "OpenBao",
    "vault-secrets-operator": "Vault Secrets Operator",
    "vault-agent": "Vault Agent",
    "vendor-operator": "Your vendor's own operator",
    "sops-secrets-operator": "SOPS Secrets Operator",
    "cert-manager": "cert-manager",
    "kubelet-credential-provider": "kubelet credential provider",
}
"""Tools and measures that an advice names."""

COUNTS = ("no", "one", "two", "three", "four", "five", "six")


def part(slug: str) -> str:
    """The name of a part of a stack; what is not in the table is read as words."""
    return PARTS.get(slug) or slug.replace("-", " ")
