"""The rotation state of stored Secrets, judged by the database.

A row keeps two dates: when its value is certainly, and when it may be, older than its maximum. The state at a
moment follows from them as in `scanners.ages.rotation_at`, so 20,000 rows are counted, filtered and sorted
without being read. The moment is the last scan's: nothing is claimed about what happened since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, DateTimeField, F, IntegerField, Q, QuerySet, TextField, Value, When
from django.utils import timezone

from scanners.ages import DUE_WITHIN_DAYS
from scanners.models import Cluster, SecretRecord
from scanners.policy import RotationPolicy

STATES = ("overdue", "due", "unknown", "fresh", "exempt")
"""The four states of the contract, most urgent first, and `exempt`: no rotation policy applies."""

BEFORE_KUBERNETES = datetime(2014, 1, 1, tzinfo=UTC)
"""The oldest that anything can be."""

LABELS = {
    "overdue": "Overdue",
    "due": "Due soon",
    "unknown": "Unknown",
    "fresh": "Within policy",
    "exempt": "No policy applies",
}


def as_of(cluster: Cluster) -> datetime:
    """The moment that ages are judged at: when the last scan, or the snapshot, was collected."""
    scan = cluster.last_scan
    return scan.collected_at if scan is not None and scan.collected_at is not None else timezone.now()


def rotation_case(moment: datetime) -> Case:
    """The rotation state at a moment, one of STATES, as an expression over a SecretRecord."""
    return Case(
        When(~Q(exempt=""), then=Value("exempt")),
        When(possibly_over_at__gt=moment, then=Value("fresh")),
        When(certainly_over_at__isnull=True, then=Value("unknown")),
        When(certainly_over_at__lte=moment, then=Value("overdue")),
        When(certainly_over_at__lte=moment + timedelta(days=DUE_WITHIN_DAYS), then=Value("due")),
        default=Value("unknown"),
        output_field=TextField(),
    )


def with_rotation(secrets: QuerySet[SecretRecord], moment: datetime) -> QuerySet[SecretRecord]:
    """The rows with `rotation` and `drawn_from`: the date from which a chart counts the value's age.

    What is certain is counted at its certain age; where only "at most" is known (unknown) or decides (fresh),
    at that one, which may be without bound. A row without any date has no `drawn_from`.
    """
    certain = Q(exempt="") & Q(certainly_over_at__lte=moment + timedelta(days=DUE_WITHIN_DAYS))
    return secrets.annotate(
        rotation=rotation_case(moment),
        drawn_from=Case(
            When(certain, then=F("changed_before")),
            When(changed_after__isnull=False, then=F("changed_after")),
            When(changed_before__isnull=False, then=Value(BEFORE_KUBERNETES, output_field=DateTimeField())),
            default=None,
            output_field=DateTimeField(),
        ),
    )


@dataclass(frozen=True, slots=True)
class AgeBand:
    """Ages from `least` to `most` whole days, both included; `most` None is without end."""

    least: int
    most: int | None

    @property
    def parameter(self) -> str:
        """As the `age` parameter of the Secrets page: `91-120`, `721-`."""
        return f"{self.least}-{'' if self.most is None else self.most}"

    @property
    def label(self) -> str:
        return f"over {self.least - 1}" if self.most is None else f"{self.least}–{self.most}"

    def condition(self, moment: datetime) -> Q:
        """The rows of `with_rotation` whose age at the moment lies in the band."""
        found = Q(drawn_from__isnull=False)
        if self.least:
            found &= Q(drawn_from__lte=moment - timedelta(days=self.least))
        if self.most is not None:
            found &= Q(drawn_from__gt=moment - timedelta(days=self.most + 1))
        return found


def age_bands(maximum_days: int) -> tuple[AgeBand, ...]:
    """Bands for a histogram, such that the maximum is the end of one: thirds of it, then ever wider."""
    ends = sorted({max(1, round(maximum_days * share)) for share in (1 / 3, 2 / 3, 1, 4 / 3, 2, 4, 8)})
    starts = [0, *(end + 1 for end in ends)]
    return tuple(AgeBand(start, end) for start, end in zip(starts, [*ends, None], strict=True))


@dataclass(frozen=True, slots=True)
class AgeTally:
    """Secrets counted by age and state; those without a date are in band -1.

    The bands end at `maximum`, the commonest maximum in days, which applies to `covered` Secrets. `by_cluster`
    counts the states of each cluster by its id, `by_band` those of all clusters by (index of band, state).
    """

    maximum: int
    covered: int
    bands: tuple[AgeBand, ...]
    by_cluster: Mapping[Any, Counter[str]]
    by_band: Counter[tuple[int, str]]

    def of(self, state: str) -> int:
        """How many Secrets of all clusters are in a state."""
        return sum(count for (_, name), count in self.by_band.items() if name == state)


def tally_ages(clusters: Sequence[Cluster]) -> AgeTally:
    """Count the Secrets of these clusters by age and state, each cluster as of its last scan."""
    maximum, covered = _commonest_maximum(clusters)
    tally = AgeTally(maximum, covered, age_bands(maximum), {cluster.pk: Counter() for cluster in clusters}, Counter())
    for row in _counted(clusters, tally.bands):
        tally.by_cluster[row["cluster_id"]][row["rotation"]] += row["count"]
        tally.by_band[row["band"], row["rotation"]] += row["count"]
    return tally


def rotation_counts(cluster: Cluster) -> dict[str, int]:
    """How many Secrets of a cluster are in each state that occurs."""
    return {row["rotation"]: row["count"] for row in _counted([cluster], ())}


CLUSTERS_PER_QUERY = 50


def _counted(clusters: Sequence[Cluster], bands: Sequence[AgeBand]) -> list[dict[str, Any]]:
    """Counts by cluster, state and band. Each cluster has its own moment, so each is a branch of a union."""
    branches = [_branch(cluster, as_of(cluster), bands) for cluster in clusters]
    rows: list[dict[str, Any]] = []
    for start in range(0, len(branches), CLUSTERS_PER_QUERY):
        first, *others = branches[start : start + CLUSTERS_PER_QUERY]
        rows.extend(first.union(*others, all=True) if others else first)
    return rows


def _branch(cluster: Cluster, moment: datetime, bands: Sequence[AgeBand]) -> QuerySet[Any, Any]:
    band: Case | Value = Value(-1)
    if bands:
        cases = [When(item.condition(moment), then=Value(index)) for index, item in enumerate(bands)]
        band = Case(*cases, default=Value(-1), output_field=IntegerField())
    secrets = with_rotation(SecretRecord.objects.filter(cluster=cluster), moment).annotate(band=band)
    return secrets.order_by().values("cluster_id", "rotation", "band").annotate(count=Count("pk"))


def _commonest_maximum(clusters: Sequence[Cluster]) -> tuple[int, int]:
    """The maximum in days that applies to most Secrets, and to how many; the default where none applies."""
    rows = (
        SecretRecord.objects.filter(cluster__in=clusters, maximum_days__isnull=False)
        .order_by()
        .values_list("maximum_days")
        .annotate(count=Count("pk"))
    )
    counted = [(days, count) for days, count in rows if days is not None]
    return max(counted, key=lambda row: (row[1], -row[0]), default=(RotationPolicy().default_days, 0))
