"""The findings as CSV."""

from __future__ import annotations

import csv
import io

import pytest

from scanners.formats import FORMATS
from scanners.formats.csv import COLUMNS, cell
from scanners.report import Report
from tests.formats import reports


def rows_of(report: Report) -> list[dict[str, str]]:
    text = b"".join(FORMATS["csv"].write(report)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_row_per_finding_in_the_report_s_order() -> None:
    report = reports.ordinary()
    rows = rows_of(report)
    assert [row["id"] for row in rows] == [finding.id for finding in report.findings]
    assert list(rows[0]) == list(COLUMNS)
    assert rows[0]["field"] == "spec.template.spec.containers[0].env[2].value"
    assert [row["folded"] for row in rows] == ["no", "no", "no", "no", "yes"]


def test_without_findings_there_is_the_header() -> None:
    text = b"".join(FORMATS["csv"].write(reports.nothing_found())).decode()
    assert text == ",".join(COLUMNS) + "\r\n"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_what_a_spreadsheet_would_compute_is_text(start: str) -> None:
    assert cell(f"{start}1+1").startswith("'")


@pytest.mark.parametrize("text", ["", "api", "1", "'quoted'", "a=b", "shop/-x"])
def test_ordinary_cells_are_left_alone(text: str) -> None:
    assert cell(text) == text


def test_no_hostile_cell_starts_a_formula_or_a_control_sequence() -> None:
    rows = rows_of(reports.hostile())
    assert len(rows) == len(reports.HOSTILE)
    for row in rows:
        for value in row.values():
            assert not value.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d")), value
            assert "\x1b" not in value
            assert "\x9b" not in value


def test_commas_quotes_and_line_breaks_stay_inside_their_cell() -> None:
    hostile = reports.finding(1, message='a "quoted", broken\nmessage')
    assert rows_of(reports.ordinary(findings=(hostile,)))[0]["message"] == 'a "quoted", broken\nmessage'
