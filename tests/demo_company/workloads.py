"""Workloads of the demo company: short forms for Pod templates and the controllers around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.demo_company.steps import Manifest, Step, named

MANAGER = "kustomize-controller"
PART_OF = "app.kubernetes.io/part-of"


@dataclass(frozen=True)
class Key:
    """An environment variable's value taken from a key of a Secret."""

    secret: str
    key: str
    optional: bool = False


@dataclass(frozen=True)
class FromConfigMap:
    """An environment variable's value taken from a key of a ConfigMap."""

    config_map: str
    key: str


Environment = dict[str, str | Key | FromConfigMap]


def container(
    name: str,
    image: str,
    env: Environment | None = None,
    *,
    env_from: Sequence[str] = (),
    mounts: dict[str, str] | None = None,
    sub_paths: dict[str, tuple[str, str]] | None = None,
    args: Sequence[str] = (),
) -> Manifest:
    """A container. `env_from`: Secrets; `mounts`: volume → path; `sub_paths`: volume → (path, file of the volume)."""
    written: Manifest = {"name": name, "image": f"registry.larkspur.example/{image}"}
    if args:
        written["args"] = list(args)
    if env:
        written["env"] = [{"name": key} | _value(value) for key, value in env.items()]
    if env_from:
        written["envFrom"] = [{"secretRef": {"name": secret}} for secret in env_from]
    volumes = [{"name": volume, "mountPath": path, "readOnly": True} for volume, path in (mounts or {}).items()]
    for volume, (path, file) in (sub_paths or {}).items():
        volumes.append({"name": volume, "mountPath": path, "subPath": file, "readOnly": True})
    if volumes:
        written["volumeMounts"] = volumes
    return written


def _value(value: str | Key | FromConfigMap) -> Manifest:
    if isinstance(value, str):
        return {"value": value}
    if isinstance(value, Key):
        reference: Manifest = {"name": value.secret, "key": value.key}
        return {"valueFrom": {"secretKeyRef": reference | ({"optional": True} if value.optional else {})}}
    return {"valueFrom": {"configMapKeyRef": {"name": value.config_map, "key": value.key}}}


def secret_volume(name: str, secret: str, keys: Sequence[str] = (), *, optional: bool = False) -> Manifest:
    """A volume of a Secret: all its keys, or those named."""
    source: Manifest = {"secretName": secret}
    if keys:
        source["items"] = [{"key": key, "path": key} for key in keys]
    if optional:
        source["optional"] = True
    return {"name": name, "secret": source}


def projected_volume(name: str, *secrets: str) -> Manifest:
    """A projected volume of several Secrets."""
    return {"name": name, "projected": {"sources": [{"secret": {"name": secret}} for secret in secrets]}}


def vault_volume(name: str, provider_class: str) -> Manifest:
    """A csi volume of the Secrets Store driver."""
    attributes = {"secretProviderClass": provider_class}
    return {
        "name": name,
        "csi": {"driver": "secrets-store.csi.k8s.io", "readOnly": True, "volumeAttributes": attributes},
    }


def pod(
    *containers: Manifest,
    init: Sequence[Manifest] = (),
    volumes: Sequence[Manifest] = (),
    pull: Sequence[str] = ("registry-pull",),
    account: str = "default",
    restart: str = "",
) -> Manifest:
    """A Pod's spec. Most of the company's images need its registry's pull secret."""
    spec: Manifest = {"containers": list(containers), "serviceAccountName": account}
    if init:
        spec["initContainers"] = list(init)
    if volumes:
        spec["volumes"] = list(volumes)
    if pull:
        spec["imagePullSecrets"] = [{"name": name} for name in pull]
    if restart:
        spec["restartPolicy"] = restart
    return spec


def deployment(namespace: str, name: str, spec: Manifest, replicas: int = 2) -> list[Step]:
    return _controller("Deployment", namespace, name, spec, {"replicas": replicas})


def stateful_set(
    namespace: str, name: str, spec: Manifest, replicas: int = 1, labels: Manifest | None = None
) -> list[Step]:
    return _controller("StatefulSet", namespace, name, spec, {"replicas": replicas, "serviceName": name}, labels)


def daemon_set(namespace: str, name: str, spec: Manifest) -> list[Step]:
    return _controller("DaemonSet", namespace, name, spec, {})


def cron_job(namespace: str, name: str, schedule: str, spec: Manifest, *, suspended: bool = False) -> list[Step]:
    manifest = named("CronJob", "batch/v1", namespace, name)
    job = {"template": _template(namespace, name, {"restartPolicy": "OnFailure"} | spec)}
    manifest["spec"] = {"schedule": schedule, "suspend": suspended, "jobTemplate": {"spec": job}}
    return [Step(manifest, MANAGER, applied=True)]


def bare_pod(namespace: str, name: str, spec: Manifest) -> list[Step]:
    """A Pod that somebody started by hand and forgot."""
    manifest = named("Pod", "v1", namespace, name)
    manifest["metadata"]["labels"] = {"run": name}
    return [Step(manifest | {"spec": spec}, "kubectl-run")]


def service_account(namespace: str, name: str, *, secrets: Sequence[str] = (), pull: Sequence[str] = ()) -> list[Step]:
    manifest = named("ServiceAccount", "v1", namespace, name)
    manifest["secrets"] = [{"name": secret} for secret in secrets]
    manifest["imagePullSecrets"] = [{"name": secret} for secret in pull]
    return [Step(manifest, MANAGER, applied=True)]


def config_map(namespace: str, name: str, data: dict[str, str]) -> list[Step]:
    return [Step(named("ConfigMap", "v1", namespace, name) | {"data": data}, MANAGER, applied=True)]


def ingress(namespace: str, name: str, host: str, tls_secret: str, annotations: Manifest | None = None) -> list[Step]:
    manifest = named("Ingress", "networking.k8s.io/v1", namespace, name)
    manifest["metadata"]["annotations"] = annotations or {}
    backend = {"service": {"name": name, "port": {"number": 80}}}
    rule = {"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    manifest["spec"] = {"ingressClassName": "nginx", "rules": [rule]}
    manifest["spec"]["tls"] = [{"hosts": [host], "secretName": tls_secret}]
    return [Step(manifest, MANAGER, applied=True)]


def gateway(namespace: str, name: str, tls_secrets: dict[str, str]) -> list[Step]:
    """A Gateway that terminates TLS: host → Secret of its certificate."""
    manifest = named("Gateway", "gateway.networking.k8s.io/v1", namespace, name)
    listeners = [
        {
            "name": f"https-{position}",
            "hostname": host,
            "port": 443,
            "protocol": "HTTPS",
            "tls": {"mode": "Terminate", "certificateRefs": [{"name": secret}]},
        }
        for position, (host, secret) in enumerate(tls_secrets.items())
    ]
    manifest["spec"] = {"gatewayClassName": "envoy", "listeners": listeners}
    return [Step(manifest, MANAGER, applied=True)]


def _controller(
    kind: str, namespace: str, name: str, spec: Manifest, more: Manifest, labels: Manifest | None = None
) -> list[Step]:
    manifest = named(kind, "apps/v1", namespace, name)
    manifest["metadata"]["labels"] = {PART_OF: namespace}
    selector = {"matchLabels": {"app.kubernetes.io/name": name}}
    manifest["spec"] = more | {"selector": selector, "template": _template(namespace, name, spec, labels)}
    return [Step(manifest, MANAGER, applied=True)]


def _template(namespace: str, name: str, spec: Manifest, more: Manifest | None = None) -> Manifest:
    labels = {"app.kubernetes.io/name": name, PART_OF: namespace}
    return {"metadata": {"labels": labels | (more or {})}, "spec": spec}
