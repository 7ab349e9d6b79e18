"""How Secrets reach etcd: the provider that writes them, from an EncryptionConfiguration, API server flags or metrics.

Each source of evidence gives a Verdict with its reason; which source outweighs which is the check's business.
The rules are those of k8s.io/apiserver, pkg/server/options/encryptionconfig/config.go and
pkg/storage/value/transformer.go (1.37).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from scanners.etcd_prefix import IDENTITY, SECRETS, is_provider, names_resources
from scanners.inventory import ApiServer, EncryptionEntry, EncryptionProvider, Transformation


class State(Enum):
    """How Secrets are written."""

    ENCRYPTED = "encrypted"
    PLAINTEXT = "plaintext"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one source of evidence says. `because` is a clause without a full stop, fit for a report."""

    state: State
    because: str


def write_provider(entries: Iterable[EncryptionEntry], resource: str = SECRETS) -> EncryptionProvider | None:
    """The provider that encrypts a resource on its way to etcd; None where no entry covers it.

    `resource` is `secrets`, or with its group, such as `deployments.apps`. The first entry that matches decides,
    and of its providers the first writes; the others only read. (The API server refuses a configuration in which
    a wildcard stands before a name that it covers, so "first" and "most specific" never differ in a loaded one.)
    """
    return next(iter(providers(entries, resource)), None)


def providers(entries: Iterable[EncryptionEntry], resource: str = SECRETS) -> tuple[EncryptionProvider, ...]:
    """The providers of a resource: the first writes, all of them can read; empty where no entry covers it."""
    for entry in entries:
        if any(covers(pattern, resource) for pattern in entry.resources):
            return entry.providers
    return ()


def covers(pattern: str, resource: str) -> bool:
    """Whether a name in `resources[].resources` matches: `secrets`, `*.` (core group), `*.apps`, `*.*`."""
    name, _, group = pattern.partition(".")
    wanted_name, _, wanted_group = resource.partition(".")
    if (name, group) == ("*", "*"):
        return True
    if name == "*":
        return "." in pattern and group == wanted_group
    return (name, group) == (wanted_name, wanted_group)


def encrypts(provider: EncryptionProvider | None) -> bool:
    """Whether what this provider writes is encrypted."""
    return provider is not None and provider.kind != IDENTITY


def named(provider: EncryptionProvider) -> str:
    """`aescbc`, `KMS v2`."""
    return f"KMS {provider.kms_version}".strip() if provider.kind == "kms" else provider.kind


def by_configuration(entries: Sequence[EncryptionEntry]) -> Verdict:
    """The verdict of an EncryptionConfiguration, supposing that the API server has loaded it."""
    found = providers(entries)
    if not found:
        return Verdict(State.PLAINTEXT, "no entry of the EncryptionConfiguration covers secrets")
    if not encrypts(found[0]):
        others = [named(provider) for provider in found[1:] if encrypts(provider)]
        only_reads = f", so {' and '.join(others)} after it only read" if others else ""
        return Verdict(State.PLAINTEXT, f"identity is the first provider for secrets{only_reads}")
    return Verdict(State.ENCRYPTED, f"{named(found[0])} is the first provider for secrets")


def by_flags(servers: Sequence[ApiServer]) -> Verdict:
    """The verdict of the API servers' flags: certain only where one of them has no configuration at all."""
    if not servers:
        return Verdict(State.UNKNOWN, "no API server is to be seen as a Pod of kube-system")
    without = [server.pod for server in servers if not server.encryption_config]
    flag = "--encryption-provider-config"
    if without:
        who = "no API server is" if len(without) == len(servers) else f"{' and '.join(without)} is not"
        return Verdict(State.PLAINTEXT, f"{who} started with {flag}")
    files = sorted({server.encryption_config for server in servers if server.encryption_config})
    if len(files) > 1:
        return Verdict(State.UNKNOWN, f"the API servers load different files ({', '.join(files)})")
    return Verdict(State.UNKNOWN, f"the API server loads {files[0]}, which no API shows")


def by_metrics(transformations: Iterable[Transformation], *, secrets_exist: bool, reloaded: bool = False) -> Verdict:
    """The verdict of one API server's counters, which run from its start and never fall.

    Needs complete metrics. Without an EncryptionConfiguration no series exists for a resource; with one, reading
    the stored Secrets at start leaves a series, so none at all though Secrets exist means that no provider covers
    them. Plaintext writes of `identity` have the prefix "". Nothing tells the write provider before the first
    write. `reloaded`: another configuration was loaded since the start, so that a write may be older than it.
    """
    series = [item for item in transformations if item.count]
    if not names_resources(series):
        return Verdict(State.UNKNOWN, "the metrics of this version do not tell which resource was encrypted")
    secrets = [item for item in series if item.resource == SECRETS]
    if not secrets:
        if secrets_exist:
            return Verdict(State.PLAINTEXT, "the API server has read Secrets through no encryption provider")
        return Verdict(State.UNKNOWN, "no Secret was seen, so the API server's counters tell nothing")
    plaintext = sum(item.count for item in secrets if (item.direction, item.prefix) == ("to_storage", ""))
    encrypted = [item.prefix for item in secrets if item.direction == "to_storage" and is_provider(item.prefix)]
    if reloaded and (plaintext or encrypted):
        return Verdict(
            State.UNKNOWN,
            "the API server has loaded another EncryptionConfiguration since its start, and its counters do not tell "
            "which Secrets it wrote before",
        )
    if plaintext and encrypted:
        return Verdict(
            State.UNKNOWN, "since its start the API server has written Secrets both encrypted and in plaintext"
        )
    if plaintext:
        return Verdict(
            State.PLAINTEXT, f"since its start the API server has written Secrets {plaintext} times, never encrypted"
        )
    if encrypted:
        return Verdict(State.ENCRYPTED, f"the API server writes Secrets with the prefix {encrypted[0]}")
    return Verdict(
        State.UNKNOWN, "the API server has written no Secret since its start, so its counters do not tell how"
    )


@dataclass(frozen=True, slots=True)
class Managed:
    """A provider that runs the API server for its customers. `ask` is the command or page that tells.

    `encrypted_since` is the version from which it encrypts by default, `encrypts_with` the provider it documents.
    """

    ask: str
    encrypted_since: tuple[int, int] | None = None
    encrypts_with: str = ""


MANAGED = {
    # https://docs.aws.amazon.com/eks/latest/userguide/envelope-encryption.html
    # "Kubernetes KMS provider v2", with a key of AWS unless the customer names one.
    "eks": Managed(
        "aws eks describe-cluster --name CLUSTER --query cluster.encryptionConfig",
        encrypted_since=(1, 28),
        encrypts_with="KMS v2",
    ),
    # https://cloud.google.com/kubernetes-engine/docs/how-to/encrypting-secrets
    "gke": Managed("gcloud container clusters describe CLUSTER --format='value(databaseEncryption.state)'"),
    # https://learn.microsoft.com/azure/aks/use-kms-etcd-encryption
    "aks": Managed(
        "az aks show --name CLUSTER --resource-group GROUP --query securityProfile.azureKeyVaultKms.enabled"
    ),
    "doks": Managed("the provider's documentation of DigitalOcean Kubernetes"),
    "lke": Managed("the provider's documentation of Linode Kubernetes Engine"),
    "iks": Managed("ibmcloud ks cluster get --cluster CLUSTER, the line on key management"),
    "ack": Managed("the cluster's page in the console of Alibaba Cloud, on Secret encryption"),
    "tke": Managed("the cluster's page in the console of Tencent Cloud, on KMS encryption"),
}
"""By distribution (scanners.collect.distribution)."""

SELF_REPORTING = {
    "k3s": "k3s secrets-encrypt status",
    "rke2": "rke2 secrets-encrypt status",
    "openshift": "oc get apiserver cluster -o jsonpath='{.spec.encryption.type}'",
}
"""Distributions that tell by a command of their own, on a server node or with oc."""


def by_distribution(distribution: str, version: str) -> Verdict:
    """The verdict of who runs the control plane, and since which version it encrypts by default."""
    managed = MANAGED.get(distribution)
    if managed is None:
        return Verdict(State.UNKNOWN, "")
    since = managed.encrypted_since
    found = re.match(r"v?(\d{1,4})\.(\d{1,4})", version)
    if since and found and (int(found[1]), int(found[2])) >= since:
        text = (
            f"{distribution.upper()} encrypts all API data from version {since[0]}.{since[1]} on, and this is {version}"
        )
        return Verdict(State.ENCRYPTED, text)
    return Verdict(State.UNKNOWN, f"{distribution.upper()} runs the API server where it cannot be seen")
