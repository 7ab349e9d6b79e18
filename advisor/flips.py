"""What would change the recommendation: single answers, and so what to find out before relying on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from advisor.gates import GATES
from advisor.matrix import TITLES, TOOLS, Tool
from advisor.questions import BY_ID, QUESTIONS, UNKNOWN
from advisor.recommend import FEW_ANSWERS, Situation, Standing, rank, telling_answers, winner
from advisor.weights import LARGEST, argument

Level = Literal["none", "low", "medium", "high"]

MOST_TO_FIND_OUT = 5
CLOSE, CLEAR = 2, 5
"""A lead below the first is close, one from the second on is clear; both in points of score."""


@dataclass(frozen=True, slots=True)
class Flip:
    """Were `question` answered `to` rather than `before`, `winner` would be recommended: None for none of the four."""

    question: str
    before: str
    to: str
    winner: Tool | None


@dataclass(frozen=True, slots=True)
class ToFindOut:
    question: str
    why: str


@dataclass(frozen=True, slots=True)
class Confidence:
    """How far to rely on the recommendation, why in a sentence, and which questions to settle first."""

    level: Level
    because: str
    find_out_first: tuple[ToFindOut, ...]


def flips(situation: Situation, chosen: Tool | None) -> tuple[Flip, ...]:
    """Every single answer that would change the winner from `chosen`, in the questionnaire's order."""
    return tuple(
        Flip(question.id, situation.answer(question.id), value, found)
        for question in QUESTIONS
        for value in question.values
        if value not in (UNKNOWN, situation.answer(question.id))
        and (found := winner(rank(situation.with_answer(question.id, value)))) != chosen
    )


def confidence(
    situation: Situation, ranking: tuple[Standing, ...], chosen: Tool | None, found: Sequence[Flip]
) -> Confidence:
    """How sure the recommendation is, from the lead of the first and what the open questions could still change."""
    possible = [item for item in ranking if not item.gates]
    if not possible:
        return _nothing_fits(ranking, found)
    open_questions = _open(situation, found)
    if chosen is None:
        return Confidence("none", _why_none(situation, possible), open_questions)
    if len(possible) == 1:
        level: Level = "medium" if open_questions or possible[0].score <= 0 else "high"
        return Confidence(level, f"{TITLES[chosen]} is the only one of the four that is not ruled out.", open_questions)
    lead = possible[0].score - possible[1].score
    telling = telling_answers(ranking)
    second = TITLES[possible[1].tool]
    if possible[0].score <= 0:
        return Confidence(
            "low", f"More speaks against {TITLES[chosen]} than for it; the others do worse.", open_questions
        )
    if lead == 0:
        because = f"It is level with {second}; it is named first because it brings no more that has to be run."
        return Confidence("low", because, open_questions)
    if telling < FEW_ANSWERS and lead < CLEAR:
        only = "Only one of your answers tells" if telling == 1 else f"Only {telling} of your answers tell"
        return Confidence("low", f"{only} the tools apart.", open_questions)
    if lead < CLOSE:
        return Confidence("low", f"{second} is one point of score behind.", open_questions)
    if lead < CLEAR or open_questions:
        rest = " and open questions could change it" if open_questions else ""
        return Confidence("medium", f"{second} is {lead} points of score behind{rest}.", open_questions)
    return Confidence("high", f"{second} is {lead} points of score behind, and no open question can change it.", ())


def _why_none(situation: Situation, possible: Sequence[Standing]) -> str:
    if not situation.answered:
        return "Nothing is known yet, so nothing speaks for one tool or another."
    if possible[0].score <= 0:
        return "Nothing that is known so far speaks for one of the tools that are left."
    level = [TITLES[item.tool] for item in possible if item.score == possible[0].score]
    return f"{', '.join(level[:-1])} and {level[-1]} are level, and too little is known to prefer one."


def _open(situation: Situation, found: Sequence[Flip]) -> tuple[ToFindOut, ...]:
    """The unanswered questions that could change the winner, those that move the tools most first."""
    changing = dict.fromkeys(flip.question for flip in found if flip.before == UNKNOWN)
    order = sorted(changing, key=lambda name: -_swing(name, situation))
    return tuple(ToFindOut(name, BY_ID[name].why) for name in order[:MOST_TO_FIND_OUT])


def _swing(question: str, situation: Situation) -> int:
    """How far apart the answers to a question can move the tools, in points; a gate counts twice the largest."""
    total = 0
    for tool in TOOLS:
        closing = {gate.answer for gate in GATES if (gate.question, gate.tool) == (question, tool)}
        effects = [
            -2 * LARGEST
            if value in closing
            else found.effect
            if (found := argument(question, value, tool, situation.answers))
            else 0
            for value in BY_ID[question].values
        ]
        total += max(effects) - min(effects)
    return total


def _nothing_fits(ranking: tuple[Standing, ...], found: Sequence[Flip]) -> Confidence:
    """All four are ruled out: name the answers that do it, those first that alone would leave a tool."""
    closing = dict.fromkeys(gate.question for item in ranking for gate in item.gates)
    leaving: dict[str, list[Tool]] = {}
    for flip in found:
        if flip.winner is not None and flip.winner not in leaving.setdefault(flip.question, []):
            leaving[flip.question].append(flip.winner)
    order = sorted(closing, key=lambda question: question not in leaving)
    because = "None of the four tools can meet all of it: your answers rule each of them out. One of them has to give."
    return Confidence("none", because, tuple(ToFindOut(name, _way_out(name, leaving.get(name, []))) for name in order))


def _way_out(question: str, tools: Sequence[Tool]) -> str:
    if not tools:
        return f"{BY_ID[question].why} Changing this answer alone leaves no tool; it takes another one too."
    return f"{BY_ID[question].why} With another answer, {' or '.join(TITLES[tool] for tool in tools)} would fit."
