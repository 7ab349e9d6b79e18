"""The gain shown for a check is what the grade really rises by when it passes."""

from __future__ import annotations

import msgspec
import pytest

from scanners.assess import CheckResult
from scanners.checks.check import Check
from scanners.gains import gains, parts, unassessed, without_accepted
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


def test_the_parts_are_the_score() -> None:
    found = parts(lines(RESULTS)).values()
    assert sum(part.possible for part in found) == pytest.approx(100)
    assert sum(part.earned for part in found) == pytest.approx(grade(RESULTS).score, abs=0.06)


def test_what_is_accepted_is_not_left_to_gain() -> None:
    whole = {gain.check_id: gain for gain in gains(lines(RESULTS))}
    left = without_accepted(whole.values(), {"x-high": 6, "x-critical": 1, "x-medium": 0, "unknown": 3})
    assert [gain.check_id for gain in left] == ["x-medium", "x-high"]
    high = left[1]
    assert (high.failed, high.accepted, high.evaluated) == (2, 6, 8)
    assert high.points == pytest.approx(whole["x-high"].points / 4)


def test_what_was_not_assessed_comes_with_what_would_resolve_it() -> None:
    results = [
        result("x-passes", "high", 5, 0),
        result("x-roles", "critical", 0, 0, "not-assessed"),
        result("x-roles-too", "low", 0, 0, "not-assessed"),
        result("x-deep", "medium", 0, 0, "not-assessed"),
        result("x-idle", "high", 0, 0),
    ]
    given = [line | {"reason": "values are not read"} for line in lines(results)]
    needs = {"x-roles": ("secrets", "roles"), "x-roles-too": ("roles",), "x-deep": ("secrets",)}
    found = unassessed(given, needs, seen=["secrets"])
    assert [(item.inputs, item.reason, [line["id"] for line in item.checks]) for item in found] == [
        (("roles",), "", ["x-roles", "x-roles-too"]),
        ((), "values are not read", ["x-deep"]),
    ]
    assert sum(item.share for item in found) == pytest.approx(1 - grade(results).assessed, abs=0.0001)
    assert found[0].share == pytest.approx(9 / 15)
