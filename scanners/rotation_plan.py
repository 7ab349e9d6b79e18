"""What a rotation page asks of stored Secrets: what is overdue by team, what is due when, and what was not finished.

Every function takes the clusters a person may see, judges each as of its own last scan, and asks the database a few
queries whatever the number of Secrets. The distribution of ages is `scanners.rotations.tally_ages`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from scanners.models import Cluster, FindingRecord, SecretRecord
from scanners.rotations import CLUSTERS_PER_QUERY, as_of, rotation_case

HORIZONS = (14, 30, 90)
"""Days ahead that a calendar is asked for."""
MOST_ROWS = 500
"""Rows that one table shows at most; counts are of all."""


@dataclass(frozen=True, slots=True)
class OwnerTally:
    """The Secrets of one team under a rotation policy; `owner` is "" where no rule of the policy names one.

    `soon` are those within the policy that will certainly be over it within the horizon if nobody changes them,
    `oldest_since` is since when the first of the overdue ones is.
    """

    owner: str
    secrets: int
    overdue: int
    soon: int
    unknown: int
    oldest_since: datetime | None


@dataclass(frozen=True, slots=True)
class Horizon:
    """How many Secrets are overdue now, and how many will be in so many days if nobody changes any."""

    days: int
    overdue_now: int
    overdue_then: int

    @property
    def more(self) -> int:
        return self.overdue_then - self.overdue_now


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A Secret that was changed and that running containers still have the old value of."""

    cluster: Cluster
    namespace: str
    name: str
    owner: str
    changed_after: datetime | None
    changed_before: datetime | None
    consumers: tuple[str, ...]
    """`Kind namespace/name` of those whose containers have the old value."""
    fields: frozenset[str] = frozenset()
    """The fields by which they read it, as findings of stale-consumer name them."""


@dataclass(frozen=True, slots=True)
class NotRehearsed:
    """An open finding of rotation-not-rehearsed."""

    cluster: Cluster
    finding: FindingRecord


def overdue_by_owner(clusters: Sequence[Cluster], soon_days: int = 30) -> list[OwnerTally]:
    """Each team with Secrets under the policy, the one with most overdue first; nobody's come last among equals."""
    tallies: dict[str, Counter[str]] = defaultdict(Counter)
    oldest: dict[str, datetime] = {}
    for group in _groups(clusters):
        for row in _union([_of_owner(cluster, soon_days) for cluster in group]):
            owner = row["owner"]
            for name in ("secrets", "overdue", "soon", "unknown"):
                tallies[owner][name] += row[name] or 0
            since = row["oldest_since"]
            if since is not None and row["overdue"]:
                oldest[owner] = min(since, oldest.get(owner, since))
    found = [
        OwnerTally(owner, count["secrets"], count["overdue"], count["soon"], count["unknown"], oldest.get(owner))
        for owner, count in tallies.items()
    ]
    return sorted(found, key=lambda item: (-item.overdue, -item.soon, not item.owner, item.owner))


def overdue_in(clusters: Sequence[Cluster], days: Sequence[int] = HORIZONS) -> list[Horizon]:
    """What would be overdue after so many days if nobody changed a value."""
    now, then = 0, Counter[int]()
    for group in _groups(clusters):
        for row in _union([_over_at(cluster, days) for cluster in group]):
            now += row["now"] or 0
            for count in days:
                then[count] += row[f"in_{count}"] or 0
    return [Horizon(count, now, then[count]) for count in days]


def unfinished(clusters: Sequence[Cluster]) -> list[Unfinished]:
    """Rotations that are not done: the Secrets with stale consumers; at most MOST_ROWS of them."""
    by_id = {cluster.pk: cluster for cluster in clusters}
    rows = SecretRecord.objects.filter(cluster__in=by_id, stale_consumers__gt=0).order_by(
        "-stale_consumers", "cluster", "namespace", "name"
    )
    columns = ("cluster_id", "namespace", "name", "owner", "changed_after", "changed_before", "consumers")
    return [
        Unfinished(
            by_id[cluster],
            namespace,
            name,
            owner,
            after,
            before,
            tuple(dict.fromkeys(f"{use['kind']} {use['namespace']}/{use['name']}" for use in uses if use.get("stale"))),
            frozenset(use.get("field", "") for use in uses if use.get("stale")),
        )
        for cluster, namespace, name, owner, after, before, uses in rows.values_list(*columns)[:MOST_ROWS]
    ]


def not_rehearsed(clusters: Sequence[Cluster]) -> list[NotRehearsed]:
    """Rotations of production that staging did not see before; at most MOST_ROWS of them."""
    by_id = {cluster.pk: cluster for cluster in clusters}
    rows = FindingRecord.objects.filter(
        cluster__in=by_id, check_id="rotation-not-rehearsed", state__in=FindingRecord.ACTIVE, folded=False
    ).order_by("cluster", "namespace", "name")
    return [NotRehearsed(by_id[row.cluster_id], row) for row in rows[:MOST_ROWS]]


def stale_counts(clusters: Sequence[Cluster]) -> tuple[int, int]:
    """How many Secrets have stale consumers for certain, and of how many it is not known."""
    found = SecretRecord.objects.filter(cluster__in=clusters, consumer_count__gt=0).aggregate(
        stale=Count("pk", filter=Q(stale_consumers__gt=0)),
        unknown=Count("pk", filter=Q(stale_consumers__isnull=True)),
    )
    return found["stale"], found["unknown"]


def _groups(clusters: Sequence[Cluster]) -> list[Sequence[Cluster]]:
    return [clusters[start : start + CLUSTERS_PER_QUERY] for start in range(0, len(clusters), CLUSTERS_PER_QUERY)]


def _union(branches: Sequence[QuerySet[Any, Any]]) -> QuerySet[Any, Any]:
    """The rows of all: each cluster has a moment of its own, so each is a branch."""
    first, *others = branches
    return first.union(*others, all=True) if others else first


def _under_policy(cluster: Cluster) -> QuerySet[SecretRecord]:
    return SecretRecord.objects.filter(cluster=cluster, exempt="").order_by()


def _of_owner(cluster: Cluster, soon_days: int) -> QuerySet[Any, Any]:
    moment = as_of(cluster)
    soon = Q(certainly_over_at__gt=moment, certainly_over_at__lte=moment + timedelta(days=soon_days))
    secrets = _under_policy(cluster).annotate(rotation=rotation_case(moment))
    return secrets.values("owner").annotate(
        secrets=Count("pk"),
        overdue=Count("pk", filter=Q(certainly_over_at__lte=moment)),
        soon=Count("pk", filter=soon),
        unknown=Count("pk", filter=Q(rotation="unknown")),
        oldest_since=Min("certainly_over_at"),
    )


def _over_at(cluster: Cluster, days: Sequence[int]) -> QuerySet[Any, Any]:
    moment = as_of(cluster)
    counts = {
        f"in_{ahead}": Count("pk", filter=Q(certainly_over_at__lte=moment + timedelta(days=ahead))) for ahead in days
    }
    now = Count("pk", filter=Q(certainly_over_at__lte=moment))
    return _under_policy(cluster).values("cluster_id").annotate(now=now, **counts)
