"""The life of a finding: every step, what an acceptance is bound to, and what may end it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from scanners.assess import report, run_checks
from scanners.checks.check import Check, Fault, Unknown
from scanners.context import Context
from scanners.inventory import Coverage
from scanners.models import Cluster, FindingEvent, FindingRecord, Scan
from scanners.store import save
from scanners.store.acceptance import accept, expire, withdraw
from scanners.tasks import tick
from secretsui.accounts.models import User
from tests.core.build import NOW, complete, inventory, secret

pytestmark = pytest.mark.django_db

State = FindingRecord.State
FAULT = Fault("Secret", "shop", "a", "It is bad.", evidence="seen")


@pytest.fixture
def stored() -> Cluster:
    return Cluster.objects.create(name="test", connection=Cluster.Connection.KUBECONFIG)


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", "correct horse battery", role=User.Role.ADMINISTRATOR)


def check(*faults: Fault | Unknown, identifier: str = "test-check", **fields: Any) -> Check:
    """A check that finds exactly these faults."""
    return Check(
        id=identifier, title="Test", severity="high", needs=("secrets",), checklist="rotation", what="", why="", fix="",
        select=lambda context: faults, judge=lambda context, fault: [fault], **fields,
    )  # fmt: skip


def keep(cluster: Cluster, *faults: Fault | Unknown, checks: tuple[Check, ...] | None = None, **fields: Any) -> Scan:
    """Store a scan that finds exactly these faults; `later` in days."""
    later = fields.pop("later", 0)
    seen = inventory(
        **{"coverage": complete("secrets"), "collected_at": NOW + timedelta(days=later)} | fields,
    )
    scan = Scan.objects.create(cluster=cluster, state=Scan.State.RUNNING, attempt=1, started_at=timezone.now())
    context = Context(seen)
    results = run_checks(context, (check(*faults),) if checks is None else checks)
    save(scan, context, results, report(context, results))
    return scan


def found(cluster: Cluster, name: str = "a") -> FindingRecord:
    return cluster.findings.get(name=name)


def steps(cluster: Cluster, name: str = "a") -> list[str]:
    return [event.state for event in found(cluster, name).events.order_by("id")]


def accepted(cluster: Cluster, by: User, days: float = 30) -> None:
    now = timezone.now()
    accept(cluster, cluster.findings.all(), by=by, reason="known", until=now + timedelta(days=days), now=now)


def test_every_step_is_in_the_history(stored: Cluster, ada: User) -> None:
    first = keep(stored, FAULT)
    keep(stored, FAULT, later=1)
    accepted(stored, ada)
    withdraw(stored, stored.findings.all(), by=ada, now=timezone.now())
    gone = keep(stored, later=2)
    keep(stored, FAULT, later=3)
    events = list(found(stored).events.order_by("id"))
    assert [event.state for event in events] == ["new", "accepted", "open", "resolved", "reopened"]
    assert [event.scan_id for event in events[:1] + events[3:4]] == [first.pk, gone.pk]
    assert [event.by for event in events] == [None, ada, ada, None, None]
    assert events[1].note.endswith(": known")
    assert (events[0].at, events[3].at) == (NOW, NOW + timedelta(days=2))


def test_a_finding_seen_by_a_second_scan_is_no_step(stored: Cluster) -> None:
    keep(stored, FAULT)
    keep(stored, FAULT, later=1)
    assert (found(stored).state, steps(stored)) == (State.OPEN, ["new"])


def test_an_acceptance_lasts_while_the_fault_is_the_same(stored: Cluster, ada: User) -> None:
    keep(stored, FAULT)
    accepted(stored, ada)
    scan = keep(stored, FAULT, later=1)
    row = found(stored)
    assert (row.state, row.accepted_by, row.accepted_reason) == (State.ACCEPTED, ada, "known")
    assert scan.changes["findings_reopened"] == 0
    assert scan.severity_counts == {}, "what is accepted is not counted"


def said(evidence: str = "seen", **fields: Any) -> Fault:
    return replace(FAULT, evidence=evidence, **fields)


ACCEPTED_AND_CHANGED = [
    ("rbac-wildcard", said("role x"), {"message": "It lets 2 subjects."}, True),
    ("rbac-wildcard", said("role x; grant 0123456789ab"), {"message": "Else."}, False),
    ("rbac-wildcard", said("role x; grant 0123456789ab"), {"evidence": "role x; grant 0123456789ac"}, True),
    ("plaintext-env", said("password; field x"), {"evidence": "password; field x; seen in Pod p"}, False),
    ("plaintext-env", said("password; field x"), {"evidence": "API key; field x"}, True),
    ("plaintext-env", said("AWS key AKIA…; field x"), {"evidence": "AWS key ASIA…; field x"}, True),
    ("plaintext-env", said("password; field x"), {"message": "It is another variable."}, True),
    ("rotation-overdue", said(), {"message": "92 days old.", "evidence": "at least 92 days"}, False),
    ("rotation-overdue", said(severity="medium"), {"severity": "high"}, True),
    ("rotation-overdue", said(severity="high"), {"severity": "medium"}, False),
    ("store-open", said(message="3 namespaces read it."), {"message": "4 namespaces read it."}, False),
    ("store-open", said(message="It reads from vault."), {"message": "It reads from aws."}, True),
    ("weak-value", said(), {"remediation": "Another way to fix it."}, False),
]


@pytest.mark.parametrize(("identifier", "before", "change", "reopens"), ACCEPTED_AND_CHANGED)
def test_an_acceptance_is_bound_to_what_was_accepted(
    stored: Cluster, ada: User, identifier: str, before: Fault, change: dict[str, Any], reopens: bool
) -> None:
    keep(stored, checks=(check(before, identifier=identifier),))
    accepted(stored, ada)
    scan = keep(stored, checks=(check(replace(before, **change), identifier=identifier),), later=1)
    row = found(stored)
    assert row.state == (State.REOPENED if reopens else State.ACCEPTED)
    assert scan.changes["findings_reopened"] == reopens
    assert (row.accepted_by is None, row.accepted_reason == "", row.accepted_until is None) == (reopens,) * 3
    if reopens:
        last = row.events.order_by("id").last()
        assert last is not None and "has changed" in last.note and last.scan == scan
    for name, value in change.items():
        assert getattr(row, name) == value, "what it says today is shown, accepted or not"


def test_what_was_accepted_elsewhere_does_not_cover_another_field(stored: Cluster, ada: User) -> None:
    keep(stored, replace(FAULT, field="env[0]"))
    accepted(stored, ada)
    keep(stored, replace(FAULT, field="env[0]"), replace(FAULT, field="env[1]"), later=1)
    assert dict(stored.findings.values_list("field", "state")) == {"env[0]": "accepted", "env[1]": "new"}


def test_a_date_that_passed_ends_the_acceptance_at_the_next_scan(stored: Cluster, ada: User) -> None:
    keep(stored, FAULT, replace(FAULT, name="unseen", namespace="other"))
    accepted(stored, ada, days=-1)
    partly = {"secrets": Coverage(input="secrets", status="partial", namespaces=("shop",))}
    scan = keep(stored, FAULT, coverage=partly, later=1)
    assert {row.name: row.state for row in stored.findings.all()} == {"a": "reopened", "unseen": "reopened"}
    assert scan.changes["findings_reopened"] == 2
    assert steps(stored, "unseen") == ["new", "accepted", "reopened"]
    assert scan.severity_counts == {"high": 2}


def test_a_date_that_passed_ends_the_acceptance_at_the_next_tick(stored: Cluster, ada: User) -> None:
    scan = keep(stored, FAULT, replace(FAULT, name="b"))
    accepted(stored, ada)
    Scan.objects.filter(pk=scan.pk).update(severity_counts={})
    FindingRecord.objects.filter(name="a").update(accepted_until=datetime(2026, 3, 1, tzinfo=UTC))
    tick()
    assert (found(stored).state, found(stored, "b").state) == (State.REOPENED, State.ACCEPTED)
    last = found(stored).events.order_by("id").last()
    assert last is not None and last.note == "The acceptance ended on 1 Mar 2026."
    scan.refresh_from_db()
    assert scan.severity_counts == {"high": 1}
    assert expire(timezone.now()) == 0


def test_an_acceptance_that_is_over_is_written_only_when_there_is_one(stored: Cluster, ada: User) -> None:
    keep(stored, FAULT)
    accepted(stored, ada)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert expire(timezone.now()) == 0
    assert len(queries) == 1


def test_a_resolved_finding_is_no_longer_accepted(stored: Cluster, ada: User) -> None:
    keep(stored, FAULT)
    accepted(stored, ada)
    keep(stored, later=1)
    row = found(stored)
    assert (row.state, row.accepted_until, row.accepted_reason) == (State.RESOLVED, None, "")
    keep(stored, FAULT, later=2)
    assert found(stored).state == State.REOPENED


def test_what_is_resolved_cannot_be_accepted(stored: Cluster, ada: User) -> None:
    keep(stored, FAULT)
    keep(stored, later=1)
    accepted(stored, ada)
    assert found(stored).state == State.RESOLVED


def test_accepting_changes_only_the_cluster_it_was_asked_for(stored: Cluster, ada: User) -> None:
    other = Cluster.objects.create(name="other", connection=Cluster.Connection.KUBECONFIG)
    keep(stored, FAULT)
    keep(other, FAULT)
    now = timezone.now()
    everything = FindingRecord.objects.all()
    assert accept(stored, everything, by=ada, reason="known", until=now + timedelta(days=1), now=now) == 1
    assert (found(stored).state, found(other).state) == (State.ACCEPTED, State.NEW)
    assert withdraw(other, everything, by=ada, now=now) == 0


def test_an_acceptance_may_be_renewed(stored: Cluster, ada: User) -> None:
    keep(stored, FAULT)
    accepted(stored, ada, days=7)
    accepted(stored, ada, days=90)
    until = found(stored).accepted_until
    assert until is not None and until > timezone.now() + timedelta(days=80)
    assert steps(stored) == ["new", "accepted", "accepted"]


def test_the_last_scans_counts_follow_what_people_accept(stored: Cluster, ada: User) -> None:
    older = keep(stored, FAULT, replace(FAULT, name="b", severity="low"))
    last = keep(stored, FAULT, replace(FAULT, name="b", severity="low"), later=1)
    accept(
        stored, stored.findings.filter(name="a"), by=ada, reason="known",
        until=timezone.now() + timedelta(days=1), now=timezone.now(),
    )  # fmt: skip
    last.refresh_from_db()
    older.refresh_from_db()
    assert (older.severity_counts, last.severity_counts) == ({"high": 1, "low": 1}, {"low": 1})


def test_folded_findings_are_not_counted(stored: Cluster) -> None:
    assert keep(stored, replace(FAULT, folded=True)).severity_counts == {}


def test_counts_include_what_a_partial_scan_left_open(stored: Cluster) -> None:
    keep(stored, FAULT)
    scan = keep(stored, coverage={"secrets": Coverage(input="secrets", status="denied")}, later=1)
    assert (found(stored).state, scan.severity_counts) == (State.NEW, {"high": 1})


def test_a_check_that_vanished_resolves_nothing(stored: Cluster) -> None:
    keep(stored, FAULT)
    keep(stored, checks=(check(identifier="another"),), later=1)
    assert found(stored).state == State.NEW


def test_a_check_that_did_not_see_all_its_objects_resolves_nothing(stored: Cluster) -> None:
    keep(stored, FAULT)
    keep(stored, Unknown("not all objects could be told apart"), later=1)
    assert found(stored).state == State.NEW


def test_a_narrowed_scope_resolves_nothing_outside_of_it(stored: Cluster) -> None:
    keep(stored, FAULT, replace(FAULT, namespace="other", name="b"), replace(FAULT, namespace="", name="whole"))
    keep(stored, coverage={"secrets": Coverage(input="secrets", status="partial", namespaces=("shop",))}, later=1)
    states = dict(stored.findings.values_list("name", "state"))
    assert states == {"a": "resolved", "b": "new", "whole": "new"}


def test_a_scan_without_values_resolves_nothing_that_they_told(stored: Cluster) -> None:
    there = (secret("a", "shop"), secret("b", "shop"))
    workload = Fault("Deployment", "shop", "api", "It refers to nothing.")
    keep(stored, FAULT, replace(FAULT, name="b"), workload, deep=True, secrets=there)
    keep(stored, secrets=there[:1], later=1)
    states = dict(stored.findings.values_list("name", "state"))
    assert states == {"a": "new", "b": "resolved", "api": "resolved"}, "a Secret that is gone has no fault"
    keep(stored, deep=True, secrets=there, later=2)
    assert found(stored).state == State.RESOLVED


def test_a_finding_that_needs_no_values_lives_on_without_them(stored: Cluster) -> None:
    there = (secret("a", "shop"),)
    keep(stored, FAULT, deep=True, secrets=there)
    keep(stored, FAULT, secrets=there, later=1)
    keep(stored, secrets=there, later=2)
    assert found(stored).state == State.RESOLVED


def test_an_unchanged_finding_is_not_written_again(stored: Cluster) -> None:
    faults = [replace(FAULT, name=f"s{index}") for index in range(20)]
    keep(stored, *faults)
    keep(stored, *faults, later=1)
    with CaptureQueriesContext(connection) as queries:
        keep(stored, *faults, later=2)
    touched = [query["sql"] for query in queries if "findingrecord" in query["sql"].lower()]
    assert touched and not any("UPDATE" in sql or "INSERT" in sql for sql in touched)
    read = [sql for sql in touched if "COUNT(" not in sql]
    assert not any('"remediation"' in sql or '"message"' in sql for sql in read), "no row is read whole"


def test_thousands_of_findings_ask_no_more_of_the_database_each(stored: Cluster) -> None:
    faults = [replace(FAULT, name=f"s{index}") for index in range(1200)]
    keep(stored, *faults)
    assert FindingEvent.objects.filter(state=State.NEW).count() == 1200
    with CaptureQueriesContext(connection) as queries:
        keep(stored, *faults[:100], later=1)
    assert stored.findings.filter(state=State.RESOLVED).count() == 1100
    assert FindingEvent.objects.filter(state=State.RESOLVED).count() == 1100
    assert len(queries) < 40


def test_what_a_scan_says_anew_is_stored(stored: Cluster) -> None:
    keep(stored, FAULT)
    first = found(stored)
    keep(stored, replace(FAULT, message="Worse.", severity="critical", folded=True), later=1)
    row = found(stored)
    assert (row.message, row.severity, row.rank, row.folded, row.state) == ("Worse.", "critical", 0, True, "open")
    assert (row.pk, row.first_seen_at, row.first_scan_id) == (first.pk, first.first_seen_at, first.first_scan_id)
