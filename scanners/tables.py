"""The columns of the lists: what each shows, how it sorts, and what it exports.

One table serves the page and its export, so that an export is exactly the view it was taken from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, ClassVar

import django_tables2 as tables
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import QueryDict
from django.template import Context, Template
from django.template.loader import get_template
from django.utils.safestring import SafeString

from scanners.aged import Aged, aged
from scanners.models import SecretRecord
from scanners.report import SEVERITIES

PAGE_SIZES = (25, 50, 100, 200)
DEFAULT_PAGE_SIZE = 50

Export = Mapping[str, Callable[[Any, "ListTable"], object]]
"""The plain columns that a column exports: header, and the value of a record."""


@cache
def _fragment(name: str) -> Template:
    template: Template = get_template(name).template  # type: ignore[attr-defined]  # of the Django backend
    return template


class CellColumn(tables.Column):
    """A cell made by a small template over the record's facts; sorted by fields of the model, `-` first to turn.

    Unknown (NULL) sorts last either way.
    """

    def __init__(
        self, template: str, *, sort: Sequence[str] = (), exports: Export, numeric: bool = False, **extra: Any
    ) -> None:
        super().__init__(accessor="pk", empty_values=(), orderable=bool(sort), **extra)
        self.template = template
        self.sort = sort
        self.exports = exports
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


class ListTable(tables.Table):
    """A list whose columns, order and page come from a query string, each checked against what exists."""

    default_sort: ClassVar[str]
    fixed: ClassVar[str]
    """The column that names the row, which cannot be hidden."""

    def __init__(self, rows: QuerySet[Any], query: QueryDict, count: int, **extra: Any) -> None:
        wanted = query.getlist("columns")
        known = [name for name in self.base_columns if name in wanted]
        hidden = [name for name in self.base_columns if known and name not in known and name != self.fixed]
        super().__init__(rows, order_by=self._sort(query), exclude=hidden, orderable=True, **extra)
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

    def shown(self) -> Iterator[list[tuple[tables.columns.BoundColumn, SafeString]]]:
        """The rows of the page, each with its cells by column."""
        columns = list(self.columns)
        for record in self.page:
            context = Context(self.facts(record))
            yield [(column, column.column.cell(context)) for column in columns]

    @property
    def choosable(self) -> list[tuple[str, str, bool]]:
        """The columns that can be hidden: name, header, and whether it is shown."""
        return [
            (name, column.verbose_name or "", name not in self.hidden)
            for name, column in self.base_columns.items()
            if name != self.fixed
        ]

    def exported(self) -> Iterator[list[object]]:
        """The headers and then a row for each record of the whole view, in its order, columns as shown."""
        getters = [(header, getter) for column in self.columns for header, getter in column.column.exports.items()]
        yield [header for header, _ in getters]
        for record in self.data.data.iterator(chunk_size=2000):
            yield [getter(record, self) for _, getter in getters]


def _worst(record: SecretRecord) -> str:
    return SEVERITIES[record.worst_severity] if record.worst_severity < len(SEVERITIES) else ""


def _or_unknown(value: object) -> object:
    return "unknown" if value is None else value


UNLISTED_COLUMNS = ("uid", "keys", "consumers", "digest", "created_at", "newest_data_write", "age_evidence")
"""What the list does not show; a thousand consumers of one Secret would make every row slow to sort."""


class SecretTable(ListTable):
    """The Secrets of a cluster. `moment` is when their ages are judged."""

    secret = CellColumn(
        "scanners/cells/secret.html",
        verbose_name="Secret",
        sort=("namespace", "name"),
        exports={"namespace": lambda row, _: row.namespace, "name": lambda row, _: row.name},
    )
    type = CellColumn(
        "scanners/cells/type.html",
        verbose_name="Type",
        sort=("type",),
        exports={"type": lambda row, _: row.type, "keys": lambda row, _: row.key_count},
    )
    source = CellColumn(
        "scanners/cells/source.html",
        verbose_name="Source",
        sort=("source_kind",),
        exports={
            "source": lambda row, _: row.source_kind,
            "source_object": lambda row, _: row.source_object,
            "source_healthy": lambda row, _: _or_unknown(row.source_healthy),
        },
    )
    age = CellColumn(
        "scanners/cells/age.html",
        verbose_name="Age of the value",
        sort=("-changed_before", "-changed_after"),
        initial_sort_descending=True,
        exports={
            "at_least_days": lambda row, table: table.aged(row).at_least,
            "at_most_days": lambda row, table: table.aged(row).at_most,
            "maximum_days": lambda row, _: row.maximum_days,
        },
    )
    rotation = CellColumn(
        "scanners/cells/rotation.html",
        verbose_name="Rotation",
        sort=("certainly_over_at", "possibly_over_at"),
        exports={
            "rotation": lambda row, _: row.rotation,
            "overdue_at": lambda row, _: row.certainly_over_at,
            "no_policy_because": lambda row, _: row.exempt,
        },
    )
    consumers = CellColumn(
        "scanners/cells/consumers.html",
        verbose_name="Used by",
        sort=("consumer_count",),
        initial_sort_descending=True,
        numeric=True,
        exports={"consumers": lambda row, _: row.consumer_count},
    )
    readers = CellColumn(
        "scanners/cells/readers.html",
        verbose_name="Readers",
        sort=("direct_readers",),
        initial_sort_descending=True,
        numeric=True,
        exports={"direct_readers": lambda row, _: _or_unknown(row.direct_readers)},
    )
    findings = CellColumn(
        "scanners/cells/findings.html",
        verbose_name="Findings",
        sort=("worst_severity",),
        exports={"findings": lambda row, _: row.finding_count, "worst_finding": lambda row, _: _worst(row)},
    )

    default_sort = "findings"
    fixed = "secret"

    def __init__(self, rows: QuerySet[SecretRecord], query: QueryDict, count: int, moment: datetime) -> None:
        self.moment = moment
        super().__init__(rows.defer(*UNLISTED_COLUMNS), query, count)

    def facts(self, record: SecretRecord) -> dict[str, Any]:
        return {**super().facts(record), "age": self.aged(record)}

    def aged(self, record: SecretRecord) -> Aged:
        return aged(record, self.moment)


class FindingTable(ListTable):
    """Findings of one cluster, one row each."""

    finding = CellColumn(
        "scanners/cells/finding.html",
        verbose_name="Finding",
        sort=("check_id",),
        exports={
            "id": lambda row, _: row.fingerprint,
            "check": lambda row, _: row.check_id,
            "message": lambda row, _: row.message,
        },
    )
    severity = CellColumn(
        "scanners/cells/severity.html",
        verbose_name="Severity",
        sort=("rank",),
        exports={"severity": lambda row, _: row.severity},
    )
    object = CellColumn(
        "scanners/cells/object.html",
        verbose_name="Object",
        sort=("namespace", "name"),
        exports={
            "kind": lambda row, _: row.kind,
            "namespace": lambda row, _: row.namespace,
            "name": lambda row, _: row.name,
            "field": lambda row, _: row.field,
            "evidence": lambda row, _: row.evidence,
        },
    )
    state = CellColumn(
        "scanners/cells/state.html",
        verbose_name="State",
        sort=("state",),
        exports={"state": lambda row, _: row.state, "resolved_at": lambda row, _: row.resolved_at},
    )
    seen = CellColumn(
        "scanners/cells/seen.html",
        verbose_name="First seen",
        sort=("first_seen_at",),
        initial_sort_descending=True,
        exports={
            "first_seen_at": lambda row, _: row.first_seen_at,
            "remediation": lambda row, _: row.remediation,
        },
    )

    default_sort = "severity"
    fixed = "finding"


__all__ = ["PAGE_SIZES", "FindingTable", "ListTable", "SecretTable"]
