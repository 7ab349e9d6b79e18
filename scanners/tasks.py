"""Celery's entry points. Messages carry ids only; state lives in the rows (decision 8)."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from scanners import (
    requests,
    scanning,
    schedule,
    worker,  # noqa: F401 (its signal handlers belong to every worker)
)
from scanners.lease import shutting_down
from scanners.store.acceptance import expire


@shared_task(ignore_result=True)
def run_scan(scan_id: int) -> None:
    """Run one queued scan; harmless if it was already taken."""
    if not shutting_down.is_set():
        scanning.run(scan_id)


@shared_task(ignore_result=True)
def tick() -> None:
    """Send again what a lost message or a dead worker left behind, ask for the scans that are due, end what is over."""
    for scan_id in requests.recover():
        requests.send(scan_id)
    now = timezone.now()
    schedule.request_due(now)
    expire(now)
