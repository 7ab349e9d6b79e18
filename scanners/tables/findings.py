"""The list of a cluster's findings."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import QueryDict

from scanners.models import FindingRecord
from scanners.tables.base import CellColumn, ListTable, lines
from scanners.words import day_words


class FindingTable(ListTable):
    """Findings of one cluster, one row each."""

    finding = CellColumn(
        "scanners/cells/finding.html",
        verbose_name="Finding",
        sort=("check_id",),
        exports={
            "id": lambda row, _: row.fingerprint,
            "check": lambda row, _: row.check_id,
            "message": lambda row, _: row.message,
        },
        prints=lambda row, _: lines(row.message, row.check_id, row.evidence),
    )
    severity = CellColumn(
        "scanners/cells/severity.html",
        verbose_name="Severity",
        sort=("rank",),
        exports={"severity": lambda row, _: row.severity},
        prints=lambda row, _: row.severity,
    )
    object = CellColumn(
        "scanners/cells/object.html",
        verbose_name="Object",
        sort=("namespace", "name"),
        exports={
            "kind": lambda row, _: row.kind,
            "namespace": lambda row, _: row.namespace,
            "name": lambda row, _: row.name,
            "field": lambda row, _: row.field,
            "evidence": lambda row, _: row.evidence,
        },
        prints=lambda row, _: lines(f"{row.kind} {'/'.join(filter(None, (row.namespace, row.name)))}", row.field),
    )
    owner = CellColumn(
        "scanners/cells/owner.html",
        verbose_name="Team",
        sort=("owner",),
        exports={"owner": lambda row, _: row.owner},
        prints=lambda row, _: row.owner,
    )
    state = CellColumn(
        "scanners/cells/state.html",
        verbose_name="State",
        sort=("state",),
        exports={
            "state": lambda row, _: row.state,
            "system": lambda row, _: row.folded,
            "resolved_at": lambda row, _: row.resolved_at,
            "accepted_until": lambda row, _: row.accepted_until,
            "accepted_by": lambda row, _: row.accepted_by.username if row.accepted_by else None,
            "accepted_reason": lambda row, _: row.accepted_reason,
        },
        prints=lambda row, _: lines(
            row.state,
            f"until {day_words(row.accepted_until)}" if row.accepted_until else "",
            row.accepted_reason,
        ),
    )
    seen = CellColumn(
        "scanners/cells/seen.html",
        verbose_name="First seen",
        sort=("first_seen_at",),
        initial_sort_descending=True,
        exports={
            "first_seen_at": lambda row, _: row.first_seen_at,
            "remediation": lambda row, _: row.remediation,
        },
        prints=lambda row, _: day_words(row.first_seen_at),
    )

    default_sort = "severity"
    fixed = "finding"

    def __init__(self, rows: QuerySet[FindingRecord], query: QueryDict, count: int, *, owners: bool = True) -> None:
        """`owners`: whether any finding has one; else nobody needs the column."""
        super().__init__(rows.select_related("accepted_by"), query, count, without=() if owners else ("owner",))
