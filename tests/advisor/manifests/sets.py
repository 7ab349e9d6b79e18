"""The combinations that the tests of the manifests go through, and hostile names that are legal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import yaml

from advisor.manifests import TOOLS, ManifestSet, Tool, generate
from advisor.manifests.kubernetes import Gitops
from advisor.parameters import StoreKind, parse_parameters

GITOPS: tuple[Gitops, ...] = get_args(Gitops)
STORES: dict[Tool, tuple[StoreKind, ...]] = {
    "external-secrets": get_args(StoreKind),
    "sealed-secrets": ("vault",),
    "vault-csi": ("vault", "openbao"),
    "sops": ("vault",),
}
COMBINATIONS = [(tool, store, gitops) for tool in TOOLS for store in STORES[tool] for gitops in GITOPS]
CONSUMPTIONS = (None, "env", "files", "both")

# Words that YAML 1.1 or 1.2 reads as a boolean, null or number where they are not quoted.
HOSTILE_LABELS = ("y", "n", "no", "on", "off", "null", "true", "1e3", "0o17", "0x1f", "123", "1-2", "2026-11-23", "e")
HOSTILE_KEYS = (
    "y",
    "no",
    "on",
    "null",
    "1e3",
    "0o17",
    "017",
    "123",
    "1.5",
    ".inf",
    "-x",
    "-",
    "_",
    "a.b",
    "a-b",
    "A_B",
)
HOSTILE_PARAMETERS = tuple(
    {"namespace": word, "secret": word, "keys": list(HOSTILE_KEYS), "service-account": word, "workload": {"name": word}}
    for word in HOSTILE_LABELS
)
LONG_PARAMETERS = {
    "namespace": "n" * 63,
    "secret": ".".join(["s" * 62] * 4),
    "keys": ["k" * 253],
    "service-account": ".".join(["a" * 62] * 4),
    "workload": {"kind": "StatefulSet", "name": ".".join(["w" * 62] * 4)},
}
# A name of the store where the store's own syntax has no room for what is derived from 253 characters.
SHORT_STORE = {"path": "short"}


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(content: str) -> list[Any]:
    """Every document of a text, as a YAML 1.1 reader sees it."""
    return list(yaml.load_all(content, Loader=_Loader))


def make_set(
    tool: Tool,
    store: StoreKind = "vault",
    gitops: Gitops = "none",
    *,
    workload_identity: bool = True,
    consumption: Any = None,
    **parameters: Any,
) -> ManifestSet:
    parsed = parse_parameters({"store": {"kind": store} | parameters.pop("more_store", {}), **parameters})
    return generate(tool, parsed, gitops=gitops, workload_identity=workload_identity, consumption=consumption)


def variants(tool: Tool, store: StoreKind, gitops: Gitops) -> Iterator[ManifestSet]:
    """Every set of a combination: workload identity or not, each way of reading, several workloads, scopes."""
    for workload_identity in (True, False):
        for consumption in CONSUMPTIONS:
            yield make_set(tool, store, gitops, workload_identity=workload_identity, consumption=consumption)
    for kind in ("StatefulSet", "DaemonSet", "CronJob"):
        yield make_set(tool, store, gitops, workload={"kind": kind, "name": "batch"}, consumption="both")
    for scope in ("namespace-wide", "cluster-wide"):
        yield make_set(tool, store, gitops, scope=scope)
    in_cluster = (
        {"more_store": {"address": f"https://{store}.{store}.svc:8200"}} if store in ("vault", "openbao") else {}
    )
    yield make_set(tool, store, gitops, **in_cluster)


def hostile_variants(tool: Tool, store: StoreKind, gitops: Gitops) -> Iterator[ManifestSet]:
    for parameters in HOSTILE_PARAMETERS:
        yield make_set(tool, store, gitops, consumption="both", **parameters)
    yield make_set(tool, store, gitops, consumption="both", more_store=SHORT_STORE, **LONG_PARAMETERS)
