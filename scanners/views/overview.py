"""Overview: where do we stand, and what first?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from scanners.charts import (
    Chart,
    Multiples,
    Sparkline,
    rotation_ages,
    rows_url,
    score_scale,
    severities_by_cluster,
    severities_by_namespace,
    severities_of_clusters,
    severities_over_time,
    sparkline,
)
from scanners.checks import BY_ID
from scanners.courses import course, daily_courses
from scanners.explanation import is_capped
from scanners.gains import Gain, gains, without_accepted
from scanners.grade import CHECKLIST
from scanners.models import Cluster, FindingRecord, Scan, SecretRecord
from scanners.report import SEVERITIES
from scanners.rotations import AgeTally, tally_ages
from scanners.store.acceptance import accepted_objects, expire
from scanners.tally import Tally
from scanners.views.pages import is_stale, secrets_seen, visible_clusters
from scanners.words import number, plural

PAST_SCANS = 12
FIX_FIRST = 5
NEXT_DUE = 6
HISTORY_DAYS = 30
CLUSTERS_IN_HISTORY = 12


@dataclass(frozen=True, slots=True)
class Card:
    """One cluster's standing."""

    cluster: Cluster
    scan: Scan | None
    severities: list[tuple[str, int]]
    rotation: Mapping[str, int]
    trend: Sparkline | None
    stale: bool

    @property
    def secrets(self) -> int:
        return sum(self.rotation.values())

    @property
    def secrets_seen(self) -> bool:
        return secrets_seen(self.scan)


@dataclass(frozen=True, slots=True)
class FixPlace:
    """A failing check in one cluster; `lifts_cap` tells that it alone holds the grade at D."""

    cluster: Cluster
    gain: Gain
    graded: bool
    url: str
    lifts_cap: bool


@dataclass(frozen=True, slots=True)
class Fix:
    """A failing check with the clusters it fails in, the one that gains most first."""

    places: list[FixPlace]

    @property
    def first(self) -> FixPlace:
        return self.places[0]

    @property
    def urgency(self) -> tuple[bool, bool, float]:
        """A critical fault caps the grade, so it comes first; then what gains most over all clusters."""
        points = sum(place.gain.points for place in self.places if place.graded)
        return (self.first.gain.severity != "critical", not self.first.graded, -points)


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """How a cluster stands on one item; `severity` is that of the gravest failing check, "" where none fails."""

    cluster: Cluster
    status: str
    severity: str
    detail: str
    url: str


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    expire(timezone.now())
    clusters = list(visible_clusters(request))
    scanned = [cluster for cluster in clusters if cluster.last_scan is not None]
    ages = tally_ages(scanned)
    cards = _cards(clusters, scanned, ages)
    context = {
        "cards": cards,
        "any_scanned": bool(scanned),
        "single": len(clusters) == 1,
        "chooses": request.user.is_administrator and sum(cluster.is_live for cluster in clusters) > 1,  # type: ignore[union-attr]
        "title": _title(cards),
        "fixes": fix_first(scanned, accepted_objects(scanned)),
        "histories": _histories(cards),
        "matrix": _matrix([card.cluster for card in cards if card.scan is not None]),
        "due": _next_due(scanned),
        "charts": _charts(scanned, ages),
        "section": "overview",
    }
    return render(request, "scanners/overview.html", context)


def _charts(scanned: Sequence[Cluster], ages: AgeTally) -> list[Chart]:
    """Ages over all clusters, and severities by cluster; where there is one cluster, by its namespaces."""
    if len(scanned) == 1:
        active = FindingRecord.objects.filter(cluster=scanned[0], state__in=FindingRecord.ACTIVE, folded=False)
        tally = Tally(active, ("namespace", "severity"))
        counts: dict[str, dict[str, int]] = {}
        for (namespace, severity), count in tally.by_both("namespace", "severity", {}).items():
            counts.setdefault(namespace, {})[severity] = count
        severities = severities_by_namespace(scanned[0], counts)
    else:
        severities = severities_by_cluster(scanned)
    history = severities_over_time(course(scanned[0], HISTORY_DAYS)) if len(scanned) == 1 else None
    return [chart for chart in (rotation_ages(scanned, ages), severities, history) if chart is not None]


def _histories(cards: Sequence[Card]) -> Multiples | None:
    """Where there are several clusters, the course of the worst of them side by side."""
    worst = [card.cluster for card in cards if card.scan is not None][:CLUSTERS_IN_HISTORY]
    if len(worst) < 2:
        return None
    found = daily_courses(worst, HISTORY_DAYS)
    return severities_of_clusters([(cluster, found[cluster.pk]) for cluster in worst])


def _cards(clusters: Sequence[Cluster], scanned: Sequence[Cluster], ages: AgeTally) -> list[Card]:
    """A card for each cluster, the worst grade first, then those without one."""
    past = _past_scores(scanned)
    scale = score_scale(past.values())
    now = timezone.now()
    cards = [
        Card(
            cluster=cluster,
            scan=cluster.last_scan,
            severities=severity_counts(cluster.last_scan),
            rotation=ages.by_cluster.get(cluster.pk, Counter()),
            trend=sparkline(past.get(cluster.pk, []), scale),
            stale=is_stale(cluster, now),
        )
        for cluster in clusters
    ]
    return sorted(cards, key=lambda card: (*_standing(card.scan), card.cluster.name))


def _standing(scan: Scan | None) -> tuple[bool, int, float]:
    """Sorts the worst first: by letter, which a critical finding caps, then by score; ungraded last."""
    if scan is None or scan.grade_score is None:
        return (True, 0, 0.0)
    return (False, -ord(scan.grade_letter or "A"), scan.grade_score)


def severity_counts(scan: Scan | None) -> list[tuple[str, int]]:
    """The active findings of a scan, by severity, gravest first; nothing for what is not there."""
    counts = scan.severity_counts if scan is not None else {}
    return [(severity, counts[severity]) for severity in SEVERITIES if counts.get(severity)]


def _past_scores(clusters: Sequence[Cluster]) -> dict[Any, list[float | None]]:
    """The scores of the last scans of each cluster, oldest first; None where a scan had no grade."""
    rows = (
        Scan.objects.filter(cluster__in=clusters, state__in=Scan.FINISHED)
        .annotate(back=Window(RowNumber(), partition_by=F("cluster"), order_by=F("id").desc()))
        .filter(back__lte=PAST_SCANS)
        .order_by("id")
        .values_list("cluster_id", "grade_score")
    )
    found: dict[Any, list[float | None]] = {}
    for cluster_id, score in rows:
        found.setdefault(cluster_id, []).append(score)
    return found


def _title(cards: Iterable[Card]) -> str:
    """The finding, in one sentence."""
    scanned = [card for card in cards if card.scan is not None]
    if not scanned:
        return "No cluster has been scanned yet"
    critical = sum(count for card in scanned for severity, count in card.severities if severity == "critical")
    findings = plural(critical, "critical finding") if critical else f"No critical finding{_as_far_as(scanned)}"
    return f"{findings}, and {_rotation_words(scanned)}"


def _as_far_as(scanned: Sequence[Card]) -> str:
    """What a good answer leaves open: nothing unseen has passed."""
    whole = all(card.scan is not None and (card.scan.grade_assessed or 0) >= 1 for card in scanned)
    return "" if whole else " in what could be assessed"


def _rotation_words(scanned: Sequence[Card]) -> str:
    overdue = sum(card.rotation.get("overdue", 0) for card in scanned)
    secrets = sum(card.secrets for card in scanned)
    if not secrets:
        return "no Secret" if all(card.secrets_seen for card in scanned) else "Secrets could not be listed"
    verb = "is" if overdue == 1 else "are"
    return f"{number(overdue) if overdue else 'none'} of {plural(secrets, 'Secret')} {verb} overdue"


def fix_first(clusters: Sequence[Cluster], accepted: Mapping[UUID, Mapping[str, int]]) -> list[Fix]:
    """The failing checks that hold back most, over all clusters; low and accepted ones are left out (checks.md)."""
    places: dict[str, list[FixPlace]] = {}
    for cluster in clusters:
        scan = cluster.last_scan
        if scan is None:
            continue
        critical = [line["id"] for line in scan.checks if line["status"] == "fail" and line["severity"] == "critical"]
        capped = is_capped(scan)
        for gain in without_accepted(gains(scan.checks), accepted.get(cluster.pk, {})):
            if gain.severity != "low":
                places.setdefault(gain.check_id, []).append(
                    FixPlace(
                        cluster=cluster,
                        gain=gain,
                        graded=scan.grade_score is not None,
                        url=rows_url("findings", cluster, check=gain.check_id),
                        lifts_cap=capped and critical == [gain.check_id],
                    )
                )
    fixes = [Fix(sorted(found, key=lambda place: (not place.graded, -place.gain.points))) for found in places.values()]
    return sorted(fixes, key=lambda fix: fix.urgency)[:FIX_FIRST]


def _matrix(clusters: Sequence[Cluster]) -> list[tuple[str, str, list[MatrixCell]]]:
    """The ten items, each with a cell for every cluster."""
    by_cluster = [(cluster, *_lines(cluster)) for cluster in clusters]
    return [
        (slug, title, [_matrix_cell(cluster, slug, items.get(slug), checks) for cluster, items, checks in by_cluster])
        for slug, title in CHECKLIST
    ]


def _lines(cluster: Cluster) -> tuple[dict[str, Any], list[Any]]:
    scan = cluster.last_scan
    return ({line["slug"]: line for line in scan.checklist}, scan.checks) if scan is not None else ({}, [])


def _matrix_cell(cluster: Cluster, slug: str, line: Mapping[str, Any] | None, checks: Iterable[Any]) -> MatrixCell:
    if line is None:
        return MatrixCell(cluster, "not-assessed", "", "The last scan did not look at it.", "")
    failing = [
        check
        for check in checks
        if check["status"] == "fail" and check["id"] in BY_ID and BY_ID[check["id"]].checklist == slug
    ]
    gravest = min((check["severity"] for check in failing), key=SEVERITIES.index, default="")
    url = ""
    if failing:
        url = rows_url("findings", cluster, check=[check["id"] for check in failing], severity=list(SEVERITIES))
    elif line["status"] == "not-assessed":
        url = reverse("cluster", args=[cluster.pk]) + "#checks"
    return MatrixCell(cluster, line["status"], gravest, line["detail"], url)


def _next_due(clusters: Sequence[Cluster]) -> list[SecretRecord]:
    """The Secrets whose values reach their maximum next."""
    now = timezone.now()
    return list(
        SecretRecord.objects.filter(
            cluster__in=clusters, certainly_over_at__gt=now, certainly_over_at__lte=now + timedelta(days=60)
        )
        .select_related("cluster")
        .only("namespace", "name", "certainly_over_at", "cluster__name")
        .order_by("certainly_over_at", "namespace", "name")[:NEXT_DUE]
    )
