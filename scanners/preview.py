"""What a credential may see, asked before anything is saved: permissions, and the checks they allow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import yaml

from scanners.checks import REGISTRY
from scanners.checks.check import Check
from scanners.collect.inputs import INPUTS, scanner_rules
from scanners.kube import access
from scanners.kube.transport import Transport

NAME = "secretsui"


@dataclass(frozen=True, slots=True)
class PermissionLine:
    """One input: whether the identity may list it in the whole cluster, or at least in its own namespace."""

    input: str
    verb: str
    allowed: bool
    allowed_in: str
    served: bool


@dataclass(frozen=True, slots=True)
class CheckOutlook:
    """Whether a check can be assessed with these permissions, and if not, which inputs are missing."""

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
        return "system:masters" in self.groups
