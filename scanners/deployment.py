"""Manifests for secretsui itself: the identity it reads a cluster with, and the Deployment to run it in one."""

from __future__ import annotations

from typing import Any

import yaml

from scanners.collect.inputs import scanner_rules

NAME = "secretsui"
PORT = 8000
USER_ID = 10001
"""The user of the image, as the Dockerfile makes it."""
DATA = "/data"
HOST = "secrets.example.org"
IMAGE = "registry.example.org/secretsui:0.1.0"
LABELS = {"app.kubernetes.io/name": NAME}

TOKEN_COMMANDS = """\
kubectl apply -f secretsui.yaml
TOKEN=$(kubectl -n secretsui create token secretsui --duration=720h)
kubectl config view --minify --flatten --raw -o json |
  jq --arg token "$TOKEN" '.users[0].user = {token: $token}' > secretsui.kubeconfig
"""
"""Makes the identity, a token that ends after 30 days (the API server may shorten it), and a kubeconfig with it."""

Manifest = dict[str, Any]


def identity(*, with_secrets: bool) -> list[Manifest]:
    """The least-privilege identity: Namespace, ServiceAccount, ClusterRole and its binding.

    Without `with_secrets` it may not list Secrets, and the checks that need them stay not-assessed: RBAC cannot
    allow a list without the values (kubernetes/kubernetes#78056), so some teams will not give it.
    """
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAME}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": NAME, "namespace": NAME}},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": NAME},
            "rules": scanner_rules(with_secrets=with_secrets),
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": NAME},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": NAME},
            "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": NAME}],
        },
    ]


def installation(*, with_secrets: bool) -> list[Manifest]:
    """The identity and, running as it, the whole product in one Pod: `secretsui up` with its data on a volume.

    It keeps to the Pod Security Standard `restricted`
    (https://kubernetes.io/docs/concepts/security/pod-security-standards/), and its namespace enforces that.
    """
    namespace, *others = identity(with_secrets=with_secrets)
    namespace["metadata"]["labels"] = {"pod-security.kubernetes.io/enforce": "restricted"}
    return [namespace, *others, _volume_claim(), _deployment(), _service()]


def as_yaml(manifests: list[Manifest]) -> str:
    """The manifests as one YAML stream."""
    return yaml.safe_dump_all(manifests, sort_keys=False)


def _metadata() -> Manifest:
    return {"name": NAME, "namespace": NAME, "labels": dict(LABELS)}


def _volume_claim() -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": _metadata(),
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}},
    }


def _deployment() -> Manifest:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(),
        "spec": {
            "replicas": 1,
            "strategy": {"type": "Recreate"},  # two Pods must not share the database file
            "selector": {"matchLabels": dict(LABELS)},
            "template": {"metadata": {"labels": dict(LABELS)}, "spec": _pod()},
        },
    }


def _pod() -> Manifest:
    return {
        "serviceAccountName": NAME,
        "automountServiceAccountToken": True,
        "terminationGracePeriodSeconds": 15,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER_ID,
            "runAsGroup": USER_ID,
            "fsGroup": USER_ID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container()],
        "volumes": [
            {"name": "data", "persistentVolumeClaim": {"claimName": NAME}},
            {"name": "temporary", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}},
        ],
    }


def _container() -> Manifest:
    environment = {
        "SECRETSUI_ALLOWED_HOSTS": HOST,
        "SECRETSUI_CSRF_TRUSTED_ORIGINS": f"https://{HOST}",
        "SECRETSUI_PROXY_HEADER": "X-Forwarded-Proto",
        "SECRETSUI_PROXY_HOPS": "1",
        "SECRETSUI_STATIC_ROOT": f"{DATA}/static",  # the image's own folder is read-only
    }
    return {
        "name": NAME,
        "image": IMAGE,
        "command": ["python", "/app/manage.py", "up", "--host", "0.0.0.0", "--port", str(PORT), "--data-dir", DATA],  # noqa: S104
        "env": [{"name": name, "value": value} for name, value in environment.items()],
        "ports": [{"name": "http", "containerPort": PORT}],
        "startupProbe": _probe("/healthz", periodSeconds=2, failureThreshold=60),
        "livenessProbe": _probe("/healthz", periodSeconds=15, timeoutSeconds=5),
        "readinessProbe": _probe("/readyz", periodSeconds=10, timeoutSeconds=5),
        "resources": {"requests": {"cpu": "100m", "memory": "512Mi"}, "limits": {"memory": "1536Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "data", "mountPath": DATA}, {"name": "temporary", "mountPath": "/tmp"}],  # noqa: S108
    }


def _probe(path: str, **timing: int) -> Manifest:
    return {"httpGet": {"path": path, "port": "http"}, **timing}


def _service() -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(),
        "spec": {"selector": dict(LABELS), "ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
    }
