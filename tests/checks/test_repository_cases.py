"""Every fixture of the checks on repositories has the result that its name says."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanners.checks import repository
from scanners.checks.check import Check
from tests.checks.fixture_loader import STATUSES, Fixture, meets
from tests.checks.repository_cases import cases, document, run

CHECKS = repository.CHECKS


@pytest.mark.parametrize(
    ("check", "case"), [pytest.param(check, case, id=str(case)) for check in CHECKS for case in cases(check.id)]
)
def test_case(check: Check, case: Fixture, tmp_path: Path) -> None:
    said = document(case)
    result = run(check, said, tmp_path)
    found = [
        f"{item.name}:{item.line} {item.severity} {item.field}: {item.message} {item.evidence}"
        for item in result.findings
    ]
    assert result.status == case.status, (result.reason, found)
    for words in said.reason:
        assert words in result.reason
    assert bool(result.reason) or case.status != "not-assessed", "what is not assessed says why"
    if said.evaluated is not None:
        assert result.evaluated == said.evaluated
    assert bool(said.expect) == (case.status == "fail"), "a failing fixture names its findings"
    missed = [item for item in said.expect if not any(meets(finding, item) for finding in result.findings)]
    assert not missed, (missed, found)
    assert len(result.findings) == len(said.expect), found


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_each_check_has_a_case_of_each_result(check: Check) -> None:
    assert {case.status for case in cases(check.id)} == set(STATUSES)
    assert check.scope == "repository"
