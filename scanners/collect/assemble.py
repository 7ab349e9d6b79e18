"""From what the readers found to one Inventory: sorted, placed, with a coverage row for every input."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from scanners.collect.api_servers import NAMESPACE as API_SERVER_NAMESPACE
from scanners.collect.deep import value_coverage
from scanners.collect.distribution import NodeMark, distribution
from scanners.collect.inputs import API_SERVERS, NAMES, SECRET_VALUES
from scanners.collect.listing import Reading
from scanners.collect.metrics import LoadedConfiguration
from scanners.collect.places import Places
from scanners.collect.pool import Pool
from scanners.collect.references.pointer import Unplaced
from scanners.inventory import (
    ApiServer,
    Binding,
    Cluster,
    ConfigMap,
    Coverage,
    EncryptionEntry,
    Inventory,
    Namespace,
    NetworkPolicy,
    PodMount,
    Record,
    Reference,
    Role,
    Secret,
    SecretStore,
    Service,
    ServiceAccount,
    SyncObject,
    Transformation,
    Workload,
)

_R = TypeVar("_R", bound=Record)


@dataclass(slots=True)
class Parts:
    """What has been read so far, by type of record.

    `secrets_resource_version`, `given_encryption_hash` and `deep` are those of the Inventory.
    """

    cluster: Cluster
    scope: tuple[str, ...]
    started_at: datetime
    pool: Pool
    coverage: dict[str, Coverage] = field(default_factory=dict)
    records: dict[type[Record], list[Any]] = field(default_factory=dict)
    kube_system_pods: Reading | None = None
    secrets_resource_version: str = ""
    given_encryption_hash: str = ""
    deep: bool = False

    def add(self, reading: Reading) -> None:
        """Takes over what one input gave."""
        self.coverage[reading.coverage.input] = reading.coverage
        if reading.coverage.input == "pods":
            self.kube_system_pods = reading
        if reading.coverage.input == "secrets":
            self.secrets_resource_version = reading.resource_version
        for record in reading.records:
            self.records.setdefault(type(record), []).append(record)

    def of(self, kind: type[_R]) -> list[_R]:
        return self.records.get(kind, [])


def assemble(parts: Parts, *, encryption: tuple[EncryptionEntry, ...] | None, collected_at: datetime) -> Inventory:
    """The Inventory, in an order that does not depend on which input was faster."""
    places = Places(parts.of(Workload), parts.of(SyncObject))
    placed = [reference for unplaced in parts.of(Unplaced) for reference in places.place(unplaced)]
    _cover_api_servers(parts)
    parts.coverage[SECRET_VALUES] = value_coverage(parts.coverage["secrets"], parts.of(Secret), deep=parts.deep)
    loaded = next(iter(parts.of(LoadedConfiguration)), LoadedConfiguration())
    return Inventory(
        started_at=parts.started_at,
        collected_at=collected_at,
        cluster=msgspec.structs.replace(
            parts.cluster,
            distribution=distribution(
                parts.cluster.version, parts.cluster.api_groups, parts.of(NodeMark), parts.cluster.server
            ),
        ),
        scope=parts.scope,
        coverage={name: parts.coverage[name] for name in sorted(parts.coverage)},
        namespaces=_sorted(parts.of(Namespace)),
        secrets=_sorted(parts.of(Secret)),
        workloads=_sorted(parts.of(Workload)),
        service_accounts=_sorted(parts.of(ServiceAccount)),
        references=_sorted([*parts.of(Reference), *placed]),
        sync_objects=_sorted(parts.of(SyncObject)),
        pod_mounts=_sorted(parts.of(PodMount)),
        config_maps=_sorted(parts.of(ConfigMap)),
        stores=_sorted(parts.of(SecretStore)),
        network_policies=_sorted(parts.of(NetworkPolicy)),
        services=_sorted(parts.of(Service)),
        roles=_sorted(parts.of(Role)),
        bindings=_sorted(parts.of(Binding)),
        api_servers=tuple({server.pod: server for server in parts.of(ApiServer)}.values()),
        encryption=encryption,
        transformations=tuple(parts.of(Transformation)),
        secrets_resource_version=parts.secrets_resource_version,
        encryption_config_hash=loaded.config_hash,
        encryption_reloads=loaded.reloads,
        secret_cache_fills=loaded.secret_cache_fills,
        given_encryption_hash=parts.given_encryption_hash,
        deep=parts.deep,
    )


def _cover_api_servers(parts: Parts) -> None:
    """Coverage of kube-system's Pods where they were read among all others."""
    pods = parts.kube_system_pods
    if API_SERVERS in parts.coverage or pods is None:
        return
    whole = pods.coverage.status == "complete" and not pods.coverage.namespaces
    seen = whole or API_SERVER_NAMESPACE in pods.coverage.namespaces
    parts.coverage[API_SERVERS] = (
        Coverage(input=API_SERVERS, status="complete", read=len(parts.of(ApiServer)))
        if seen
        else msgspec.structs.replace(pods.coverage, input=API_SERVERS, read=0)
    )


def _sorted(records: list[_R]) -> tuple[_R, ...]:
    def key(record: Any) -> tuple[str, str, str, str]:
        return (
            getattr(record, "kind", ""),
            getattr(record, "namespace", ""),
            record.name,
            getattr(record, "field", ""),
        )

    return tuple(sorted(records, key=key))


__all__ = ["NAMES", "Parts", "assemble"]
