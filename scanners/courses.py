"""The course of clusters over their scans: what each found, and how it was graded."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import F, Window
from django.db.models.functions import RowNumber, TruncDate
from django.utils import timezone

from scanners.models import Cluster, Scan

MOST_SINGLE_SCANS = 60
"""Of more scans than these, only the last of each day is drawn."""


@dataclass(frozen=True, slots=True)
class Point:
    """A finished scan: when it ended, the active findings by severity, and the score, None where it had none."""

    at: datetime
    counts: Mapping[str, int]
    score: float | None

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def course(cluster: Cluster, days: int) -> list[Point]:
    """The cluster's scans of the last days, oldest first: each, or where they are many the last of each day."""
    points = _points([cluster], days)[cluster.pk]
    if len(points) <= MOST_SINGLE_SCANS:
        return points
    return list({point.at.astimezone(UTC).date(): point for point in points}.values())


def daily_courses(clusters: Sequence[Cluster], days: int) -> dict[uuid.UUID, list[Point]]:
    """For each cluster the last scan of each of the last days, oldest first."""
    return _points(clusters, days, daily=True)


def _points(clusters: Sequence[Cluster], days: int, *, daily: bool = False) -> dict[uuid.UUID, list[Point]]:
    scans = Scan.objects.filter(
        cluster__in=clusters, state__in=Scan.FINISHED, finished_at__gte=timezone.now() - timedelta(days=days)
    )
    if daily:
        of_its_day = Window(
            RowNumber(),
            partition_by=[F("cluster"), TruncDate("finished_at", tzinfo=UTC)],
            order_by=[F("finished_at").desc(), F("id").desc()],
        )
        scans = scans.annotate(back=of_its_day).filter(back=1)
    found: dict[uuid.UUID, list[Point]] = {cluster.pk: [] for cluster in clusters}
    columns = ("cluster_id", "finished_at", "severity_counts", "grade_score")
    for cluster_id, at, counts, score in scans.order_by("finished_at", "id").values_list(*columns):
        if at is not None:
            found[cluster_id].append(Point(at, counts, score))
    return found
