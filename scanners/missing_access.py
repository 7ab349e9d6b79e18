"""The RBAC that would let a scan see what it could not: as a manifest to copy, for the denied inputs only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from scanners.collect.inputs import API_SERVERS, BY_NAME, METRICS
from scanners.collect.metrics import PATH as METRICS_PATH

NAME = "secretsui-missing-access"


@dataclass(frozen=True, slots=True)
class MissingAccess:
    """`manifest` is YAML to apply; `inputs` are what it would open."""

    inputs: tuple[str, ...]
    manifest: str

    @property
    def opens_secrets(self) -> bool:
        return "secrets" in self.inputs


def missing_access(coverage: Iterable[Mapping[str, Any]]) -> MissingAccess | None:
    """A ClusterRole for the denied inputs of a scan; None where a role can open nothing more."""
    denied = [line["input"] for line in coverage if line["status"] == "denied"]
    plurals: dict[str, set[str]] = {}
    for name in denied:
        if name == API_SERVERS:
            plurals.setdefault("", set()).add("pods")
        elif name in BY_NAME:
            plurals.setdefault(BY_NAME[name].group, set()).add(BY_NAME[name].plural)
    rules: list[dict[str, list[str]]] = [
        {"apiGroups": [group], "resources": sorted(plurals[group]), "verbs": ["list"]} for group in sorted(plurals)
    ]
    if METRICS in denied:
        rules.append({"nonResourceURLs": [METRICS_PATH], "verbs": ["get"]})
    if not rules:
        return None
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": NAME},
        "rules": rules,
    }
    return MissingAccess(tuple(denied), yaml.safe_dump(role, sort_keys=False, default_flow_style=False))
