"""Accepting findings for a time, taking that back, and ending what has had its time.

Whoever changes the state of findings holds the cluster's row (`lock`), so that a scan which is being stored and a
person who accepts what they see do not overwrite each other.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Count, F, QuerySet

from scanners.models import Cluster, FindingEvent, FindingRecord, Scan
from scanners.store.plain import BATCH, clean
from scanners.words import day_words

if TYPE_CHECKING:
    from secretsui.accounts.models import User

State = FindingRecord.State

NOT_ACCEPTED: dict[str, Any] = {
    "accepted_by": None,
    "accepted_at": None,
    "accepted_until": None,
    "accepted_reason": "",
    "accepted_evidence": "",
}
"""The columns of a finding that nobody accepts."""

ACCEPTABLE = (*FindingRecord.ACTIVE, State.ACCEPTED)
"""What may be accepted; what is accepted already may be given another reason and date."""


def lock(cluster_id: uuid.UUID) -> None:
    """Hold the cluster's findings until the transaction ends."""
    list(Cluster.objects.select_for_update(no_key=True).filter(pk=cluster_id).values_list("pk"))


def accept(
    cluster: Cluster, findings: QuerySet[FindingRecord], *, by: User, reason: str, until: datetime, now: datetime
) -> int:
    """Accept those of the findings that may be, each bound to what it says now; how many those were."""
    values = {
        "state": State.ACCEPTED,
        "changed_at": now,
        "accepted_by": by,
        "accepted_at": now,
        "accepted_until": until,
        "accepted_reason": clean(reason),
        "accepted_evidence": F("binding"),
    }
    note = f"Until {day_words(until)}: {clean(reason)}"
    with transaction.atomic():
        lock(cluster.pk)
        count = _step(findings.filter(cluster=cluster, state__in=ACCEPTABLE), values, now, by=by, note=note)
        follow(cluster)
    return count


def withdraw(cluster: Cluster, findings: QuerySet[FindingRecord], *, by: User, now: datetime) -> int:
    """Take the acceptance of the findings back, so that they are open again; how many were accepted."""
    values = {"state": State.OPEN, "changed_at": now, **NOT_ACCEPTED}
    with transaction.atomic():
        lock(cluster.pk)
        accepted = findings.filter(cluster=cluster, state=State.ACCEPTED)
        count = _step(accepted, values, now, by=by, note="The acceptance was taken back.")
        follow(cluster)
    return count


def expire(now: datetime) -> int:
    """Reopen every finding whose acceptance has had its time, of all clusters; how many there were.

    Harmless at any moment and from several processes at once.
    """
    over = FindingRecord.objects.filter(state=State.ACCEPTED, accepted_until__lte=now)
    count = 0
    for cluster in Cluster.objects.filter(pk__in=over.order_by().values("cluster")).only("pk", "last_scan"):
        with transaction.atomic():
            lock(cluster.pk)
            mine = over.filter(cluster=cluster)
            for until in list(mine.order_by().values_list("accepted_until", flat=True).distinct()):
                values = {"state": State.REOPENED, "changed_at": now, **NOT_ACCEPTED}
                note = ended_words(until) if until else ""
                count += _step(mine.filter(accepted_until=until), values, now, note=note)
            follow(cluster)
    return count


def _step(
    findings: QuerySet[FindingRecord], values: dict[str, Any], at: datetime, *, by: User | None = None, note: str
) -> int:
    """Change the findings and write the step into the history of each."""
    keys = list(findings.order_by().values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        FindingRecord.objects.filter(pk__in=batch).update(**values)
        FindingEvent.objects.bulk_create(
            FindingEvent(finding_id=pk, state=values["state"], at=at, by=by, note=note) for pk in batch
        )
    return len(keys)


def active_counts(cluster_id: uuid.UUID) -> dict[str, int]:
    """The cluster's active findings by severity: neither accepted nor of system objects."""
    rows = (
        FindingRecord.objects.filter(cluster_id=cluster_id, state__in=FindingRecord.ACTIVE, folded=False)
        .order_by()
        .values_list("severity")
        .annotate(count=Count("pk"))
    )
    return dict(rows)


def accepted_objects(clusters: Iterable[Cluster]) -> dict[uuid.UUID, Counter[str]]:
    """For each cluster, how many objects that fail a check are accepted, by check; system objects apart."""
    rows = (
        FindingRecord.objects.filter(cluster__in=clusters, state=State.ACCEPTED, folded=False)
        .order_by()
        .values_list("cluster_id", "check_id", "kind", "namespace", "name")
        .distinct()
    )
    found: dict[uuid.UUID, Counter[str]] = {}
    for cluster_id, check_id, *_ in rows.iterator(chunk_size=2000):
        found.setdefault(cluster_id, Counter())[check_id] += 1
    return found


def follow(cluster: Cluster) -> None:
    """Let the last scan's counts follow what people accept, so that every page tells the same number."""
    last = Cluster.objects.filter(pk=cluster.pk).values("last_scan")
    Scan.objects.filter(pk__in=last).update(severity_counts=active_counts(cluster.pk))


def ended_words(until: datetime) -> str:
    return f"The acceptance ended on {day_words(until)}."
