"""Who may do what in the company: some of it well done, some of it granted in a hurry and never taken back."""

from __future__ import annotations

from collections.abc import Sequence

from tests.demo_company.steps import Manifest, Step, named
from tests.demo_company.workloads import MANAGER

GROUP = "rbac.authorization.k8s.io"
VERSION = f"{GROUP}/v1"

READ = ["get", "list", "watch"]
EVERYTHING = ["*"]
WRITE = ["get", "list", "watch", "create", "update", "patch", "delete"]


def access() -> list[Step]:
    """All roles and bindings."""
    return [*_across_the_cluster(), *_operators(), *_in_namespaces()]


def _across_the_cluster() -> list[Step]:
    return [
        # Granted in a hurry.
        _bind_cluster("ci-deployer-admin", "cluster-admin", _account("ci", "deployer")),
        _cluster_role("platform-oncall", _rule(EVERYTHING, "secrets", "configmaps", "pods")),
        _bind_cluster("platform-oncall", "platform-oncall", _group("platform-oncall")),
        _cluster_role("support-readonly", _rule(READ, "pods", "configmaps", "secrets", "events")),
        _bind_cluster("support-readonly", "support-readonly", _group("support"), _user("contractor-7@partner.example")),
        _cluster_role("backup", _rule(["get", "list"], "*"), _rule(["create"], "pods/exec")),
        _bind_cluster("velero-backup", "backup", _account("platform", "velero")),
        # Nobody is bound to this one: it reaches nothing.
        _cluster_role("old-secret-admin", _rule(EVERYTHING, "secrets")),
        # As it should be.
        _cluster_role("metrics-reader", _rule(READ, "pods", "nodes", "services", "endpoints")),
        _bind_cluster("prometheus", "metrics-reader", _account("observability", "prometheus")),
        _bind_cluster("developers-view", "view", _group("developers")),
    ]


def _operators() -> list[Step]:
    """What well-known operators ask for in their own charts."""
    issuing = "cert-manager-controller-certificates"
    csi_driver = "secrets-store-csi-driver"
    return [
        _cluster_role(
            "external-secrets-controller", _rule(WRITE, "secrets"), _rule(["create"], "serviceaccounts/token")
        ),
        _bind_cluster(
            "external-secrets-controller",
            "external-secrets-controller",
            _account("external-secrets", "external-secrets"),
        ),
        _cluster_role(issuing, _rule(WRITE, "secrets")),
        _bind_cluster(issuing, issuing, _account("cert-manager", "cert-manager")),
        _cluster_role("secrets-unsealer", _rule(WRITE, "secrets")),
        _bind_cluster(
            "sealed-secrets-controller", "secrets-unsealer", _account("kube-system", "sealed-secrets-controller")
        ),
        _cluster_role("reloader", _rule(READ, "secrets", "configmaps"), _rule(["update"], "deployments", group="apps")),
        _bind_cluster("reloader", "reloader", _account("platform", "reloader")),
        _bind_cluster("cluster-reconciler", "cluster-admin", _account("flux-system", "kustomize-controller")),
        _cluster_role(csi_driver, _rule(["get", "list", "watch", "create", "update", "patch"], "secrets")),
        _bind_cluster(csi_driver, csi_driver, _account("kube-system", csi_driver)),
    ]


def _in_namespaces() -> list[Step]:
    return [
        # Every `edit` binding reads all Secrets of its namespace: https://kubernetes.io/docs/reference/access-authn-authz/rbac/
        _bind("storefront", "developers", "ClusterRole/edit", _group("storefront-developers")),
        _bind("storefront-staging", "developers", "ClusterRole/admin", _group("storefront-developers")),
        _bind("payments-staging", "developers", "ClusterRole/edit", _group("payments-developers")),
        _bind("payments", "developers", "ClusterRole/view", _group("payments-developers")),
        _bind("data-platform", "notebooks", "ClusterRole/edit", _account("data-platform", "default")),
        _bind("identity", "identity-admins", "ClusterRole/admin", _user("maria@larkspur.example"), _group("identity")),
        # By name, as it should be.
        _role("payments", "read-bank-sftp", _rule(["get"], "secrets", names=["bank-sftp"])),
        _bind("payments", "read-bank-sftp", "Role/read-bank-sftp", _account("payments", "payments")),
        _role("identity", "rotate-jwks", _rule(["get", "update", "patch"], "secrets", names=["jwks-signing"])),
        _bind("identity", "rotate-jwks", "Role/rotate-jwks", _account("identity", "identity-sync")),
        _role("ci", "runner", _rule(["get"], "secrets", names=["github-app"]), _rule(["create"], "pods")),
        _bind("ci", "runner", "Role/runner", _account("ci", "default")),
        # Wider than it had to be.
        _role("observability", "grafana-sidecar", _rule(READ, "secrets", "configmaps")),
        _bind("observability", "grafana-sidecar", "Role/grafana-sidecar", _account("observability", "grafana")),
        _role("data-platform", "airflow-worker", _rule(["get"], "secrets"), _rule(WRITE, "pods")),
        _bind("data-platform", "airflow-worker", "Role/airflow-worker", _account("data-platform", "airflow-worker")),
        _role("kube-system", "cluster-info", _rule(["list"], "secrets")),
        _bind("kube-system", "cluster-info", "Role/cluster-info", _user("inventory-bot")),
        _role("storefront-staging", "everything", _rule(EVERYTHING, "*", group="*")),
        _bind("storefront-staging", "preview-environments", "Role/everything", _account("ci", "jenkins")),
    ]  # fmt: skip


def _rule(verbs: Sequence[str], *resources: str, names: Sequence[str] = (), group: str = "") -> Manifest:
    rule = {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}
    return rule | ({"resourceNames": list(names)} if names else {})


def _cluster_role(name: str, *rules: Manifest) -> Step:
    return Step(named("ClusterRole", VERSION, "", name) | {"rules": list(rules)}, MANAGER, applied=True)


def _role(namespace: str, name: str, *rules: Manifest) -> Step:
    return Step(named("Role", VERSION, namespace, name) | {"rules": list(rules)}, MANAGER, applied=True)


def _bind_cluster(name: str, role: str, *subjects: Manifest) -> Step:
    reference = {"apiGroup": GROUP, "kind": "ClusterRole", "name": role}
    manifest = named("ClusterRoleBinding", VERSION, "", name)
    return Step(manifest | {"roleRef": reference, "subjects": list(subjects)}, MANAGER, applied=True)


def _bind(namespace: str, name: str, role: str, *subjects: Manifest) -> Step:
    kind, _, role_name = role.partition("/")
    reference = {"apiGroup": GROUP, "kind": kind, "name": role_name}
    manifest = named("RoleBinding", VERSION, namespace, name)
    return Step(manifest | {"roleRef": reference, "subjects": list(subjects)}, MANAGER, applied=True)


def _account(namespace: str, name: str) -> Manifest:
    return {"kind": "ServiceAccount", "namespace": namespace, "name": name}


def _group(name: str) -> Manifest:
    return {"kind": "Group", "apiGroup": GROUP, "name": name}


def _user(name: str) -> Manifest:
    return {"kind": "User", "apiGroup": GROUP, "name": name}
