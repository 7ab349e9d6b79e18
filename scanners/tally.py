"""Rows counted once by all the columns that a list is filtered by; every other count on the page is a sum of these.

A database answers one grouped query about as fast as one count, and a page with facets, tabs and a title needs
a dozen counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count, QuerySet

Selections = Mapping[str, Collection[Any]]
"""For each column that is restricted, the values that are wanted."""


class Tally:
    """Counts by `columns`, so many rows for each combination of values that occurs."""

    def __init__(self, rows: QuerySet[Any], columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        counted = rows.order_by().values_list(*self.columns).annotate(row_count=Count("pk"))
        self.counts: list[tuple[Any, ...]] = list(counted)

    def _kept(self, selections: Selections) -> Iterable[tuple[Any, ...]]:
        wanted = [(self.columns.index(name), frozenset(values)) for name, values in selections.items()]
        return (row for row in self.counts if all(row[index] in values for index, values in wanted))

    def total(self, selections: Selections) -> int:
        """How many rows the selections leave."""
        return sum(row[-1] for row in self._kept(selections))

    def by(self, column: str, selections: Selections) -> Counter[Any]:
        """How many rows the selections leave, for each value of a column."""
        index = self.columns.index(column)
        found: Counter[Any] = Counter()
        for row in self._kept(selections):
            found[row[index]] += row[-1]
        return found

    def by_both(self, first: str, second: str, selections: Selections) -> Counter[tuple[Any, Any]]:
        """The same for each pair of values of two columns."""
        one, other = self.columns.index(first), self.columns.index(second)
        found: Counter[tuple[Any, Any]] = Counter()
        for row in self._kept(selections):
            found[row[one], row[other]] += row[-1]
        return found
