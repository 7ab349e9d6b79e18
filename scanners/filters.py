"""What the lists of Secrets and findings can be filtered by."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Case, F, FilteredRelation, Q, QuerySet, TextField, Value, When
from django.http import QueryDict

from scanners.certificate_dates import CERTIFICATE_LABELS, certificate_condition
from scanners.due import Due
from scanners.faceting import AnyOf, Applied, Facet, FacetedFilterSet, Words
from scanners.models import Cluster, FindingRecord, Scan, SecretRecord
from scanners.report import SEVERITIES
from scanners.rotations import LABELS, STATES, AgeBand, with_rotation
from scanners.words import SOURCE_NAMES, utc_words, visible


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


class DueField(forms.CharField):
    """`30` for within so many days of the scan, `2026-12-03` for a day of UTC."""

    def clean(self, value: Any) -> Due | None:
        text = super().clean(value)
        if not text:
            return None
        if re.fullmatch("[0-9]{1,4}", text):
            return Due(within=int(text))
        try:
            return Due(on=date.fromisoformat(text))
        except ValueError as error:
            raise ValidationError("Due is written as a number of days, such as 30, or as a day: 2026-12-03.") from error


class DueFilter(django_filters.Filter):
    """Rows that come due then, judged at the moment of the scan."""

    field_class = DueField

    def filter(self, qs: QuerySet[Any], value: Due | None) -> QuerySet[Any]:
        return qs if value is None else qs.filter(value.condition(self.parent.moment))


class CertificateFilter(django_filters.ChoiceFilter):
    """Rows whose certificate has expired, or will soon, judged at the moment of the scan."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        return qs.filter(certificate_condition(value, self.parent.moment)) if value else qs


SEVERITY_RANKS: dict[str, int] = {
    **{severity: rank for rank, severity in enumerate(SEVERITIES)},
    "none": len(SEVERITIES),
}
HEALTH = {"failing": False, "healthy": True, "unknown": None}
HEALTH_LABELS = {"failing": "Failing", "healthy": "Working", "unknown": "Not known"}


STALENESS = {
    "stale": "Run with an older value",
    "current": "Run with the present value",
    "unknown": "Not known",
    "unused": "None seen",
}
"""How a Secret's consumers stand to its value."""

STALENESS_CASE = Case(
    When(consumer_count=0, then=Value("unused")),
    When(stale_consumers__isnull=True, then=Value("unknown")),
    When(stale_consumers__gt=0, then=Value("stale")),
    default=Value("current"),
    output_field=TextField(),
)


class SecretFilter(FacetedFilterSet):
    """Filters of the Secrets page. `moment` is when ages are judged."""

    q = Words("namespace", "name", "source_object", "type")
    rotation = AnyOf("rotation", values={state: state for state in STATES})
    severity = AnyOf("worst_severity", values=SEVERITY_RANKS)
    namespace = AnyOf("namespace")
    source = AnyOf("source_kind")
    health = AnyOf("source_healthy", values=HEALTH)
    type = AnyOf("type")
    owner = AnyOf("owner")
    environment = AnyOf("environment")
    stale = AnyOf("staleness", values={state: state for state in STALENESS})
    age = AgeFilter()
    due = DueFilter()
    certificate = CertificateFilter(choices=tuple(CERTIFICATE_LABELS.items()))

    facets = (
        Facet("rotation", "Rotation", lambda value: LABELS[value]),
        Facet("severity", "Worst finding", lambda value: "No finding" if value == "none" else value.capitalize()),
        Facet("stale", "Consumers", lambda value: STALENESS[value]),
        Facet("owner", "Team", lambda value: visible(value) or "(no team)", unless_only=""),
        Facet("environment", "Environment", lambda value: visible(value) or "(none)", unless_only=""),
        Facet("namespace", "Namespace"),
        Facet("source", "Source", lambda value: SOURCE_NAMES.get(value, visible(value))),
        Facet("health", "Source health", lambda value: HEALTH_LABELS[value]),
        Facet("type", "Type"),
    )

    class Meta:
        model = SecretRecord
        fields: ClassVar[list[str]] = []

    def __init__(self, data: QueryDict, queryset: QuerySet[SecretRecord], moment: datetime) -> None:
        super().__init__(data, with_rotation(queryset, moment).annotate(staleness=STALENESS_CASE))
        self.moment = moment

    def word(self, name: str, value: Any) -> str:
        if name == "age":
            return f"Age: {value.label} days"
        if name == "due":
            return f"Rotation: {value.label}"
        return CERTIFICATE_LABELS[value] if name == "certificate" else super().word(name, value)


ACTIVE = frozenset(FindingRecord.ACTIVE)

TABS: dict[str, tuple[str, frozenset[str]]] = {
    "": ("Active", ACTIVE),
    "new": ("New", frozenset({FindingRecord.State.NEW})),
    "accepted": ("Accepted", frozenset({FindingRecord.State.ACCEPTED})),
    "resolved": ("Resolved", frozenset({FindingRecord.State.RESOLVED})),
}
"""The tabs of the Findings page: `state` in the URL, label, states."""

ABOVE_LOW = frozenset(SEVERITIES) - {"low"}

SYSTEM_LABELS = {"no": "Not of the system", "yes": "System objects"}


RESTRICTIONS = {
    "state": "Active findings only",
    "severity": "Low findings are left out",
    "folded": "System objects are left out",
}
"""What the list leaves out unless it is asked for, by column."""


class FindingFilter(FacetedFilterSet):
    """Filters of the Findings page.

    The list is of active findings until another state is asked for. Low findings are left out until something asks
    for them, those of system objects until `system=yes` does (checks.md).
    """

    q = Words("namespace", "name", "message", "owner")
    severity = AnyOf("severity", values={severity: severity for severity in SEVERITIES})
    state = AnyOf("state", values={str(state): str(state) for state in FindingRecord.State})
    check = AnyOf("check_id")
    namespace = AnyOf("namespace")
    owner = AnyOf("owner")
    kind = AnyOf("kind")
    system = AnyOf("folded", values={"no": False, "yes": True})

    facets: ClassVar[tuple[Facet, ...]] = (
        Facet("severity", "Severity", str.capitalize, shows_all=True),
        Facet("state", "State", str.capitalize),
        Facet("check", "Check", shows_all=True),
        Facet("namespace", "Namespace", lambda value: visible(value) or "(whole cluster)"),
        Facet("owner", "Team", lambda value: visible(value) or "(no team)", unless_only=""),
        Facet("kind", "Kind"),
        Facet("system", "System", lambda value: SYSTEM_LABELS[value], unless_only="no"),
    )

    class Meta:
        model = FindingRecord
        fields: ClassVar[list[str]] = []

    @property
    def states(self) -> frozenset[Any]:
        """The states that are listed."""
        return self.selections.get("state", frozenset(FindingRecord.State.values))

    @property
    def tab(self) -> str | None:
        """The tab that the list stands under; None where other states are chosen."""
        chosen = self.cleaned.get("state") or []
        return "".join(chosen) if len(chosen) < 2 and "".join(chosen) in TABS else None

    @property
    def hides_low(self) -> bool:
        return not any(self.cleaned.get(name) for name in ("severity", "check", "q"))

    @property
    def default(self) -> dict[str, frozenset[Any]]:
        always: dict[str, frozenset[Any]] = {"state": ACTIVE, "folded": frozenset({False})}
        return {**always, "severity": ABOVE_LOW} if self.hides_low else always

    def _default_beside(self, facet: Facet) -> dict[str, frozenset[Any]]:
        default = dict(self.default)
        if facet.shows_all:
            default.pop("severity", None)
        return default

    def applied(self) -> list[Applied]:
        """The filters in force. A tab is where one is, not a filter to be removed."""
        return [item for item in super().applied() if item.name != "state" or self.tab is None]

    def in_words(self) -> list[str]:
        """All that the list is restricted to, asked for or not: what an export of it must say."""
        left = [words for column, words in RESTRICTIONS.items() if column in self.default and column not in self.chosen]
        return [*(item.label for item in super().applied()), *left]

    def tab_counts(self) -> dict[str, int]:
        """How many findings each tab would list, the other filters standing."""
        return {name: self.tally.total({**self.selections, "state": states}) for name, (_, states) in TABS.items()}

    @property
    def hidden_low(self) -> int:
        """How many low findings the list leaves out."""
        return self.tally.total({**self.selections, "severity": {"low"}}) if "severity" in self.default else 0

    @property
    def folded_count(self) -> int:
        """How many findings of system objects the list leaves out."""
        if True in self.selections.get("folded", {True}):
            return 0
        return self.tally.total({**self.selections, "folded": {True}})


CHANGES = {"new": "New", "reopened": "Reopened", "resolved": "Resolved"}


class ChangedFindingFilter(FindingFilter):
    """What one scan changed: all of it, low findings and those of system objects too."""

    change = AnyOf("change", values={change: change for change in CHANGES})

    facets: ClassVar[tuple[Facet, ...]] = (
        Facet("change", "What changed", lambda value: CHANGES[value]),
        *FindingFilter.facets,
    )

    class Meta(FindingFilter.Meta):
        pass

    def __init__(self, data: QueryDict, queryset: QuerySet[FindingRecord], scan: Scan) -> None:
        step = FilteredRelation("events", condition=Q(events__scan=scan))
        changed = queryset.annotate(step=step).filter(step__isnull=False)
        super().__init__(data, changed.annotate(change=F("step__state")))
        self.scan = scan

    @property
    def default(self) -> dict[str, frozenset[Any]]:
        return {}

    @property
    def tab(self) -> str | None:
        return None

    @property
    def is_narrowed(self) -> bool:
        return True

    def in_words(self) -> list[str]:
        return [item.label for item in self.applied()]

    def applied(self) -> list[Applied]:
        moment = f" of {utc_words(self.scan.collected_at)}" if self.scan.collected_at else ""
        return [Applied("scan", str(self.scan.pk), f"Changed by the scan{moment}"), *super().applied()]


def finding_filter(data: QueryDict, cluster: Cluster) -> FindingFilter:
    """The filter of a Findings page; with `scan` in the query, of what that scan of the cluster changed."""
    findings = FindingRecord.objects.filter(cluster=cluster)
    wanted = data.get("scan", "")
    if re.fullmatch("[0-9]{1,18}", wanted):
        scan = Scan.objects.filter(cluster=cluster, pk=wanted).only("collected_at", "cluster").first()
        if scan is not None:
            return ChangedFindingFilter(data, findings, scan)
    return FindingFilter(data, findings)
