"""Holding a scan: claim, heartbeat, progress, and the reasons to stop.

The scan row is the truth (decision 8): a message only says "look at scan N". Whoever claims it raises its
`attempt`; a heartbeat that finds another attempt, or another state, knows that the scan is no longer its own.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType

from django.db import DatabaseError, connection
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from scanners.models import Scan

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 1.0
LEASE = timedelta(seconds=15)
"""A running scan whose heartbeat is older than this has lost its worker."""

DEADLINE = timedelta(minutes=30)
"""No scan runs longer than this."""

shutting_down = threading.Event()
"""Set when this worker process was told to end: running scans stop at the next page."""


class Stopped(Exception):
    """The scan must end now without a result."""


class Cancelled(Stopped):
    """A person cancelled it."""


class Interrupted(Stopped):
    """The worker is ending; another takes the scan up again."""


class TakenOver(Stopped):
    """Another worker holds the scan, or it was ended from outside."""


class DeadlinePassed(Stopped):
    """It ran longer than DEADLINE."""


def claim(scan_id: int) -> Scan | None:
    """Take a queued scan; None if it is not there to be taken (already running, finished, cancelled)."""
    now = timezone.now()
    taken = Scan.objects.filter(pk=scan_id, state=Scan.State.QUEUED).update(
        state=Scan.State.RUNNING,
        attempt=F("attempt") + 1,
        heartbeat_at=now,
        started_at=Coalesce("started_at", now),
        progress={},
    )
    return Scan.objects.select_related("cluster").get(pk=scan_id) if taken else None


class Lease:
    """Keeps a claimed scan alive from a thread of its own, so that long work in between does not lose it."""

    def __init__(self, scan: Scan) -> None:
        self.scan = scan
        self._progress: dict[str, object] = {"phase": "connecting", "inputs": {}}
        self._inputs: dict[str, int] = {}
        self._reason: type[Stopped] | None = None
        self._ended = threading.Event()
        self._deadline = timezone.now() + DEADLINE
        self._thread = threading.Thread(target=self._beat, name=f"lease-of-scan-{scan.pk}", daemon=True)

    def __enter__(self) -> Lease:
        running_leases.add(self)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(timeout=10)
        running_leases.discard(self)

    def progress(self, phase: str, done: int, total: int | None) -> None:
        """Note where the scan is; written with the next heartbeat."""
        self._inputs[phase] = done
        self._progress = {"phase": phase, "done": done, "total": total, "inputs": dict(self._inputs)}

    def phase(self, name: str) -> None:
        """Note a phase without a count, and stop here if there is a reason to."""
        self._progress = {"phase": name, "inputs": dict(self._inputs)}
        self.stop()

    def stop(self) -> None:
        """Raise the reason to stop, if there is one. Called between pages and phases."""
        if shutting_down.is_set():
            raise Interrupted
        if self._reason is not None:
            raise self._reason
        if timezone.now() > self._deadline:
            raise DeadlinePassed

    def _beat(self) -> None:
        with _own_connection():
            while not self._ended.wait(HEARTBEAT_SECONDS):
                try:
                    if not self._write():
                        return
                except DatabaseError as error:
                    # The database is away or busy; the lease holds for some beats more.
                    logger.warning("the lease of scan %s was not renewed: %s", self.scan.pk, type(error).__name__)
                    connection.close()

    def _write(self) -> bool:
        """Renew the lease; False when there is nothing left to renew."""
        mine = Scan.objects.filter(pk=self.scan.pk, attempt=self.scan.attempt, state=Scan.State.RUNNING)
        if mine.update(heartbeat_at=timezone.now(), progress=self._progress) == 0:
            self._reason = TakenOver
            return False
        if mine.filter(cancel_requested=True).exists():
            self._reason = Cancelled
            return False
        return True

    def interrupt(self) -> None:
        """Give the scan back at once, because this process is about to end."""
        Scan.objects.filter(pk=self.scan.pk, attempt=self.scan.attempt, state=Scan.State.RUNNING).update(
            state=Scan.State.INTERRUPTED
        )


running_leases: set[Lease] = set()
"""The scans this process is running now."""


@contextmanager
def _own_connection() -> Iterator[None]:
    """Django opens a database connection per thread; close this one's when the thread ends."""
    try:
        yield
    finally:
        connection.close()
