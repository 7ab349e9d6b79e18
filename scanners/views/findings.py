"""Findings: what is wrong, by urgency, and what did the last scan change?"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from scanners.checks import BY_ID
from scanners.checks.check import Check
from scanners.exports import OF_FINDINGS, View, export
from scanners.filters import ACTIVE, CHANGES, TABS, ChangedFindingFilter, FindingFilter, finding_filter
from scanners.gains import Gain, gains, without_accepted
from scanners.models import Cluster, FindingRecord
from scanners.report import SEVERITIES
from scanners.store.acceptance import ACCEPTABLE, accepted_objects, expire
from scanners.tables import PAGE_SIZES, FindingTable
from scanners.tally import Tally
from scanners.views.pages import list_page, not_scanned, visible_cluster
from scanners.views.scans import finding_changes
from scanners.words import listed, number, plural, utc_words

SHOWN_PER_CHECK = 5


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

    @property
    def urgency(self) -> tuple[bool, float, int, str]:
        """A critical fault caps the grade, so it comes first; then what gains most."""
        points = self.gain.points if self.gain else 0.0
        return (self.severity != "critical", -points, SEVERITIES.index(self.severity), self.check_id)


@require_safe
def findings(request: HttpRequest, cluster_id: UUID) -> HttpResponseBase:
    cluster = visible_cluster(request, cluster_id)
    expire(timezone.now())
    filters = finding_filter(request.GET, cluster)
    has_owners = set(filters.tally.by("owner", {})) > {""}
    table = FindingTable(filters.qs, request.GET, filters.total, owners=has_owners)
    title = _title(cluster, filters)
    view = View(cluster, "findings", title, filters.in_words(), table)
    if (file := export(request.GET.get("export", ""), view, OF_FINDINGS)) is not None:
        return file
    checks = filters.cleaned.get("check") or []
    grouped = request.GET.get("view") != "list" and not checks
    counts = filters.tab_counts()
    context = {
        "title": title,
        "filters": filters,
        "tabs": [(name, text, counts[name]) for name, (text, _) in TABS.items()],
        "changes": None if isinstance(filters, ChangedFindingFilter) else finding_changes(cluster.last_scan),
        "table": table,
        "tells_state": len(filters.tally.by("state", filters.selections)) > 1,
        "page_sizes": PAGE_SIZES,
        "groups": _groups(cluster, filters) if grouped else None,
        "grouped": grouped,
        "applied": filters.applied(),
        "problems": filters.problems(),
        "facets": list(filters.choices()),
        "check": BY_ID.get(checks[0]) if len(checks) == 1 else None,
        "choice": _choice(request, filters),
        "exports": OF_FINDINGS,
    }
    return list_page(request, "scanners/findings.html", "scanners/findings_results.html", cluster, "findings", context)


def _choice(request: HttpRequest, filters: FindingFilter) -> dict[str, int] | None:
    """How many of the listed findings may be accepted, and how many are; None for who may not do either."""
    if not getattr(request.user, "is_administrator", False):
        return None
    states = filters.tally.by("state", filters.selections)
    accepted = states.get(FindingRecord.State.ACCEPTED, 0)
    return {"active": sum(states.get(state, 0) for state in ACCEPTABLE) - accepted, "accepted": accepted}


def _title(cluster: Cluster, filters: FindingFilter) -> str:
    if cluster.last_scan is None:
        return not_scanned(cluster)
    if isinstance(filters, ChangedFindingFilter):
        return _changes_title(filters)
    everything = FindingRecord.objects.filter(cluster=cluster)
    tally = Tally(everything, ("severity", "state", "folded")) if filters.is_narrowed else filters.tally
    active = tally.by("severity", {"state": ACTIVE, "folded": {False}})
    grave = sum(count for severity, count in active.items() if severity != "low")
    if grave:
        parts = [f"{number(active[name])} {name}" for name in SEVERITIES[:3] if active[name]]
        return f"{plural(grave, 'finding')} {'needs' if grave == 1 else 'need'} care: {listed(parts)}"
    accepted = tally.total({"state": TABS["accepted"][1], "folded": {False}})
    limit = f" beside {number(accepted)} accepted" if accepted else ""
    limit += "" if (cluster.last_scan.grade_assessed or 0) >= 1 else " in what could be assessed"
    return (
        f"No finding above low{limit}, {number(active['low'])} low" if active["low"] else f"No finding is open{limit}"
    )


def _changes_title(filters: ChangedFindingFilter) -> str:
    found = filters.tally.by("change", {})
    parts = [f"{number(found[name])} {label.lower()}" for name, label in CHANGES.items() if found[name]]
    moment = filters.scan.collected_at
    when = f"The scan of {utc_words(moment)}" if moment else "That scan"
    return f"{when} changed {listed(parts)}" if parts else f"{when} changed no finding"


def _groups(cluster: Cluster, filters: FindingFilter) -> list[Group]:
    """The findings by check, as `Group.urgency` orders them."""
    totals: dict[str, tuple[int, int]] = {}
    for (check_id, severity), count in filters.tally.by_both("check_id", "severity", filters.selections).items():
        rank, total = totals.get(check_id, (len(SEVERITIES), 0))
        totals[check_id] = (min(rank, SEVERITIES.index(severity)), total + count)
    shown: dict[str, list[FindingRecord]] = {}
    for row in _first_of_each(filters.qs):
        shown.setdefault(row.check_id, []).append(row)
    left = _left_to_gain(cluster) if filters.states <= ACTIVE else []
    by_check = {gain.check_id: gain for gain in left}
    groups = [
        Group(check_id, BY_ID.get(check_id), SEVERITIES[rank], count, by_check.get(check_id), shown.get(check_id, []))
        for check_id, (rank, count) in totals.items()
    ]
    return sorted(groups, key=lambda group: group.urgency)


def _left_to_gain(cluster: Cluster) -> list[Gain]:
    if cluster.last_scan is None:
        return []
    return without_accepted(gains(cluster.last_scan.checks), accepted_objects([cluster]).get(cluster.pk, {}))


def _first_of_each(rows: QuerySet[FindingRecord]) -> QuerySet[FindingRecord]:
    """The gravest few findings of each check. Keys are ranked alone: texts would make the sorting slow."""
    place = Window(RowNumber(), partition_by=F("check_id"), order_by=("rank", "namespace", "name", "pk"))
    keys = rows.order_by().annotate(place=place).filter(place__lte=SHOWN_PER_CHECK).values("pk")
    first = FindingRecord.objects.filter(pk__in=keys).defer("evidence", "remediation")
    return first.order_by("check_id", "rank", "namespace", "name", "pk")
