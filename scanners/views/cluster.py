"""Cluster: what is this cluster like, and what could be seen of it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from scanners.charts import (
    Chart,
    rotation_ages,
    rows_url,
    scores_over_time,
    severities_by_owner,
    severities_over_time,
    sparkline,
)
from scanners.courses import course
from scanners.explanation import UNSEEN, explain
from scanners.missing_access import missing_access
from scanners.models import Cluster, FindingRecord, Scan, SecretRecord
from scanners.report import SEVERITIES
from scanners.rotations import tally_ages
from scanners.store.acceptance import accepted_objects, expire
from scanners.tally import Tally
from scanners.views.overview import severity_counts
from scanners.views.pages import cluster_page, not_scanned, secrets_seen, visible_cluster
from scanners.words import plural

PAST_SCANS = 12
SHOWN_SCANS = 5
SHOWN_NAMESPACES = 20
HISTORY_DAYS = 90


@dataclass(frozen=True, slots=True)
class SourceShare:
    """How many Secrets one kind of source makes; `failing` counts those whose source is known not to work."""

    kind: str
    count: int
    failing: int
    percent: float


@dataclass(frozen=True, slots=True)
class HeatCell:
    """Active findings of one check in one namespace; `level` 0 to 4 is how strongly the cell is tinted."""

    check_id: str
    severity: str
    count: int
    level: int
    url: str


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Namespaces × checks. `more` counts the namespaces left out."""

    checks: list[tuple[str, str]]
    rows: list[tuple[str, int, list[HeatCell]]]
    more: int


@require_safe
def cluster(request: HttpRequest, cluster_id: UUID) -> HttpResponse:
    expire(timezone.now())
    seen = visible_cluster(request, cluster_id)
    if seen.last_scan is None:
        return cluster_page(request, "scanners/cluster.html", seen, "cluster", {"title": not_scanned(seen)})
    scans = list(
        Scan.objects.filter(cluster=seen)
        .defer("coverage", "checks", "checklist", "progress")
        .order_by("-id")[:PAST_SCANS]
    )
    finished = [scan for scan in reversed(scans) if scan.state in Scan.FINISHED]
    points = course(seen, HISTORY_DAYS)
    active = _active(seen)
    ages = tally_ages([seen])
    rotation = ages.by_cluster[seen.pk]
    explained = explain(seen.last_scan, accepted_objects([seen]).get(seen.pk, {}))
    return cluster_page(
        request,
        "scanners/cluster.html",
        seen,
        "cluster",
        {
            "title": _title(seen.last_scan, rotation),
            "facts": seen.last_scan.cluster_facts,
            "severities": severity_counts(seen.last_scan),
            "trend": sparkline([scan.grade_score for scan in finished]),
            "rotation": rotation,
            "secret_count": sum(rotation.values()),
            "secrets_seen": secrets_seen(seen.last_scan),
            "ages_chart": rotation_ages([seen], ages),
            "histories": [
                chart for chart in (severities_over_time(points), scores_over_time(points)) if chart is not None
            ],
            "teams_chart": _teams_chart(seen, active),
            "checks": _check_lines(seen.last_scan),
            "explanation": explained,
            "gains": {gain.check_id: gain for gain in explained.gains},
            "coverage": _coverage(seen.last_scan),
            "missing_access": missing_access(seen.last_scan.coverage),
            "permissions": seen.permissions,
            "sources": _sources(seen),
            "heat": _heat(seen, active),
            "scans": scans[:SHOWN_SCANS],
        },
    )


def _title(scan: Scan, rotation: Mapping[str, int]) -> str:
    stored = sum(rotation.values())
    secrets = plural(stored, "Secret") if stored or secrets_seen(scan) else "Secrets could not be seen"
    findings = sum(scan.severity_counts.values())
    low = scan.severity_counts.get("low", 0)
    if findings - low:
        return f"{secrets}, {plural(findings - low, 'finding')} that {'needs' if findings - low == 1 else 'need'} care"
    return f"{secrets}, and no finding above low" if low else f"{secrets}, and no finding"


def _check_lines(scan: Scan) -> list[Mapping[str, Any]]:
    """The checks: failing, then not assessed, then passed; the gravest first in each."""
    order = {"fail": 0, "not-assessed": 1, "pass": 2}
    return sorted(scan.checks, key=lambda line: (order[line["status"]], SEVERITIES.index(line["severity"]), line["id"]))


def _coverage(scan: Scan) -> dict[str, list[Mapping[str, Any]]]:
    """The inputs that were not read whole, those that were, and those that do not exist."""
    lines = sorted(scan.coverage, key=lambda line: line["input"])
    unseen = [line for line in lines if line["status"] in UNSEEN]
    return {
        "unseen": sorted(unseen, key=lambda line: UNSEEN.index(line["status"])),
        "whole": [line for line in lines if line["status"] == "complete"],
        "absent": [line for line in lines if line["status"] == "absent"],
    }


def _sources(seen: Cluster) -> list[SourceShare]:
    rows = (
        SecretRecord.objects.filter(cluster=seen)
        .order_by()
        .values_list("source_kind")
        .annotate(count=Count("pk"), failing=Count("pk", filter=Q(source_healthy=False)))
    )
    counted = sorted(rows, key=lambda row: (-row[1], row[0]))
    total = sum(count for _, count, _ in counted)
    return [SourceShare(kind, count, failing, round(100 * count / total, 1)) for kind, count, failing in counted]


def _active(seen: Cluster) -> Tally:
    """The active findings, without those of system objects."""
    findings = FindingRecord.objects.filter(cluster=seen, state__in=FindingRecord.ACTIVE, folded=False)
    return Tally(findings, ("namespace", "check_id", "rank", "owner"))


def _teams_chart(seen: Cluster, active: Tally) -> Chart | None:
    counts: dict[str, dict[str, int]] = {}
    for (owner, rank), count in active.by_both("owner", "rank", {}).items():
        counts.setdefault(owner, {})[SEVERITIES[rank]] = count
    return severities_by_owner(seen, counts)


def _heat(seen: Cluster, active: Tally) -> HeatMap:
    """Active findings by namespace and check, the worst namespaces first."""
    worst_of_check: dict[str, int] = {}
    cells: dict[tuple[str, str], int] = {}
    weight: dict[str, list[int]] = {}
    for namespace, check_id, rank, _, count in active.counts:
        worst_of_check[check_id] = min(rank, worst_of_check.get(check_id, rank))
        cells[namespace, check_id] = cells.get((namespace, check_id), 0) + count
        weight.setdefault(namespace, [0] * len(SEVERITIES))[rank] += count
    checks = sorted(worst_of_check, key=lambda check_id: (worst_of_check[check_id], check_id))
    namespaces = sorted(weight, key=lambda namespace: ([-count for count in weight[namespace]], namespace))
    rows = [
        (
            namespace,
            sum(weight[namespace]),
            [
                _heat_cell(seen, namespace, check_id, worst_of_check[check_id], cells.get((namespace, check_id), 0))
                for check_id in checks
            ],
        )
        for namespace in namespaces[:SHOWN_NAMESPACES]
    ]
    return HeatMap(
        checks=[(check_id, SEVERITIES[worst_of_check[check_id]]) for check_id in checks],
        rows=rows,
        more=max(0, len(namespaces) - SHOWN_NAMESPACES),
    )


LEVELS = (1, 3, 10)
"""The most findings for each tint but the strongest."""


def _heat_cell(seen: Cluster, namespace: str, check_id: str, rank: int, count: int) -> HeatCell:
    level = next((index + 1 for index, most in enumerate(LEVELS) if count <= most), len(LEVELS) + 1) if count else 0
    url = rows_url("findings", seen, check=check_id, namespace=namespace) if count else ""
    return HeatCell(check_id, SEVERITIES[rank], count, level, url)
