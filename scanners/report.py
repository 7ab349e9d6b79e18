"""The Report: what assessing an Inventory yields, field for field the `scan --format json` of the contract.

Names are stable: add fields, never rename. Unknown is None. No field holds a value of a Secret.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import msgspec

from scanners.inventory import CoverageStatus, How

SCHEMA = "secretsui.scan/v1"

Severity = Literal["critical", "high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
WEIGHTS: dict[Severity, int] = {"critical": 8, "high": 4, "medium": 2, "low": 1}

Words = str | Callable[[], str]
"""A text, or what makes it each time it is asked for: a page of manifest for each of 100,000 findings is not held."""

Status = Literal["pass", "fail", "not-assessed"]
Rotation = Literal["fresh", "due", "overdue", "unknown"]


class Part(msgspec.Struct, frozen=True, gc=False):
    """Base of the report's parts; like records, none leads back to itself."""


class ClusterSummary(Part, frozen=True, kw_only=True):
    name: str
    server: str
    version: str
    distribution: str
    namespaces: int | None
    secrets: int | None


class RepositorySummary(Part, frozen=True, kw_only=True):
    """A Git working tree: its name, how many files were looked at, and the CI configuration that was found."""

    name: str
    files: int
    manifests: int
    pipelines: tuple[str, ...]


class CoverageLine(Part, frozen=True, kw_only=True):
    input: str
    status: CoverageStatus
    detail: str


class Grade(Part, frozen=True, kw_only=True):
    """`score` is 0 to 100 and `assessed` the weighted share of checks that could be judged, 0 to 1."""

    letter: Literal["A", "B", "C", "D", "E", "F"] | None
    score: float | None
    assessed: float


class ChecklistLine(Part, frozen=True, kw_only=True):
    slug: str
    status: Literal["pass", "fail", "partial", "not-assessed"]
    detail: str


class CheckLine(Part, frozen=True, kw_only=True):
    """One check's outcome over all its objects. `reason` says why it is not assessed, or what was not seen.

    One that is not `applicable` looks at what this kind of scan never sees, and counts nowhere.
    """

    id: str
    title: str
    severity: Severity
    status: Status
    reason: str
    evaluated: int
    failed: int
    applicable: bool = True


class Finding(Part, frozen=True, kw_only=True):
    """One fault of one object. `id` is the same in every scan of the same fault: check, object and field."""

    id: str
    check: str
    severity: Severity
    kind: str
    namespace: str
    name: str
    field: str
    message: str
    evidence: str
    remedy: Words = msgspec.field(name="remediation")
    folded: bool = False
    """A system object's finding: shown on request, never in the default list."""
    owner: str = ""
    """The team that answers for the object, by the policy's rules."""
    line: int = 0
    """Where the object is a file, the line, from 1; 0 for the whole file. No part of the `id`: lines move."""

    @property
    def remediation(self) -> str:
        """What to do about it, in words and commands."""
        return self.remedy if isinstance(self.remedy, str) else self.remedy()


class ValueAge(Part, frozen=True, kw_only=True):
    """How long the value has been in this Secret: an interval in whole days, with its evidence (decision 3)."""

    at_least_days: int
    at_most_days: int | None
    evidence: Literal["observed", "data-hash", "certificate", "managed-fields", "created"]
    changed_at: datetime | None
    changed_after: datetime | None = None
    changed_before: datetime | None = None


class SourceOfTruth(Part, frozen=True, kw_only=True):
    """What makes the Secret. `object` is `kind/namespace/name` or empty; `healthy` is None where unknown."""

    kind: str
    object: str
    healthy: bool | None


class Consumer(Part, frozen=True, kw_only=True):
    kind: str
    namespace: str
    name: str
    how: How
    keys: tuple[str, ...]
    stale: bool | None
    field: str = ""


class Readers(Part, frozen=True, kw_only=True):
    """How many subjects may read it; a group counts as one. None where RBAC could not be read."""

    direct: int | None
    indirect: int | None


class SecretLine(Part, frozen=True, kw_only=True):
    """One Secret. `rotation_exempt` says why no rotation policy applies to it, None where one does."""

    namespace: str
    name: str
    type: str
    keys: tuple[str, ...] | None
    created_at: datetime | None
    value_age: ValueAge | None
    rotation: Rotation
    source: SourceOfTruth
    consumers: tuple[Consumer, ...]
    readers: Readers
    uid: str = ""
    key_count: int | None = None
    rotation_max_days: int | None = None
    rotation_exempt: str | None = None
    owner: str = ""
    environment: str = ""
    certificate_expires_at: datetime | None = None


class Report(Part, frozen=True, kw_only=True):
    schema: str = SCHEMA
    started_at: datetime
    finished_at: datetime
    cluster: ClusterSummary
    coverage: tuple[CoverageLine, ...]
    grade: Grade
    checklist: tuple[ChecklistLine, ...]
    checks: tuple[CheckLine, ...]
    findings: tuple[Finding, ...]
    secrets: tuple[SecretLine, ...]
    repository: RepositorySummary | None = None
    """What `repo-scan` looked at; then there is no cluster, and `cluster` has the repository's name alone."""
