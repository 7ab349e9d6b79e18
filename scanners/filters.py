"""What the lists of Secrets and findings can be filtered by."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict

from scanners.faceting import AnyOf, Facet, FacetedFilterSet, Words
from scanners.models import FindingRecord, SecretRecord
from scanners.report import SEVERITIES
from scanners.rotations import LABELS, STATES, AgeBand, with_rotation
from scanners.words import SOURCE_NAMES, visible


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
    """Rows whose age, as the histogram counts it, lies in a band."""

    field_class = AgeBandField

    def filter(self, qs: QuerySet[Any], value: AgeBand | None) -> QuerySet[Any]:
        return qs if value is None else qs.filter(value.condition(self.parent.moment))


SEVERITY_RANKS: dict[str, int] = {
    **{severity: rank for rank, severity in enumerate(SEVERITIES)},
    "none": len(SEVERITIES),
}
HEALTH = {"failing": False, "healthy": True, "unknown": None}
HEALTH_LABELS = {"failing": "Failing", "healthy": "Working", "unknown": "Not known"}


class SecretFilter(FacetedFilterSet):
    """Filters of the Secrets page. `moment` is when ages are judged."""

    q = Words("namespace", "name", "source_object", "type")
    rotation = AnyOf("rotation", values={state: state for state in STATES})
    severity = AnyOf("worst_severity", values=SEVERITY_RANKS)
    namespace = AnyOf("namespace")
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


ACTIVE = "active"

STATE_TABS: dict[str, tuple[str, frozenset[str]]] = {
    ACTIVE: ("Active", frozenset(FindingRecord.ACTIVE)),
    "new": ("New", frozenset({FindingRecord.State.NEW})),
    "open": ("Open", frozenset({FindingRecord.State.OPEN})),
    "reopened": ("Reopened", frozenset({FindingRecord.State.REOPENED})),
    "resolved": ("Resolved", frozenset({FindingRecord.State.RESOLVED})),
}
"""The tabs of the Findings page: name in the URL, label, states."""

ABOVE_LOW = frozenset(SEVERITIES) - {"low"}


class FindingFilter(FacetedFilterSet):
    """Filters of the Findings page, within a tab.

    Low findings are left out until something asks for them, folded ones until `folded=show` does (checks.md).
    """

    q = Words("namespace", "name", "message")
    severity = AnyOf("severity", values={severity: severity for severity in SEVERITIES})
    check = AnyOf("check_id")
    namespace = AnyOf("namespace")

    facets = (
        Facet("severity", "Severity", str.capitalize, shows_all=True),
        Facet("check", "Check", shows_all=True),
        Facet("namespace", "Namespace", lambda value: visible(value) or "(whole cluster)"),
    )
    counted = ("state", "folded")

    class Meta:
        model = FindingRecord
        fields: ClassVar[list[str]] = []

    def __init__(self, data: QueryDict, queryset: QuerySet[FindingRecord]) -> None:
        super().__init__(data, queryset)
        wanted = data.get("state", ACTIVE)
        self.tab = wanted if wanted in STATE_TABS else ACTIVE
        self.shows_folded = data.get("folded") == "show"

    @property
    def hides_low(self) -> bool:
        return not any(self.cleaned.get(name) for name in ("severity", "check", "q"))

    @property
    def within_tab(self) -> dict[str, frozenset[Any]]:
        """The states of the tab, and whether folded findings are among them."""
        folded = frozenset({False, True}) if self.shows_folded else frozenset({False})
        return {"state": STATE_TABS[self.tab][1], "folded": folded}

    @property
    def default(self) -> dict[str, frozenset[Any]]:
        return {**self.within_tab, "severity": ABOVE_LOW} if self.hides_low else self.within_tab

    def _default_beside(self, facet: Facet) -> dict[str, frozenset[Any]]:
        return dict(self.within_tab) if facet.shows_all else dict(self.default)

    def tab_counts(self) -> dict[str, int]:
        """How many findings each tab would list, the filters standing."""
        return {
            name: self.tally.total({**self.selections, "state": states}) for name, (_, states) in STATE_TABS.items()
        }

    @property
    def hidden_low(self) -> int:
        """How many low findings the list leaves out."""
        return self.tally.total({**self.selections, "severity": {"low"}}) if self.hides_low else 0

    @property
    def folded_count(self) -> int:
        """How many findings of system objects the list leaves out, or would."""
        return self.tally.total({**self.selections, "folded": {True}})
