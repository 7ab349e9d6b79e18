"""What a scanned cluster already answers, each fact with where it was seen.

A fact answers a question only where it is certain: what was not seen is concluded from nothing but a complete
reading, and contradicting signs leave the question open, with both named. Everything here may be overruled by the
person. Names come from a cluster and are hostile input: they are quoted as they are, for the page to escape.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from advisor.matrix import EXTERNAL_SECRETS, SEALED_SECRETS, SOPS, TITLES, TOOLS, VAULT_CSI, Tool
from scanners.consumers import Consumption, TopObject
from scanners.context import Context
from scanners.inventory import How, Inventory, SyncObject
from scanners.sources import MACHINE_MADE

SYSTEM_NAMESPACES = frozenset({"kube-system", "kube-public", "kube-node-lease"})

POD_INPUTS = (
    "pods",
    "deployments",
    "statefulsets",
    "daemonsets",
    "replicasets",
    "replicationcontrollers",
    "jobs",
    "cronjobs",
)

FLUX = "kustomize.toolkit.fluxcd.io"
ESO_GROUP = "external-secrets.io"
CSI_GROUP = "secrets-store.csi.x-k8s.io"


@dataclass(frozen=True, slots=True)
class Fact:
    """`value` is the answer to `question`, None where the fact bears on it without answering it. A fact about a tool
    that is there has no question, and the tool as its value. `seen` says in which objects.
    """

    question: str | None
    value: str | None
    fact: str
    seen: str


def facts(inventory: Inventory, context: Context | None = None) -> tuple[Fact, ...]:
    """Every fact that bears on a question, in a fixed order; at most one for each question has a value.

    `context` is the Inventory's own, where there is one already: what it knows need not be found out again.
    """
    context = context or Context(inventory)
    return tuple(fact for find in _FINDERS for fact in find(context))


def answers_of(found: Iterable[Fact]) -> dict[str, str]:
    """The answers that facts give, by question id."""
    return {fact.question: fact.value for fact in found if fact.question is not None and fact.value is not None}


def installed(found: Iterable[Fact]) -> frozenset[Tool]:
    """The tools of the four that the cluster has already."""
    here = {fact.value for fact in found if fact.question is None}
    return frozenset(tool for tool in TOOLS if tool in here)


def _decrypting(inventory: Inventory) -> list[SyncObject]:
    return [item for item in inventory.sync_objects if item.decryption or item.kind == "SopsSecret"]


_GROUPS: dict[Tool, str] = {
    EXTERNAL_SECRETS: ESO_GROUP,
    SEALED_SECRETS: "bitnami.com",
    VAULT_CSI: CSI_GROUP,
}


def _serves(inventory: Inventory, group: str) -> bool:
    return group in inventory.cluster.api_groups or any(item.group == group for item in inventory.sync_objects)


def _tools(context: Context) -> Iterator[Fact]:
    """A tool is there if its custom resources are served, or if it decrypts already.

    The CSI driver serves other stores too, so it is named as a tool only where something mounts from Vault or OpenBao.
    """
    inventory = context.inventory
    for tool, group in _GROUPS.items():
        name = "The Secrets Store CSI driver" if tool == VAULT_CSI else TITLES[tool]
        used = [item for item in inventory.sync_objects if item.group == group]
        value = tool if tool != VAULT_CSI or any(item.store in ("vault", "openbao") for item in used) else None
        if used:
            yield Fact(None, value, f"{name} is in use.", _some(used))
        elif _serves(inventory, group):
            yield Fact(None, value, f"{name} has its custom resources installed; none is in use.", f"API group {group}")
    if decrypting := _decrypting(inventory):
        yield Fact(None, SOPS, "SOPS files are decrypted in the cluster.", _some(decrypting))


def _gitops(context: Context) -> Iterator[Fact]:
    flux, argo = _flux(context.inventory), _argo(context.inventory)
    if flux and argo:
        yield Fact(
            "gitops", None, "Both Flux and Argo CD are here: say which of them deploys the secrets.", f"{flux}; {argo}"
        )
    elif flux:
        yield Fact("gitops", "flux", "Flux deploys to this cluster.", flux)
    elif argo:
        yield Fact("gitops", "argo-cd", "Argo CD deploys to this cluster.", argo)


def _flux(inventory: Inventory) -> str:
    used = [item for item in inventory.sync_objects if item.group == FLUX]
    if used:
        return _some(used)
    return f"API group {FLUX}" if FLUX in inventory.cluster.api_groups else ""


def _argo(inventory: Inventory) -> str:
    """Its API group tells nothing: Argo Rollouts and Argo Workflows have the same."""
    marks = ("argocd.argoproj.io/secret-type", "argocd.argoproj.io/instance")
    marked = [
        f"Secret {item.namespace}/{item.name}"
        for item in inventory.secrets
        if "argocd.argoproj.io/tracking-id" in item.annotations or any(mark in item.labels for mark in marks)
    ]
    running = [_name(item) for item in inventory.workloads if item.labels.get("app.kubernetes.io/part-of") == "argocd"]
    return _first(running or marked)


_ESO_PROVIDERS = {
    "aws": "aws",
    "gcpsm": "gcp",
    "azurekv": "azure",
    "vault": "vault",
    "openBao": "openbao",
}
_CSI_PROVIDERS = {"aws": "aws", "gcp": "gcp", "gke": "gcp", "azure": "azure", "vault": "vault", "openbao": "openbao"}
_NO_STORE = frozenset({"fake", "kubernetes", "webhook"})
"""Providers of External Secrets that are no secrets manager."""
_OTHER_STORES = frozenset({"onepassword.com", "secrets.doppler.com", "secrets.infisical.com"})
_STORE_NAMES = {
    "vault": "HashiCorp Vault",
    "openbao": "OpenBao",
    "aws": "AWS",
    "gcp": "Google Secret Manager",
    "azure": "Azure Key Vault",
    "other": "another store",
}


def _stores(context: Context) -> Iterator[Fact]:
    inventory = context.inventory
    providers = _eso_providers(inventory)
    seen: dict[str, list[SyncObject]] = {}
    unknown: list[SyncObject] = []
    for item in inventory.sync_objects:
        store = _store_of(item, providers)
        if store == "":
            unknown.append(item)
        elif store is not None:
            seen.setdefault(store, []).append(item)
    for (kind, namespace, name), store in sorted(providers.items()):
        if store:
            seen.setdefault(store, []).append(_store_object(kind, namespace, name))
    if len(seen) == 1 and not unknown:
        ((store, items),) = seen.items()
        yield Fact("external-store", store, f"Secrets come from {_STORE_NAMES[store]}.", _some(items))
    elif seen:
        names = [_STORE_NAMES[store] for store in sorted(seen)] + ["stores whose kind was not seen"] * bool(unknown)
        what = f"Secrets come from {', '.join(names[:-1])} and {names[-1]}: say which of them you mean."
        yield Fact("external-store", None, what, "; ".join(_some(items, 1) for items in seen.values()))
    elif unknown:
        what = "Secrets come from a store; which kind it is could not be seen."
        yield Fact("external-store", None, what, _some(unknown))


def _store_object(kind: str, namespace: str, name: str) -> SyncObject:
    return SyncObject(kind=kind, group=ESO_GROUP, namespace=namespace, name=name)


def _eso_providers(inventory: Inventory) -> dict[tuple[str, str, str], str]:
    """By (kind, namespace, name) of a store object: the answer its provider stands for, "" for no secrets manager.

    The provider is in the path of the credential that a store names; one that uses a workload's identity names none.
    """
    found: dict[tuple[str, str, str], str] = {}
    for item in inventory.references:
        parts = item.field.split(".")
        if item.group == ESO_GROUP and item.kind in ("SecretStore", "ClusterSecretStore") and len(parts) > 2:
            provider = parts[2].partition("[")[0]
            store = "" if provider in _NO_STORE else _ESO_PROVIDERS.get(provider, "other")
            namespace = item.namespace if item.kind == "SecretStore" else ""
            found[item.kind, namespace, item.name] = store
    return found


def _store_of(item: SyncObject, providers: dict[tuple[str, str, str], str]) -> str | None:
    """The answer that the object's store stands for; "" if it has one that was not seen, None if it has none."""
    if item.group == CSI_GROUP and item.kind == "SecretProviderClass":
        return _CSI_PROVIDERS.get(item.store, "other") if item.store else ""
    if item.group == ESO_GROUP and item.store:
        namespace = "" if item.store_kind == "ClusterSecretStore" else item.namespace
        key = (item.store_kind, namespace, item.store)
        if key not in providers:
            return ""
        return providers[key] or None
    if item.group == "secrets.hashicorp.com":
        return "other" if item.kind == "HCPVaultSecretsApp" else "vault"
    return "other" if item.group in _OTHER_STORES else None


_ENV: frozenset[How] = frozenset({"env", "env-from"})
_FILES: frozenset[How] = frozenset({"volume", "projected", "csi"})


def _consumption(context: Context) -> Iterator[Fact]:
    """How many workloads read a Secret in which way; those of the system itself do not count."""
    inventory, consumers = context.inventory, context.consumers
    env: set[TopObject] = set()
    files = {consumers.top(item) for item in inventory.workloads if item.csi}
    for item in consumers.all:
        if item.how in _ENV | _FILES:
            (env if item.how in _ENV else files).add(TopObject(item.kind, item.namespace, item.name))
    env, files = ({item for item in way if item.namespace not in SYSTEM_NAMESPACES} for way in (env, files))
    if not env and not files:
        return
    whole = not inventory.missing(POD_INPUTS) and not inventory.scope
    value = "both" if env and files else ("env" if env else "files") if whole else None
    what = (
        f"{_count(len(env), 'workload')} {_verb(len(env))} Secrets from environment variables, "
        f"{_count(len(files), 'workload')} from files."
    )
    if value is None:
        what += " Not all workloads could be seen."
    yield Fact("consumption", value, what, _first(map(_name, env | files)))


_OTHER_CONSUMERS: dict[How, str] = {
    "ingress-tls": "Ingress TLS",
    "gateway-tls": "Gateway TLS",
    "image-pull": "image pulls",
    "custom-resource": "custom resources",
}
_KINDS_OF_TOOLS = frozenset({"SecretStore", "ClusterSecretStore", "ExternalSecret", "Kustomization", "VaultAuth"})
"""What delivers Secrets reads its own credential from one, which is not what is asked."""


def _non_pod_consumers(context: Context) -> Iterator[Fact]:
    """Only a yes: what reads Secrets through the API without naming them in a known kind is not seen."""
    found: dict[How, list[Consumption]] = {}
    for item in context.consumers.all:
        counts = item.secret_namespace not in SYSTEM_NAMESPACES and item.kind not in _KINDS_OF_TOOLS
        if item.how in _OTHER_CONSUMERS and counts:
            found.setdefault(item.how, []).append(item)
    if not found:
        return
    parts = [f"{_OTHER_CONSUMERS[how]} ({_count(len(items), 'reference')})" for how, items in sorted(found.items())]
    examples = ", ".join(_name(min(items)) for _, items in sorted(found.items()))
    yield Fact("non-pod-consumers", "yes", f"Secrets are read by {', '.join(parts)}.", examples)


def _secret_count(context: Context) -> Iterator[Fact]:
    """Secrets that people look after; a partial reading gives a lower bound only."""
    inventory = context.inventory
    machine: Counter[bool] = Counter(context.source(item).kind in MACHINE_MADE for item in inventory.secrets)
    number = machine[False]
    whole = not inventory.missing(("secrets",)) and "secrets" in inventory.coverage and not inventory.scope
    if not whole and not number:
        return
    value = "more" if number > 200 else None
    if whole and value is None:
        value = "up-to-20" if number <= 20 else "up-to-200"
    bound = "" if whole else "At least "
    what = f"{bound}{_count(number, 'Secret')} {'is' if number == 1 else 'are'} made by people or a secrets tool"
    besides = f", besides {machine[True]:,} that machines make." if machine[True] else "."
    yield Fact("secret-count", value, what + besides, "Secrets" + ("" if whole else ", of which not all could be seen"))


def _daemon_sets(context: Context) -> Iterator[Fact]:
    """A pod that the driver mounted into is proof; a driver that is not there proves nothing."""
    mounted = [item for item in context.inventory.pod_mounts if item.mounted]
    if mounted:
        what = "The CSI driver, a privileged DaemonSet, mounts volumes here."
        names = [f"SecretProviderClassPodStatus {item.namespace}/{item.name}" for item in mounted]
        yield Fact("privileged-daemonsets", "allowed", what, _first(names, 1))


_IDENTITIES = {
    "eks": ("EKS", "IRSA and Pod Identity"),
    "gke": ("GKE", "Workload Identity"),
    "aks": ("AKS", "Workload ID"),
}


def _identity(context: Context) -> Iterator[Fact]:
    cluster = context.inventory.cluster
    if cluster.distribution in _IDENTITIES:
        name, offers = _IDENTITIES[cluster.distribution]
        what = f"The cluster is {name}, which offers {offers}; whether it is set up cannot be seen."
        yield Fact("workload-identity", None, what, f"version {cluster.version}")


def _leases(context: Context) -> Iterator[Fact]:
    leased = [item for item in context.inventory.sync_objects if item.kind == "VaultDynamicSecret"]
    if leased:
        what = "Vault already leases credentials here: say whether new ones must be leased too."
        yield Fact("dynamic-credentials", None, what, _some(leased))


_FINDERS: tuple[Callable[[Context], Iterator[Fact]], ...] = (
    _tools,
    _stores,
    _leases,
    _gitops,
    _consumption,
    _non_pod_consumers,
    _daemon_sets,
    _identity,
    _secret_count,
)


class _Named(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def namespace(self) -> str: ...
    @property
    def name(self) -> str: ...


def _name(item: _Named) -> str:
    return f"{item.kind} {item.namespace}/{item.name}" if item.namespace else f"{item.kind} {item.name}"


def _some(items: Iterable[_Named], shown: int = 2) -> str:
    return _first(map(_name, items), shown)


def _first(names: Iterable[str], shown: int = 2) -> str:
    """The first names, and how many more there are."""
    ordered = sorted(set(names))
    more = len(ordered) - shown
    return ", ".join(ordered[:shown]) + (f" and {more:,} more" if more > 0 else "")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _verb(number: int) -> str:
    return "reads" if number == 1 else "read"
