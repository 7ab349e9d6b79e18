"""When the values of a cluster's Secrets will certainly be older than their maximum, by day, as the database counts it.

A day is one of UTC. The moment is the last scan's: what is overdue by then is not due any more.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from scanners.models import Cluster, SecretRecord
from scanners.rotations import as_of
from scanners.words import days

CALENDAR_DAYS = 90


@dataclass(frozen=True, slots=True)
class Due:
    """Values that come due within so many days of the scan, or on a day: one of the two is given."""

    within: int | None = None
    on: date | None = None

    @property
    def label(self) -> str:
        if self.on is not None:
            return f"due on {day_name(self.on)}"
        return f"due within {days(self.within or 0)}"

    def condition(self, moment: datetime) -> Q:
        """The rows of SecretRecord that are meant, judged at the moment of the scan."""
        found = Q(exempt="", certainly_over_at__gt=moment)
        if self.on is not None:
            start = datetime.combine(self.on, time.min, tzinfo=UTC)
            return found & Q(certainly_over_at__gte=start, certainly_over_at__lt=start + timedelta(days=1))
        return found & Q(certainly_over_at__lte=moment + timedelta(days=self.within or 0))


def overdue_condition(moment: datetime) -> Q:
    """The rows whose value is certainly over its maximum."""
    return Q(exempt="", certainly_over_at__lte=moment)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar; `level` 0 to 4 says how many come due beside the busiest day."""

    day: date
    count: int
    level: int

    @property
    def parameter(self) -> str:
        """As the `due` parameter of the Secrets page."""
        return self.day.isoformat()


@dataclass(frozen=True, slots=True)
class Month:
    """A month as rows of seven, Monday first; None stands where the calendar has no day."""

    first: date
    weeks: tuple[tuple[Day | None, ...], ...]

    @property
    def days(self) -> Iterator[Day]:
        return (day for week in self.weeks for day in week if day is not None)

    @property
    def count(self) -> int:
        return sum(day.count for day in self.days)

    @property
    def name(self) -> str:
        return f"{self.first:%B %Y}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Due dates from `first` to `last`, both included."""

    first: date
    last: date
    months: tuple[Month, ...]

    @property
    def busy(self) -> list[Day]:
        """The days on which something comes due, in their order."""
        return [day for month in self.months for day in month.days if day.count]

    @property
    def count(self) -> int:
        return sum(day.count for day in self.busy)


def due_dates(cluster: Cluster, ahead: int = CALENDAR_DAYS) -> Calendar:
    """How many Secrets come due on each of the next days, from the day of the last scan on: one query."""
    moment = as_of(cluster)
    first = moment.astimezone(UTC).date()
    last = first + timedelta(days=ahead)
    end = datetime.combine(last + timedelta(days=1), time.min, tzinfo=UTC)
    rows = (
        SecretRecord.objects.filter(cluster=cluster, exempt="", certainly_over_at__gt=moment, certainly_over_at__lt=end)
        .order_by()
        .values_list(TruncDate("certainly_over_at", tzinfo=UTC))
        .annotate(count=Count("pk"))
    )
    return laid_out(first, last, dict(rows))


def laid_out(first: date, last: date, counts: Mapping[date, int]) -> Calendar:
    """Counts by day as months of weeks."""
    most = max(counts.values(), default=0)
    months = []
    start = first.replace(day=1)
    while start <= last:
        weeks = tuple(
            tuple(
                _day(day, counts.get(day, 0), most) if first <= day <= last and day.month == start.month else None
                for day in week
            )
            for week in calendar.Calendar().monthdatescalendar(start.year, start.month)
        )
        months.append(Month(start, tuple(week for week in weeks if any(week))))
        start = (start + timedelta(days=31)).replace(day=1)
    return Calendar(first, last, tuple(months))


def _day(day: date, count: int, most: int) -> Day:
    return Day(day, count, -(-4 * count // most) if count else 0)


def day_name(day: date) -> str:
    """Thu 3 Dec 2026."""
    return f"{day:%a} {day.day} {day:%b %Y}"
