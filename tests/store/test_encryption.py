"""How Secrets were written at each scan: kept on its row, and read back for the next one."""

from __future__ import annotations

import pytest
from django.utils import timezone

from scanners.assess import report, run_checks
from scanners.checks.encryption_rewriting import ENCRYPTION_NOT_REWRITTEN
from scanners.context import Context
from scanners.etcd_prefix import PLAINTEXT, Prefix
from scanners.history import EncryptionSeen
from scanners.inventory import Inventory, Transformation
from scanners.models import Cluster, Scan
from scanners.store import history, save
from tests.core.build import complete, inventory, secret

pytestmark = pytest.mark.django_db

KMS = "k8s:enc:kms:v2:vault:"


def moved(direction: str, prefix: str, count: int) -> Transformation:
    return Transformation(
        resource="secrets",
        direction="to_storage" if direction == "to" else "from_storage",
        prefix=prefix,
        count=count,
    )


def seen(version: str, listed_at: str, config_hash: str, *series: Transformation, **fields: object) -> Inventory:
    return inventory(
        secrets=(secret(resource_version=version),),
        secrets_resource_version=listed_at,
        encryption_config_hash=config_hash,
        transformations=series,
        secret_cache_fills=1,
        **{"coverage": complete("secrets", "metrics"), **fields},
    )


def keep(cluster: Cluster, found: Inventory) -> Scan:
    scan = Scan.objects.create(cluster=cluster, state=Scan.State.RUNNING, attempt=1, started_at=timezone.now())
    context = Context(found, history=history(cluster))
    results = run_checks(context, (ENCRYPTION_NOT_REWRITTEN,))
    save(scan, context, results, report(context, results))
    return scan


@pytest.fixture
def stored() -> Cluster:
    return Cluster.objects.create(name="test", connection=Cluster.Connection.KUBECONFIG)


def test_plaintext_of_an_earlier_scan_is_found_by_the_next_one(stored: Cluster) -> None:
    first = keep(stored, seen("10", "20", ""))
    assert first.encryption_seen == {"config_hash": "", "resource_version": 20, "written": ""}
    assert not stored.findings.exists()
    busy = (moved("to", KMS, 5), moved("from", KMS, 50), moved("from", "identity", 1))
    second = keep(stored, seen("10", "90", "sha256:a", *busy))
    assert second.encryption_seen == {"config_hash": "sha256:a", "resource_version": 90, "written": KMS}
    finding = stored.findings.get()
    assert (finding.kind, finding.name) == ("Cluster", "test")
    assert "shop/db" in finding.evidence
    assert history(stored).encryption == (
        EncryptionSeen("", 20, PLAINTEXT),
        EncryptionSeen("sha256:a", 90, Prefix(KMS)),
    )


def test_a_scan_that_cannot_tell_leaves_nothing(stored: Cluster) -> None:
    assert keep(stored, seen("10", "20", "", coverage=complete("secrets"))).encryption_seen == {}
    assert keep(stored, seen("10", "", "sha256:a", moved("to", KMS, 1))).encryption_seen == {}
    assert history(stored).encryption == ()


def test_scans_that_did_not_finish_and_other_clusters_do_not_count(stored: Cluster) -> None:
    other = Cluster.objects.create(name="other", connection=Cluster.Connection.KUBECONFIG)
    keep(other, seen("10", "20", ""))
    failed = keep(stored, seen("10", "20", ""))
    Scan.objects.filter(pk=failed.pk).update(state=Scan.State.FAILED)
    assert history(stored).encryption == ()


def test_hostile_text_is_stored_by_every_database(stored: Cluster) -> None:
    scan = keep(stored, seen("10", "20", "sha256:\0", moved("to", "k8s:enc:kms:v2:a\0b:", 1)))
    assert "\0" not in str(Scan.objects.get(pk=scan.pk).encryption_seen)
