"""Containers as the API has them, as far as they read Secrets or hold literals.

Fields and their meaning: kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1.
"""

from __future__ import annotations

from typing import NamedTuple

from scanners.collect.metadata import Shape


class SecretSelector(Shape):
    """A reference by name, with the key where one is meant (SecretKeySelector, SecretEnvSource and the like)."""

    name: str = ""
    key: str = ""
    optional: bool | None = None


class _EnvSource(Shape):
    secret_key_ref: SecretSelector | None = None


class EnvVar(Shape):
    name: str = ""
    value: str | None = None
    value_from: _EnvSource | None = None


class _EnvFrom(Shape):
    secret_ref: SecretSelector | None = None


class _VolumeMount(Shape):
    name: str = ""
    sub_path: str = ""
    sub_path_expr: str = ""


class _Exec(Shape):
    command: list[str] | None = None


class _HttpHeader(Shape):
    name: str = ""
    value: str = ""


class _HttpGet(Shape):
    http_headers: list[_HttpHeader] | None = None


class Handler(Shape):
    """What a probe or a lifecycle hook does."""

    exec: _Exec | None = None
    http_get: _HttpGet | None = None


class _Lifecycle(Shape):
    post_start: Handler | None = None
    pre_stop: Handler | None = None


class Container(Shape):
    name: str = ""
    image: str = ""
    command: list[str] | None = None
    args: list[str] | None = None
    env: list[EnvVar] | None = None
    env_from: list[_EnvFrom] | None = None
    volume_mounts: list[_VolumeMount] | None = None
    lifecycle: _Lifecycle | None = None
    startup_probe: Handler | None = None
    liveness_probe: Handler | None = None
    readiness_probe: Handler | None = None


class NamedContainer(NamedTuple):
    """A container and its path inside the object, such as `spec.template.spec.containers[0]`."""

    path: str
    container: Container
