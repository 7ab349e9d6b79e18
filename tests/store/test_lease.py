"""The scan row is the truth: lost messages, dead workers and cancelled scans all end in the right state."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from scanners import lease as leases
from scanners import requests
from scanners.lease import Cancelled, Interrupted, Lease, TakenOver, claim
from scanners.models import Cluster, Scan

pytestmark = pytest.mark.django_db(transaction=True)

S = Scan.State


@pytest.fixture(autouse=True)
def nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    sent: list[int] = []
    monkeypatch.setattr(requests, "send", sent.append)
    return sent


@pytest.fixture
def stored() -> Cluster:
    return Cluster.objects.create(name="test", connection=Cluster.Connection.KUBECONFIG)


def running(cluster: Cluster, *, silent_for: float = 0, attempt: int = 1, **fields: object) -> Scan:
    beat = timezone.now() - timedelta(seconds=silent_for)
    return Scan.objects.create(cluster=cluster, state=S.RUNNING, attempt=attempt, heartbeat_at=beat, **fields)


def wait_for(lease: Lease, reason: type[Exception]) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            lease.stop()
        except reason:
            return
        time.sleep(0.02)
    raise AssertionError(f"{reason.__name__} was never raised")


def test_a_second_request_returns_the_scan_that_is_live(stored: Cluster, nothing_is_sent: list[int]) -> None:
    first = requests.request_scan(stored, None)
    assert requests.request_scan(stored, None) == first
    assert nothing_is_sent == [first.pk]


def test_a_scan_is_claimed_once(stored: Cluster) -> None:
    scan = requests.request_scan(stored, None)
    taken = claim(scan.pk)
    assert taken is not None and taken.attempt == 1
    assert claim(scan.pk) is None


def test_a_queued_scan_is_cancelled_at_once_and_cannot_be_claimed(stored: Cluster) -> None:
    scan = requests.request_scan(stored, None)
    requests.request_cancel(scan)
    assert Scan.objects.get().state == S.CANCELLED
    assert claim(scan.pk) is None


def test_a_running_scan_learns_that_it_was_cancelled(stored: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "HEARTBEAT_SECONDS", 0.05)
    scan = running(stored)
    with Lease(scan) as lease:
        lease.stop()
        requests.request_cancel(scan)
        wait_for(lease, Cancelled)


def test_a_running_scan_learns_that_another_worker_took_it(stored: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "HEARTBEAT_SECONDS", 0.05)
    scan = running(stored)
    with Lease(scan) as lease:
        Scan.objects.update(attempt=2)
        wait_for(lease, TakenOver)


def test_the_heartbeat_carries_the_progress(stored: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "HEARTBEAT_SECONDS", 0.05)
    scan = running(stored, silent_for=60)
    before = scan.heartbeat_at
    with Lease(scan) as lease:
        lease.progress("secrets", 500, 1200)
        deadline = time.monotonic() + 10
        while not Scan.objects.get().progress and time.monotonic() < deadline:
            time.sleep(0.02)
    row = Scan.objects.get()
    assert row.progress == {"phase": "secrets", "done": 500, "total": 1200, "inputs": {"secrets": 500}}
    assert row.heartbeat_at is not None and before is not None and row.heartbeat_at > before


def test_a_worker_that_ends_gives_its_scan_back(stored: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = running(stored)
    with Lease(scan) as lease:
        leases.shutting_down.set()
        try:
            with pytest.raises(Interrupted):
                lease.stop()
        finally:
            leases.shutting_down.clear()
        lease.interrupt()
    assert Scan.objects.get().state == S.INTERRUPTED
    assert requests.recover() == [scan.pk]
    assert Scan.objects.get().state == S.QUEUED


def test_a_scan_whose_worker_died_is_sent_again_once(stored: Cluster) -> None:
    scan = running(stored, silent_for=60)
    assert requests.recover() == [scan.pk]
    assert requests.recover() == []
    assert Scan.objects.get().state == S.QUEUED


def test_a_scan_that_is_alive_is_left_alone(stored: Cluster) -> None:
    running(stored, silent_for=2)
    assert requests.recover() == []
    assert Scan.objects.get().state == S.RUNNING


def test_a_scan_that_keeps_killing_its_worker_fails_with_a_sentence(stored: Cluster) -> None:
    running(stored, silent_for=60, attempt=requests.MAX_ATTEMPTS)
    assert requests.recover() == []
    row = Scan.objects.get()
    assert row.state == S.FAILED
    assert "worker" in row.error


def test_a_lost_message_is_sent_again(stored: Cluster) -> None:
    scan = requests.request_scan(stored, None)
    assert requests.recover() == []
    Scan.objects.update(sent_at=timezone.now() - timedelta(seconds=60))
    assert requests.recover() == [scan.pk]


def test_a_dead_workers_cancelled_scan_ends_as_cancelled(stored: Cluster) -> None:
    running(stored, silent_for=60, cancel_requested=True)
    assert requests.recover() == []
    assert Scan.objects.get().state == S.CANCELLED
