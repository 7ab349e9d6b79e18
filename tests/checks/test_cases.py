"""Every fixture of the checks on access, sources, rotation and usage has the result that its name says."""

from __future__ import annotations

from typing import Any

import pytest

from scanners.checks import missing, network, rbac, rotation, sources, usage, values
from scanners.checks.check import Check
from scanners.report import Finding
from tests.checks.cases import STATUSES, Case, cases, run

CHECKS: tuple[Check, ...] = (
    *rbac.CHECKS,
    *sources.CHECKS,
    *rotation.CHECKS,
    *usage.CHECKS,
    *missing.CHECKS,
    *values.CHECKS,
    *network.CHECKS,
)


@pytest.mark.parametrize(
    ("check", "case"), [pytest.param(check, case, id=str(case)) for check in CHECKS for case in cases(check)]
)
def test_case(check: Check, case: Case) -> None:
    result, says = run(check, case)
    assert result.status == case.status, (result.reason, [finding.message for finding in result.findings])
    assert says.get("reason", "") in result.reason
    assert result.reason or case.status != "not-assessed", "what is not assessed says why"
    if "evaluated" in says:
        assert result.evaluated == says["evaluated"]
    expected = says.get("expect", [])
    assert bool([item for item in expected if not item.get("folded")]) == (case.status == "fail"), "expect the findings"
    assert [_as_expected(finding, expected) for finding in result.findings] == [
        item for finding in result.findings for item in expected if _is(finding, item)
    ]
    assert len(result.findings) == len(expected), [finding.message for finding in result.findings]


def _is(finding: Finding, item: dict[str, Any]) -> bool:
    same = (finding.kind, finding.namespace, finding.name) == (item["kind"], item.get("namespace", ""), item["name"])
    return same and item.get("field", finding.field) == finding.field


def _as_expected(finding: Finding, expected: list[dict[str, Any]]) -> dict[str, Any]:
    """The finding with the fields that its expectation has; `says` are words of its message or evidence."""
    item: dict[str, Any] = next((item for item in expected if _is(finding, item)), {"kind": None})
    shown: dict[str, Any] = {key: getattr(finding, key, None) for key in item if key != "says"}
    if "says" in item:
        text = f"{finding.message} {finding.evidence} {finding.remediation}"
        shown["says"] = item["says"] if item["says"] in text else text
    return shown


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_each_check_has_a_case_of_each_result(check: Check) -> None:
    assert {case.status for case in cases(check)} == set(STATUSES)
