"""A cluster in which every fault is known: objects of the families on which scanners go wrong.

`LABELS` are exactly the findings that must come out, as (check, severity, kind, namespace, name).
"""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.cluster.server import Cluster
from tests.end_to_end import labelled_posture
from tests.end_to_end.shop import (
    account,
    binding,
    container,
    deployment,
    files,
    from_secret,
    group,
    literal,
    metadata,
    namespace,
    role,
    secret,
    service_account,
    user,
)

Manifest = dict[str, Any]
Label = tuple[str, str, str, str, str]

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
CRDS = ("external-secrets", "sealed-secrets", "flux", "cert-manager")

ADMITTED = [
    literal("X_SECRET_KEY_PATH", "/etc/ml_secret_key"),
    literal("DB_PASSWORD_FILE", "/run/secrets/db/password"),
    literal("SECRETS_DIR", "/mnt/secrets"),
    literal("TOKEN", "$(OTHER_TOKEN)"),
    literal("KEYCLOAK_URL", "https://sso.example.org/realms/main"),
    literal("TOKEN_TTL", "3600"),
    literal("SECRET_NAME", "orders-db"),
    literal("MONKEY", "banana"),
    literal("PASSWORD", ""),
    literal("LOG_LEVEL", "INFO"),
    literal("PORT", "8080"),
    literal("KMS_KEY_ALIAS", "alias/orders"),
    literal("PASSWORD_PROMPT", "Enter your password"),
    literal("AUTH_TOKEN_ENABLED", "true"),
    literal("TOKEN_ISSUER", "https://issuer.example.org"),
    literal("DATABASE_URL", "postgres://db.orders:5432/orders"),
    literal("CACHE_URL", "redis://$(USER):$(PASS)@cache:6379/0"),
    literal("PUBLIC_KEY", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0nS8yV3C1QmZpY2F0aW9uS2V5Rm9yVGVzdHM me@example"),
]
"""Literals that are no credential, whatever their names say."""

JWT = ".".join(
    base64.urlsafe_b64encode(part).decode().rstrip("=")
    for part in (b'{"alg":"HS256","typ":"JWT"}', b'{"sub":"orders","iat":1700000000}', b"\x9a\x1c\x7f\x33" * 8)
)
LEAKS = {
    "password": literal("DB_PASSWORD", "vK8#mq2!Lz9w"),
    "slash": literal("ADMIN_PASSWORD", "/9xK2mQ7pLr4"),
    "connection": literal("DATABASE_URL", "postgres://orders:vK8mq2Lz9w@db.orders:5432/orders"),
    "access-key": literal("AWS_SECRET_ACCESS_KEY", "b2Qy/8kPzN5vXw3+TsLr7uYhGc1DfEa9MjIoRq4Z"),
    "github": literal("GH", "ghp_" + "a8Xk2Lq9Rt4Zm7Nb3Vc6Wd1Ye5Uf0Gh2Ji8K"),
    "jwt": literal("SESSION", JWT),
}
"""Literals that are one, whatever their names say; one Deployment each."""


def write(cluster: Cluster) -> None:
    """Fills an empty cluster, which has CRDS and a controller manager."""
    for name in ("orders", "other", "tools"):
        cluster.create(namespace(name))
    for part in (_annotated, _plaintext, _sources, _usage, _missing, _rbac):
        cluster.create(*part())
    labelled_posture.write(cluster)
    for manifest in _syncing():
        cluster.apply({key: value for key, value in manifest.items() if key != "status"})
        if "status" in manifest:
            cluster.apply_status(manifest)
    _attach(cluster)


def _applied(manifest: Manifest, said: Manifest) -> Manifest:
    return manifest | {"metadata": manifest["metadata"] | {"annotations": {LAST_APPLIED: json.dumps(said)}}}


def _used(name: str, namespace: str = "orders") -> Manifest:
    return deployment(namespace, f"reads-{name}", {"containers": [container()], "volumes": [files(name)]}, replicas=0)


def _annotated() -> list[Manifest]:
    with_values, without = secret("orders", "applied"), secret("orders", "applied-bare")
    bare = {key: value for key, value in without.items() if key != "stringData"}
    return [_applied(with_values, with_values), _applied(without, bare), _used("applied"), _used("applied-bare")]


def _plaintext() -> list[Manifest]:
    leaking = [
        deployment("orders", f"leak-{name}", {"containers": [container(variable)]}, replicas=0)
        for name, variable in LEAKS.items()
    ]
    in_init = {"containers": [container()], "initContainers": [container(LEAKS["password"], name="init")]}
    template = {"spec": {"containers": [container(LEAKS["password"])], "restartPolicy": "Never"}}
    cron = {"schedule": "0 0 1 1 *", "suspend": True, "jobTemplate": {"spec": {"template": template}}}
    return [
        *leaking,
        deployment("orders", "leak-init", in_init, replicas=0),
        {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata("leak-cron", "orders"), "spec": cron},
        deployment("orders", "harmless", {"containers": [container(*ADMITTED)]}, replicas=0),
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": metadata("leak-ephemeral", "orders"),
            "spec": {"containers": [container()]},
        },
    ]


def _attach(cluster: Cluster) -> None:
    """An ephemeral container is added to a Pod that exists: one leaks, and reads a Secret besides."""
    path = "/api/v1/namespaces/orders/pods/leak-ephemeral/ephemeralcontainers"
    debugging = container(LEAKS["password"], from_secret("K", "by-ephemeral", "password"), name="debug")
    status, answer = cluster.request(
        "PATCH",
        path,
        {"spec": {"ephemeralContainers": [debugging]}},
        headers={"Content-Type": "application/strategic-merge-patch+json"},
    )
    assert status == 200, answer


def _sources() -> list[Manifest]:
    """Secrets whose source is known; each is used, so that nothing else is said of them."""
    tls = {"tls.crt": "", "tls.key": ""}
    return [
        secret("orders", "synced"),
        secret("orders", "broken"),
        secret("orders", "unsealed"),
        secret("orders", "certificate", "kubernetes.io/tls", **tls),
        secret("orders", "sh.helm.release.v1.orders.v1", "helm.sh/release.v1", release="x"),
        *(_used(name) for name in ("synced", "broken", "unsealed", "certificate")),
        service_account("orders", "robot"),
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/service-account-token",
            "metadata": metadata("robot-token", "orders")
            | {"annotations": {"kubernetes.io/service-account.name": "robot"}},
        },
    ]


def _ready(status: str, kind: str = "Ready") -> Manifest:
    since = "2026-01-01T00:00:00Z"
    condition = {"type": kind, "status": status, "reason": "Tested", "message": "said", "lastTransitionTime": since}
    return {"conditions": [condition]}


def _external_secret(name: str, target: str, ready: str) -> Manifest:
    spec = {
        "secretStoreRef": {"name": "store"},
        "target": {"name": target},
        "data": [{"secretKey": "password", "remoteRef": {"key": "x"}}],
    }
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": metadata(name, "orders"),
        "spec": spec,
    } | ({"status": _ready(ready)} if ready else {})


def _syncing() -> list[Manifest]:
    sealed = {"encryptedData": {"password": "AgB"}, "template": {"metadata": metadata("unsealed", "orders")}}
    certificate = {"secretName": "certificate", "dnsNames": ["a.example.org"], "issuerRef": {"name": "ca"}}
    return [
        _external_secret("synced", "synced", "True"),
        _external_secret("broken", "broken", "False"),
        _external_secret("coming", "coming", ""),
        {
            "apiVersion": "bitnami.com/v1alpha1",
            "kind": "SealedSecret",
            "metadata": metadata("unsealed", "orders"),
            "spec": sealed,
            "status": _ready("False", "Synced"),
        },
        {
            "apiVersion": "cert-manager.io/v1",
            "kind": "Certificate",
            "metadata": metadata("certificate", "orders"),
            "spec": certificate,
            "status": _ready("True"),
        },
    ]


def _usage() -> list[Manifest]:
    """One Secret for each way of being used that others miss, and one of the same name that is not."""
    by_hand = ("by-none", "by-cron", "by-projection", "by-ephemeral", "by-pull", "by-account", "shared")
    projection = {"name": "all", "projected": {"sources": [{"secret": {"name": "by-projection"}}]}}
    template = {
        "spec": {"containers": [container()], "volumes": [files("by-cron")], "restartPolicy": "Never"},
    }
    cron = {"schedule": "0 0 1 1 *", "suspend": True, "jobTemplate": {"spec": {"template": template}}}
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    rule = {"host": "a.example.org", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    environment = {"containers": [container(envFrom=[{"secretRef": {"name": "shared"}}])]}
    return [
        *(secret("orders", name) for name in by_hand),
        secret("orders", "by-ingress", "kubernetes.io/tls", **{"tls.crt": "", "tls.key": ""}),
        secret("other", "shared"),
        deployment("orders", "projects", {"containers": [container()], "volumes": [projection]}, replicas=0),
        {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata("sleeps", "orders"), "spec": cron},
        service_account("orders", "puller", imagePullSecrets=[{"name": "by-pull"}], secrets=[{"name": "by-account"}]),
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": metadata("web", "orders"),
            "spec": {"tls": [{"hosts": ["a.example.org"], "secretName": "by-ingress"}], "rules": [rule]},
        },
        deployment("orders", "takes-all", environment, replicas=0),
    ]


def _missing() -> list[Manifest]:
    def reads(name: str, *env: Manifest) -> Manifest:
        return deployment("orders", name, {"containers": [container(*env)]}, replicas=0)

    optional = {"name": "v", "secret": {"secretName": "not-there", "optional": True}}
    return [
        reads("wants-secret", from_secret("A", "not-there", "password")),
        reads("wants-key", from_secret("A", "shared", "no-such-key")),
        reads("wants-perhaps", from_secret("A", "not-there", "password", optional=True)),
        reads("wants-coming", from_secret("A", "coming", "password")),
        deployment("orders", "mounts-perhaps", {"containers": [container()], "volumes": [optional]}, replicas=0),
    ]


def _rbac() -> list[Manifest]:
    secrets = {"resources": ["secrets"]}
    reader = ["get", "list", "watch"]
    return [
        role("watches", secrets | {"verbs": ["watch"]}),
        role("everything-watched", {"resources": ["*"], "verbs": ["watch"]}),
        role("named", secrets | {"verbs": reader, "resourceNames": ["a"]}),
        role("named-and-all", secrets | {"verbs": ["get"], "resourceNames": ["a"]}, secrets | {"verbs": ["list"]}),
        role("unnamed-after-all", secrets | {"verbs": ["list"], "resourceNames": []}),
        role("elsewhere", {"apiGroups": ["example.io"], "resources": ["secrets"], "verbs": ["*"]}),
        role("network", {"apiGroups": ["networking.k8s.io"], "resources": ["*"], "verbs": ["*"]}),
        role("writes", secrets | {"verbs": ["create", "update", "patch", "delete"]}),
        role("gets", secrets | {"verbs": ["get"]}),
        role("subresource", {"resources": ["secrets/*"], "verbs": ["*"]}),
        role("all-verbs", secrets | {"verbs": ["*"]}),
        role("reads", secrets | {"verbs": reader}),
        role("twin", secrets | {"verbs": reader}, namespace="orders"),
        role("twin", {"resources": ["pods"], "verbs": reader}, namespace="other"),
        binding("watches", "watches", user("ann")),
        binding("everything-watched", "everything-watched", user("ann")),
        binding("named", "named", user("ann")),
        binding("named-and-all", "named-and-all", user("ann")),
        binding("unnamed-after-all", "unnamed-after-all", user("ann")),
        binding("elsewhere", "elsewhere", user("ann")),
        binding("network", "network", user("ann")),
        binding("writes", "writes", user("ann")),
        binding("gets", "gets", user("ann")),
        binding("subresource", "subresource", user("ann")),
        binding("all-verbs", "all-verbs", user("ann")),
        binding("absent", "no-such-role", user("ann")),
        binding("root", "cluster-admin", account("tools", "deployer")),
        binding("all-verbs", "all-verbs", user("bob"), namespace="other"),
        binding("reads", "reads", group("developers"), namespace="orders"),
        binding("edits", "edit", user("bob"), namespace="orders"),
        binding("views", "view", user("bob"), namespace="orders"),
        binding("reads", "reads", user("bob"), namespace="kube-system"),
        binding("twin", "twin", user("bob"), namespace="other", kind="Role"),
        service_account("tools", "deployer"),
    ]


BY_HAND = ("applied", "applied-bare", "by-account", "by-cron", "by-ephemeral", "by-ingress", "by-none", "by-projection")
LABELS: set[Label] = labelled_posture.LABELS | {
    ("value-in-annotation", "medium", "Secret", "orders", "applied"),
    *(("plaintext-env", "high", "Deployment", "orders", f"leak-{name}") for name in (*LEAKS, "init")),
    ("plaintext-env", "high", "CronJob", "orders", "leak-cron"),
    ("plaintext-env", "high", "Pod", "orders", "leak-ephemeral"),
    *(("no-source-of-truth", "medium", "Secret", "orders", name) for name in (*BY_HAND, "by-pull", "shared")),
    ("no-source-of-truth", "medium", "Secret", "other", "shared"),
    ("sync-failing", "high", "ExternalSecret", "orders", "broken"),
    ("sync-failing", "high", "SealedSecret", "orders", "unsealed"),
    ("secret-in-env", "low", "Deployment", "orders", "takes-all"),
    ("secret-in-env", "low", "Deployment", "orders", "wants-secret"),
    ("secret-in-env", "low", "Deployment", "orders", "wants-key"),
    ("secret-in-env", "low", "Deployment", "orders", "wants-perhaps"),
    ("secret-in-env", "low", "Deployment", "orders", "wants-coming"),
    ("secret-in-env", "low", "Pod", "orders", "leak-ephemeral"),
    ("unused-secret", "low", "Secret", "orders", "by-none"),
    ("unused-secret", "low", "Secret", "other", "shared"),
    ("missing-secret", "high", "Deployment", "orders", "wants-secret"),
    ("missing-secret", "high", "Deployment", "orders", "wants-key"),
    ("legacy-token", "medium", "Secret", "orders", "robot-token"),
    ("rbac-wildcard", "critical", "ClusterRoleBinding", "", "root"),
    ("rbac-wildcard", "critical", "ClusterRoleBinding", "", "all-verbs"),
    ("rbac-wildcard", "critical", "ClusterRoleBinding", "", "everything-watched"),
    ("rbac-wildcard", "high", "RoleBinding", "other", "all-verbs"),
    ("rbac-list-watch", "high", "ClusterRoleBinding", "", "watches"),
    ("rbac-list-watch", "high", "ClusterRoleBinding", "", "named-and-all"),
    ("rbac-list-watch", "high", "ClusterRoleBinding", "", "unnamed-after-all"),
    ("rbac-list-watch", "high", "RoleBinding", "kube-system", "reads"),
    ("rbac-list-watch", "medium", "RoleBinding", "orders", "reads"),
    ("rbac-list-watch", "medium", "RoleBinding", "orders", "edits"),
    ("encryption-at-rest", "critical", "Cluster", "", ""),
}
