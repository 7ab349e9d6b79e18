"""What a credential may see, asked before anything is saved: permissions, and the checks they allow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from scanners.checks import REGISTRY
from scanners.checks.check import Check
from scanners.collect.inputs import INPUTS, METRICS, Input
from scanners.kube import access
from scanners.kube.access import Question
from scanners.kube.errors import Denied, NotServed
from scanners.kube.transport import Transport


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
