"""The grade and the ten-item checklist, from the checks' results.

The score is 100 × Σ w·passed/evaluated ÷ Σ w over the assessed checks, w = 8, 4, 2, 1 by severity. A check that
evaluated nothing counts neither way. There is no grade where less than 0.6 of the weight could be assessed, and
an open critical finding caps it at D (checks.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from scanners.report import WEIGHTS, ChecklistLine, Grade

if TYPE_CHECKING:
    from scanners.assess import CheckResult

MINIMUM_ASSESSED = 0.6

Letter = Literal["A", "B", "C", "D", "E", "F"]

LETTERS: tuple[tuple[int, Letter], ...] = ((90, "A"), (80, "B"), (70, "C"), (55, "D"), (40, "E"), (0, "F"))
"""The lowest score of each letter."""

CHECKLIST: tuple[tuple[str, str], ...] = (
    ("encryption-at-rest", "Secrets are encrypted in etcd"),
    ("no-plaintext-in-git", "No secret stands in plaintext in Git or in a manifest"),
    ("source-of-truth", "An external manager, or encrypted Git, is the source of truth"),
    ("rotation", "Secrets are rotated regularly"),
    ("rbac-by-name", "RBAC names its Secrets, without wildcards"),
    ("audit-logging", "Access to Secrets is audited"),
    ("files-over-env", "Secrets are mounted as files rather than put in environment variables"),
    ("network-policy", "Network policies restrict which Pods reach the secrets manager"),
    ("ci-scanning", "CI scans for committed secrets"),
    ("staging-rehearsal", "Rotation is rehearsed in staging before production"),
)
"""The ten items every cluster is measured against (domain.md), by slug."""


def counts(result: CheckResult) -> bool:
    """Whether the result enters the score: it was assessed, and there was something to assess."""
    return result.status != "not-assessed" and result.evaluated > 0


def grade(results: Sequence[CheckResult]) -> Grade:
    """Grade the results. The assessed share leaves out checks that had nothing to evaluate."""
    applicable = [item for item in results if item.applicable and (item.status == "not-assessed" or item.evaluated)]
    total = sum(WEIGHTS[result.severity] for result in applicable)
    judged = [result for result in applicable if counts(result)]
    weight = sum(WEIGHTS[result.severity] for result in judged)
    assessed = round(weight / total, 4) if total else 0.0
    if not weight or assessed < MINIMUM_ASSESSED:
        return Grade(letter=None, score=None, assessed=assessed)
    score = 100 * sum(passed_weight(result) for result in judged) / weight
    return Grade(letter=letter(score, _open_critical(results)), score=round(score, 1), assessed=assessed)


def passed_weight(result: CheckResult) -> float:
    """The part of the check's weight that its passing objects earn."""
    return WEIGHTS[result.severity] * (result.evaluated - result.failed) / result.evaluated


def letter(score: float, open_critical: bool) -> Letter:
    """The letter of a score from 0 to 100."""
    found: Letter = next(name for least, name in LETTERS if score >= least)
    return "D" if open_critical and found in ("A", "B", "C") else found


def _open_critical(results: Iterable[CheckResult]) -> bool:
    return any(
        finding.severity == "critical" and not finding.folded for result in results for finding in result.findings
    )


def checklist(results: Sequence[CheckResult], *, concerned_only: bool = False) -> tuple[ChecklistLine, ...]:
    """The ten items. An item passes only when each of its checks passes; unseen is never passed.

    `concerned_only` leaves out those that none of the results is about, as in a scan of a repository.
    """
    concerned = {result.check.checklist for result in results}
    return tuple(
        _item(slug, [result for result in results if result.check.checklist == slug])
        for slug, _ in CHECKLIST
        if slug in concerned or not concerned_only
    )


def _item(slug: str, results: Sequence[CheckResult]) -> ChecklistLine:
    failed = [result for result in results if result.status == "fail"]
    passed = [result for result in results if result.status == "pass"]
    unseen = [result for result in results if result.status == "not-assessed"]
    if not results:
        return ChecklistLine(
            slug=slug, status="not-assessed", detail="No check of this item exists in this version yet."
        )
    if failed:
        detail = "; ".join(f"{result.check.title}: {result.failed} of {result.evaluated}" for result in failed)
        partly = any(result.failed < result.evaluated for result in failed) or bool(passed)
        return ChecklistLine(slug=slug, status="partial" if partly else "fail", detail=detail)
    if unseen:
        detail = "; ".join(f"{result.check.id}: {result.reason}" for result in unseen)
        return ChecklistLine(slug=slug, status="not-assessed", detail=detail)
    if not any(result.evaluated for result in passed):
        return ChecklistLine(slug=slug, status="pass", detail="Nothing in this cluster is concerned.")
    count = sum(item.evaluated for item in passed)
    detail = "1 object passes." if count == 1 else f"{count} objects pass."
    return ChecklistLine(slug=slug, status="pass", detail=detail)
