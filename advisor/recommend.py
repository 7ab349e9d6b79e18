"""The ranking: hard gates first, then the arguments of every answer, added up.

A tool's score is the sum over all answered questions of its argument (-3 to +3) times the question's importance
(0, 1 or 2). Its fit is that sum on a scale of 0 to 100 on which 50 means that nothing speaks for or against it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from advisor.gates import Gate, gates
from advisor.matrix import EXTERNAL_SECRETS, SEALED_SECRETS, SOPS, TOOLS, VAULT_CSI, Tool
from advisor.questions import QUESTIONS, UNKNOWN
from advisor.weights import LARGEST, argument

SCALE = 6.0
"""Points of score that make a fit of 73, and as many again 88: a few good arguments show, many do not run off."""

FEW_ANSWERS = 3
"""Fewer answers than this that tell the tools apart make no sure recommendation."""

NO_DIFFERENCE = "It makes no difference for this tool."


@dataclass(frozen=True)
class Situation:
    """What is known: answers by question id (missing is unknown), importance (missing is 1), tools in the cluster."""

    answers: Mapping[str, str]
    importance: Mapping[str, int]
    installed: frozenset[Tool] = frozenset()

    def answer(self, question: str) -> str:
        return self.answers.get(question, UNKNOWN)

    def weight(self, question: str) -> int:
        return self.importance.get(question, 1)

    def with_answer(self, question: str, answer: str) -> Situation:
        """The same, but for one answer."""
        return replace(self, answers={**self.answers, question: answer})

    @cached_property
    def answered(self) -> tuple[str, ...]:
        """The ids of the questions that have an answer, in the questionnaire's order."""
        return tuple(question.id for question in QUESTIONS if self.answer(question.id) != UNKNOWN)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one answer adds to a tool's score: `effect` is the argument times `weight`, the importance.

    Where `gate` is true the answer rules the tool out, and the effect is the largest drawback, for the order only.
    """

    question: str
    answer: str
    weight: int
    effect: int
    because: str
    gate: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A tool's place. `components` counts what would be new in the cluster or beside it; it decides ties."""

    tool: Tool
    contributions: tuple[Contribution, ...]
    gates: tuple[Gate, ...]
    components: int

    @property
    def score(self) -> int:
        return sum(item.effect for item in self.contributions)

    @property
    def fit(self) -> int:
        """0 to 100; 0 is kept for what is ruled out."""
        if self.gates:
            return 0
        return max(1, round(100 / (1 + math.exp(-self.score / SCALE))))

    @property
    def ruled_out(self) -> str | None:
        """Why it cannot be used, None where it can."""
        return " ".join(dict.fromkeys(gate.because for gate in self.gates)) or None


def rank(situation: Situation) -> tuple[Standing, ...]:
    """The four tools, best first: those ruled out last, ties by fewest new components, then by the table's order.

    With nothing answered no tie is decided, so that no tool looks preferred.
    """
    standings = [_standing(tool, situation) for tool in TOOLS]
    if not situation.answered:
        return tuple(standings)
    return tuple(sorted(standings, key=lambda item: (bool(item.gates), -item.score, item.components)))


def winner(ranking: tuple[Standing, ...]) -> Tool | None:
    """The tool to recommend; None where all are ruled out, or too little is known to put one before the others.

    A tie goes to what brings fewer components only if it comes of something: of a few answers, in its favour.
    """
    possible = [item for item in ranking if not item.gates]
    if not possible:
        return None
    tied = len(possible) > 1 and possible[0].score == possible[1].score
    if tied and (possible[0].score <= 0 or telling_answers(ranking) < FEW_ANSWERS):
        return None
    return possible[0].tool


def telling_answers(ranking: tuple[Standing, ...]) -> int:
    """How many answers say anything about any tool."""
    columns = zip(*(item.contributions for item in ranking), strict=True)
    return sum(any(contribution.effect for contribution in column) for column in columns)


def new_components(tool: Tool, situation: Situation) -> int:
    """How many things have to be installed and kept current that are not there yet."""
    if tool in situation.installed:
        return 0
    if tool == VAULT_CSI:
        return 2  # the driver, and the provider beside it
    if tool == SOPS:
        return 1 if situation.answer("gitops") == "argo-cd" else 0
    return {EXTERNAL_SECRETS: 1, SEALED_SECRETS: 1}[tool]


def _standing(tool: Tool, situation: Situation) -> Standing:
    closed = gates(situation.answers, situation.installed, tool)
    because = {gate.question: gate.because for gate in closed}
    contributions = tuple(
        Contribution(
            question, situation.answer(question), situation.weight(question), -LARGEST, because[question], gate=True
        )
        if question in because
        else _contribution(tool, question, situation)
        for question in situation.answered
    )
    return Standing(tool, contributions, closed, new_components(tool, situation))


def _contribution(tool: Tool, question: str, situation: Situation) -> Contribution:
    answer, weight = situation.answer(question), situation.weight(question)
    found = argument(question, answer, tool, situation.answers)
    if found is None:
        return Contribution(question, answer, weight, 0, NO_DIFFERENCE)
    return Contribution(question, answer, weight, found.effect * weight, found.because)
