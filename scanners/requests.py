"""Asking for scans, and putting right what lost messages and dead workers left behind."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from scanners.lease import LEASE
from scanners.models import Cluster, Scan, WorkerBeat

if TYPE_CHECKING:
    from secretsui.accounts.models import User

logger = logging.getLogger(__name__)

RESEND_AFTER = timedelta(seconds=20)
"""A queued scan that nobody claimed for this long is sent again: its message may be lost."""

MAX_ATTEMPTS = 3
"""A scan whose worker died this often is not tried again: it is probably what kills the worker."""

WORKER_GONE_AFTER = timedelta(seconds=20)


def request_scan(cluster: Cluster, user: User | None) -> Scan:
    """Queue a scan and send it; if one is queued or running already, return that one."""
    for _ in range(3):  # the live one may end in between
        scan = queue(cluster, user) or cluster.scans.filter(state__in=Scan.LIVE).order_by("-pk").first()
        if scan is not None:
            return scan
    raise Cluster.DoesNotExist(f"cluster {cluster.pk} was removed")


def queue(cluster: Cluster, user: User | None, *, scheduled: bool = False) -> Scan | None:
    """Queue a scan, to be sent on commit; None where one is queued or running already."""
    try:
        with transaction.atomic():
            scan = Scan.objects.create(cluster=cluster, requested_by=user, scheduled=scheduled, sent_at=timezone.now())
    except IntegrityError:
        return None
    transaction.on_commit(lambda: send(scan.pk))
    return scan


def send(scan_id: int) -> None:
    """Give a worker the id; a broker that does not answer is put right by the next tick."""
    from scanners.tasks import run_scan

    try:
        run_scan.delay(scan_id)
    except OperationalError:
        logger.warning("scan %s could not be handed to the broker; the scheduler sends it again", scan_id)


def request_cancel(scan: Scan) -> None:
    """End a queued scan at once; a running one stops at its next page."""
    ended = Scan.objects.filter(pk=scan.pk, state__in=(Scan.State.QUEUED, Scan.State.INTERRUPTED)).update(
        state=Scan.State.CANCELLED, cancel_requested=True, finished_at=timezone.now()
    )
    if not ended:
        Scan.objects.filter(pk=scan.pk, state=Scan.State.RUNNING).update(cancel_requested=True)


def worker_is_running() -> bool:
    return WorkerBeat.any_since(timezone.now() - WORKER_GONE_AFTER)


def recover() -> list[int]:
    """Queue again what was interrupted or lost its worker, and return the ids that must be sent."""
    now = timezone.now()
    orphans = Scan.objects.filter(state=Scan.State.RUNNING, heartbeat_at__lt=now - LEASE)
    orphans.filter(cancel_requested=True).update(state=Scan.State.CANCELLED, finished_at=now, progress={})
    orphans.filter(attempt__gte=MAX_ATTEMPTS).update(
        state=Scan.State.FAILED,
        finished_at=now,
        progress={},
        error=f"The worker ended {MAX_ATTEMPTS} times during this scan. Look at the worker's log and memory limit.",
    )
    due = [
        *orphans.values_list("pk", "state", "sent_at"),
        *Scan.objects.filter(state=Scan.State.INTERRUPTED).values_list("pk", "state", "sent_at"),
        *Scan.objects.filter(state=Scan.State.QUEUED, sent_at__lt=now - RESEND_AFTER).values_list(
            "pk", "state", "sent_at"
        ),
    ]
    # Two ticks may run at once; the one whose update hits the row sends it.
    return [
        pk
        for pk, state, sent_at in due
        if Scan.objects.filter(pk=pk, state=state, sent_at=sent_at).update(state=Scan.State.QUEUED, sent_at=now)
    ]
