"""What a credential may see, asked before anything is saved: permissions, and the checks they allow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import yaml

from scanners.checks import REGISTRY
from scanners.checks.check import Check
from scanners.collect.inputs import INPUTS, METRICS, Input, scanner_rules
from scanners.kube import access
from scanners.kube.access import Question
from scanners.kube.errors import Denied, NotServed
from scanners.kube.transport import Transport

NAME = "secretsui"

TOKEN_COMMANDS = """\
kubectl apply -f secretsui.yaml
TOKEN=$(kubectl -n secretsui create token secretsui --duration=720h)
kubectl config view --minify --flatten --raw -o json |
  jq --arg token "$TOKEN" '.users[0].user = {token: $token}' > secretsui.kubeconfig
"""
"""Makes the identity, a token that ends after 30 days (the API server may shorten it), and a kubeconfig with it."""


@dataclass(frozen=True, slots=True)
class PermissionLine:
    """One input. `allowed` in the whole cluster; `allowed_in` names a namespace where it is at least there."""

    input: str
    verb: str
    allowed: bool
    allowed_in: str


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
    def allowed(self) -> list[PermissionLine]:
        return [line for line in self.lines if line.allowed]

    @property
    def refused(self) -> list[PermissionLine]:
        """Not allowed in the whole cluster, though perhaps in one namespace."""
        return [line for line in self.lines if not line.allowed]

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
        ]


def preview(transport: Transport, namespace: str | None) -> Preview:
    """Ask the API server what this identity may do. `namespace` is the credential's own, tried where all are refused.

    A SelfSubjectAccessReview per input, since a rules review leaves out what system:masters may do. Raises KubeError.
    """
    version = access.cluster_version(transport)
    identity = _identity(transport)
    served = _served(transport)
    questions = [Question(verb="list", group=item.group, resource=item.plural) for item in served]
    answers = access.permissions(transport, [*questions, Question(verb="get", path="/metrics")])
    lines = [
        PermissionLine(input=item.name, verb="list", allowed=answer.allowed, allowed_in="")
        for item, answer in zip(served, answers, strict=False)
    ]
    lines = _in_namespace(transport, served, lines, namespace) if namespace else lines
    lines.append(PermissionLine(input=METRICS, verb="get", allowed=answers[-1].allowed, allowed_in=""))
    seen = {line.input for line in lines if line.allowed}
    present = {line.input for line in lines}
    return Preview(
        identity=identity.username,
        groups=identity.groups,
        version=version,
        lines=tuple(lines),
        checks=tuple(
            CheckOutlook(check, tuple(name for name in check.needs if name in present and name not in seen))
            for check in REGISTRY
        ),
    )


def _identity(transport: Transport) -> access.Identity:
    """Who asks; clusters before 1.28 cannot say, and some forbid the question."""
    try:
        return access.who_am_i(transport)
    except (NotServed, Denied):
        return access.Identity("", ())


def _served(transport: Transport) -> list[Input]:
    """The inputs that this cluster has; where discovery is refused, those that every cluster has."""
    try:
        groups = {group.name for group in access.api_groups(transport)}
    except Denied:
        groups = set()
    return [item for item in INPUTS if item.builtin or item.group in groups]


def _in_namespace(
    transport: Transport, served: list[Input], lines: list[PermissionLine], namespace: str
) -> list[PermissionLine]:
    """The lines again, those refused in the whole cluster asked for one namespace."""
    refused = [item for item, line in zip(served, lines, strict=True) if item.namespaced and not line.allowed]
    questions = [Question(verb="list", group=item.group, resource=item.plural, namespace=namespace) for item in refused]
    answers = access.permissions(transport, questions)
    there = {item.name for item, answer in zip(refused, answers, strict=True) if answer.allowed}
    return [replace(line, allowed_in=namespace) if line.input in there else line for line in lines]


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
