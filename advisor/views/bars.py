"""The ranking as bars: each contribution a piece, what speaks against a tool left of the zero, what speaks for it
right. Positions are per cent of the drawing's width, so that it needs no style and no script.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.advice import ContributionLine, RankingLine
from advisor.questions import BY_ID
from advisor.views.words import SHORT

LEAST_POINTS = 6
"""The scale's least extent on the side of what is for, so that one argument does not fill the bar."""


@dataclass(frozen=True, slots=True)
class Scale:
    """`zero` and `point` are per cent of the width; `against` and `for_` the largest sums in points."""

    against: int
    for_: int
    zero: float
    point: float


@dataclass(frozen=True, slots=True)
class Piece:
    """One contribution. `middle` is where its number stands."""

    question: str
    name: str
    words: str
    number: int
    against: bool
    x: float
    width: float
    middle: float


@dataclass(frozen=True, slots=True)
class Bar:
    """The pieces of one tool, from the zero outwards. `words` are for a screen reader."""

    pieces: list[Piece]
    words: str


def scale(ranking: Sequence[RankingLine]) -> Scale:
    """One scale for all tools, so that lengths can be compared."""
    against = max((_sum(line, against=True) for line in ranking), default=0)
    for_ = max([LEAST_POINTS, *(_sum(line, against=False) for line in ranking)])
    point = 100 / (against + for_)
    return Scale(against, for_, round(against * point, 2), point)


def bar(line: RankingLine, drawn: Scale) -> Bar:
    pieces: list[Piece] = []
    for against in (True, False):
        edge = drawn.zero
        for item in sorted(_side(line, against=against), key=lambda item: -abs(item.effect)):
            width = abs(item.effect) * drawn.point
            x = edge - width if against else edge
            edge = x if against else x + width
            pieces.append(_piece(item, against, x, width))
    words = (
        f"{_sum(line, against=False)} points for it, {_sum(line, against=True)} against it, "
        f"from {len(pieces)} of {len(line.contributions)} answers"
    )
    return Bar(pieces, words)


def _side(line: RankingLine, *, against: bool) -> list[ContributionLine]:
    """What counts on one side. What rules a tool out is no matter of points, so it is said and not drawn."""
    return [item for item in line.contributions if not item.gate and (item.effect < 0 if against else item.effect > 0)]


def _sum(line: RankingLine, *, against: bool) -> int:
    return sum(abs(item.effect) for item in _side(line, against=against))


def _piece(item: ContributionLine, against: bool, x: float, width: float) -> Piece:
    answer = BY_ID[item.question].label(item.answer)
    points = f"{abs(item.effect)} {'point' if abs(item.effect) == 1 else 'points'} {'against' if against else 'for'} it"
    return Piece(
        question=item.question,
        name=SHORT[item.question],
        words=f"{SHORT[item.question]}, {answer}: {points}. {item.because}",
        number=abs(item.effect),
        against=against,
        x=round(x, 2),
        width=round(width, 2),
        middle=round(x + width / 2, 2),
    )
