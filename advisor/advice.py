"""The advice as the contract has it (`advise --format json`): everything that a page, a file or a person is shown.

Names are stable: add fields, never rename. The same answers and the same cluster give the same advice.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from advisor.answers import Answers
from advisor.facts import Fact, answers_of, installed
from advisor.flips import Confidence, Level, confidence, flips
from advisor.matrix import EXTERNAL_SECRETS, TITLES, Tool
from advisor.questions import QUESTIONS
from advisor.recommend import Situation, Standing, rank, winner
from advisor.stack import also_consider, stack

SCHEMA = "secretsui.advice/v1"


class _Part(msgspec.Struct, frozen=True):
    """Base of the parts of an advice."""


class FactLine(_Part, frozen=True, kw_only=True):
    """A fact and where it was seen. `used` is false where a person answered otherwise, or it answers nothing."""

    fact: str
    seen: str = msgspec.field(name="from")
    question: str | None
    value: str | None
    used: bool


class ContributionLine(_Part, frozen=True, kw_only=True):
    """What one answer does for a tool: `effect` in points, `weight` the question's importance already in it."""

    question: str
    answer: str
    weight: int
    effect: int
    because: str
    gate: bool


class RankingLine(_Part, frozen=True, kw_only=True):
    """A tool's place. `why_not` is None for the winner; `score` is the sum of the effects."""

    tool: Tool
    fit: int
    ruled_out: str | None
    score: int
    why_not: str | None
    contributions: tuple[ContributionLine, ...]


class StackLine(_Part, frozen=True, kw_only=True):
    tool: str
    role: str
    because: str


class AlternativeLine(_Part, frozen=True, kw_only=True):
    tool: str
    because: str


class FlipLine(_Part, frozen=True, kw_only=True):
    """`winner` is None where none of the four would be recommended."""

    question: str
    before: str = msgspec.field(name="from")
    to: str
    winner: Tool | None


class FindOutLine(_Part, frozen=True, kw_only=True):
    question: str
    why: str


class ConfidenceLine(_Part, frozen=True, kw_only=True):
    level: Level
    because: str
    find_out_first: tuple[FindOutLine, ...]


class Advice(_Part, frozen=True, kw_only=True):
    """`answers` are all questions' answers as they were counted, the cluster's among them."""

    schema: str = SCHEMA
    answers: dict[str, str]
    importance: dict[str, int]
    facts: tuple[FactLine, ...]
    winner: Tool | None
    confidence: ConfidenceLine
    ranking: tuple[RankingLine, ...]
    stack: tuple[StackLine, ...]
    also_consider: tuple[AlternativeLine, ...]
    flips: tuple[FlipLine, ...]


def advise(answers: Answers, found: Sequence[Fact] = ()) -> Advice:
    """The advice for these answers; the facts `found` in a cluster stand in where the person gave none."""
    situation = Situation({**answers_of(found), **answers.answers}, answers.importance, installed(found))
    ranking = rank(situation)
    chosen = winner(ranking)
    changes = flips(situation, chosen)
    return Advice(
        answers={question.id: situation.answer(question.id) for question in QUESTIONS},
        importance=dict(answers.importance),
        facts=tuple(_fact(item, answers) for item in found),
        winner=chosen,
        confidence=_confidence(confidence(situation, ranking, chosen, changes)),
        ranking=tuple(_ranking(item, ranking, chosen) for item in ranking),
        stack=tuple(
            StackLine(tool=item.tool, role=item.role, because=item.because)
            for item in stack(situation, ranking, chosen)
        ),
        also_consider=tuple(
            AlternativeLine(tool=item.tool, because=item.because)
            for item in also_consider(situation, chosen, _store_would_win(situation, chosen))
        ),
        flips=tuple(
            FlipLine(question=item.question, before=item.before, to=item.to, winner=item.winner) for item in changes
        ),
    )


def _store_would_win(situation: Situation, chosen: Tool | None) -> bool:
    """Whether a store in place of none would make External Secrets the recommendation."""
    stores = ("aws", "gcp", "azure", "vault", "openbao")
    return chosen != EXTERNAL_SECRETS and any(
        winner(rank(situation.with_answer("external-store", store))) == EXTERNAL_SECRETS for store in stores
    )


def _fact(item: Fact, answers: Answers) -> FactLine:
    answered = item.value is not None and answers.answers.get(item.question or "", item.value) == item.value
    return FactLine(fact=item.fact, seen=item.seen, question=item.question, value=item.value, used=answered)


def _confidence(item: Confidence) -> ConfidenceLine:
    lines = tuple(FindOutLine(question=line.question, why=line.why) for line in item.find_out_first)
    return ConfidenceLine(level=item.level, because=item.because, find_out_first=lines)


def _ranking(item: Standing, ranking: Sequence[Standing], chosen: Tool | None) -> RankingLine:
    return RankingLine(
        tool=item.tool,
        fit=item.fit,
        ruled_out=item.ruled_out,
        score=item.score,
        why_not=_why_not(item, ranking, chosen),
        contributions=tuple(
            ContributionLine(
                question=line.question,
                answer=line.answer,
                weight=line.weight,
                effect=line.effect,
                because=line.because,
                gate=line.gate,
            )
            for line in item.contributions
        ),
    )


def _why_not(item: Standing, ranking: Sequence[Standing], chosen: Tool | None) -> str | None:
    """What keeps a tool from being the winner: that it cannot, or the two answers by which it falls back most."""
    if item.tool == chosen or (chosen is None and not item.gates):
        return None
    if item.gates:
        return item.ruled_out
    best = next(other for other in ranking if other.tool == chosen)
    pairs = sorted(
        zip(item.contributions, best.contributions, strict=True), key=lambda pair: pair[0].effect - pair[1].effect
    )
    points = best.score - item.score
    if not points:
        return f"It is level with {TITLES[best.tool]}, which brings no more that has to be run."
    behind = dict.fromkeys(
        f"Against it: {own.because}" if own.effect < 0 else f"For {TITLES[best.tool]}: {other.because}"
        for own, other in pairs
        if own.effect < other.effect
    )
    unit = "point" if points == 1 else "points"
    return " ".join([f"It is {points} {unit} of score behind {TITLES[best.tool]}.", *list(behind)[:2]])
