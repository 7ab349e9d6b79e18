"""What a credential may see, asked before anything is saved: permissions, and the checks they allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from scanners.checks import REGISTRY
from scanners.checks.check import Check
from scanners.collect.inputs import INPUTS, scanner_rules
from scanners.kube import access
from scanners.kube.transport import Transport

NAME = "secretsui"


@dataclass(frozen=True, slots=True)
class PermissionLine:
    """One input. `allowed` in the whole cluster; `allowed_in` names a namespace where it is at least there.

    `served` is false where this cluster has no such resource.
    """

    input: str
    verb: str
    allowed: bool
    allowed_in: str
    served: bool


@dataclass(frozen=True, slots=True)
class CheckOutlook:
    """Whether a check can be assessed with these permissions: `missing` names the inputs that it would lack."""

    check: Check
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """The answer to "what will this identity show me?"."""

    identity: str
    groups: tuple[str, ...]
    version: str
    lines: tuple[PermissionLine, ...]
    checks: tuple[CheckOutlook, ...]

    @property
    def assessable(self) -> int:
        return sum(not outlook.missing for outlook in self.checks)

    @property
    def may_list_secrets(self) -> bool:
        return any(line.input == "secrets" and line.allowed for line in self.lines)

    @property
    def is_superuser(self) -> bool:
        """Whether it is far more than a scanner needs: such a credential is a prize for an attacker."""
        return "system:masters" in self.groups

    def as_rows(self) -> list[dict[str, Any]]:
        """As kept with the cluster."""
        return [
            {"input": line.input, "verb": line.verb, "allowed": line.allowed, "allowed_in": line.allowed_in}
            for line in self.lines
            if line.served
        ]


def scanner_manifest(*, with_secrets: bool) -> str:
    """The least-privilege identity for secretsui as YAML: Namespace, ServiceAccount, ClusterRole and its binding.

    Without `with_secrets` it may not list Secrets, and the checks that need them stay not-assessed: RBAC cannot
    allow a list without the values (kubernetes/kubernetes#78056), so some teams will not give it.
    """
    documents: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAME}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": NAME, "namespace": NAME}},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": NAME},
            "rules": scanner_rules(with_secrets=with_secrets),
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": NAME},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": NAME},
            "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": NAME}],
        },
    ]
    return yaml.safe_dump_all(documents, sort_keys=False)
