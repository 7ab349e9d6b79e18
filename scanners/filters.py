"""What the lists can be filtered by, and how many rows each choice would leave.

Every filter is declared here by name; a query string never names a field. What is not a choice is left out of
the filtering and said on the page (`problems`). The same FilterSet serves the page, its facets and its export.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db.models import Count, Q, QuerySet
from django.http import QueryDict

from scanners.models import FindingRecord, SecretRecord
from scanners.report import SEVERITIES
from scanners.rotations import LABELS, STATES, AgeBand, with_rotation
from scanners.words import SOURCE_NAMES, visible

MAXIMUM_CHOICES = 50


class AnyOfField(forms.Field):
    """Several strings, of `choices` where there are some; the answer is a list without repeats."""

    widget = forms.SelectMultiple

    def __init__(self, *, choices: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choices = choices

    def clean(self, value: Any) -> list[str]:
        chosen = list(dict.fromkeys(value or ()))
        if len(chosen) > MAXIMUM_CHOICES:
            raise ValidationError(f"More than {MAXIMUM_CHOICES} choices were given.")
        for text in chosen:
            ProhibitNullCharactersValidator()(text)
            if len(text) > 253:
                raise ValidationError("A choice is longer than any name can be.")
            if self.choices and text not in self.choices:
                raise ValidationError(f"“{visible(text)}” is none of: {', '.join(self.choices)}.")
        return chosen


class AnyOf(django_filters.Filter):
    """Rows whose field is one of the chosen; `values` translates a choice where the column holds something else."""

    field_class = AnyOfField

    def __init__(self, field_name: str, *, values: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        if values is not None:
            kwargs["choices"] = tuple(values)
        super().__init__(field_name, lookup_expr="in", required=False, **kwargs)
        self.values = values

    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        if not value:
            return qs
        wanted = value if self.values is None else [self.values[item] for item in value]
        found = Q(**{f"{self.field_name}__in": [item for item in wanted if item is not None]})
        if None in wanted:
            found |= Q(**{f"{self.field_name}__isnull": True})
        return qs.filter(found)


class Words(django_filters.CharFilter):
    """Rows in which every word stands somewhere in one of the fields, whatever its case."""

    def __init__(self, *fields: str, **kwargs: Any) -> None:
        super().__init__(max_length=300, **kwargs)
        self.fields = fields

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        for word in re.split(r"[\s/]+", value or "")[:10]:
            if word:
                found = Q()
                for field in self.fields:
                    found |= Q(**{f"{field}__icontains": word})
                qs = qs.filter(found)
        return qs


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter that is offered as a list of choices with counts. `label_of` words a choice."""

    name: str
    label: str
    label_of: Callable[[str], str] = visible


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class Applied:
    """A filter in force: `name` and `value` as in the query string, `label` for the person."""

    name: str
    value: str
    label: str


class FacetedFilterSet(django_filters.FilterSet):
    """A FilterSet that can count what each choice of a facet would leave, the other filters standing."""

    facets: ClassVar[tuple[Facet, ...]] = ()

    def choices(self) -> Iterator[tuple[Facet, list[Choice]]]:
        """Each facet with its choices: those that leave a row, most rows first, and those that are selected."""
        self.form.is_valid()
        for facet in self.facets:
            chosen = self.form.cleaned_data.get(facet.name) or []
            counts = self._counts(facet)
            counts.update({value: 0 for value in chosen if value not in counts})
            yield facet, self._ordered(facet, counts, chosen)

    def _counts(self, facet: Facet) -> dict[str, int]:
        filter_ = self.filters[facet.name]
        rows = self.queryset.all()
        for name, value in self.form.cleaned_data.items():
            if name != facet.name:
                rows = self.filters[name].filter(rows, value)
        counted = rows.order_by().values_list(filter_.field_name).annotate(count=Count("pk"))
        names = {value: key for key, value in filter_.values.items()} if filter_.values is not None else None
        return {
            value if names is None else names[value]: count
            for value, count in counted
            if names is None or value in names
        }

    def _ordered(self, facet: Facet, counts: dict[str, int], chosen: Sequence[str]) -> list[Choice]:
        fixed = self.filters[facet.name].extra.get("choices")
        order = (
            [value for value in fixed if value in counts]
            if fixed
            else sorted(counts, key=lambda value: (-counts[value], value))
        )
        return [Choice(value, facet.label_of(value), counts[value], value in chosen) for value in order]

    def applied(self) -> list[Applied]:
        """The filters in force, each with what removes it."""
        self.form.is_valid()
        found = []
        labels = {facet.name: facet for facet in self.facets}
        for name, value in self.form.cleaned_data.items():
            if isinstance(value, list):
                facet = labels[name]
                found += [Applied(name, item, f"{facet.label}: {facet.label_of(item)}") for item in value]
            elif value not in (None, ""):
                found.append(Applied(name, self.data.get(name, ""), self.word(name, value)))
        return found

    def word(self, name: str, value: Any) -> str:
        """A filter that is no facet, in words."""
        return f"Search: {visible(value)}"

    def problems(self) -> list[str]:
        """A sentence for each filter that could not be understood and was left out."""
        return [f"The filter “{name}” was left out. {' '.join(errors)}" for name, errors in self.form.errors.items()]


class AgeBandField(forms.CharField):
    """`91-120` or `721-`: whole days, both ends included."""

    def clean(self, value: Any) -> AgeBand | None:
        text = super().clean(value)
        if not text:
            return None
        match = re.fullmatch(r"([0-9]{1,5})-([0-9]{1,5})?", text)
        if match is None:
            raise ValidationError("An age is written as two numbers of days, such as 91-120, or 721- for more.")
        return AgeBand(int(match[1]), int(match[2]) if match[2] else None)


class AgeFilter(django_filters.Filter):
    field_class = AgeBandField

    def filter(self, qs: QuerySet[Any], value: AgeBand | None) -> QuerySet[Any]:
        return qs if value is None else qs.filter(value.condition(self.parent.moment))


SEVERITY_RANKS = {**{severity: rank for rank, severity in enumerate(SEVERITIES)}, "none": len(SEVERITIES)}
HEALTH = {"failing": False, "healthy": True, "unknown": None}
HEALTH_LABELS = {"failing": "Failing", "healthy": "Working", "unknown": "Not known"}


class SecretFilter(FacetedFilterSet):
    """Filters of the Secrets page. `moment` is when ages are judged."""

    q = Words("namespace", "name", "source_object", "type")
    namespace = AnyOf("namespace")
    rotation = AnyOf("rotation", values={state: state for state in STATES})
    severity = AnyOf("worst_severity", values=SEVERITY_RANKS)
    source = AnyOf("source_kind")
    health = AnyOf("source_healthy", values=HEALTH)
    type = AnyOf("type")
    age = AgeFilter()

    facets = (
        Facet("rotation", "Rotation", lambda value: LABELS[value]),
        Facet("severity", "Worst finding", lambda value: "No finding" if value == "none" else value.capitalize()),
        Facet("namespace", "Namespace"),
        Facet("source", "Source", lambda value: SOURCE_NAMES.get(value, visible(value))),
        Facet("health", "Source health", lambda value: HEALTH_LABELS[value]),
        Facet("type", "Type"),
    )

    class Meta:
        model = SecretRecord
        fields: ClassVar[list[str]] = []

    def __init__(self, data: QueryDict, queryset: QuerySet[SecretRecord], moment: datetime) -> None:
        super().__init__(data, with_rotation(queryset, moment))
        self.moment = moment

    def word(self, name: str, value: Any) -> str:
        return f"Age: {value.label} days" if name == "age" else super().word(name, value)


ACTIVE, RESOLVED = "active", "resolved"

STATE_TABS: dict[str, tuple[str, tuple[str, ...]]] = {
    ACTIVE: ("Active", tuple(FindingRecord.ACTIVE)),
    "new": ("New", (FindingRecord.State.NEW,)),
    "open": ("Open", (FindingRecord.State.OPEN,)),
    "reopened": ("Reopened", (FindingRecord.State.REOPENED,)),
    RESOLVED: ("Resolved", (FindingRecord.State.RESOLVED,)),
}
"""The tabs of the Findings page: name in the URL, label, states."""


class FindingFilter(FacetedFilterSet):
    """Filters of the Findings page, within a tab."""

    q = Words("namespace", "name", "message")
    severity = AnyOf("severity", values={severity: severity for severity in SEVERITIES})
    check = AnyOf("check_id")
    namespace = AnyOf("namespace")

    facets = (
        Facet("severity", "Severity", str.capitalize),
        Facet("check", "Check"),
        Facet("namespace", "Namespace", lambda value: visible(value) or "(whole cluster)"),
    )

    class Meta:
        model = FindingRecord
        fields: ClassVar[list[str]] = []


__all__ = ["ACTIVE", "RESOLVED", "STATE_TABS", "Applied", "Choice", "Facet", "FindingFilter", "SecretFilter"]
