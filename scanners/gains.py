"""What the score would rise by if a check passed: the answer to "what raises it most?".

The score is 100 × Σ w·passed/evaluated ÷ Σ w over the assessed checks (checks.md), so a failing check holds
back 100 × w·failed/evaluated ÷ Σ w points, whatever the others do. Pure; works on the stored lines of a Report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scanners.report import SEVERITIES, WEIGHTS, Severity


@dataclass(frozen=True, slots=True)
class Gain:
    """One failing check: `points` is what the score from 0 to 100 would rise by if it passed."""

    check_id: str
    title: str
    severity: Severity
    failed: int
    evaluated: int
    points: float


def _weight(line: Mapping[str, Any]) -> int:
    return WEIGHTS[line["severity"]]


def gains(lines: Iterable[Mapping[str, Any]]) -> list[Gain]:
    """The failing checks among the `checks` of a scan, most points first."""
    judged = [line for line in lines if line["status"] != "not-assessed" and line["evaluated"]]
    total = sum(_weight(line) for line in judged)
    found = [
        Gain(
            check_id=line["id"],
            title=line["title"],
            severity=line["severity"],
            failed=line["failed"],
            evaluated=line["evaluated"],
            points=100 * _weight(line) * line["failed"] / line["evaluated"] / total,
        )
        for line in judged
        if line["failed"]
    ]
    return sorted(found, key=lambda gain: (-gain.points, SEVERITIES.index(gain.severity), gain.check_id))
