"""Scans that nobody asks for: when a cluster's next one is, and asking for those that are due.

Several schedulers may run, and one may end at any moment: a run belongs to whoever's UPDATE moves `next_scan_at` on,
in the same transaction in which its scan is queued. A run that was missed is made up for once; a scan that fails is
tried again at the next run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from scanners.models import Cluster, Scan
from scanners.requests import queue

INTERVALS: Mapping[int, str] = {
    1: "every hour",
    6: "every 6 hours",
    12: "every 12 hours",
    24: "every day",
    168: "every week",
}
"""The intervals that can be chosen, in hours, and what they are called."""

JITTER = 0.1
"""The share of its interval by which a run comes earlier or later."""

LATE = 1.2
"""After so many intervals without a scan a cluster's pages are stale: by then a run is later than jitter makes it."""

UNSCHEDULED_STALE_HOURS = 24

MAX_WAITING = 20
"""So many queued scans are enough; after a long pause the other clusters stay due until there is room."""

UNCHANGING = (Cluster.Connection.SNAPSHOT, Cluster.Connection.DEMO)


def jitter(cluster_id: UUID, day: date) -> float:
    """From -JITTER to JITTER, the same for a cluster all day long, and another for each cluster and day."""
    digest = hashlib.blake2b(cluster_id.bytes + day.isoformat().encode(), digest_size=8).digest()
    return (int.from_bytes(digest) / 2**64 * 2 - 1) * JITTER


def next_after(cluster_id: UUID, hours: int, moment: datetime) -> datetime:
    """When the run after one at `moment` is."""
    interval = timedelta(hours=hours)
    return moment + interval * (1 + jitter(cluster_id, (moment + interval).date()))


def first_run(cluster: Cluster, now: datetime) -> datetime | None:
    """The next run of a cluster whose schedule is new or was changed; None for one that has none.

    It counts from the last scan that was asked for, and is `now` where that is long ago.
    """
    if cluster.scan_every_hours is None or not cluster.is_live:
        return None
    asked = cluster.scans.order_by("-pk").values_list("queued_at", flat=True).first()
    return max(now, next_after(cluster.pk, cluster.scan_every_hours, asked or now))


def set_schedule(cluster: Cluster, hours: int | None, now: datetime) -> None:
    """Another interval for a cluster, or none, and the next run that follows from it."""
    cluster.scan_every_hours = hours
    cluster.next_scan_at = first_run(cluster, now)
    cluster.save(update_fields=["scan_every_hours", "next_scan_at"])


def stale_after(cluster: Cluster) -> timedelta:
    """The age from which a cluster's last scan is too old to be trusted."""
    if cluster.scan_every_hours is None:
        return timedelta(hours=UNSCHEDULED_STALE_HOURS)
    return timedelta(hours=cluster.scan_every_hours) * LATE


def request_due(now: datetime) -> list[Scan]:
    """Queue a scan for each cluster whose run is due, and return those scans; they are sent on commit."""
    for cluster in _scheduled().filter(next_scan_at__isnull=True):
        _move(cluster, first_run(cluster, now))
    room = max(0, MAX_WAITING - Scan.objects.filter(state=Scan.State.QUEUED).count())
    due = _scheduled().filter(next_scan_at__lte=now).order_by("next_scan_at")[:room]
    return [scan for cluster in due if (scan := _run(cluster, now)) is not None]


def _scheduled() -> QuerySet[Cluster]:
    """The clusters with a schedule, with what a run needs of them."""
    clusters = Cluster.objects.filter(~Q(connection__in=UNCHANGING), scan_every_hours__isnull=False)
    return clusters.only("connection", "scan_every_hours", "next_scan_at")


def _run(cluster: Cluster, now: datetime) -> Scan | None:
    """The scan of this run, unless another scheduler has it or a scan of the cluster is live already."""
    assert cluster.scan_every_hours is not None
    with transaction.atomic():
        if not _move(cluster, next_after(cluster.pk, cluster.scan_every_hours, now)):
            return None
        return queue(cluster, None, scheduled=True)


def _move(cluster: Cluster, to: datetime | None) -> bool:
    """Whether it was this call that moved the next run on, from where it stands in `cluster`."""
    same = Cluster.objects.filter(
        pk=cluster.pk, scan_every_hours=cluster.scan_every_hours, next_scan_at=cluster.next_scan_at
    )
    return same.update(next_scan_at=to) == 1
