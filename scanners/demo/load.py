"""Puts the demo cluster into the database, scanned, so that every page has something true to show."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from scanners import scanning
from scanners.demo import NAME, demo_snapshot
from scanners.models import Cluster, Scan

STALE_AFTER = timedelta(hours=12)


def ensure_demo() -> None:
    """Create the demo cluster unless it was removed on purpose, and scan it again when its dates have aged.

    It runs in this process: the pages must have something to show before any worker is up.
    """
    cluster = Cluster.objects.filter(connection=Cluster.Connection.DEMO).first()
    snapshot = demo_snapshot()
    if cluster is None:
        if Cluster.objects.exists():
            return
        cluster = Cluster.objects.create(
            name=NAME, connection=Cluster.Connection.DEMO, snapshot=snapshot, shared_with_everyone=True
        )
    elif bytes(cluster.snapshot) != snapshot:
        Cluster.objects.filter(pk=cluster.pk).update(snapshot=snapshot)
    elif cluster.last_scan is not None and timezone.now() - cluster.last_scan.queued_at < STALE_AFTER:
        return
    if not cluster.scans.filter(state__in=Scan.LIVE).exists():
        scanning.run(Scan.objects.create(cluster=cluster, sent_at=timezone.now()).pk)
