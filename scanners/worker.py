"""What a worker process does beside its tasks: say that it is there, and give scans back when it is told to end."""

from __future__ import annotations

import os
import socket
import threading
import time
from datetime import timedelta

from celery.signals import worker_ready, worker_shutting_down
from django.db import DatabaseError, connection
from django.utils import timezone

from scanners.lease import running_leases, shutting_down
from scanners.models import WorkerBeat

BEAT_SECONDS = 5.0
GRACE_SECONDS = 3.0
"""How long a running scan may go on after SIGTERM; then it is marked interrupted and the process ends."""


@worker_ready.connect
def say_present(**_: object) -> None:
    threading.Thread(target=_beat, name="worker-beat", daemon=True).start()


def _beat() -> None:
    name = f"{socket.gethostname()}:{os.getpid()}"
    while not shutting_down.is_set():
        try:
            WorkerBeat.objects.update_or_create(name=name, defaults={"seen_at": timezone.now()})
            WorkerBeat.objects.filter(seen_at__lt=timezone.now() - timedelta(days=1)).delete()
        except DatabaseError:
            # The database is away for a moment; the pages see no worker until it is back.
            connection.close()
        shutting_down.wait(BEAT_SECONDS)
    WorkerBeat.objects.filter(name=name).delete()
    connection.close()


@worker_shutting_down.connect
def give_back(**_: object) -> None:
    """On SIGTERM: scans stop at their next page; what has not by then is marked interrupted."""
    shutting_down.set()
    threading.Thread(target=_end_in_time, name="end-in-time", daemon=True).start()


def _end_in_time() -> None:
    deadline = time.monotonic() + GRACE_SECONDS
    while running_leases and time.monotonic() < deadline:
        time.sleep(0.05)
    for lease in list(running_leases):
        lease.interrupt()
    if time.monotonic() >= deadline:
        # A thread that hangs in a read would keep the pool from ending; its row is already given back.
        os._exit(0)
