"""CSV of a list: streamed, one row at a time, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify

from scanners.formats.csv import cell
from scanners.words import visible


class _Line:
    """A file that hands back what is written: csv.writer needs one."""

    def write(self, text: str) -> str:
        return text


def csv_response(rows: Iterable[Iterable[object]], *words: str) -> StreamingHttpResponse:
    """The rows as a CSV attachment named after the words, such as `prod-eu-secrets.csv`."""
    name = "-".join(filter(None, map(slugify, words))) or "export"
    response = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.csv") or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL)
    for row in rows:
        yield writer.writerow([visible(cell(_text(value)), keep="\t\r\n") for value in row])


def _text(value: object) -> str:
    """A value as text: unknown is empty, times are RFC 3339 in UTC."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)
