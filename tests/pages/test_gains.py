"""The gain shown for a check is what the grade really rises by when it passes."""

from __future__ import annotations

import msgspec
import pytest

from scanners.assess import CheckResult
from scanners.checks.check import Check
from scanners.gains import gains
from scanners.grade import grade
from scanners.report import Severity


def result(identifier: str, severity: Severity, evaluated: int, failed: int, status: str = "") -> CheckResult:
    check = Check(
        id=identifier, title=identifier, severity=severity, needs=(), checklist="", what="", why="", fix="",
        select=lambda context: (), judge=lambda context, item: (),
    )  # fmt: skip
    outcome = status or ("fail" if failed else "pass")
    return CheckResult(check, severity, outcome, "", evaluated=evaluated, failed=failed)  # type: ignore[arg-type]


RESULTS = [
    result("x-critical", "critical", 9, 1),
    result("x-high", "high", 8, 8),
    result("x-medium", "medium", 135, 92),
    result("x-low", "low", 10, 0),
    result("x-idle", "high", 0, 0),
    result("x-unseen", "high", 5, 0, "not-assessed"),
]


def lines(results: list[CheckResult]) -> list[dict[str, object]]:
    return [
        {
            "id": item.check.id,
            "title": item.check.title,
            "severity": item.severity,
            "status": item.status,
            "evaluated": item.evaluated,
            "failed": item.failed,
        }
        for item in results
    ]


@pytest.mark.parametrize("identifier", ["x-critical", "x-high", "x-medium"])
def test_the_gain_is_the_difference_of_two_grades(identifier: str) -> None:
    before = grade(RESULTS).score
    fixed = [
        result(item.check.id, item.severity, item.evaluated, 0) if item.check.id == identifier else item
        for item in RESULTS
    ]
    after = grade(fixed).score
    gain = next(gain for gain in gains(lines(RESULTS)) if gain.check_id == identifier)
    assert before is not None and after is not None
    assert gain.points == pytest.approx(after - before, abs=0.11)


def test_most_points_first_and_only_what_fails() -> None:
    assert [gain.check_id for gain in gains(lines(RESULTS))] == ["x-high", "x-medium", "x-critical"]
    assert gains([]) == []
    assert msgspec.to_builtins(gains(lines(RESULTS))[0])["evaluated"] == 8
