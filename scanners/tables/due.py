"""The list of the Secrets that are overdue, or will be within a horizon."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from scanners.models import SecretRecord
from scanners.tables.base import CellColumn, lines
from scanners.tables.secrets import SecretTable
from scanners.words import SOURCE_NAMES, day_words, days


def from_then(due_at: datetime, moment: datetime) -> str:
    """How far a due date lies from the moment of the scan: `in 6 days`, `since 20 days`."""
    if due_at <= moment:
        past = (moment - due_at).days
        return f"{days(past)} ago" if past else "less than a day ago"
    ahead = (due_at - moment).days
    return f"in {days(ahead)}" if ahead else "in less than a day"


class DueTable(SecretTable):
    """Secrets with the day on which their value is, or will certainly be, over its maximum."""

    due = CellColumn(
        "scanners/cells/due.html",
        verbose_name="Overdue from",
        sort=("certainly_over_at",),
        exports={"overdue_at": lambda row, _: row.certainly_over_at},
        prints=lambda row, table: lines(
            day_words(row.certainly_over_at), from_then(row.certainly_over_at, table.moment)
        ),
    )
    owner = CellColumn(
        "scanners/cells/owner.html",
        verbose_name="Team",
        sort=("owner",),
        exports={"owner": lambda row, _: row.owner},
        prints=lambda row, _: row.owner,
    )
    steps = CellColumn(
        "scanners/cells/steps.html",
        verbose_name="Rotate it",
        sort=("source_kind",),
        exports={"source": lambda row, _: row.source_kind, "source_object": lambda row, _: row.source_object},
        prints=lambda row, _: lines(SOURCE_NAMES.get(row.source_kind, row.source_kind), row.source_object),
    )

    type = source = rotation = readers = findings = None  # type: ignore[assignment]  # how django-tables2 drops them

    default_sort = "due"

    class Meta:
        sequence = ("secret", "due", "age", "owner", "steps", "consumers")

    def facts(self, record: SecretRecord) -> dict[str, Any]:
        return {**super().facts(record), "from_then": from_then(record.certainly_over_at, self.moment)}  # type: ignore[arg-type]  # the list holds none without
