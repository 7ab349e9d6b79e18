"""Findings: what is wrong, by urgency? And why is one a fault, and how is it fixed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import Http404, HttpRequest, HttpResponse
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
from scanners.tally import Tally
from scanners.views.pages import cluster_page, list_page, not_scanned, visible_cluster
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
    everything = FindingRecord.objects.filter(cluster=cluster)
    filters = FindingFilter(request.GET, everything)
    table = FindingTable(filters.qs, request.GET, filters.total)
    if request.GET.get("export") == "csv":
        return csv_response(table.exported(), cluster.name, "findings")
    checks = filters.cleaned.get("check") or []
    grouped = request.GET.get("view") != "list" and not checks
    counts = filters.tab_counts()
    whole = Tally(everything, ("severity", "state", "folded")) if filters.is_narrowed else filters.tally
    context = {
        "title": _title(cluster, whole),
        "filters": filters,
        "tabs": [(name, text, counts[name]) for name, (text, _) in STATE_TABS.items()],
        "table": table,
        "tells_state": bool(counts["open"] or counts["reopened"]) and filters.tab == ACTIVE,
        "page_sizes": PAGE_SIZES,
        "groups": _groups(cluster, filters) if grouped else None,
        "grouped": grouped,
        "applied": filters.applied(),
        "problems": filters.problems(),
        "facets": list(filters.choices()),
        "check": BY_ID.get(checks[0]) if len(checks) == 1 else None,
    }
    return list_page(request, "scanners/findings.html", "scanners/findings_results.html", cluster, "findings", context)


def _title(cluster: Cluster, tally: Tally) -> str:
    if cluster.last_scan is None:
        return not_scanned(cluster)
    active = tally.by("severity", {"state": STATE_TABS[ACTIVE][1], "folded": {False}})
    grave = sum(count for severity, count in active.items() if severity != "low")
    if grave:
        parts = [f"{number(active[name])} {name}" for name in SEVERITIES[:3] if active[name]]
        return f"{plural(grave, 'finding')} {'needs' if grave == 1 else 'need'} care: {listed(parts)}"
    limit = "" if (cluster.last_scan.grade_assessed or 0) >= 1 else " in what could be assessed"
    return (
        f"No finding above low{limit}, {number(active['low'])} low" if active["low"] else f"No finding is open{limit}"
    )


def _groups(cluster: Cluster, filters: FindingFilter) -> list[Group]:
    """The findings by check: the gravest checks first, among them those that hold back most points."""
    totals: dict[str, tuple[int, int]] = {}
    for (check_id, severity), count in filters.tally.by_both("check_id", "severity", filters.selections).items():
        rank, total = totals.get(check_id, (len(SEVERITIES), 0))
        totals[check_id] = (min(rank, SEVERITIES.index(severity)), total + count)
    shown: dict[str, list[FindingRecord]] = {}
    for row in _first_of_each(filters.qs):
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


def _first_of_each(rows: QuerySet[FindingRecord]) -> QuerySet[FindingRecord]:
    """The gravest few findings of each check. Keys are ranked alone: texts would make the sorting slow."""
    place = Window(RowNumber(), partition_by=F("check_id"), order_by=("rank", "namespace", "name", "pk"))
    keys = rows.order_by().annotate(place=place).filter(place__lte=SHOWN_PER_CHECK).values("pk")
    return FindingRecord.objects.filter(pk__in=keys).order_by("check_id", "rank", "namespace", "name", "pk")


@require_safe
def finding(request: HttpRequest, cluster_id: UUID, fingerprint: str) -> HttpResponse:
    cluster = visible_cluster(request, cluster_id)
    record = FindingRecord.objects.filter(cluster=cluster, fingerprint=fingerprint).select_related("first_scan").first()
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
                    cluster=cluster,
                    kind=record.kind,
                    namespace=record.namespace,
                    name=record.name,
                    state__in=FindingRecord.ACTIVE,
                ).exclude(pk=record.pk)[:SHOWN_ELSEWHERE]
            ),
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
