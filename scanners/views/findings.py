"""Findings: what is wrong, by urgency? And why is one a fault, and how is it fixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Min, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from scanners.checks import BY_ID
from scanners.checks.check import Check
from scanners.exports import csv_response
from scanners.filters import ACTIVE, STATE_TABS, FindingFilter
from scanners.gains import Gain, gains
from scanners.models import Cluster, FindingRecord, Scan, SecretRecord
from scanners.report import SEVERITIES
from scanners.tables import PAGE_SIZES, FindingTable
from scanners.views.pages import cluster_page, list_page, visible_cluster
from scanners.words import listed, number, plural

SHOWN_PER_CHECK = 5
SHOWN_ELSEWHERE = 8


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one check: the first few, how many there are, and what the score would rise by."""

    check_id: str
    check: Check | None
    severity: str
    count: int
    gain: Gain | None
    rows: list[FindingRecord]

    @property
    def more(self) -> int:
        return self.count - len(self.rows)


@require_safe
def findings(request: HttpRequest, cluster_id: UUID) -> HttpResponseBase:
    cluster = visible_cluster(request, cluster_id)
    tab = request.GET.get("state", ACTIVE)
    tab = tab if tab in STATE_TABS else ACTIVE
    everything = FindingRecord.objects.filter(cluster=cluster)
    folded = request.GET.get("folded") == "show"
    listed_rows = everything.filter(state__in=STATE_TABS[tab][1])
    filters = FindingFilter(request.GET, listed_rows if folded else listed_rows.filter(folded=False))
    hides_low = not any(request.GET.getlist(name) for name in ("severity", "check", "q"))
    rows = filters.qs.exclude(severity="low") if hides_low else filters.qs
    counts = _counts(everything)
    grouped = request.GET.get("view") != "list" and not filters.form.cleaned_data.get("check")
    table = FindingTable(rows, request.GET)
    if request.GET.get("export") == "csv":
        return csv_response(table.exported(), cluster.name, "findings")
    context = {
        "title": _title(counts),
        "tab": tab,
        "tabs": [(name, text, _tab_count(counts, states)) for name, (text, states) in STATE_TABS.items()],
        "table": table,
        "groups": _groups(cluster, rows) if grouped else None,
        "grouped": grouped,
        "applied": filters.applied(),
        "problems": filters.problems(),
        "facets": list(filters.choices()),
        "hidden_low": _tab_count(counts, STATE_TABS[tab][1], only_low=True) if hides_low else 0,
        "folded_count": sum(
            count for (state, _, is_folded), count in counts.items() if is_folded and state in STATE_TABS[tab][1]
        ),
        "folded_shown": folded,
        "check": BY_ID.get(_only(request.GET, "check")),
        "page_sizes": PAGE_SIZES,
    }
    return list_page(request, "scanners/findings.html", "scanners/findings_results.html", cluster, "findings", context)


def _only(query: QueryDict, name: str) -> str:
    """The parameter's value where it has exactly one."""
    values = query.getlist(name)
    return values[0] if len(values) == 1 else ""


Counts = Mapping[tuple[str, str, bool], int]
"""How many findings by (state, severity, folded)."""


def _counts(rows: QuerySet[FindingRecord]) -> Counts:
    counted = rows.order_by().values_list("state", "severity", "folded").annotate(count=Count("pk"))
    return {(state, severity, folded): count for state, severity, folded, count in counted}


def _tab_count(counts: Counts, states: Sequence[str], *, only_low: bool = False) -> int:
    return sum(
        count
        for (state, severity, folded), count in counts.items()
        if state in states and not folded and (severity == "low" or not only_low)
    )


def _title(counts: Counts) -> str:
    active = {
        severity: sum(
            count
            for (state, name, folded), count in counts.items()
            if name == severity and state in FindingRecord.ACTIVE and not folded
        )
        for severity in SEVERITIES
    }
    grave = sum(count for severity, count in active.items() if severity != "low")
    if grave:
        parts = [f"{number(active[name])} {name}" for name in SEVERITIES[:3] if active[name]]
        return f"{plural(grave, 'finding')} {'needs' if grave == 1 else 'need'} care: {listed(parts)}"
    return f"No finding above low, {number(active['low'])} low" if active["low"] else "No finding is open"


def _groups(cluster: Cluster, rows: QuerySet[FindingRecord]) -> list[Group]:
    """The findings by check: the gravest checks first, among them those that hold back most points."""
    totals = {
        check_id: (rank, count)
        for check_id, rank, count in rows.order_by()
        .values_list("check_id")
        .annotate(worst=Min("rank"), count=Count("pk"))
    }
    first = (
        rows.annotate(
            place=Window(RowNumber(), partition_by=F("check_id"), order_by=("rank", "namespace", "name", "field"))
        )
        .filter(place__lte=SHOWN_PER_CHECK)
        .order_by("check_id", "place")
    )
    shown: dict[str, list[FindingRecord]] = {}
    for row in first:
        shown.setdefault(row.check_id, []).append(row)
    by_check = {gain.check_id: gain for gain in gains(cluster.last_scan.checks)} if cluster.last_scan else {}
    groups = [
        Group(check_id, BY_ID.get(check_id), SEVERITIES[rank], count, by_check.get(check_id), shown.get(check_id, []))
        for check_id, (rank, count) in totals.items()
    ]
    return sorted(
        groups,
        key=lambda group: (
            SEVERITIES.index(group.severity),
            -(group.gain.points if group.gain else 0),
            group.check_id,
        ),
    )


@require_safe
def finding(request: HttpRequest, cluster_id: UUID, fingerprint: str) -> HttpResponse:
    cluster = visible_cluster(request, cluster_id)
    record = (
        FindingRecord.objects.filter(cluster=cluster, fingerprint=fingerprint).select_related("first_scan").first()
    )
    if record is None:
        raise Http404("There is no such finding in this cluster.")
    others = FindingRecord.objects.filter(
        cluster=cluster, check_id=record.check_id, state__in=FindingRecord.ACTIVE, folded=False
    ).exclude(pk=record.pk)
    line = _check_line(cluster, record.check_id)
    return cluster_page(
        request,
        "scanners/finding.html",
        cluster,
        "findings",
        {
            "finding": record,
            "check": BY_ID.get(record.check_id),
            "line": line,
            "gain": next((gain for gain in gains(cluster.last_scan.checks) if gain.check_id == record.check_id), None)
            if cluster.last_scan
            else None,
            "about_secret": _secret_of(cluster, record),
            "same_object": list(
                FindingRecord.objects.filter(
                    cluster=cluster, kind=record.kind, namespace=record.namespace, name=record.name,
                    state__in=FindingRecord.ACTIVE,
                ).exclude(pk=record.pk)[:SHOWN_ELSEWHERE]
            ),  # fmt: skip
            "others": list(others[:SHOWN_ELSEWHERE]),
            "other_count": others.count(),
        },
    )


def _check_line(cluster: Cluster, check_id: str) -> Mapping[str, Any] | None:
    scan: Scan | None = cluster.last_scan
    return next((line for line in scan.checks if line["id"] == check_id), None) if scan is not None else None


def _secret_of(cluster: Cluster, record: FindingRecord) -> SecretRecord | None:
    """The Secret that the finding is about, if its object is one and it still exists."""
    if record.kind != "Secret":
        return None
    return SecretRecord.objects.filter(cluster=cluster, namespace=record.namespace, name=record.name).first()
