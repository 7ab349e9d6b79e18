"""The findings as CSV (RFC 4180), safe to open in a spreadsheet: no cell is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from scanners.formats import Terminal
from scanners.formats.printable import printable
from scanners.report import Finding, Report

COLUMNS = (
    "id",
    "check",
    "severity",
    "kind",
    "namespace",
    "name",
    "field",
    "message",
    "evidence",
    "remediation",
    "folded",
)

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What spreadsheets take for the start of a formula, the full-width forms included
(https://owasp.org/www-community/attacks/CSV_Injection)."""


def write(report: Report, terminal: Terminal) -> Iterator[bytes]:
    """A header and a row per finding, in pieces of UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for finding in report.findings:
        writer.writerow(_row(finding))
        if buffer.tell() > 64 * 1024:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _row(finding: Finding) -> list[str]:
    values = (getattr(finding, name) for name in COLUMNS)
    return [("yes" if value else "no") if isinstance(value, bool) else cell(value) for value in values]


def cell(text: str) -> str:
    """`text` as a cell; one that a spreadsheet would compute begins with an apostrophe instead."""
    guarded = f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text
    return printable(guarded, keep="\t\r\n")
