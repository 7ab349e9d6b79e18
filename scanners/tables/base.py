"""A list whose columns know what they show, how they sort, what they export and what they print.

One table serves the page and its export, so that an export is exactly the view it was taken from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import django_tables2 as tables
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import QueryDict
from django.template import Context, Template
from django.template.loader import get_template
from django.utils.safestring import SafeString

PAGE_SIZES = (25, 50, 100, 200)
DEFAULT_PAGE_SIZE = 50

Export = Mapping[str, Callable[[Any, "ListTable"], object]]
"""The plain columns that a column exports: header, and the value of a record."""

Print = Callable[[Any, "ListTable"], str]
"""What a column says of a record on paper; lines are parted by line breaks."""


class _Unknown:
    """What is not known, which is not the same as nothing: `unknown` in a sheet, null in JSON."""

    def __str__(self) -> str:
        return "unknown"


UNKNOWN = _Unknown()


def or_unknown(value: object) -> object:
    return UNKNOWN if value is None else value


def lines(*parts: object) -> str:
    return "\n".join(str(part) for part in parts if part not in ("", None))


@cache
def _fragment(name: str) -> Template:
    template: Template = get_template(name).template  # type: ignore[attr-defined]  # of the Django backend
    return template


class CellColumn(tables.Column):
    """A cell made by a small template over the record's facts; sorted by fields of the model, `-` first to turn.

    Unknown (NULL) sorts last either way.
    """

    def __init__(
        self,
        template: str,
        *,
        sort: Sequence[str] = (),
        exports: Export,
        prints: Print,
        numeric: bool = False,
        **extra: Any,
    ) -> None:
        super().__init__(accessor="pk", empty_values=(), orderable=bool(sort), **extra)
        self.template = template
        self.sort = sort
        self.exports = exports
        self.prints = prints
        self.numeric = numeric

    def cell(self, context: Context) -> SafeString:
        return _fragment(self.template).render(context)

    def order(self, queryset: QuerySet[Any], is_descending: bool) -> tuple[QuerySet[Any], bool]:
        ordering = []
        for name in self.sort:
            field = name.removeprefix("-")
            nulls_last = True if queryset.model._meta.get_field(field).null else None
            down = name.startswith("-") != is_descending
            ordering.append(F(field).desc(nulls_last=nulls_last) if down else F(field).asc(nulls_last=nulls_last))
        return queryset.order_by(*ordering, "namespace", "name", "pk"), True


class CountedPaginator(Paginator):  # type: ignore[type-arg]  # no generic at run time
    """A Paginator of rows that have been counted already."""

    count = 0

    def __init__(self, rows: QuerySet[Any], per_page: int, count: int) -> None:
        super().__init__(rows, per_page)
        self.count = count


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of the page: the record, and its cells by column."""

    record: Any
    cells: list[tuple[tables.columns.BoundColumn, SafeString]]


class ListTable(tables.Table):
    """A list whose columns, order and page come from a query string, each checked against what exists."""

    default_sort: ClassVar[str]
    fixed: ClassVar[str]
    """The column that names the row, which cannot be hidden."""

    def __init__(self, rows: QuerySet[Any], query: QueryDict, count: int, *, without: Sequence[str] = ()) -> None:
        """`without` are columns that have nothing to show unless they are asked for."""
        wanted = query.getlist("columns")
        known = [name for name in self.base_columns if name in wanted]
        shown = known or [name for name in self.base_columns if name not in without]
        hidden = [name for name in self.base_columns if name not in shown and name != self.fixed]
        super().__init__(rows, order_by=self._sort(query), exclude=hidden, orderable=True)
        self.hidden = hidden
        size = query.get("per", "")
        self.size = int(size) if size in map(str, PAGE_SIZES) else DEFAULT_PAGE_SIZE
        self.paginator = CountedPaginator(self.data.data, self.size, count)
        self.page = self.paginator.get_page(query.get("page"))

    def _sort(self, query: QueryDict) -> str:
        wanted = query.get("sort", "")
        column = self.base_columns.get(wanted.removeprefix("-"))
        return wanted if column is not None and column.sort else self.default_sort

    def facts(self, record: Any) -> dict[str, Any]:
        """What the cells of a record's row are made from."""
        return {"record": record, "url": record.get_absolute_url()}

    def shown(self) -> Iterator[ShownRow]:
        """The rows of the page, each with its cells by column."""
        columns = list(self.columns)
        for record in self.page:
            context = Context(self.facts(record))
            yield ShownRow(record, [(column, column.column.cell(context)) for column in columns])

    @property
    def choosable(self) -> list[tuple[str, str, bool]]:
        """The columns that can be hidden: name, header, and whether it is shown."""
        return [
            (name, column.verbose_name or "", name not in self.hidden)
            for name, column in self.base_columns.items()
            if name != self.fixed
        ]

    def records(self) -> Iterator[Any]:
        """The whole view, in its order."""
        return iter(self.data.data.iterator(chunk_size=2000))

    def exported(self) -> Iterator[list[object]]:
        """The headers and then a row for each record of the whole view, in its order, columns as shown."""
        getters = [(header, getter) for column in self.columns for header, getter in column.column.exports.items()]
        yield [header for header, _ in getters]
        for record in self.records():
            yield [getter(record, self) for _, getter in getters]

    def printed(self) -> Iterator[list[str]]:
        """The same for a reader: the columns' own headings, then a row for each record."""
        columns = [column.column for column in self.columns]
        yield [column.verbose_name or "" for column in columns]
        for record in self.records():
            yield [column.prints(record, self) for column in columns]
