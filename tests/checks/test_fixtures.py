"""Every fixture of the checks on encryption, plaintext, annotations and tokens has the result that its name says."""

from __future__ import annotations

import pytest

from scanners.checks import (
    REGISTRY,
    annotation,
    audit,
    certificates,
    encryption,
    encryption_rewriting,
    encryption_strength,
    legacy,
    plaintext,
    rehearsal,
    stale,
)
from scanners.checks.check import Check
from scanners.collect.inputs import NAMES
from tests.checks.fixture_loader import FIXTURES, STATUSES, Fixture, fixtures, meets, promised

CHECKS: tuple[Check, ...] = (
    *encryption.CHECKS,
    *encryption_strength.CHECKS,
    *encryption_rewriting.CHECKS,
    *plaintext.CHECKS,
    *annotation.CHECKS,
    *legacy.CHECKS,
    *audit.CHECKS,
    *certificates.CHECKS,
    *stale.CHECKS,
    *rehearsal.CHECKS,
)


@pytest.mark.parametrize(
    ("check", "fixture"),
    [pytest.param(check, fixture, id=str(fixture)) for check in CHECKS for fixture in fixtures(check.id)],
)
def test_fixture(check: Check, fixture: Fixture) -> None:
    said, result = fixture.document(), fixture.run(check)
    found = [
        f"{item.kind} {item.namespace}/{item.name} {item.severity} {item.field}: {item.message}"
        for item in result.findings
    ]
    assert result.status == fixture.status, (result.reason, found)
    for words in said.reason:
        assert words in result.reason
    assert bool(result.reason) or fixture.status != "not-assessed", "what is not assessed says why"
    if said.evaluated is not None:
        assert result.evaluated == said.evaluated
    assert bool(said.expect) == (fixture.status == "fail"), "a failing fixture names its findings"
    missed = [item for item in said.expect if not any(meets(finding, item) for finding in result.findings)]
    assert not missed, (missed, found)
    assert len(result.findings) == len(said.expect), found


@pytest.mark.parametrize("check", REGISTRY, ids=lambda check: check.id)
def test_every_check_has_fixtures(check: Check) -> None:
    """At least one of each result, whichever kind of fixture the check has."""
    assert {promised(path) for path in (FIXTURES / check.id).glob("*.yaml")} == set(STATUSES)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_each_of_these_checks_has_fixtures(check: Check) -> None:
    assert {fixture.status for fixture in fixtures(check.id)} == set(STATUSES)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_each_check_says_what_why_and_how(check: Check) -> None:
    for text in (check.title, check.what, check.why, check.fix, check.blind_spots):
        assert len(text) > 20
        assert not any(mark in text for mark in ("`", "**", "]("))
    assert all(url.startswith("https://") for _, url in check.references)
    assert check.references
    assert check.mappings
    assert set(check.needs) <= set(NAMES)
