"""Scans that nobody asks for: when they are due, that each is asked for once, and that a failure waits for its turn."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from scanners import requests, schedule, tasks
from scanners.models import Cluster, Scan

pytestmark = pytest.mark.django_db(transaction=True)

S = Scan.State
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids of the scans that were given to the broker."""
    ids: list[int] = []
    monkeypatch.setattr(requests, "send", ids.append)
    return ids


def stored(name: str = "test", **fields: object) -> Cluster:
    fields = {"connection": Cluster.Connection.KUBECONFIG, "next_scan_at": NOW - HOUR} | fields
    return Cluster.objects.create(name=name, **fields)


def fresh(cluster: Cluster) -> Cluster:
    return Cluster.objects.get(pk=cluster.pk)


def test_a_run_that_is_due_is_asked_for_once_and_by_nobody(sent: list[int]) -> None:
    cluster = stored()
    (scan,) = schedule.request_due(NOW)
    assert (scan.scheduled, scan.requested_by, scan.state) == (True, None, S.QUEUED)
    assert sent == [scan.pk]
    assert schedule.request_due(NOW) == []
    planned = fresh(cluster).next_scan_at
    assert planned is not None and NOW + 0.9 * 24 * HOUR <= planned <= NOW + 1.1 * 24 * HOUR


def test_a_run_that_is_not_due_yet_waits() -> None:
    stored(next_scan_at=NOW + timedelta(microseconds=1))
    assert schedule.request_due(NOW) == []
    assert len(schedule.request_due(NOW + timedelta(microseconds=1))) == 1


@pytest.mark.parametrize("hours", schedule.INTERVALS)
def test_runs_missed_while_nothing_ran_are_made_up_for_once(hours: int) -> None:
    cluster = stored(scan_every_hours=hours, next_scan_at=NOW - 40 * hours * HOUR)
    (scan,) = schedule.request_due(NOW)
    Scan.objects.filter(pk=scan.pk).update(state=S.DONE)
    moment = NOW
    for _ in range(20):
        moment += 0.04 * hours * HOUR
        assert schedule.request_due(moment) == [], "the other 39 runs are gone"
    planned = fresh(cluster).next_scan_at
    assert planned is not None and len(schedule.request_due(planned)) == 1


def test_a_failing_cluster_waits_for_its_next_run() -> None:
    cluster = stored()
    (scan,) = schedule.request_due(NOW)
    Scan.objects.filter(pk=scan.pk).update(state=S.FAILED, error="The API server did not answer.")
    assert schedule.request_due(NOW + 20 * HOUR) == []
    planned = fresh(cluster).next_scan_at
    assert planned is not None
    (again,) = schedule.request_due(planned)
    assert again.pk != scan.pk


@pytest.mark.parametrize("state", Scan.LIVE)
def test_a_cluster_that_is_being_scanned_is_not_scanned_twice(state: str, sent: list[int]) -> None:
    cluster = stored()
    Scan.objects.create(cluster=cluster, state=state, sent_at=NOW)
    assert schedule.request_due(NOW) == []
    assert Scan.objects.count() == 1 and sent == []
    planned = fresh(cluster).next_scan_at
    assert planned is not None and planned > NOW, "its turn is over: the scan that is under way is as good"


@pytest.mark.parametrize("connection", [Cluster.Connection.SNAPSHOT, Cluster.Connection.DEMO])
def test_what_does_not_change_is_not_scanned_by_itself(connection: str) -> None:
    cluster = stored(connection=connection)
    assert schedule.request_due(NOW) == []
    assert fresh(cluster).next_scan_at == cluster.next_scan_at
    assert schedule.first_run(cluster, NOW) is None


def test_a_cluster_without_a_schedule_is_not_scanned_by_itself() -> None:
    stored(scan_every_hours=None)
    assert schedule.request_due(NOW) == []


def test_a_schedule_without_a_next_run_gets_one() -> None:
    """As in a database from before there were schedules."""
    never, long_ago, lately = (
        stored("a", next_scan_at=None),
        stored("b", next_scan_at=None),
        stored("c", next_scan_at=None),
    )
    for cluster, hours in ((long_ago, 100), (lately, 2)):
        scan = Scan.objects.create(cluster=cluster, state=S.DONE)
        Scan.objects.filter(pk=scan.pk).update(queued_at=NOW - hours * HOUR)
    assert [scan.cluster for scan in schedule.request_due(NOW)] == [long_ago]
    for cluster, hours in ((never, 0), (lately, 2)):
        planned = fresh(cluster).next_scan_at
        assert planned is not None and abs(planned - (NOW + (24 - hours) * HOUR)) <= 2.4 * HOUR


def test_after_a_long_pause_not_everything_is_queued_at_once() -> None:
    for number in range(schedule.MAX_WAITING + 5):
        stored(f"cluster-{number:02}", next_scan_at=NOW - HOUR * (100 - number))
    first = schedule.request_due(NOW)
    assert [scan.cluster.name for scan in first] == [f"cluster-{number:02}" for number in range(schedule.MAX_WAITING)]
    assert schedule.request_due(NOW) == [], "the queue is full enough"
    Scan.objects.filter(pk__in=[scan.pk for scan in first[:3]]).update(state=S.RUNNING)
    assert len(schedule.request_due(NOW)) == 3
    Scan.objects.update(state=S.DONE)
    assert len(schedule.request_due(NOW)) == 2


def test_many_clusters_are_spread_and_each_keeps_its_time_of_a_day() -> None:
    ids = [uuid.UUID(int=number) for number in range(100)]
    runs = sorted(schedule.next_after(each, 24, NOW) for each in ids)
    assert runs == sorted(schedule.next_after(each, 24, NOW) for each in ids), "deterministic"
    assert runs[0] >= NOW + 21.6 * HOUR and runs[-1] <= NOW + 26.4 * HOUR
    assert runs[-1] - runs[0] > 4 * HOUR
    assert max(sum(start <= run < start + HOUR / 4 for run in runs) for start in runs) < 20
    days = {schedule.jitter(ids[0], (NOW + timedelta(days=day)).date()) for day in range(30)}
    assert len(days) == 30 and min(days) < 0 < max(days)


def test_two_schedulers_that_saw_the_same_run_ask_once(sent: list[int]) -> None:
    """The second has read the cluster before the first moved it on."""
    stored()
    (seen_by_one,), (seen_by_other,) = list(schedule._scheduled()), list(schedule._scheduled())
    assert schedule._run(seen_by_one, NOW) is not None
    assert schedule._run(seen_by_other, NOW) is None
    assert Scan.objects.count() == len(sent) == 1


def test_a_schedule_that_was_changed_meanwhile_is_not_overwritten() -> None:
    cluster = stored()
    (seen,) = list(schedule._scheduled())
    schedule.set_schedule(cluster, None, NOW)
    assert schedule._run(seen, NOW) is None
    assert (fresh(cluster).next_scan_at, Scan.objects.count()) == (None, 0)


def test_another_schedule_counts_from_the_last_scan() -> None:
    cluster = stored()
    scan = Scan.objects.create(cluster=cluster, state=S.DONE)
    Scan.objects.filter(pk=scan.pk).update(queued_at=NOW - 3 * HOUR)
    schedule.set_schedule(cluster, 168, NOW)
    assert abs(fresh(cluster).next_scan_at - (NOW + 165 * HOUR)) <= 16.8 * HOUR  # type: ignore[operator]
    schedule.set_schedule(cluster, 1, NOW)
    assert fresh(cluster).next_scan_at == NOW, "it is overdue by the new schedule"


def test_the_tick_asks_for_what_is_due(sent: list[int]) -> None:
    stored(next_scan_at=timezone.now() - HOUR)
    tasks.tick()
    assert sent == [Scan.objects.get().pk]
    tasks.tick()
    assert len(sent) == 1


def test_a_scan_that_was_asked_for_by_a_cluster_gone_meanwhile_is_none() -> None:
    cluster = stored()
    (seen,) = list(schedule._scheduled())
    cluster.delete()
    assert schedule._run(seen, NOW) is None


def test_stale_is_later_than_any_jitter() -> None:
    for hours in schedule.INTERVALS:
        cluster = Cluster(scan_every_hours=hours)
        assert schedule.stale_after(cluster) > hours * HOUR * (1 + schedule.JITTER)
    assert schedule.stale_after(Cluster(scan_every_hours=None)) == 24 * HOUR
