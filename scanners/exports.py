"""A list as a file: exactly the view it was taken from, streamed, and safe to open where it will be opened."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify

from scanners.formats import sarif
from scanners.formats.csv import cell
from scanners.formats.json import encode, json_array
from scanners.formats.listing import write_listing
from scanners.models import Cluster, FindingRecord, Scan
from scanners.report import CheckLine, ClusterSummary, CoverageLine, Finding, Grade, Report
from scanners.tables import UNKNOWN, ListTable
from scanners.words import utc_words, visible

KEPT = ("severity", "kind", "namespace", "name", "field", "message", "evidence", "folded", "owner")
"""The fields of a Finding that its row keeps under the same name."""


@dataclass(frozen=True, slots=True)
class View:
    """A list as a person sees it. `subject` is the plural of what is listed, `filters` all that it is
    restricted to, in words."""

    cluster: Cluster
    subject: str
    title: str
    filters: list[str]
    table: ListTable


@dataclass(frozen=True, slots=True)
class Export:
    """A file format of a list: what it is called, and the file in pieces of UTF-8."""

    suffix: str
    media_type: str
    pieces: Callable[[View], Iterator[bytes]]


def export(name: str, view: View, offered: Iterable[str]) -> StreamingHttpResponse | None:
    """The view as an attachment such as `prod-eu-secrets.csv`; None where that format is not offered."""
    if name not in offered:
        return None
    chosen = EXPORTS[name]
    response = StreamingHttpResponse(chosen.pieces(view), content_type=chosen.media_type)
    file = "-".join(filter(None, map(slugify, (view.cluster.name, view.subject)))) or "export"
    response["Content-Disposition"] = content_disposition_header(True, f"{file}.{chosen.suffix}") or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response


class _Line:
    """A file that hands back what is written: csv.writer needs one."""

    def write(self, text: str) -> str:
        return text


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    """Rows as CSV, in which no cell is taken for a formula by a spreadsheet."""
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL)
    for row in rows:
        line: Any = writer.writerow([visible(cell(_text(value)), keep="\t\r\n") for value in row])
        yield line.encode()


def _text(value: object) -> str:
    """A value as text: what is not there is empty, times are RFC 3339 in UTC."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def _csv(view: View) -> Iterator[bytes]:
    return csv_lines(view.table.exported())


def _json(view: View) -> Iterator[bytes]:
    """An object per row, with the names of the CSV's columns; what is unknown is null."""
    rows = view.table.exported()
    names = [str(name) for name in next(rows)]
    about = {
        "schema": f"secretsui.{view.subject}/v1",
        "cluster": view.cluster.name,
        "scanned_at": _scanned_at(view.cluster),
        "exported_at": timezone.now(),
        "filters": view.filters,
    }
    yield encode(about).removesuffix(b"}") + b",\n" + encode(view.subject) + b": "
    yield from json_array(
        {name: None if value is UNKNOWN else value for name, value in zip(names, row, strict=True)} for row in rows
    )
    yield b"}\n"


def _html(view: View) -> Iterator[bytes]:
    scanned = _scanned_at(view.cluster)
    context = [
        f"{view.cluster.name}, {f'scanned {utc_words(scanned)}' if scanned else 'not scanned yet'}",
        "; ".join(view.filters) or "All of them.",
    ]
    return write_listing(view.title, context, view.table.printed())


def _sarif(view: View) -> Iterator[bytes]:
    """Findings alone: an accepted one is suppressed with its reason, a resolved one passes."""
    return sarif.write_results(_report(view.cluster), map(_standing, view.table.records()))


def _standing(row: FindingRecord) -> tuple[Finding, sarif.Standing]:
    reason = row.accepted_reason if row.state == FindingRecord.State.ACCEPTED else ""
    return _finding(row), sarif.Standing(reason, resolved=row.state == FindingRecord.State.RESOLVED)


def _finding(row: FindingRecord) -> Finding:
    """The finding of the contract that the row was made of."""
    kept: dict[str, Any] = {name: getattr(row, name) for name in KEPT}
    return Finding(id=row.fingerprint, check=row.check_id, remedy=row.remediation, **kept)


def _report(cluster: Cluster) -> Report:
    """What the last scan said around its findings."""
    scan = cluster.last_scan or Scan(started_at=cluster.created_at, finished_at=cluster.created_at)
    unknown = {"server": "", "version": "", "distribution": "", "namespaces": None, "secrets": None}
    return Report(
        started_at=scan.started_at or cluster.created_at,
        finished_at=scan.finished_at or cluster.created_at,
        cluster=msgspec.convert(unknown | scan.cluster_facts | {"name": cluster.name}, ClusterSummary),
        coverage=msgspec.convert(scan.coverage, tuple[CoverageLine, ...]),
        grade=Grade(letter=None, score=scan.grade_score, assessed=scan.grade_assessed or 0.0),
        checklist=(),
        checks=msgspec.convert(scan.checks, tuple[CheckLine, ...]),
        findings=(),
        secrets=(),
    )


def _scanned_at(cluster: Cluster) -> datetime | None:
    return cluster.last_scan.collected_at if cluster.last_scan is not None else None


EXPORTS: dict[str, Export] = {
    "csv": Export("csv", "text/csv; charset=utf-8", _csv),
    "json": Export("json", "application/json", _json),
    "html": Export("html", "text/html; charset=utf-8", _html),
    "sarif": Export("sarif", "application/sarif+json", _sarif),
}

OF_FINDINGS = ("csv", "json", "sarif", "html")
OF_SECRETS = ("csv", "json", "html")
OF_DUE = OF_SECRETS
