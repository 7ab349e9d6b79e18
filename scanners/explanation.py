"""How a cluster's grade came about: what it is made of, what would raise it, and what was not assessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scanners.checks import BY_ID
from scanners.gains import Gain, Part, Unassessed, gains, parts, unassessed, without_accepted
from scanners.grade import LETTERS, MINIMUM_ASSESSED
from scanners.models import Scan

LEAST_C = next(least for least, letter in LETTERS if letter == "C")

UNSEEN = ("denied", "error", "partial")
"""The states of coverage in which something was not seen."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """`gains` leave out what is accepted, `parts` do not: the grade says what the cluster is.

    `capped`: an open critical finding holds the grade at D. `accepted` counts the objects that fail and are accepted.
    """

    graded: bool
    assessed: float
    capped: bool
    gains: list[Gain]
    parts: Mapping[str, Part]
    unassessed: list[Unassessed]
    accepted: int
    needed: float = MINIMUM_ASSESSED

    @property
    def allowed(self) -> float:
        """The share that could be assessed if every input were seen."""
        return min(1.0, self.assessed + sum(item.share for item in self.unassessed if item.inputs))


def is_capped(scan: Scan) -> bool:
    """Whether a critical finding, not the score, gave the grade D."""
    return scan.grade_letter == "D" and (scan.grade_score or 0) >= LEAST_C


def explain(scan: Scan, accepted: Mapping[str, int]) -> Explanation:
    """Explain the grade of a scan; `accepted` are the accepted objects of each check."""
    needs = {line["id"]: BY_ID[line["id"]].needs for line in scan.checks if line["id"] in BY_ID}
    seen = [line["input"] for line in scan.coverage if line["status"] not in UNSEEN]
    return Explanation(
        graded=scan.grade_score is not None,
        assessed=scan.grade_assessed or 0.0,
        capped=is_capped(scan),
        gains=without_accepted(gains(scan.checks), accepted),
        parts=parts(scan.checks),
        unassessed=unassessed(scan.checks, needs, seen),
        accepted=sum(accepted.values()),
    )
