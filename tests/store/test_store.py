"""What is kept between scans, and what a scan may not touch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from scanners.assess import report, run_checks
from scanners.checks.check import Check, Fault, Judgement
from scanners.context import Context
from scanners.inventory import Coverage, Inventory, Secret, SyncObject
from scanners.models import Cluster, FindingRecord, Scan, SecretRecord
from scanners.store import LeaseLost, history, save
from tests.core.build import NOW, complete, days_ago, inventory, secret

pytestmark = pytest.mark.django_db

State = FindingRecord.State


def fails_when_old(context: Context, item: Secret) -> Judgement:
    if item.type == "broken":
        raise RuntimeError
    return [Fault("Secret", item.namespace, item.name, "bad")] if item.type == "bad" else []


CHECK = Check(
    id="test-check", title="Test", severity="high", needs=("secrets",), checklist="rotation", what="", why="", fix="",
    select=lambda context: context.inventory.secrets, judge=fails_when_old,
)  # fmt: skip


@pytest.fixture
def stored() -> Cluster:
    return Cluster.objects.create(name="test", connection=Cluster.Connection.KUBECONFIG)


def keep(cluster: Cluster, *secrets: Secret, later: int = 0, **fields: Any) -> Scan:
    """Assess the Secrets as one scan would and store it; `later` in days."""
    seen = inventory(
        secrets=secrets,
        **{
            "coverage": complete("secrets", "roles", "clusterroles", "rolebindings", "clusterrolebindings"),
            "collected_at": NOW + timedelta(days=later),
            **fields,
        },
    )
    scan = Scan.objects.create(cluster=cluster, state=Scan.State.RUNNING, attempt=1, started_at=timezone.now())
    store(scan, seen)
    return scan


def store(scan: Scan, seen: Inventory) -> None:
    context = Context(seen, history=history(scan.cluster))
    results = run_checks(context, (CHECK,))
    save(scan, context, results, report(context, results))


def state_of(cluster: Cluster, name: str = "a") -> str:
    return cluster.findings.get(name=name).state


def test_an_unchanged_cluster_writes_no_secret_row_again(stored: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    items = [secret(f"s{n}", created_at=days_ago(200), data_written_at=days_ago(100)) for n in range(20)]
    items.append(secret("unbounded", created_at=days_ago(200)))
    keep(stored, *items)
    written: list[SecretRecord] = []
    monkeypatch.setattr("scanners.store.secrets._upsert", lambda rows: written.extend(rows))
    again = keep(stored, *items, later=30)
    assert written == []
    assert again.changes["secrets_changed"] == 0
    assert stored.secrets.count() == 21


def test_only_the_changed_secret_is_written(stored: Cluster) -> None:
    keep(stored, secret("a", created_at=days_ago(9)), secret("b", created_at=days_ago(9)))
    rows = {row.name: row.digest for row in stored.secrets.all()}
    scan = keep(stored, secret("a", created_at=days_ago(9)), secret("b", created_at=days_ago(9), keys=("k",)))
    assert {row.name for row in stored.secrets.all() if row.digest != rows[row.name]} == {"b"}
    assert scan.changes["secrets_changed"] == 1


def test_a_secret_that_is_gone_is_removed_only_by_a_scan_that_saw_its_namespace(stored: Cluster) -> None:
    keep(stored, secret("a", "seen"), secret("b", "unseen"))
    partly = {"secrets": Coverage(input="secrets", status="partial", namespaces=("seen",))}
    keep(stored, coverage=partly)
    assert [row.name for row in stored.secrets.all()] == ["b"]
    keep(stored, coverage={"secrets": Coverage(input="secrets", status="denied")})
    assert stored.secrets.count() == 1
    keep(stored)
    assert stored.secrets.count() == 0


def test_the_life_of_a_finding(stored: Cluster) -> None:
    bad, good = secret("a", type="bad"), secret("a", type="fine")
    first = keep(stored, bad)
    assert state_of(stored) == State.NEW
    assert first.changes["findings_new"] == 1
    keep(stored, bad, later=1)
    assert state_of(stored) == State.OPEN
    assert keep(stored, good, later=2).changes["findings_resolved"] == 1
    row = stored.findings.get()
    assert (row.state, row.resolved_at) == (State.RESOLVED, NOW + timedelta(days=2))
    assert keep(stored, bad, later=3).changes["findings_reopened"] == 1
    row.refresh_from_db()
    assert (row.state, row.resolved_at, row.first_seen_at) == (State.REOPENED, None, NOW)


@pytest.mark.parametrize(
    ("status", "namespaces", "expected"),
    [
        ("denied", (), State.NEW),
        ("error", (), State.NEW),
        ("partial", ("other",), State.NEW),
        ("partial", ("shop",), State.RESOLVED),
        ("complete", (), State.RESOLVED),
    ],
)
def test_a_finding_is_resolved_only_by_a_scan_that_looked(
    stored: Cluster, status: Any, namespaces: tuple[str, ...], expected: str
) -> None:
    keep(stored, secret("a", type="bad"))
    keep(stored, coverage={"secrets": Coverage(input="secrets", status=status, namespaces=namespaces)})
    assert state_of(stored) == expected


def test_an_object_that_could_not_be_judged_keeps_its_finding(stored: Cluster) -> None:
    keep(stored, secret("a", type="bad"), secret("b", type="bad"))
    keep(stored, secret("a", type="broken"), secret("b", type="fine"))
    assert (state_of(stored, "a"), state_of(stored, "b")) == (State.NEW, State.RESOLVED)


def test_the_newest_time_of_writing_ever_seen_is_kept(stored: Cluster) -> None:
    """A server-side-apply owner that gives up its fields takes its time with it (real-parts.md, fact 5)."""
    keep(stored, secret("a", created_at=days_ago(400), data_written_at=days_ago(20)))
    keep(stored, secret("a", created_at=days_ago(400), data_written_at=days_ago(300)))
    row = stored.secrets.get()
    assert row.newest_data_write == row.changed_before == days_ago(20)


def test_a_recreated_secret_does_not_inherit_the_times_of_its_namesake(stored: Cluster) -> None:
    keep(stored, secret("a", uid="1", created_at=days_ago(400), data_written_at=days_ago(2)))
    keep(stored, secret("a", uid="2", created_at=days_ago(1)))
    row = stored.secrets.get()
    assert (row.uid, row.newest_data_write) == ("2", None)


def test_a_scan_that_was_taken_over_writes_nothing(stored: Cluster) -> None:
    scan = Scan.objects.create(cluster=stored, state=Scan.State.RUNNING, attempt=1)
    Scan.objects.filter(pk=scan.pk).update(attempt=2)
    with pytest.raises(LeaseLost):
        store(scan, inventory(secrets=(secret(),), coverage=complete("secrets")))
    assert not stored.secrets.exists()
    assert Scan.objects.get(pk=scan.pk).state == Scan.State.RUNNING


def test_a_cancelled_scan_writes_nothing(stored: Cluster) -> None:
    scan = Scan.objects.create(cluster=stored, state=Scan.State.RUNNING, attempt=1)
    Scan.objects.filter(pk=scan.pk).update(cancel_requested=True)
    with pytest.raises(LeaseLost):
        store(scan, inventory(secrets=(secret(),), coverage=complete("secrets")))
    assert not stored.secrets.exists()


def test_a_scan_with_unread_inputs_is_marked_partial(stored: Cluster) -> None:
    assert keep(stored, secret()).state == Scan.State.DONE
    broken = complete("secrets") | {"pods": Coverage(input="pods", status="error", detail="timed out")}
    assert keep(stored, secret(), coverage=broken).state == Scan.State.PARTIAL
    denied = complete("secrets") | {"pods": Coverage(input="pods", status="denied")}
    assert keep(stored, secret(), coverage=denied).state == Scan.State.DONE


def test_nul_in_a_name_is_stored_by_every_database(stored: Cluster) -> None:
    """PostgreSQL refuses NUL in text, and a subject's name may hold one."""
    keep(stored, secret("a\0b", type="bad"))
    assert stored.secrets.get().name == "a\u2400b"
    assert stored.findings.get().name == "a\u2400b"


def test_the_digest_covers_every_shown_column(stored: Cluster) -> None:
    """A column that the digest leaves out would keep its old value for ever."""
    keep(stored, secret("a", created_at=days_ago(3)))
    before = stored.secrets.get()
    changed = secret("a", created_at=days_ago(3), keys=("x",), key_count=1, type="kubernetes.io/tls", uid="other")
    keep(stored, changed)
    after = stored.secrets.get()
    assert (after.keys, after.key_count, after.type, after.uid) == (["x"], 1, "kubernetes.io/tls", "other")
    assert before.digest != after.digest


def test_the_way_of_a_value_is_kept_and_says_nothing_new_while_all_goes_well(
    stored: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def synced(day: int) -> dict[str, Any]:
        external = SyncObject(
            kind="ExternalSecret", group="external-secrets.io", namespace="shop", name="a", targets=("a",),
            ready=True, store_kind="SecretStore", store="vault\0", refresh_seconds=3600, refreshed_at=days_ago(1 - day),
        )  # fmt: skip
        return {"sync_objects": (external,)}

    item = secret("a", created_at=days_ago(200), data_written_at=days_ago(100))
    keep(stored, item, **synced(0))
    kept = [tuple(link.values()) for link in stored.secrets.get(name="a").chain]
    assert set(stored.secrets.get(name="a").chain[0]) == {"kind", "namespace", "name", "group", "healthy", "detail"}
    assert kept == [
        ("SecretStore", "shop", "vault␀", "external-secrets.io", None, ""),
        ("ExternalSecret", "shop", "a", "external-secrets.io", True, "every 1 hour"),
        ("Secret", "shop", "a", "", None, "Opaque"),
    ]
    written: list[SecretRecord] = []
    monkeypatch.setattr("scanners.store.secrets._upsert", lambda rows: written.extend(rows))
    keep(stored, item, later=1, **synced(1))
    assert written == [], "a refresh is no change of the Secret"


def test_a_scan_of_some_namespaces_says_nothing_of_the_others(stored: Cluster) -> None:
    """A snapshot of `collect -n` read its lists whole, but these hold one namespace only."""
    keep(stored, secret("a", "shop", type="bad"), secret("b", "payments", type="bad"))
    scan = keep(stored, scope=("shop",), later=1)
    assert {row.name: row.state for row in stored.findings.all()} == {"a": State.RESOLVED, "b": State.NEW}
    assert list(stored.secrets.values_list("namespace", flat=True)) == ["payments"]
    assert (scan.changes["secrets_removed"], scan.changes["findings_resolved"]) == (1, 1)
