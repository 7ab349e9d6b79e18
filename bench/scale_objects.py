"""The objects of a large cluster, as bodies to create: the same in every run."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any

SMALL_SECRETS = 80_000
HELM_RELEASES = 20_000
WORKLOADS = 20_000
CONFIG_MAPS = 20_000
BINDINGS = 5_000
NAMESPACES = 100
HELM_BYTES = 50_000


def namespace(number: int) -> str:
    return f"team-{number % NAMESPACES:03}"


def share(total: int, parts: int) -> range:
    """How many of `total` there are at a scale of one to `parts`."""
    return range(total // parts)


def small_secrets(numbers: range) -> Iterator[tuple[str, bytes]]:
    for number in numbers:
        value = _noise(number, 384)
        yield _body(
            "/api/v1/namespaces/{namespace}/secrets",
            number,
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {
                    "name": f"credentials-{number:06}",
                    "labels": {"app.kubernetes.io/name": f"service-{number % 200}", "team": namespace(number)},
                },
                "type": "Opaque",
                "data": {"username": value[:24], "password": value[:44], "config.json": value},
            },
        )


def helm_releases(numbers: range) -> Iterator[tuple[str, bytes]]:
    for number in numbers:
        release = f"service-{number // 10:05}"
        yield _body(
            "/api/v1/namespaces/{namespace}/secrets",
            number // 10,
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {
                    "name": f"sh.helm.release.v1.{release}.v{number % 10}",
                    "labels": {"owner": "helm", "name": release, "status": "superseded", "version": str(number % 10)},
                },
                "type": "helm.sh/release.v1",
                "data": {"release": _noise(number, HELM_BYTES)},
            },
        )


def workloads(numbers: range) -> Iterator[tuple[str, bytes]]:
    """Nine Deployments to one CronJob, each with a sidecar and settings as real ones have them."""
    for number in numbers:
        secret = f"credentials-{number:06}"
        template = {
            "metadata": {"labels": {"app": f"app-{number}"}},
            "spec": {
                "restartPolicy": "OnFailure" if number % 10 == 9 else "Always",
                "containers": [
                    {
                        "name": "app",
                        "image": f"registry.example/app-{number % 50}:1.{number % 9}",
                        "args": ["--listen=:8080", "--log-level", "info", f"--config=/etc/app/{number}.yaml"],
                        "env": [
                            *({"name": f"SETTING_{item}", "value": f"value-{item}"} for item in range(10)),
                            {
                                "name": "PASSWORD",
                                "valueFrom": {"secretKeyRef": {"name": secret, "key": "password"}},
                            },
                        ],
                        "volumeMounts": [{"name": "config", "mountPath": "/etc/app"}],
                    },
                    {"name": "proxy", "image": "registry.example/proxy:3", "args": ["--upstream", "127.0.0.1:8080"]},
                ],
                "volumes": [{"name": "config", "secret": {"secretName": secret}}],
            },
        }
        name = {"name": f"app-{number:05}"}
        if number % 10 == 9:
            spec: dict[str, Any] = {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": template}}}
            manifest = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": name, "spec": spec}
            yield _body("/apis/batch/v1/namespaces/{namespace}/cronjobs", number, manifest)
        else:
            spec = {"selector": {"matchLabels": {"app": f"app-{number}"}}, "template": template}
            manifest = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": name, "spec": spec}
            yield _body("/apis/apps/v1/namespaces/{namespace}/deployments", number, manifest)


def config_maps(numbers: range) -> Iterator[tuple[str, bytes]]:
    for number in numbers:
        settings = "\n".join(f"server.option{item}.name: value-{item}-{number}" for item in range(40))
        data = {"application.yaml": f"{settings}\n", "LOG_LEVEL": "info", "TOKEN_TTL": "3600", "PORT": "8080"}
        manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"config-{number:05}"}, "data": data}
        yield _body("/api/v1/namespaces/{namespace}/configmaps", number, manifest)


def bindings(numbers: range) -> Iterator[tuple[str, bytes]]:
    for number in numbers:
        manifest = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": f"binding-{number:05}"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": f"reader-{number % 20}"},
            "subjects": [
                {"kind": "ServiceAccount", "name": f"app-{number}", "namespace": namespace(number)},
                {"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": f"person-{number % 300}"},
            ],
        }
        path = "/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings"
        yield _body(path, number, manifest)


def roles() -> Iterator[tuple[str, bytes]]:
    """Twenty Roles in each namespace; each reads some Secrets by name."""
    for number in range(NAMESPACES * 20):
        names = [f"credentials-{number // 20 + NAMESPACES * item:06}" for item in range(5)]
        rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": names}
        manifest = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": f"reader-{number % 20}"},
            "rules": [rule, {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list"]}],
        }
        yield _body("/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles", number // 20, manifest)


def _body(path: str, number: int, manifest: dict[str, Any]) -> tuple[str, bytes]:
    """The collection's path, and the object in it."""
    manifest["metadata"]["namespace"] = namespace(number)
    return path.format(namespace=namespace(number)), json.dumps(manifest).encode()


def _noise(number: int, size: int) -> str:
    """Base64 of so many bytes that do not compress, different for each number."""
    return base64.b64encode(hashlib.shake_256(f"{number}-{size}".encode()).digest(size)).decode()
