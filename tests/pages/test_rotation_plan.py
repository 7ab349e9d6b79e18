"""The figures of a rotation page agree with the rows they are made of, each cluster as of its own last scan."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scanners.models import Cluster
from scanners.rotation_plan import (
    not_rehearsed,
    overdue_by_owner,
    overdue_in,
    stale_counts,
    unfinished,
)
from tests.pages import rows

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def cluster_at(name: str, at: datetime) -> Cluster:
    found = rows.cluster(name)
    scan = rows.scan(found)
    scan.collected_at = at
    scan.save()
    return found


@pytest.fixture
def two() -> list[Cluster]:
    """Secrets whose value is so many days old for certain, at a maximum of 90; one cluster was scanned long ago."""
    found = [cluster_at("now", NOW), cluster_at("before", NOW - timedelta(days=200))]
    for cluster in found:
        at = NOW if cluster.name == "now" else NOW - timedelta(days=200)
        for age, owner in ((200, "payments"), (100, "payments"), (85, "shop"), (70, ""), (10, "shop")):
            rows.secret(cluster, f"s{age}", written_days_ago=age, created_days_ago=400, owner=owner, now=at)
        rows.secret(cluster, "unbounded", written_days_ago=None, created_days_ago=400, owner="shop", now=at)
        rows.secret(cluster, "release", written_days_ago=900, created_days_ago=900, exempt="a Helm release", now=at)
    return found


def test_overdue_by_team(two: list[Cluster]) -> None:
    found = overdue_by_owner(two)
    assert [(item.owner, item.secrets, item.overdue, item.soon, item.unknown) for item in found] == [
        ("payments", 4, 4, 0, 0),
        ("shop", 6, 0, 2, 4),
        ("", 2, 0, 2, 2),
    ]
    assert found[0].oldest_since == NOW - timedelta(days=200 + 200 - 91)
    assert found[1].oldest_since is None


def test_what_would_be_overdue_later(two: list[Cluster]) -> None:
    assert [(item.days, item.overdue_now, item.overdue_then, item.more) for item in overdue_in(two)] == [
        (14, 4, 6, 2),
        (30, 4, 8, 4),
        (90, 4, 10, 6),
    ]


def test_rotations_that_are_not_finished(two: list[Cluster]) -> None:
    use = {"kind": "Deployment", "namespace": "payments", "name": "api", "how": "env", "keys": [], "field": "f"}
    consumers = [use | {"stale": True}, use | {"stale": True, "field": "g"}, use | {"stale": False, "name": "web"}]
    rows.secret(two[0], "changed", stale_consumers=1, consumer_count=2, consumers=consumers, owner="shop")
    rows.secret(two[0], "fine", stale_consumers=0, consumer_count=1)
    (found,) = unfinished(two)
    assert (found.cluster, found.name, found.owner, found.consumers) == (
        two[0], "changed", "shop", ("Deployment payments/api",),
    )  # fmt: skip
    rows.secret(two[0], "untold", stale_consumers=None, consumer_count=1)
    assert stale_counts(two) == (1, 1)
    assert unfinished(two[1:]) == []


def test_rotations_without_a_rehearsal(two: list[Cluster]) -> None:
    finding = rows.finding(two[0], "rotation-not-rehearsed", severity="low")
    rows.finding(two[0], "rotation-not-rehearsed", "gone", severity="low", state="resolved")
    rows.finding(two[0], "rotation-overdue")
    assert [(item.cluster, item.finding) for item in not_rehearsed(two)] == [(two[0], finding)]


def test_few_queries_whatever_the_number_of_clusters(two: list[Cluster]) -> None:
    many = [*two, *(cluster_at(f"c{number}", NOW) for number in range(20))]
    for ask in (overdue_by_owner, overdue_in, unfinished, not_rehearsed, stale_counts):
        with CaptureQueriesContext(connection) as captured:
            ask(many)  # type: ignore[operator]
        assert len(captured) <= 1, ask.__name__


def test_no_cluster_is_no_error() -> None:
    assert overdue_by_owner([]) == unfinished([]) == []
    assert [item.overdue_then for item in overdue_in([])] == [0, 0, 0]
