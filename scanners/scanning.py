"""One scan from claim to stored result: the edge where every failure becomes a state and a sentence."""

from __future__ import annotations

import io
import logging
import traceback
from collections.abc import Callable
from dataclasses import replace

import msgspec
from django.conf import settings
from django.utils import timezone

from advisor.facts import facts
from scanners import given
from scanners.assess import report, run_checks
from scanners.checks import BY_ID
from scanners.collect.run import Options, collect
from scanners.connections import ConnectionProblem, open_transport
from scanners.context import Context
from scanners.demo import rebase
from scanners.digest import KeyedDigest
from scanners.history import History
from scanners.inventory import AuditPolicy, EncryptionEntry, Inventory
from scanners.kube.errors import KubeError
from scanners.lease import Cancelled, DeadlinePassed, Interrupted, Lease, TakenOver, claim
from scanners.models import Cluster, InstallationPolicy, Scan
from scanners.policy import Policy, PolicyError, parse_policy
from scanners.settled import settling
from scanners.snapshot import SnapshotError, read_snapshot
from scanners.store import LeaseLost, history, save
from scanners.store.elsewhere import digests_elsewhere

logger = logging.getLogger(__name__)


def run(scan_id: int) -> None:
    """Run one scan to its end. Every outcome is written to its row; nothing is raised."""
    scan = claim(scan_id)
    if scan is None:
        return
    logger.info("scan %s of cluster %s started, attempt %s", scan.pk, scan.cluster_id, scan.attempt)
    with Lease(scan) as lease:
        try:
            _scan(scan, lease)
        except (Cancelled, LeaseLost, TakenOver):
            _end_cancelled(scan)
        except Interrupted:
            lease.interrupt()
        except DeadlinePassed:
            _fail(
                scan,
                "The scan took longer than 30 minutes and was ended. Is the API server overloaded? Scan again later.",
            )
        except (KubeError, SnapshotError, PolicyError, ConnectionProblem) as error:
            _fail(scan, str(error))
        except Exception as error:  # noqa: BLE001
            # The task's edge: recorded with its type only, since a message may quote what must not be kept.
            logger.error("scan %s failed with %s\n%s", scan.pk, type(error).__name__, _frames(error))
            _fail(
                scan,
                f"The scan stopped with {type(error).__name__}, a defect of secretsui. The worker's log says where.",
            )
    logger.info("scan %s ended", scan.pk)


def _scan(scan: Scan, lease: Lease) -> None:
    cluster = scan.cluster
    policy = policy_of(cluster)
    # Said before anything is read, so that a scan that fails does not hide what it did.
    scan.deep = cluster.deep and cluster.is_live
    Scan.objects.filter(pk=scan.pk, attempt=scan.attempt).update(deep=scan.deep)
    inventory = inventory_of(cluster, lease, policy.labels)
    scan.deep = inventory.deep
    conclude(scan, inventory, policy, lease.phase)


def conclude(
    scan: Scan,
    inventory: Inventory,
    policy: Policy,
    phase: Callable[[str], None] = lambda name: None,
    past: History | None = None,
) -> Context:
    """Judge what a running scan read and store it. `phase` is told what is done next. Raises LeaseLost.

    `past` is what earlier scans saw, where the database does not tell it.
    """
    with settling() as settle:
        settle()
        phase("assessing")
        past = past or history(scan.cluster, policy)
        if inventory.deep:
            past = replace(past, digests_elsewhere=digests_elsewhere(scan.cluster, inventory))
        context = Context(inventory, policy, past)
        del past
        context.observe_all()
        results = run_checks(context)
        phase("describing Secrets")
        result = report(context, results, finished_at=timezone.now(), secrets=False)
        scan.advice_facts = [
            {"question": found.question, "value": found.value, "fact": found.fact, "from": found.seen}
            for found in facts(inventory, context)
        ]
        settle()
        phase("storing")
        save(scan, context, results, result)
    return context


def policy_of(cluster: Cluster) -> Policy:
    """The cluster's own policy, else the installation's, else the default. Raises PolicyError."""
    text = cluster.policy or InstallationPolicy.objects.values_list("yaml", flat=True).first() or ""
    return parse_policy(text, frozenset(BY_ID))


def inventory_of(cluster: Cluster, lease: Lease, labels: frozenset[str] = frozenset()) -> Inventory:
    """Collect the cluster, or read its snapshot. `labels` are the keys that the policy's rules ask for.

    Raises KubeError, SnapshotError or ConnectionProblem when nothing at all can be read, and Stopped.
    """
    inventory = _read(cluster, lease, labels)
    if cluster.encryption_config is not None:
        entries = msgspec.convert(cluster.encryption_config, tuple[EncryptionEntry, ...])
        inventory = given.with_encryption(inventory, entries, cluster.encryption_config_hash)
    if cluster.audit_policy is not None:
        inventory = given.with_audit_policy(inventory, msgspec.convert(cluster.audit_policy, AuditPolicy))
    return inventory


def _read(cluster: Cluster, lease: Lease, labels: frozenset[str]) -> Inventory:
    now = timezone.now()
    if cluster.connection in (Cluster.Connection.SNAPSHOT, Cluster.Connection.DEMO):
        inventory = read_snapshot(io.BytesIO(bytes(cluster.snapshot)), now=now, labels=labels)
        return rebase(inventory, now) if cluster.is_demo else inventory
    with open_transport(cluster) as opened:
        return collect(
            opened.transport,
            Options(
                name=cluster.name,
                server=cluster.server,
                known_namespaces=opened.known_namespaces,
                labels=labels,
                digest=KeyedDigest(settings.DIGEST_KEY),
                deep=cluster.deep,
            ),
            lease.progress,
            lease.stop,
        )


def _frames(error: BaseException) -> str:
    """Where it happened: lines of our source, and nothing of the data."""
    return "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))


def _end_cancelled(scan: Scan) -> None:
    """A cancelled scan ends as cancelled; one that another worker took over is left to that worker."""
    Scan.objects.filter(pk=scan.pk, attempt=scan.attempt, state=Scan.State.RUNNING, cancel_requested=True).update(
        state=Scan.State.CANCELLED, finished_at=timezone.now(), progress={}
    )


def _fail(scan: Scan, sentence: str) -> None:
    Scan.objects.filter(pk=scan.pk, attempt=scan.attempt, state=Scan.State.RUNNING).update(
        state=Scan.State.FAILED, finished_at=timezone.now(), error=sentence, progress={}
    )
