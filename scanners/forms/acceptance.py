"""The form by which findings are accepted: why, and until when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from scanners.words import visible_lines

LONGEST_DAYS = 365
"""Nobody's word on a risk is good for more than a year."""

ON_A_DATE = "date"

PERIODS = (
    ("7", "for 7 days"),
    ("30", "for 30 days"),
    ("90", "for 90 days"),
    ("180", "for 180 days"),
    (ON_A_DATE, "until a day:"),
)


class AcceptanceForm(forms.Form):
    """`until` of the cleaned data is the moment at which the acceptance ends, in UTC."""

    reason = forms.CharField(
        label="Why is this acceptable?",
        min_length=3,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "prose-input"}),
        help_text="Kept in the history, for whoever asks next. Never write a value of a Secret here.",
        error_messages={"required": "Say why. Whoever looks at this next year will want to know."},
    )
    period = forms.ChoiceField(
        label="For how long?",
        choices=PERIODS,
        initial="90",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose for how long."},
    )
    day = forms.DateField(
        label="That day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=f"At most {LONGEST_DAYS} days from now; it ends with that day, in UTC.",
        error_messages={"invalid": "Write the day as 2026-12-31."},
    )

    def clean_reason(self) -> str:
        """What shows nothing, or turns the text round, is spelt out: the reason is shown to others."""
        return visible_lines(self.cleaned_data["reason"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        period = data.get("period")
        if period == ON_A_DATE and "day" not in self.errors:
            data["until"] = self._end_of(data.get("day"))
        elif period and period != ON_A_DATE:
            data["until"] = timezone.now() + timedelta(days=int(period))
        return data

    def _end_of(self, day: date | None) -> datetime | None:
        """The end of the day, or an error on its field."""
        today = timezone.now().astimezone(UTC).date()
        if day is None:
            self.add_error("day", ValidationError("Choose the day on which it ends."))
        elif day < today:
            self.add_error("day", ValidationError("That day is over. Choose one that is to come."))
        elif day > today + timedelta(days=LONGEST_DAYS):
            self.add_error("day", ValidationError(f"Choose a day within the next {LONGEST_DAYS} days."))
        else:
            return datetime.combine(day, time.max, UTC).replace(microsecond=0)
        return None
