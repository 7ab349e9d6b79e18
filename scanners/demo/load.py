"""Puts the demo cluster into the database, scanned, so that every page has something true to show."""

from __future__ import annotations

import io
from datetime import timedelta

import msgspec
from django.utils import timezone

from scanners import scanning
from scanners.demo import NAME, demo_snapshot, rebase
from scanners.demo.past import earlier
from scanners.demo.policy import POLICY
from scanners.history import History
from scanners.inventory import Inventory
from scanners.models import Cluster, Scan
from scanners.policy import parse_policy
from scanners.snapshot import read_snapshot

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
            name=NAME,
            connection=Cluster.Connection.DEMO,
            snapshot=snapshot,
            policy=POLICY,
            deep=True,
            shared_with_everyone=True,
        )
        _scan_from_the_past_on(cluster)
        return
    if bytes(cluster.snapshot) != snapshot:
        Cluster.objects.filter(pk=cluster.pk).update(snapshot=snapshot)
    elif cluster.last_scan is not None and timezone.now() - cluster.last_scan.queued_at < STALE_AFTER:
        return
    if not cluster.scans.filter(state__in=Scan.LIVE).exists():
        scanning.run(Scan.objects.create(cluster=cluster, sent_at=timezone.now()).pk)


def _scan_from_the_past_on(cluster: Cluster) -> None:
    """What scans of the company on earlier days would have found, stored as theirs, and today's."""
    policy = parse_policy(POLICY)
    now = timezone.now()
    today = rebase(read_snapshot(io.BytesIO(bytes(cluster.snapshot)), now=now), now)
    if today.audit_policy is not None:
        cluster.audit_policy = msgspec.to_builtins(today.audit_policy)
        cluster.save(update_fields=["audit_policy"])
    past = History()
    for inventory in (*earlier(today), today):
        scan = Scan.objects.create(cluster=cluster, state=Scan.State.RUNNING, attempt=1, deep=inventory.deep)
        context = scanning.conclude(scan, inventory, policy, past=_of_values_since(inventory, past))
        past = History({each.uid: context.observed(each) for each in inventory.secrets})
        Scan.objects.filter(pk=scan.pk).update(
            queued_at=inventory.started_at,
            sent_at=inventory.started_at,
            started_at=inventory.started_at,
            finished_at=inventory.collected_at,
        )


def _of_values_since(inventory: Inventory, past: History) -> History:
    """What was known of the values that have not been written since.

    Which value stood there before, the demo's snapshot does not tell: of the others nothing is known.
    """
    written = {each.uid: each.data_written_at for each in inventory.secrets}
    return History({uid: known for uid, known in past.secrets.items() if written.get(uid) == known.newest_data_write})
