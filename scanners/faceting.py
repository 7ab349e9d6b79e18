"""Filters that are declared by name, and offered as facets with the count that each choice would leave.

A query string never names a field. What is not a choice is left out of the filtering and said on the page
(`problems`). The same FilterSet serves the page, its facets and its export.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db.models import Q, QuerySet

from scanners.tally import Tally
from scanners.words import visible

MAXIMUM_CHOICES = 50
LONGEST_NAME = 253


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
            if len(text) > LONGEST_NAME:
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
        super().__init__(field_name, required=False, **kwargs)
        self.values = values

    def wanted(self, chosen: Sequence[str]) -> list[Any]:
        """The column's values for the choices."""
        return list(chosen) if self.values is None else [self.values[choice] for choice in chosen]

    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        if not value:
            return qs
        wanted = self.wanted(value)
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
    """A filter that is offered as a list of choices with counts. `label_of` words a choice.

    `shows_all` offers also what the list leaves out by default: choosing it is asking for it. `unless_only` is
    the value with which nothing is told apart: the facet is not offered where there is no other.
    """

    name: str
    label: str
    label_of: Callable[[str], str] = visible
    shows_all: bool = False
    unless_only: str | None = None


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
    """A FilterSet that counts what each choice of a facet would leave, the other filters standing.

    `default` is what the list is restricted to without being asked, by column. It is no filter in force.
    """

    facets: ClassVar[tuple[Facet, ...]] = ()
    counted: ClassVar[tuple[str, ...]] = ()
    """Columns that the page counts by, beyond those of the facets."""

    @cached_property
    def cleaned(self) -> Mapping[str, Any]:
        """What was understood of the query string."""
        self.form.is_valid()
        cleaned: Mapping[str, Any] = self.form.cleaned_data
        return cleaned

    @property
    def default(self) -> dict[str, frozenset[Any]]:
        return {}

    @cached_property
    def is_narrowed(self) -> bool:
        """Whether a filter is in force that is no facet, so that the tally does not cover all rows."""
        return any(value not in (None, "") for value in self.cleaned.values() if not isinstance(value, list))

    @cached_property
    def tally(self) -> Tally:
        """The rows that all filters but the facets leave, counted by the facets' columns."""
        rows = self.queryset.all()
        for name, value in self.cleaned.items():
            if not isinstance(value, list):
                rows = self.filters[name].filter(rows, value)
        return Tally(rows, (*(self.filters[facet.name].field_name for facet in self.facets), *self.counted))

    @cached_property
    def chosen(self) -> dict[str, frozenset[Any]]:
        """What the facets are restricted to, by column."""
        return {
            self.filters[facet.name].field_name: frozenset(self.filters[facet.name].wanted(self.cleaned[facet.name]))
            for facet in self.facets
            if self.cleaned.get(facet.name)
        }

    @property
    def selections(self) -> dict[str, frozenset[Any]]:
        """All that the list is restricted to, by column."""
        return {**self.default, **self.chosen}

    @cached_property
    def total(self) -> int:
        """How many rows are listed."""
        return self.tally.total(self.selections)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().filter_queryset(queryset)
        for column, values in self.default.items():
            if column not in self.chosen:
                rows = rows.filter(**{f"{column}__in": values})
        return rows

    def choices(self) -> Iterator[tuple[Facet, list[Choice]]]:
        """Each facet with its choices: those that leave a row, most rows first, and those that are selected."""
        for facet in self.facets:
            filter_ = self.filters[facet.name]
            column = filter_.field_name
            standing = self._default_beside(facet) | self.chosen
            standing.pop(column, None)
            found = self.tally.by(column, standing)
            if filter_.values is None:
                offered = dict(found)
            else:
                offered = {name: found[value] for name, value in filter_.values.items() if value in found}
            chosen = self.cleaned.get(facet.name) or []
            counts = {**dict.fromkeys(chosen, 0), **offered}
            if list(counts) == [facet.unless_only]:
                continue
            yield facet, self._ordered(facet, counts, chosen)

    def _default_beside(self, facet: Facet) -> dict[str, frozenset[Any]]:
        return {} if facet.shows_all else dict(self.default)

    def _ordered(self, facet: Facet, counts: Mapping[str, int], chosen: Sequence[str]) -> list[Choice]:
        fixed = self.filters[facet.name].values
        order = (
            [value for value in fixed if value in counts]
            if fixed is not None
            else sorted(counts, key=lambda value: (-counts[value], value))
        )
        return [Choice(value, facet.label_of(value), counts[value], value in chosen) for value in order]

    def applied(self) -> list[Applied]:
        """The filters in force, each with what removes it."""
        found = []
        labels = {facet.name: facet for facet in self.facets}
        for name, value in self.cleaned.items():
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
