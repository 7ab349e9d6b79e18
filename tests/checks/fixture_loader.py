"""Fixtures that are fragments of an Inventory, for what manifests cannot show: metrics, flags, given files.

`fixtures/CHECK-ID/CASE-pass.yaml`, `…-fail.yaml` or `…-not-assessed.yaml` holds one mapping:

    about: which case this is, and where it comes from
    inventory:                      # in the JSON shape of scanners.inventory.Inventory, as far as it matters
      cluster: {version: v1.37.2}
      secrets: [{namespace: shop, name: db}]
    coverage: {metrics: denied}     # a status, or a whole row; every other input was read whole
    policy: {administrators: ["group:ops"]}
    observed:                       # by uid, what earlier scans knew, as far as it matters (scanners.observations)
      uid-1: {changed_after: 2026-11-01T00:00:00Z, changed_before: 2026-11-02T00:00:00Z, evidence: observed}
    elsewhere:                      # by cluster, ages of its Secrets; a cluster with none was looked at too
      staging: [{namespace: shop, name: db, changed_after: …, changed_before: …, evidence: observed, proven: true}]
    expect:                         # in a failing case: exactly these findings, by the fields that are named;
      - {kind: Secret, namespace: shop, name: db, severity: medium, says: [words of message, evidence or remedy]}
    evaluated: 3
    reason: [words that stand in the reason]

The collection's time is 2026-11-23 12:00 UTC. Fixtures of real manifests are those of cases.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import yaml

from scanners.ages import AgeInterval
from scanners.assess import CheckResult, assess_check
from scanners.checks.check import Check
from scanners.collect.inputs import NAMES
from scanners.context import Context
from scanners.history import History
from scanners.inventory import Inventory
from scanners.observations import Evidence, Observation
from scanners.policy import Policy
from scanners.report import Finding, Status

FIXTURES = Path(__file__).parent / "fixtures"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
STATUSES: tuple[Status, ...] = ("not-assessed", "pass", "fail")


class Elsewhere(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The age of a Secret in another cluster."""

    namespace: str
    name: str
    changed_after: datetime | None = None
    changed_before: datetime
    evidence: Evidence = "managed-fields"
    proven: bool = False


class Document(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A fixture file."""

    about: str
    inventory: dict[str, Any] = {}
    coverage: dict[str, str | dict[str, Any]] = {}
    policy: Policy = Policy()
    observed: dict[str, Observation] = {}
    elsewhere: dict[str, list[Elsewhere]] = {}
    expect: list[dict[str, Any]] = []
    evaluated: int | None = None
    reason: list[str] = []


@dataclass(frozen=True)
class Fixture:
    """One fixture and the result that its file name promises."""

    path: Path
    status: Status = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", promised(self.path))

    def __str__(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"

    def document(self) -> Document:
        return msgspec.convert(yaml.safe_load(self.path.read_text(encoding="utf-8")), Document)

    def context(self) -> Context:
        document = self.document()
        elsewhere = {
            (cluster, item.namespace, item.name): AgeInterval(
                item.changed_after, item.changed_before, item.evidence, item.proven
            )
            for cluster, items in document.elsewhere.items()
            for item in items
        }
        history = History(document.observed, elsewhere=elsewhere, clusters=frozenset(document.elsewhere))
        return Context(inventory(document.inventory, document.coverage), document.policy, history)

    def run(self, check: Check) -> CheckResult:
        return assess_check(check, self.context())


def promised(path: Path) -> Status:
    """The result in a fixture's file name. Raises StopIteration for a name that promises none."""
    return next(status for status in STATUSES if path.stem.endswith(f"-{status}"))


def fixtures(check_id: str) -> list[Fixture]:
    """A check's fixtures, by name."""
    return [Fixture(path) for path in sorted((FIXTURES / check_id).glob("*.yaml"))]


def inventory(fragment: dict[str, Any], coverage: dict[str, str | dict[str, Any]] | None = None) -> Inventory:
    """The fragment as an Inventory. Every input that the coverage does not name was read whole."""
    rows: dict[str, dict[str, Any]] = {name: {"input": name, "status": "complete"} for name in NAMES}
    for name, said in (coverage or {}).items():
        assert name in rows, f"there is no input {name}"
        rows[name] |= {"status": said} if isinstance(said, str) else said
    whole = {
        "started_at": NOW,
        "collected_at": NOW,
        **fragment,
        "cluster": {"name": "test", **fragment.get("cluster", {})},
        "coverage": rows,
    }
    assert not set(whole) - set(Inventory.__struct_fields__), "the fragment has a field that an Inventory has not"
    return msgspec.convert(whole, Inventory)


def meets(finding: Finding, expected: dict[str, Any]) -> bool:
    """Whether a finding has the fields that are expected; `says` are words of its message, evidence or remediation."""
    text = "\n".join((finding.message, finding.evidence, finding.remediation))
    return all(
        all(words in text for words in value) if name == "says" else getattr(finding, name) == value
        for name, value in expected.items()
    )
