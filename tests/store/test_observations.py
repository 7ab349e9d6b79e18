"""What scans saw of values survives being stored, and is claimed only as far as each scan looked."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from scanners.assess import report
from scanners.context import Context
from scanners.digest import SECRET_VALUE, KeyedDigest
from scanners.history import History
from scanners.inventory import Coverage, KeyFacts, Secret
from scanners.models import Cluster, Scan, SecretRecord
from scanners.policy import Policy, RehearsalPair, parse_policy
from scanners.report import Consumer
from scanners.store import history, save
from scanners.store.observations import stale_count
from tests.core.build import NOW, complete, days_ago, inventory, secret
from tests.pages import rows

pytestmark = pytest.mark.django_db

KEY = KeyedDigest(b"k" * 32)
RBAC = ("roles", "clusterroles", "rolebindings", "clusterrolebindings")


@pytest.fixture
def stored() -> Cluster:
    return rows.cluster("stored")


def value(written: float, namespace: str = "shop", uid: str = "u", **values: str) -> Secret:
    facts = tuple(KeyFacts(key=key, digest=KEY.of(SECRET_VALUE, text.encode())) for key, text in sorted(values.items()))
    return secret(
        "db", namespace, uid=uid, created_at=days_ago(400), data_written_at=days_ago(written), key_count=len(values),
        values=facts or None, resource_version=str(zlib.crc32(f"{written} {sorted(values.items())}".encode())),
    )  # fmt: skip


def scan(stored: Cluster, day: float, *secrets: Secret, deep: bool = True, **fields: Any) -> Context:
    """A scan that took an hour and ended so many days ago."""
    seen = inventory(
        secrets=secrets,
        deep=deep,
        **{
            "started_at": days_ago(day) - timedelta(hours=1),
            "collected_at": days_ago(day),
            "coverage": complete("secrets", "pods", *RBAC),
            **fields,
        },
    )
    context = Context(seen, history=history(stored))
    row = Scan.objects.create(cluster=stored, state=Scan.State.RUNNING, attempt=1, started_at=timezone.now())
    save(row, context, [], report(context, []))
    return context


def started(day: float) -> datetime:
    return days_ago(day) - timedelta(hours=1)


def test_a_change_between_two_stored_scans_is_proven(stored: Cluster) -> None:
    scan(stored, 30, value(100, a="1", b="2"))
    scan(stored, 20, value(100, a="1", b="2"))
    context = scan(stored, 10, value(15, a="new", b="2"))
    row = stored.secrets.get()
    assert (row.changed_after, row.changed_before, row.age_evidence) == (started(20), days_ago(15), "observed")
    assert [item["first_seen"] for item in row.key_history["a"]] == ["2026-10-24T12:00:00Z", "2026-11-13T12:00:00Z"]
    assert len(row.key_history["b"]) == 1
    assert row.value_seen_at == days_ago(10)
    assert context.rotation(context.inventory.secrets[0]).state == "fresh"
    assert scan(stored, 5, value(15, a="new", b="2")).rotation(context.inventory.secrets[0]).age is not None
    assert stored.secrets.get().digest == row.digest, "nothing changed, so the row was not written"


def test_a_scan_without_values_keeps_the_history_of_values(stored: Cluster) -> None:
    scan(stored, 30, value(100, a="1"))
    before = stored.secrets.get()
    scan(stored, 20, value(100), deep=False)
    row = stored.secrets.get()
    assert (row.value_digest, row.key_history) == (before.value_digest, before.key_history)
    assert row.value_digest and row.key_history
    scan(stored, 10, value(15, a="2"))
    row = stored.secrets.get()
    assert row.changed_after == started(30), "the scan in between did not look at values"


def test_a_scan_that_did_not_read_the_namespace_saw_nothing_there(stored: Cluster) -> None:
    scan(stored, 30, value(100, a="1"))
    elsewhere = {"secrets": Coverage(input="secrets", status="partial", namespaces=("other",))}
    scan(stored, 20, coverage=elsewhere)
    scan(stored, 10, value(15, a="2"))
    assert stored.secrets.get().changed_after == started(30)


def test_a_scan_of_some_namespaces_counts_for_these(stored: Cluster) -> None:
    scan(stored, 30, value(100, a="1"), value(100, "other", "o", a="1"))
    shop = {"secrets": Coverage(input="secrets", status="partial", namespaces=("shop",))}
    scan(stored, 20, value(100, a="1"), coverage=shop)
    scan(stored, 10, value(15, a="2"), value(15, "other", "o", a="2"))
    assert {row.namespace: row.changed_after for row in stored.secrets.all()} == {
        "shop": started(20),
        "other": started(30),
    }


def test_values_that_a_deep_scan_could_not_read_were_not_seen_by_it(stored: Cluster) -> None:
    scan(stored, 30, value(100, a="1"))
    scan(stored, 20, value(100))
    scan(stored, 10, value(15, a="2"))
    assert stored.secrets.get().changed_after == started(30)


def test_a_failed_scan_saw_nothing(stored: Cluster) -> None:
    scan(stored, 30, value(100, a="1"))
    scan(stored, 20, value(100, a="1"))
    Scan.objects.filter(pk=stored.scans.latest("pk").pk).update(state=Scan.State.FAILED)
    scan(stored, 10, value(15, a="2"))
    assert stored.secrets.get().changed_after == started(30)


def test_a_recreated_secret_is_another(stored: Cluster) -> None:
    scan(stored, 30, value(100, a="1"))
    scan(stored, 10, value(15, uid="new", a="2"))
    row = stored.secrets.get()
    assert (row.changed_after, row.age_evidence, len(row.key_history["a"])) == (days_ago(400), "managed-fields", 1)


def test_a_demo_has_no_past_since_its_dates_move() -> None:
    demo = rows.cluster("demo", connection=Cluster.Connection.DEMO)
    scan(demo, 30, value(100, a="1"))
    assert history(demo) == History()


def test_owner_environment_and_certificate_are_kept(stored: Cluster) -> None:
    given = parse_policy("owners: [{label: team=*, owner: payments}]\nenvironments: [{environment: production}]")
    item = secret(
        "web", type="kubernetes.io/tls", labels={"team": "a"}, created_at=days_ago(9),
        values=(KeyFacts(key="tls.crt", digest="", not_after=days_ago(-9)),),
    )  # fmt: skip
    context = Context(inventory(secrets=(item,), deep=True, coverage=complete("secrets", *RBAC)), given)
    row = Scan.objects.create(cluster=stored, state=Scan.State.RUNNING, attempt=1)
    save(row, context, [], report(context, []))
    kept = stored.secrets.get()
    assert (kept.owner, kept.environment, kept.certificate_expires_at) == ("payments", "production", days_ago(-9))


@pytest.mark.parametrize(
    ("stale", "count"), [((True, None), 1), ((True, False), 1), ((None, False), None), ((False,), 0), ((), 0)]
)
def test_stale_consumers_are_counted_or_not_known(stale: tuple[bool | None, ...], count: int | None) -> None:
    uses = [
        Consumer(kind="Pod", namespace="shop", name=f"p{number}", how="env", keys=(), stale=state)
        for number, state in enumerate(stale)
    ]
    ingress = Consumer(kind="Ingress", namespace="shop", name="web", how="ingress-tls", keys=(), stale=None)
    assert stale_count([*uses, ingress]) == count


# Ages of other clusters, for rehearsals

PAIR = Policy(rehearsals=(RehearsalPair(production="shop-*", staging="test-*", staging_cluster="staging"),))


@pytest.fixture
def staging() -> Cluster:
    found = rows.cluster("staging")
    rows.scan(found)
    for namespace in ("test-eu", "test", "tools"):
        rows.secret(found, "db", namespace, now=NOW, written_days_ago=10, created_days_ago=40)
    return found


def test_the_ages_of_a_named_cluster_are_known(stored: Cluster, staging: Cluster) -> None:
    seen = history(stored, PAIR)
    assert seen.clusters == {"staging"}
    assert set(seen.elsewhere) == {("staging", "test-eu", "db")}
    age = seen.elsewhere["staging", "test-eu", "db"]
    assert age is not None
    assert (age.changed_after, age.changed_before, age.proven) == (days_ago(40), days_ago(10), False)
    assert history(stored).elsewhere == {}


def test_nobody_learns_of_a_cluster_that_is_hidden_from_them(stored: Cluster, staging: Cluster) -> None:
    both, one = rows.viewer("both"), rows.viewer("one")
    stored.viewers.set([both])
    staging.viewers.set([both])
    assert history(stored, PAIR).clusters == {"staging"}
    stored.viewers.set([both, one])
    assert history(stored, PAIR).clusters == frozenset()
    assert history(stored, PAIR).elsewhere == {}
    staging.shared_with_everyone = True
    staging.save()
    assert history(stored, PAIR).clusters == {"staging"}
    Cluster.objects.filter(pk=staging.pk).update(shared_with_everyone=False)
    stored.shared_with_everyone = True
    stored.save()
    assert history(stored, PAIR).clusters == frozenset()


def test_a_cluster_that_was_never_scanned_tells_nothing(stored: Cluster) -> None:
    rows.cluster("staging")
    assert history(stored, PAIR).clusters == frozenset()


def test_no_row_tells_more_than_digests(stored: Cluster) -> None:
    scan(stored, 30, value(100, a="canary-value"))
    assert "canary" not in str(SecretRecord.objects.values().get())
