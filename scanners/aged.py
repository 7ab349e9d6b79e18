"""A stored Secret's age at a moment: the interval, how it stands to its maximum, and how that is said and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scanners.ages import DUE_WITHIN_DAYS, rotation_at, whole_days
from scanners.models import SecretRecord
from scanners.words import age_figures, age_words, days

FULL_SCALE = 5 / 3
"""The bar ends at five thirds of the maximum, so that every row's maximum stands at the same place."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Geometry of an age bar in per cent of its width; `open` means the age goes on beyond the right end."""

    certain: float
    possible: float
    maximum: float
    open: bool


@dataclass(frozen=True, slots=True)
class Aged:
    """Ages in whole days, None where unbounded; `state` as in `scanners.rotations.STATES`."""

    at_least: int | None
    at_most: int | None
    maximum: int | None
    exempt: str
    state: str
    overdue_since: datetime | None
    """When the value certainly became, or will be, older than its maximum; None where that is not certain."""

    @property
    def words(self) -> str:
        return age_words(self.at_least, self.at_most)

    @property
    def figures(self) -> str:
        return age_figures(self.at_least, self.at_most)

    @property
    def over_by(self) -> int:
        """By how many days the value is certainly over its maximum."""
        return max(0, (self.at_least or 0) - (self.maximum or 0))

    @property
    def sentence(self) -> str:
        """The rotation state in words."""
        if self.state == "exempt":
            return f"No rotation policy applies: {self.exempt}."
        if self.at_least is None and self.at_most is None:
            return "The object carries no dates, so its age is unknown."
        limit = f"the maximum of {days(self.maximum or 0)}"
        return {
            "overdue": f"It is {days(self.over_by)} over {limit}.",
            "due": f"It will certainly be over {limit} within {days(DUE_WITHIN_DAYS)}.",
            "fresh": f"It is within {limit}.",
            "unknown": f"It may be over {limit}: nothing seen proves or rules it out.",
        }[self.state]

    @property
    def bar(self) -> Bar | None:
        """How it is drawn against its maximum; None where there is nothing to draw."""
        if self.maximum is None or (self.at_least is None and self.at_most is None):
            return None
        full = self.maximum * FULL_SCALE
        certain = min(100.0, 100 * (self.at_least or 0) / full)
        furthest = 100.0 if self.at_most is None else min(100.0, 100 * self.at_most / full)
        beyond = self.at_most is None or self.at_most > full
        return Bar(round(certain, 1), round(max(0.0, furthest - certain), 1), round(100 / FULL_SCALE, 1), beyond)


def aged(secret: SecretRecord, moment: datetime) -> Aged:
    """The age of a stored Secret's value at a moment."""
    before, after = secret.changed_before, secret.changed_after
    return Aged(
        at_least=whole_days(moment - before) if before is not None else None,
        at_most=whole_days(moment - after) if after is not None else None,
        maximum=secret.maximum_days,
        exempt=secret.exempt,
        state=_state(secret, moment),
        overdue_since=secret.certainly_over_at,
    )


def _state(secret: SecretRecord, moment: datetime) -> str:
    if secret.exempt:
        return "exempt"
    if secret.certainly_over_at is None:
        fresh = secret.possibly_over_at is not None and moment < secret.possibly_over_at
        return "fresh" if fresh else "unknown"
    return rotation_at(moment, secret.certainly_over_at, secret.possibly_over_at)
