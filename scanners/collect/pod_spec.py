"""Pod specifications: every place in which a Pod reads a Secret, and the literals that are credentials.

Fields and their meaning: kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1. Literals are judged
in scanners.collect.pod_literals and dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from scanners.collect.container import Container, NamedContainer, SecretSelector
from scanners.collect.keep import clean
from scanners.collect.known_flags import is_known_controller, known_flags
from scanners.collect.metadata import MAX_NAME, Shape, reference
from scanners.collect.pod_literals import argument_credentials, env_credentials
from scanners.collect.pool import Pool
from scanners.inventory import CsiMount, How, PlaintextCredential, SecretUse

SECRETS_STORE_DRIVER = "secrets-store.csi.k8s.io"

MAX_USES = 5_000
"""Uses kept of one Pod template; more than any real one has."""


class _KeyToPath(Shape):
    key: str = ""


class _SecretVolume(Shape):
    secret_name: str = ""
    items: list[_KeyToPath] | None = None
    optional: bool | None = None


class _SecretProjection(Shape):
    name: str = ""
    items: list[_KeyToPath] | None = None
    optional: bool | None = None


class _ProjectionSource(Shape):
    secret: _SecretProjection | None = None


class _Projected(Shape):
    sources: list[_ProjectionSource] | None = None


class _Csi(Shape):
    driver: str = ""
    volume_attributes: dict[str, str] | None = None
    node_publish_secret_ref: SecretSelector | None = None


class _AzureFile(Shape):
    secret_name: str = ""


class _Plugin(Shape):
    """An in-tree volume plugin that takes its credential from a Secret of the Pod's namespace."""

    secret_ref: SecretSelector | None = None


class _Volume(Shape):
    name: str = ""
    secret: _SecretVolume | None = None
    projected: _Projected | None = None
    csi: _Csi | None = None
    azure_file: _AzureFile | None = None
    cephfs: _Plugin | None = None
    cinder: _Plugin | None = None
    flex_volume: _Plugin | None = None
    iscsi: _Plugin | None = None
    rbd: _Plugin | None = None
    scale_io: _Plugin | None = msgspec.field(name="scaleIO", default=None)
    storageos: _Plugin | None = None


class PodSpec(Shape):
    containers: list[Container] | None = None
    init_containers: list[Container] | None = None
    ephemeral_containers: list[Container] | None = None
    volumes: list[_Volume] | None = None
    image_pull_secrets: list[SecretSelector] | None = None
    service_account_name: str | None = None


CONTAINER_LISTS = ("initContainers", "containers", "ephemeralContainers")
_PLUGINS = {
    "cephfs": "cephfs",
    "cinder": "cinder",
    "flexVolume": "flex_volume",
    "iscsi": "iscsi",
    "rbd": "rbd",
    "scaleIO": "scale_io",
    "storageos": "storageos",
}


class PodFacts(NamedTuple):
    """What is kept of a Pod specification.

    `literals` counts the env literals that were judged, `arguments` the words of command lines.
    """

    service_account: str
    images: tuple[str, ...]
    uses: tuple[SecretUse, ...]
    csi: tuple[CsiMount, ...]
    literals: int
    plaintext_env: tuple[PlaintextCredential, ...]
    arguments: int
    plaintext_args: tuple[PlaintextCredential, ...]
    flags: dict[str, str]


def containers(spec: PodSpec, prefix: str) -> Iterator[NamedContainer]:
    """Every container of every kind, in the order in which they start."""
    lists = (spec.init_containers, spec.containers, spec.ephemeral_containers)
    for field, members in zip(CONTAINER_LISTS, lists, strict=True):
        for index, container in enumerate(members or ()):
            yield NamedContainer(f"{prefix}.{field}[{index}]", container)


def pod_facts(spec: PodSpec, prefix: str, pool: Pool) -> PodFacts:
    """The facts of one Pod specification that stands at `prefix` in its object."""
    members = list(containers(spec, prefix))
    uses = list(_container_uses(members, pool))
    uses.extend(_volume_uses(spec, prefix, members, pool))
    for index, pull_secret in enumerate(spec.image_pull_secrets or ()):
        if pull_secret.name:
            uses.append(
                SecretUse(
                    secret=reference(pull_secret.name, pool),
                    how="image-pull",
                    field=f"{prefix}.imagePullSecrets[{index}].name",
                )
            )
    literals, plaintext_env = env_credentials(members)
    arguments, plaintext_args = argument_credentials(members)
    return PodFacts(
        service_account=reference(spec.service_account_name, pool) or "default",
        images=pool.one(tuple(dict.fromkeys(clean(member.container.image, 512) for member in members))),
        uses=pool.one(tuple(uses[:MAX_USES])),
        csi=pool.one(tuple(_csi_mounts(spec, prefix, pool))),
        literals=literals,
        plaintext_env=plaintext_env,
        arguments=arguments,
        plaintext_args=plaintext_args,
        flags=_flags(members),
    )


def _flags(members: list[NamedContainer]) -> dict[str, str]:
    """The flags of known controllers in it, by the allow-list of `known_flags`."""
    found: dict[str, str] = {}
    for _, container in members:
        if is_known_controller(container.image):
            variables = {variable.name: variable.value for variable in container.env or ()}
            found |= known_flags(container.image, container.command, container.args, variables)
    return found


def _container_uses(members: list[NamedContainer], pool: Pool) -> Iterator[SecretUse]:
    for path, container in members:
        name = reference(container.name, pool)
        for index, variable in enumerate(container.env or ()):
            source = variable.value_from.secret_key_ref if variable.value_from else None
            if source is not None and source.name:
                yield SecretUse(
                    secret=reference(source.name, pool),
                    how="env",
                    field=f"{path}.env[{index}]",
                    keys=_keys(source.key, pool),
                    optional=bool(source.optional),
                    container=name,
                )
        for index, env_from in enumerate(container.env_from or ()):
            whole = env_from.secret_ref
            if whole is not None and whole.name:
                yield SecretUse(
                    secret=reference(whole.name, pool),
                    how="env-from",
                    field=f"{path}.envFrom[{index}]",
                    optional=bool(whole.optional),
                    container=name,
                )


class _Mount(NamedTuple):
    container: str
    sub_path: bool


def _mounts(members: list[NamedContainer], pool: Pool) -> dict[str, list[_Mount]]:
    """By volume, each container that mounts it; `sub_path` where one of its mounts never sees an update."""
    found: dict[str, dict[str, bool]] = {}
    for _, container in members:
        name = reference(container.name, pool)
        for mount in container.volume_mounts or ():
            by_container = found.setdefault(mount.name, {})
            by_container[name] = by_container.get(name, False) or bool(mount.sub_path or mount.sub_path_expr)
    return {volume: [_Mount(*item) for item in by_container.items()] for volume, by_container in found.items()}


def _volume_uses(spec: PodSpec, prefix: str, members: list[NamedContainer], pool: Pool) -> Iterator[SecretUse]:
    """One use for each container that mounts the volume, or one without a container where none does."""
    mounts = _mounts(members, pool)
    for index, volume in enumerate(spec.volumes or ()):
        for secret, how, field, keys, optional in _volume_secrets(volume, f"{prefix}.volumes[{index}]", pool):
            for container, sub_path in mounts.get(volume.name, [_Mount("", False)]):
                yield SecretUse(
                    secret=secret,
                    how=how,
                    field=field,
                    keys=keys,
                    optional=optional,
                    container=container,
                    sub_path=sub_path,
                )


def _volume_secrets(volume: _Volume, path: str, pool: Pool) -> Iterator[tuple[str, How, str, tuple[str, ...], bool]]:
    """(secret, how, field, keys, optional) of one volume."""
    if volume.secret is not None and volume.secret.secret_name:
        keys = _items(volume.secret.items, pool)
        yield (
            reference(volume.secret.secret_name, pool),
            "volume",
            f"{path}.secret.secretName",
            keys,
            bool(volume.secret.optional),
        )
    for index, source in enumerate((volume.projected.sources or ()) if volume.projected else ()):
        if source.secret is not None and source.secret.name:
            keys = _items(source.secret.items, pool)
            field = f"{path}.projected.sources[{index}].secret.name"
            yield reference(source.secret.name, pool), "projected", field, keys, bool(source.secret.optional)
    if volume.csi is not None and volume.csi.node_publish_secret_ref and volume.csi.node_publish_secret_ref.name:
        secret = reference(volume.csi.node_publish_secret_ref.name, pool)
        yield secret, "csi", f"{path}.csi.nodePublishSecretRef.name", (), False
    if volume.azure_file is not None and volume.azure_file.secret_name:
        yield reference(volume.azure_file.secret_name, pool), "volume", f"{path}.azureFile.secretName", (), False
    for field, attribute in _PLUGINS.items():
        plugin: _Plugin | None = getattr(volume, attribute)
        if plugin is not None and plugin.secret_ref is not None and plugin.secret_ref.name:
            yield reference(plugin.secret_ref.name, pool), "volume", f"{path}.{field}.secretRef.name", (), False


def _csi_mounts(spec: PodSpec, prefix: str, pool: Pool) -> Iterator[CsiMount]:
    for index, volume in enumerate(spec.volumes or ()):
        if volume.csi is not None and volume.csi.driver == SECRETS_STORE_DRIVER:
            provider_class = (volume.csi.volume_attributes or {}).get("secretProviderClass", "")
            if provider_class:
                yield CsiMount(
                    provider_class=pool.one(clean(provider_class, MAX_NAME)), field=f"{prefix}.volumes[{index}].csi"
                )


def _keys(key: str, pool: Pool) -> tuple[str, ...]:
    return pool.one((clean(key),)) if key else ()


def _items(items: list[_KeyToPath] | None, pool: Pool) -> tuple[str, ...]:
    return pool.one(tuple(clean(item.key) for item in items if item.key)) if items else ()
