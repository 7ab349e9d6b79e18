"""The records a scan knows about a cluster, and how much of the cluster it could see.

Everything after collection works on these records alone: they hold no Secret value, no literal from a Pod
specification and no annotation outside a short list. An Inventory encoded as JSON is a snapshot
(`secretsui collect`), so every field here is also a file format: add fields with defaults, never rename.

Times are aware datetimes in UTC. Names, labels and subjects come from a cluster and are hostile input.
"""

from __future__ import annotations

from datetime import datetime

from scanners.inventory.audit import AuditLevel, AuditPolicy, AuditResources, AuditRule
from scanners.inventory.cluster import ApiServer, Cluster, Coverage, CoverageStatus, Namespace
from scanners.inventory.encryption import EncryptionEntry, EncryptionProvider, Transformation
from scanners.inventory.network import IngressRule, LabelSelector, NetworkPolicy, Peer, Service
from scanners.inventory.rbac import Binding, Role, Rule, Subject
from scanners.inventory.record import Owner, PlaintextCredential, Record
from scanners.inventory.repository import PipelineStep, Repository, RepositoryFault, RepositoryFile, RepositoryRule
from scanners.inventory.secrets import ConfigMap, KeyFacts, Secret
from scanners.inventory.syncing import PodMount, SecretStore, SyncObject
from scanners.inventory.workloads import ContainerStart, CsiMount, How, Reference, SecretUse, ServiceAccount, Workload

SNAPSHOT_SCHEMA = "secretsui.snapshot/v1"


class Inventory(Record, frozen=True, kw_only=True):
    """All that one collection saw. `coverage` has a row for every input, whether or not it could be read.

    `deep`: the Secrets' values were read and reduced to facts. `secrets_resource_version` is that of the list of
    Secrets. `encryption_config_hash` is that of the configuration the API server has loaded, from its metrics;
    `encryption_reloads` is how often since its start it loaded another, and `secret_cache_fills` how often it read
    all Secrets from etcd. `given_encryption_hash` is that of the EncryptionConfiguration that a person gave.
    `repository` is what `repo-scan` read, and then everything else is empty.
    """

    schema: str = SNAPSHOT_SCHEMA
    started_at: datetime
    collected_at: datetime
    cluster: Cluster
    scope: tuple[str, ...] = ()
    coverage: dict[str, Coverage] = {}
    namespaces: tuple[Namespace, ...] = ()
    secrets: tuple[Secret, ...] = ()
    workloads: tuple[Workload, ...] = ()
    service_accounts: tuple[ServiceAccount, ...] = ()
    references: tuple[Reference, ...] = ()
    sync_objects: tuple[SyncObject, ...] = ()
    pod_mounts: tuple[PodMount, ...] = ()
    roles: tuple[Role, ...] = ()
    bindings: tuple[Binding, ...] = ()
    api_servers: tuple[ApiServer, ...] = ()
    encryption: tuple[EncryptionEntry, ...] | None = None
    transformations: tuple[Transformation, ...] = ()
    config_maps: tuple[ConfigMap, ...] = ()
    stores: tuple[SecretStore, ...] = ()
    network_policies: tuple[NetworkPolicy, ...] = ()
    services: tuple[Service, ...] = ()
    deep: bool = False
    secrets_resource_version: str = ""
    encryption_config_hash: str = ""
    encryption_reloads: int = 0
    secret_cache_fills: int = 0
    given_encryption_hash: str = ""
    audit_policy: AuditPolicy | None = None
    repository: Repository | None = None

    def missing(self, inputs: tuple[str, ...]) -> tuple[Coverage, ...]:
        """Those of `inputs` that were not read whole: denied, partial, in error, or never tried.

        An input that does not exist in this cluster (`absent`) is known to hold nothing, so it is not missing.
        """
        rows = (self.coverage.get(name) or Coverage(input=name, status="error", detail="not read") for name in inputs)
        return tuple(row for row in rows if row.status not in ("complete", "absent"))


__all__ = [
    "SNAPSHOT_SCHEMA",
    "ApiServer",
    "AuditLevel",
    "AuditPolicy",
    "AuditResources",
    "AuditRule",
    "Binding",
    "Cluster",
    "ConfigMap",
    "ContainerStart",
    "Coverage",
    "CoverageStatus",
    "CsiMount",
    "EncryptionEntry",
    "EncryptionProvider",
    "How",
    "IngressRule",
    "Inventory",
    "KeyFacts",
    "LabelSelector",
    "Namespace",
    "NetworkPolicy",
    "Owner",
    "Peer",
    "PipelineStep",
    "PlaintextCredential",
    "PodMount",
    "Record",
    "Reference",
    "Repository",
    "RepositoryFault",
    "RepositoryFile",
    "RepositoryRule",
    "Role",
    "Rule",
    "Secret",
    "SecretStore",
    "SecretUse",
    "Service",
    "ServiceAccount",
    "Subject",
    "SyncObject",
    "Transformation",
    "Workload",
]
