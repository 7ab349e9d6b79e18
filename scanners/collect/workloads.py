"""Pod templates of every controller, and live Pods with what only they can tell: phase and start times.

A ReplicaSet that a controller made says nothing that its controller does not: its replicas and owner are kept,
so that a Pod can be traced to the Deployment at the top; its template is not even decoded.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial

import msgspec

from scanners.collect import keep
from scanners.collect.annotations import plaintext_annotations
from scanners.collect.api_servers import api_server
from scanners.collect.metadata import (
    ObjectMeta,
    Reader,
    Shape,
    controller,
    decoder,
    name_of,
    namespace_of,
    reference,
    utc,
)
from scanners.collect.pod_spec import PodSpec, pod_facts
from scanners.collect.pool import Pool
from scanners.inventory import ContainerStart, Record, Workload


class _Template(Shape):
    metadata: ObjectMeta = msgspec.field(default_factory=ObjectMeta)
    spec: PodSpec = msgspec.field(default_factory=PodSpec)


_NO_TEMPLATE = msgspec.Raw(b"null")
"""Stands for a template that is not there: msgspec knows no union of Raw and None."""


class _JobTemplateSpec(Shape):
    template: msgspec.Raw = _NO_TEMPLATE


class _JobTemplate(Shape):
    metadata: ObjectMeta = msgspec.field(default_factory=ObjectMeta)
    spec: _JobTemplateSpec = msgspec.field(default_factory=_JobTemplateSpec)


class _ControllerSpec(Shape):
    replicas: int | None = None
    suspend: bool | None = None
    template: msgspec.Raw = _NO_TEMPLATE
    job_template: _JobTemplate | None = None


class _Controller(Shape):
    metadata: ObjectMeta
    spec: _ControllerSpec = msgspec.field(default_factory=_ControllerSpec)


class _Running(Shape):
    started_at: datetime | None = None


class _ContainerState(Shape):
    running: _Running | None = None


class _ContainerStatus(Shape):
    name: str = ""
    state: _ContainerState | None = None


class _PodStatus(Shape):
    phase: str = ""
    container_statuses: list[_ContainerStatus] | None = None
    init_container_statuses: list[_ContainerStatus] | None = None
    ephemeral_container_statuses: list[_ContainerStatus] | None = None


class _Pod(Shape):
    metadata: ObjectMeta
    spec: PodSpec = msgspec.field(default_factory=PodSpec)
    status: _PodStatus = msgspec.field(default_factory=_PodStatus)


_controller = decoder(_Controller)
_template: msgspec.json.Decoder[_Template | None] = msgspec.json.Decoder(_Template | None)
_pod = decoder(_Pod)

_SCALABLE = frozenset(
    {"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Rollout", "DeploymentConfig"}
)
"""Kinds with `spec.replicas`; the API server writes 1 where a manifest leaves it out."""


def controller_reader(kind: str, group: str) -> Reader:
    """The reader of a kind of controller that has a Pod template."""
    return partial(_read_controller, kind, group)


def _read_controller(kind: str, group: str, raw: msgspec.Raw, pool: Pool) -> Iterable[Record]:
    found = _controller.decode(raw)
    metadata, spec = found.metadata, found.spec
    owner = controller(metadata, pool)
    replicas = (1 if spec.replicas is None else spec.replicas) if kind in _SCALABLE else None
    prefix, template_raw = "spec.template.spec", spec.template
    if spec.job_template is not None:
        prefix, template_raw = "spec.jobTemplate.spec.template.spec", spec.job_template.spec.template
    if kind == "ReplicaSet" and owner is not None:
        template_raw = _NO_TEMPLATE
    template = _template.decode(template_raw)
    annotations = plaintext_annotations(metadata.annotations) if template is not None else ()
    if spec.job_template is not None:
        annotations += plaintext_annotations(
            spec.job_template.metadata.annotations, "spec.jobTemplate.metadata.annotations"
        )
    if template is not None:
        place = f"{prefix.removesuffix('.spec')}.metadata.annotations"
        annotations += plaintext_annotations(template.metadata.annotations, place)
    facts = pod_facts(template.spec, prefix, pool) if template is not None else None
    yield Workload(
        kind=kind,
        group=group,
        namespace=namespace_of(metadata, pool),
        name=name_of(metadata),
        uid=metadata.uid or "",
        created_at=utc(metadata.creation_timestamp),
        owner=owner,
        replicas=replicas,
        suspended=bool(spec.suspend),
        labels=keep.all_labels(template.metadata.labels, pool) if template is not None else keep.NOTHING,
        plaintext_annotations=annotations,
        **(facts._asdict() if facts is not None else {}),
    )


def read_pod(raw: msgspec.Raw, pool: Pool) -> Iterable[Record]:
    """The Pod, and the API server in it if there is one."""
    pod = _pod.decode(raw)
    metadata = pod.metadata
    namespace, name = namespace_of(metadata, pool), name_of(metadata)
    yield Workload(
        kind="Pod",
        namespace=namespace,
        name=name,
        uid=metadata.uid or "",
        created_at=utc(metadata.creation_timestamp),
        owner=controller(metadata, pool),
        phase=pool.one(keep.clean(pod.status.phase, 32)),
        labels=keep.all_labels(metadata.labels, pool),
        plaintext_annotations=plaintext_annotations(metadata.annotations),
        started=tuple(_starts(pod.status, pool)),
        **pod_facts(pod.spec, "spec", pool)._asdict(),
    )
    server = api_server(namespace, name, metadata.labels or {}, pod.spec)
    if server is not None:
        yield server


def _starts(status: _PodStatus, pool: Pool) -> Iterable[ContainerStart]:
    """When each running container started; one that has ended, or waits, holds no value any more."""
    lists = (status.init_container_statuses, status.container_statuses, status.ephemeral_container_statuses)
    for container in (item for members in lists for item in members or ()):
        started = utc(container.state.running.started_at) if container.state and container.state.running else None
        if started is not None:
            yield ContainerStart(container=reference(container.name, pool), started_at=started)
