"""Everything a collection asks a cluster for, as one table: what may be denied, and what a scanner's role must allow.

Each row becomes a row of coverage under its `name`; what is no list has its name among the constants below.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from scanners.collect import config_maps, network, rbac, secrets, simple_objects, workloads
from scanners.collect.distribution import NODES_LOOKED_AT, read_node
from scanners.collect.metadata import Reader
from scanners.collect.metrics import PATH as METRICS_PATH
from scanners.collect.pool import Pool
from scanners.collect.references import REFERRING_KINDS, ReferringKind
from scanners.collect.references.pointer import references
from scanners.collect.sync import (
    certificates,
    external_secrets,
    flux,
    named,
    others,
    sealed_secrets,
    secrets_store,
    stores,
    vault_operator,
)
from scanners.inventory import Record

METRICS = "metrics"
"""Coverage of the API server's own counters, a GET of /metrics."""
ENCRYPTION_CONFIGURATION = "encryptionconfiguration"
"""Coverage of the EncryptionConfiguration, a file that is given or not: it is in no API."""
AUDIT_POLICY = "auditpolicy"
"""Coverage of the audit policy, a file that is given or not: it is in no API."""
SECRET_VALUES = "secretvalues"
"""Coverage of what the Secrets hold, reduced to facts: only a deep scan reads it."""
API_SERVERS = "apiservers"
"""Coverage of the Pods of kube-system, where the API server's flags are, whatever the scope of the collection."""

RBAC_GROUP = "rbac.authorization.k8s.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A kind of object that is listed.

    `versions` are those that the reader knows, the preferred one first. `builtin` kinds are in every cluster, the
    others where their CRD is installed. `read` takes an item of the list, or a row where the list is asked for as
    a `table`; `read_object` takes an object of a file. `sample` is how many objects are enough, 0 for all.
    `selector` is a field selector for a part of the objects, `page` how many are asked for at a time at most (0 for as
    many as usual), `list_kind` the kind that a list must have to be looked at, where it must not be another.
    """

    plural: str
    kind: str
    read: Reader
    group: str = ""
    versions: tuple[str, ...] = ("v1",)
    namespaced: bool = True
    builtin: bool = True
    table: bool = False
    read_from_file: Reader | None = None
    sample: int = 0
    selector: str = ""
    page: int = 0
    list_kind: str = ""

    @property
    def name(self) -> str:
        """The coverage name: the plural, with the group for custom resources."""
        return self.plural if self.builtin else f"{self.plural}.{self.group}"

    @property
    def optional(self) -> bool:
        """Whether a cluster may do without this kind."""
        return not self.builtin

    @property
    def read_object(self) -> Reader:
        return self.read_from_file or self.read

    def path(self, version: str, namespace: str | None = None) -> str:
        """The API path of the list, cluster-wide or in one namespace."""
        base = f"/apis/{self.group}/{version}" if self.group else f"/api/{version}"
        return f"{base}/{self.plural}" if namespace is None else f"{base}/namespaces/{namespace}/{self.plural}"


def _controller(kind: str, plural: str, group: str, *versions: str, builtin: bool = True) -> Input:
    return Input(
        plural=plural,
        kind=kind,
        group=group,
        versions=versions or ("v1",),
        builtin=builtin,
        read=workloads.controller_reader(kind, group),
    )


_CORE = (
    Input(plural="namespaces", kind="Namespace", namespaced=False, read=simple_objects.read_namespace),
    Input(plural="secrets", kind="Secret", read=secrets.read_row, table=True, read_from_file=secrets.read_object),
    Input(plural="pods", kind="Pod", read=workloads.read_pod),
    Input(plural="configmaps", kind="ConfigMap", read=config_maps.read_config_map),
    _controller("ReplicaSet", "replicasets", "apps"),
    _controller("Deployment", "deployments", "apps"),
    _controller("StatefulSet", "statefulsets", "apps"),
    _controller("DaemonSet", "daemonsets", "apps"),
    _controller("Job", "jobs", "batch"),
    _controller("CronJob", "cronjobs", "batch"),
    _controller("ReplicationController", "replicationcontrollers", ""),
    # Controllers of other groups with a Pod template of the usual form.
    _controller("Rollout", "rollouts", "argoproj.io", "v1alpha1", builtin=False),
    _controller("DeploymentConfig", "deploymentconfigs", "apps.openshift.io", builtin=False),
    Input(plural="serviceaccounts", kind="ServiceAccount", read=simple_objects.read_service_account),
    Input(plural="roles", kind="Role", group=RBAC_GROUP, read=rbac.read_role),
    Input(plural="rolebindings", kind="RoleBinding", group=RBAC_GROUP, read=rbac.read_role_binding),
    Input(plural="clusterroles", kind="ClusterRole", group=RBAC_GROUP, namespaced=False, read=rbac.read_cluster_role),
    Input(
        plural="clusterrolebindings",
        kind="ClusterRoleBinding",
        group=RBAC_GROUP,
        namespaced=False,
        read=rbac.read_cluster_role_binding,
    ),
    Input(
        plural="networkpolicies",
        kind="NetworkPolicy",
        group="networking.k8s.io",
        read=network.read_network_policy,
    ),
    Input(plural="services", kind="Service", read=network.read_service),
    Input(plural="nodes", kind="Node", namespaced=False, read=read_node, sample=NODES_LOOKED_AT),
)


@dataclass(frozen=True, slots=True)
class _Syncing:
    """A kind whose objects make Secrets, or say where from."""

    group: str
    kind: str
    plural: str
    versions: tuple[str, ...]
    read: Reader
    namespaced: bool = True


_SYNCING = (
    _Syncing(
        external_secrets.GROUP,
        "ExternalSecret",
        "externalsecrets",
        ("v1", "v1beta1"),
        external_secrets.read_external_secret,
    ),
    _Syncing(
        external_secrets.GROUP,
        "ClusterExternalSecret",
        "clusterexternalsecrets",
        ("v1", "v1beta1"),
        external_secrets.read_cluster_external_secret,
        namespaced=False,
    ),
    _Syncing(sealed_secrets.GROUP, "SealedSecret", "sealedsecrets", ("v1alpha1",), sealed_secrets.read_sealed_secret),
    _Syncing(
        secrets_store.GROUP,
        "SecretProviderClass",
        "secretproviderclasses",
        ("v1", "v1alpha1"),
        secrets_store.read_provider_class,
    ),
    _Syncing(
        secrets_store.GROUP,
        "SecretProviderClassPodStatus",
        "secretproviderclasspodstatuses",
        ("v1", "v1alpha1"),
        secrets_store.read_provider_class_pod_status,
    ),
    _Syncing(certificates.GROUP, "Certificate", "certificates", ("v1",), certificates.read_certificate),
    _Syncing(flux.GROUP, "Kustomization", "kustomizations", ("v1", "v1beta2"), flux.read_kustomization),
    *(
        _Syncing(vault_operator.GROUP, kind, plural, ("v1beta1",), vault_operator.vault_reader(kind))
        for kind, plural in (
            ("VaultStaticSecret", "vaultstaticsecrets"),
            ("VaultDynamicSecret", "vaultdynamicsecrets"),
            ("VaultPKISecret", "vaultpkisecrets"),
            ("HCPVaultSecretsApp", "hcpvaultsecretsapps"),
        )
    ),
    *(
        _Syncing(stores.GROUP, kind, plural, ("v1", "v1beta1"), stores.store_reader(kind))
        for kind, plural in (("SecretStore", "secretstores"), ("ClusterSecretStore", "clustersecretstores"))
    ),
    *(_Syncing(kind.group, kind.kind, kind.plural, kind.versions, named.named_reader(kind)) for kind in named.KINDS),
    _Syncing("isindir.github.com", "SopsSecret", "sopssecrets", ("v1alpha3",), others.read_sops_secret),
    _Syncing("onepassword.com", "OnePasswordItem", "onepassworditems", ("v1",), others.read_one_password_item),
    _Syncing("secrets.doppler.com", "DopplerSecret", "dopplersecrets", ("v1alpha1",), others.read_doppler_secret),
    _Syncing(
        "secrets.infisical.com", "InfisicalSecret", "infisicalsecrets", ("v1alpha1",), others.read_infisical_secret
    ),
    _Syncing(
        "secrets.infisical.com",
        "InfisicalStaticSecret",
        "infisicalstaticsecrets",
        ("v1beta1",),
        others.read_infisical_static_secret,
    ),
)


def _referring_reader(kind: ReferringKind) -> Reader:
    def read(raw: msgspec.Raw, pool: Pool) -> Iterable[Record]:
        return references(
            raw,
            pool,
            kind=kind.kind,
            group=kind.group,
            namespaced=kind.namespaced,
            how=kind.how,
            pointers=kind.pointers,
            elsewhere=kind.elsewhere,
        )

    return read


def _in_turn(readers: tuple[Reader, ...], raw: msgspec.Raw, pool: Pool) -> Iterator[Record]:
    for read in readers:
        yield from read(raw, pool)


def _custom_and_referring() -> Iterator[Input]:
    """One Input for each kind that refers to Secrets, makes them, or does both."""
    referring = {(kind.group, kind.kind): kind for kind in REFERRING_KINDS}
    for syncing in _SYNCING:
        also = referring.pop((syncing.group, syncing.kind), None)
        yield Input(
            plural=syncing.plural,
            kind=syncing.kind,
            group=syncing.group,
            versions=syncing.versions,
            namespaced=syncing.namespaced and (also is None or also.namespaced),
            builtin=False,
            read=partial(_in_turn, (syncing.read, _referring_reader(also))) if also else syncing.read,
        )
    for kind in referring.values():
        yield Input(
            plural=kind.plural,
            kind=kind.kind,
            group=kind.group,
            versions=kind.versions,
            namespaced=kind.namespaced,
            builtin=kind.builtin,
            read=_referring_reader(kind),
        )


INPUTS: tuple[Input, ...] = (*_CORE, *_custom_and_referring())
"""Every kind that is listed; those that take longest come first."""

BY_NAME: Mapping[str, Input] = {item.name: item for item in INPUTS}

NAMES: tuple[str, ...] = (*BY_NAME, API_SERVERS, METRICS, ENCRYPTION_CONFIGURATION, AUDIT_POLICY, SECRET_VALUES)
"""Every name under which an Inventory has coverage."""


def scanner_rules(with_secrets: bool) -> list[dict[str, Any]]:
    """The rules of the least ClusterRole with which everything here can be read, one per API group.

    `with_secrets` adds `list` on Secrets. RBAC cannot grant a list without values, so whoever holds that role's
    token can read them, though secretsui asks for metadata only. Without it, pods, RBAC and custom resources
    still tell a good deal.
    """
    plurals: dict[str, set[str]] = defaultdict(set)
    for item in INPUTS:
        if with_secrets or item.name != "secrets":
            plurals[item.group].add(item.plural)
    rules: list[dict[str, Any]] = [
        {"apiGroups": [group], "resources": sorted(plurals[group]), "verbs": ["list"]} for group in sorted(plurals)
    ]
    return [*rules, {"nonResourceURLs": [METRICS_PATH], "verbs": ["get"]}]
