"""The JSON report: the contract's fields, in its order, whatever the names hold."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest

from scanners.formats import FORMATS
from scanners.report import Report
from tests.formats import reports

CONTRACT: dict[str, list[str]] = {
    "cluster": ["name", "server", "version", "distribution", "namespaces", "secrets"],
    "grade": ["letter", "score", "assessed"],
    "coverage": ["input", "status", "detail"],
    "checklist": ["slug", "status", "detail"],
    "checks": ["id", "title", "severity", "status", "reason", "evaluated", "failed"],
    "findings": [
        "id", "check", "severity", "kind", "namespace", "name", "field", "message", "evidence", "remediation",
    ],
    "secrets": [
        "namespace", "name", "type", "keys", "created_at", "value_age", "rotation", "source", "consumers",
        "readers",
    ],
}  # fmt: skip
"""The fields that scripts rely upon; more may be added behind them."""


def bytes_of(report: Report) -> bytes:
    return b"".join(FORMATS["json"].write(report))


def read(report: Report) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(bytes_of(report))
    return document


def test_the_top_level_is_the_contract_s() -> None:
    assert list(read(reports.ordinary())) == [
        "schema", "started_at", "finished_at", "cluster", "coverage", "grade", "checklist", "checks",
        "findings", "secrets",
    ]  # fmt: skip


@pytest.mark.parametrize("part", CONTRACT)
def test_each_part_has_the_contract_s_fields(part: str) -> None:
    value = read(reports.ordinary())[part]
    first = value[0] if isinstance(value, list) else value
    assert list(first)[: len(CONTRACT[part])] == CONTRACT[part]


def test_a_text_that_is_made_when_asked_for_is_written_as_a_text() -> None:
    (written,) = read(with_remedy(lambda: "kubectl get x\n\u202e"))["findings"]
    assert written["remediation"] == "kubectl get x\n\u202e"
    assert b"\\u202e" in bytes_of(with_remedy(lambda: "\u202e"))


def test_nothing_else_is_taken_for_a_text() -> None:
    with pytest.raises(TypeError, match="holds no complex"):
        bytes_of(with_remedy(1j))


def with_remedy(remedy: object) -> Report:
    return msgspec.structs.replace(reports.ordinary(), findings=(reports.finding(1, remedy=remedy),))


def test_dates_are_rfc_3339_in_utc() -> None:
    document = read(reports.ordinary())
    for date in (document["started_at"], document["finished_at"], document["secrets"][0]["created_at"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", date)


def test_what_is_unknown_is_null() -> None:
    document = read(reports.nothing_found())
    assert document["cluster"]["namespaces"] is None
    assert document["findings"] == document["secrets"] == []


def test_a_secret_s_nested_parts_are_the_contract_s() -> None:
    secret = read(reports.ordinary())["secrets"][0]
    assert list(secret["value_age"])[:4] == ["at_least_days", "at_most_days", "evidence", "changed_at"]
    assert list(secret["source"]) == ["kind", "object", "healthy"]
    assert list(secret["consumers"][0])[:6] == ["kind", "namespace", "name", "how", "keys", "stale"]
    assert secret["readers"] == {"direct": 3, "indirect": None}


def test_each_finding_and_secret_has_a_line_of_its_own() -> None:
    report = reports.ordinary()
    lines = bytes_of(report).decode().split("\n")
    for finding in report.findings:
        assert sum(finding.id in line for line in lines) == 1


def test_hostile_names_are_read_back_as_they_were() -> None:
    report = reports.hostile()
    assert [finding["name"] for finding in read(report)["findings"]] == list(reports.HOSTILE)


def test_hostile_names_do_nothing_to_a_terminal_that_shows_the_document() -> None:
    text = bytes_of(reports.hostile()).decode()
    assert all(character.isprintable() or character == "\n" for character in text)


def test_the_same_report_is_the_same_document() -> None:
    assert bytes_of(reports.ordinary()) == bytes_of(reports.ordinary())


def test_a_large_report_is_written_in_pieces() -> None:
    report = reports.ordinary(secrets=tuple(reports.secret(number) for number in range(2000)))
    pieces = list(FORMATS["json"].write(report))
    assert max(map(len, pieces)) < 10_000
    assert len(json.loads(b"".join(pieces))["secrets"]) == 2000
