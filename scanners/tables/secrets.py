"""The list of a cluster's Secrets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from scanners.aged import Aged, aged
from scanners.models import SecretRecord
from scanners.report import SEVERITIES
from scanners.rotations import LABELS
from scanners.tables.base import CellColumn, ListTable, lines, or_unknown
from scanners.words import SOURCE_NAMES, day_words, number, plural


def _worst(record: SecretRecord) -> str:
    return SEVERITIES[record.worst_severity] if record.worst_severity < len(SEVERITIES) else ""


def _rotation_words(row: Any, table: Any) -> str:
    over = f"since {day_words(row.certainly_over_at)}" if row.rotation == "overdue" else ""
    due = f"on {day_words(row.certainly_over_at)}" if row.rotation == "due" else ""
    return lines(LABELS[row.rotation], over or due, row.exempt)


UNLISTED_COLUMNS = ("uid", "keys", "consumers", "digest", "created_at", "newest_data_write", "age_evidence")
"""What the list does not show; a thousand consumers of one Secret would make every row slow to sort."""


class SecretTable(ListTable):
    """The Secrets of a cluster. `moment` is when their ages are judged."""

    secret = CellColumn(
        "scanners/cells/secret.html",
        verbose_name="Secret",
        sort=("namespace", "name"),
        exports={"namespace": lambda row, _: row.namespace, "name": lambda row, _: row.name},
        prints=lambda row, _: f"{row.namespace}/{row.name}",
    )
    type = CellColumn(
        "scanners/cells/type.html",
        verbose_name="Type",
        sort=("type",),
        exports={"type": lambda row, _: row.type, "keys": lambda row, _: row.key_count},
        prints=lambda row, _: lines(
            row.type, "keys unknown" if row.key_count is None else plural(row.key_count, "key")
        ),
    )
    source = CellColumn(
        "scanners/cells/source.html",
        verbose_name="Source",
        sort=("source_kind",),
        exports={
            "source": lambda row, _: row.source_kind,
            "source_object": lambda row, _: row.source_object,
            "source_healthy": lambda row, _: or_unknown(row.source_healthy),
        },
        prints=lambda row, _: lines(SOURCE_NAMES.get(row.source_kind, row.source_kind), row.source_object),
    )
    age = CellColumn(
        "scanners/cells/age.html",
        verbose_name="Age of the value",
        sort=("-changed_before", "-changed_after"),
        initial_sort_descending=True,
        exports={
            "at_least_days": lambda row, table: table.aged(row).at_least,
            "at_most_days": lambda row, table: table.aged(row).at_most,
            "maximum_days": lambda row, _: row.maximum_days,
        },
        prints=lambda row, table: table.aged(row).figures,
    )
    rotation = CellColumn(
        "scanners/cells/rotation.html",
        verbose_name="Rotation",
        sort=("certainly_over_at", "possibly_over_at"),
        exports={
            "rotation": lambda row, _: row.rotation,
            "overdue_at": lambda row, _: row.certainly_over_at,
            "no_policy_because": lambda row, _: row.exempt,
        },
        prints=lambda row, table: _rotation_words(row, table),
    )
    consumers = CellColumn(
        "scanners/cells/consumers.html",
        verbose_name="Used by",
        sort=("consumer_count",),
        initial_sort_descending=True,
        numeric=True,
        exports={"consumers": lambda row, _: row.consumer_count},
        prints=lambda row, _: number(row.consumer_count),
    )
    readers = CellColumn(
        "scanners/cells/readers.html",
        verbose_name="Readers",
        sort=("direct_readers",),
        initial_sort_descending=True,
        numeric=True,
        exports={"direct_readers": lambda row, _: or_unknown(row.direct_readers)},
        prints=lambda row, _: "not assessed" if row.direct_readers is None else number(row.direct_readers),
    )
    findings = CellColumn(
        "scanners/cells/findings.html",
        verbose_name="Findings",
        sort=("worst_severity",),
        exports={"findings": lambda row, _: row.finding_count, "worst_finding": lambda row, _: _worst(row)},
        prints=lambda row, _: f"{number(row.finding_count)}, {_worst(row)}" if row.finding_count else "none",
    )

    default_sort = "findings"
    fixed = "secret"

    def __init__(self, rows: QuerySet[SecretRecord], query: QueryDict, count: int, moment: datetime) -> None:
        self.moment = moment
        super().__init__(rows.defer(*UNLISTED_COLUMNS), query, count)

    def facts(self, record: SecretRecord) -> dict[str, Any]:
        return {**super().facts(record), "age": self.aged(record)}

    def aged(self, record: SecretRecord) -> Aged:
        return aged(record, self.moment)
