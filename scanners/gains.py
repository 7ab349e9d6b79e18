"""What the score is made of, and what would raise it, and the share of it that could be assessed.

The score is 100 × Σ w·passed/evaluated ÷ Σ w over the assessed checks (checks.md), so a failing check holds
back 100 × w·failed/evaluated ÷ Σ w points, whatever the others do. Pure; works on the stored lines of a Report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scanners.report import SEVERITIES, WEIGHTS, Severity

Line = Mapping[str, Any]
"""One of the `checks` of a scan."""


@dataclass(frozen=True, slots=True)
class Gain:
    """One failing check: `points` is what the score from 0 to 100 would rise by if all that fails passed.

    `accepted` are those of the failed objects that somebody accepted; they are not among `failed`, nor in the points.
    """

    check_id: str
    title: str
    severity: Severity
    failed: int
    evaluated: int
    points: float
    accepted: int = 0


def _weight(line: Line) -> int:
    return WEIGHTS[line["severity"]]


def _judged(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line["status"] != "not-assessed" and line["evaluated"]]


def gains(lines: Iterable[Line]) -> list[Gain]:
    """The failing checks among the `checks` of a scan, most points first."""
    judged = _judged(lines)
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
    return _most_first(found)


def _most_first(found: Iterable[Gain]) -> list[Gain]:
    return sorted(found, key=lambda gain: (-gain.points, SEVERITIES.index(gain.severity), gain.check_id))


def without_accepted(found: Iterable[Gain], accepted: Mapping[str, int]) -> list[Gain]:
    """What is left to gain where so many objects of a check are accepted; a check without any left is left out."""
    left = []
    for gain in found:
        count = min(accepted.get(gain.check_id, 0), gain.failed)
        if count < gain.failed:
            failed = gain.failed - count
            left.append(replace(gain, failed=failed, points=gain.points * failed / gain.failed, accepted=count))
    return _most_first(left)


@dataclass(frozen=True, slots=True)
class Part:
    """What one assessed check contributes to the score: `earned` of `possible` points."""

    earned: float
    possible: float


def parts(lines: Iterable[Line]) -> dict[str, Part]:
    """The contribution of each assessed check; all `earned` together are the score, all `possible` are 100."""
    judged = _judged(lines)
    total = sum(_weight(line) for line in judged)
    return {
        line["id"]: Part(
            earned=100 * _weight(line) * (line["evaluated"] - line["failed"]) / line["evaluated"] / total,
            possible=100 * _weight(line) / total,
        )
        for line in judged
    }


@dataclass(frozen=True, slots=True)
class Unassessed:
    """Checks that wait for the same thing: `inputs` that were not seen, or without any what `reason` says.

    `share` is what the assessed share, 0 to 1, would rise by if they could be judged.
    """

    checks: tuple[Line, ...]
    inputs: tuple[str, ...]
    reason: str
    share: float


def unassessed(lines: Sequence[Line], needs: Mapping[str, Sequence[str]], seen: Iterable[str]) -> list[Unassessed]:
    """What would raise the assessed share: what an input would open first, most first.

    `needs` are the inputs of each check, by its id; `seen` are those that were read whole or do not exist.
    """
    concerned = (line for line in lines if line.get("applicable", True))
    applicable = [line for line in concerned if line["status"] == "not-assessed" or line["evaluated"]]
    total = sum(_weight(line) for line in applicable)
    whole = frozenset(seen)
    waiting: dict[tuple[tuple[str, ...], str], list[Line]] = {}
    for line in applicable:
        if line["status"] == "not-assessed":
            lacks = tuple(sorted(set(needs.get(line["id"], ())) - whole))
            waiting.setdefault((lacks, "" if lacks else line["reason"]), []).append(line)
    found = [
        Unassessed(tuple(checks), inputs, reason, sum(_weight(line) for line in checks) / total)
        for (inputs, reason), checks in waiting.items()
    ]
    return sorted(found, key=lambda item: (not item.inputs, -item.share, item.inputs, item.reason))
