"""The records a scan knows about a cluster, and how much of the cluster it could see.

Everything after collection works on these records alone: they hold no Secret value, no literal from a Pod
specification and no annotation outside a short list. An Inventory encoded as JSON is a snapshot
(`secretsui collect`), so every field here is also a file format: add fields with defaults, never rename.

Times are aware datetimes in UTC. Names, labels and subjects come from a cluster and are hostile input.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

SNAPSHOT_SCHEMA = "secretsui.snapshot/v1"

CoverageStatus = Literal["complete", "partial", "denied", "error", "absent"]

How = Literal[
    "env",
    "env-from",
    "volume",
    "projected",
    "csi",
    "image-pull",
    "ingress-tls",
    "gateway-tls",
    "service-account",
    "custom-resource",
]


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """Base of all records: immutable, compared by value, encoded without default fields."""


class Coverage(Record, frozen=True, kw_only=True):
    """What could be seen of one input.

    `complete`: all of it was read. `partial`: some was read, `detail` says which part was not. `denied`: the
    identity may not read it. `error`: it could not be read for another reason. `absent`: it does not exist in
    this cluster (the API group is not served), or was not given (a file).

    `namespaces` are those that were read whole where the input was read namespace by namespace; a comparison
    with an earlier scan may only conclude something about these. `read` counts objects.
    """

    input: str
    status: CoverageStatus
    detail: str = ""
    verb: str = "list"
    read: int = 0
    namespaces: tuple[str, ...] = ()


class Owner(Record, frozen=True, kw_only=True):
    """An ownerReference: who created the object and takes it along when deleted."""

    kind: str
    name: str
    group: str = ""
    controller: bool = False


class Cluster(Record, frozen=True, kw_only=True):
    """What is known of the cluster as a whole. `version` is the API server's gitVersion, such as v1.37.2."""

    name: str
    server: str = ""
    version: str = ""
    distribution: str = "unknown"
    api_groups: tuple[str, ...] = ()


class Namespace(Record, frozen=True, kw_only=True):
    name: str
    labels: dict[str, str] = {}


class Secret(Record, frozen=True, kw_only=True):
    """A Secret's metadata. `keys` is None where the names are not certain (real-parts.md, fact 1).

    `data_written_at` is the newest time at which a field manager that owns part of the data wrote anything:
    the value has not changed since. It is None where no manager claims the data.
    `last_applied` tells whether kubectl's last-applied-configuration annotation stood there, and if it
    carried values; the annotation itself is dropped by the reader.
    Labels and annotations are those of `scanners.collect.keep`, never all of them.
    """

    namespace: str
    name: str
    uid: str = ""
    type: str = "Opaque"
    created_at: datetime | None = None
    resource_version: str = ""
    keys: tuple[str, ...] | None = None
    key_count: int | None = None
    data_written_at: datetime | None = None
    managers: tuple[str, ...] = ()
    owners: tuple[Owner, ...] = ()
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    last_applied: Literal["absent", "without-values", "with-values", "unreadable"] = "absent"


class SecretUse(Record, frozen=True, kw_only=True):
    """One place in a Pod template that reads a Secret of its namespace.

    `field` is the path inside the object, such as `spec.template.spec.containers[0].env[2]`. `keys` are the
    keys it reads; empty means all of them. `sub_path` mounts never see an update.
    """

    secret: str
    how: How
    field: str
    keys: tuple[str, ...] = ()
    optional: bool = False
    container: str = ""
    sub_path: bool = False


class PlaintextCredential(Record, frozen=True, kw_only=True):
    """A literal that the detector judged to be a credential, without the literal.

    `credential` names its kind ("password", "AWS access key", "connection string with a password"), `masked`
    is a form that may be shown, such as `AKIA…`, or empty.
    """

    field: str
    name: str
    credential: str
    masked: str = ""


class CsiMount(Record, frozen=True, kw_only=True):
    """A csi volume of the Secrets Store driver: the SecretProviderClass that it mounts."""

    provider_class: str
    field: str


class ContainerStart(Record, frozen=True, kw_only=True):
    """When a container of a live Pod last started."""

    container: str
    started_at: datetime


class Workload(Record, frozen=True, kw_only=True):
    """A Pod template: of a controller (Deployment, CronJob, …), or a Pod itself.

    `replicas` is None where the kind has none; `suspended` is a CronJob's or Job's. `literals` counts the env
    literals looked at. A live Pod keeps its controlling owner so that what is found in it is reported on the
    top controller.
    """

    kind: str
    namespace: str
    name: str
    group: str = ""
    uid: str = ""
    created_at: datetime | None = None
    owner: Owner | None = None
    replicas: int | None = None
    suspended: bool = False
    phase: str = ""
    service_account: str = "default"
    labels: dict[str, str] = {}
    images: tuple[str, ...] = ()
    uses: tuple[SecretUse, ...] = ()
    csi: tuple[CsiMount, ...] = ()
    literals: int = 0
    plaintext_env: tuple[PlaintextCredential, ...] = ()
    started: tuple[ContainerStart, ...] = ()


class ServiceAccount(Record, frozen=True, kw_only=True):
    """`secrets` and `image_pull_secrets` are names in its own namespace, as the API reads them."""

    namespace: str
    name: str
    uid: str = ""
    secrets: tuple[str, ...] = ()
    image_pull_secrets: tuple[str, ...] = ()


class Reference(Record, frozen=True, kw_only=True):
    """A reference to a Secret from anything that is not a Pod template: Ingress, Gateway, custom resource."""

    kind: str
    group: str
    namespace: str
    name: str
    field: str
    secret: str
    secret_namespace: str
    how: How
    keys: tuple[str, ...] = ()
    optional: bool = False


class SyncObject(Record, frozen=True, kw_only=True):
    """An object from which an operator makes Secrets: ExternalSecret, SealedSecret, Certificate, Kustomization, …

    `targets` are the names of the Secrets it writes in its namespace; a Kustomization's are found by label
    instead and stand empty. `target_keys` are the keys it will write, None where they cannot be known.
    `creates` is false where it only merges into a Secret that somebody else makes.
    `ready` is None before the operator has said anything. `reason` is the condition's machine word; its
    message is not kept, since operators put what they like in it.
    `decryption` is a Kustomization's decryption provider.
    """

    kind: str
    group: str
    namespace: str
    name: str
    uid: str = ""
    created_at: datetime | None = None
    targets: tuple[str, ...] = ()
    target_keys: tuple[str, ...] | None = None
    creates: bool = True
    ready: bool | None = None
    reason: str = ""
    store_kind: str = ""
    store: str = ""
    refreshed_at: datetime | None = None
    refresh_seconds: float | None = None
    refresh_policy: str = ""
    decryption: str = ""
    source_kind: str = ""
    suspended: bool = False


class PodMount(Record, frozen=True, kw_only=True):
    """A SecretProviderClassPodStatus: whether the driver mounted a SecretProviderClass into a Pod."""

    namespace: str
    name: str
    pod: str
    provider_class: str
    mounted: bool


class Rule(Record, frozen=True, kw_only=True):
    """An RBAC rule as written; empty `resource_names` is every name."""

    api_groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    resource_names: tuple[str, ...] = ()


class Role(Record, frozen=True, kw_only=True):
    """A Role, or a ClusterRole with an empty namespace. Aggregated rules are already in `rules`."""

    kind: Literal["Role", "ClusterRole"]
    namespace: str
    name: str
    rules: tuple[Rule, ...] = ()


class Subject(Record, frozen=True, kw_only=True):
    """A binding's subject; `namespace` only for a ServiceAccount."""

    kind: str
    name: str
    namespace: str = ""


class Binding(Record, frozen=True, kw_only=True):
    """A RoleBinding, or a ClusterRoleBinding with an empty namespace."""

    kind: Literal["RoleBinding", "ClusterRoleBinding"]
    namespace: str
    name: str
    role_kind: str
    role_name: str
    subjects: tuple[Subject, ...] = ()


class ApiServer(Record, frozen=True, kw_only=True):
    """An API server seen as a Pod: the flags that concern Secrets, None where the flag is not set."""

    pod: str
    encryption_config: str | None = None
    audit_policy: str | None = None
    audit_log: str | None = None
    audit_webhook: str | None = None


class EncryptionProvider(Record, frozen=True, kw_only=True):
    """A provider of an EncryptionConfiguration: its kind, its key names, and the API version of a KMS one."""

    kind: str
    keys: tuple[str, ...] = ()
    kms_version: str = ""


class EncryptionEntry(Record, frozen=True, kw_only=True):
    resources: tuple[str, ...] = ()
    providers: tuple[EncryptionProvider, ...] = ()


class Transformation(Record, frozen=True, kw_only=True):
    """How often the API server since its start moved objects of a resource to or from storage, by etcd prefix."""

    resource: str
    direction: Literal["to_storage", "from_storage"]
    prefix: str
    count: int


class Inventory(Record, frozen=True, kw_only=True):
    """All that one collection saw. `coverage` has a row for every input, whether or not it could be read."""

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

    def missing(self, inputs: tuple[str, ...]) -> tuple[Coverage, ...]:
        """Those of `inputs` that were not read whole: denied, partial, in error, or never tried.

        An input that does not exist in this cluster (`absent`) is known to hold nothing, so it is not missing.
        """
        rows = (self.coverage.get(name) or Coverage(input=name, status="error", detail="not read") for name in inputs)
        return tuple(row for row in rows if row.status not in ("complete", "absent"))
