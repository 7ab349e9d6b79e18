"""Short ways to ask the engine, so that a test says only what matters to it."""

from __future__ import annotations

from typing import Any

from advisor.advice import Advice, RankingLine, advise
from advisor.answers import Answers
from advisor.matrix import Tool
from advisor.questions import QUESTIONS, UNKNOWN
from advisor.recommend import Situation, Standing, rank

VALUES = {question.id: tuple(value for value in question.values if value != UNKNOWN) for question in QUESTIONS}


def ids(answers: dict[str, str]) -> dict[str, str]:
    """Keyword arguments as question ids."""
    return {name.replace("_", "-"): value for name, value in answers.items()}


def advice(importance: dict[str, int] | None = None, **answers: str) -> Advice:
    return advise(Answers(ids(answers), importance or {}))


def line(given: Advice, tool: Tool) -> RankingLine:
    return next(item for item in given.ranking if item.tool == tool)


def standing(tool: Tool, **answers: str) -> Standing:
    return next(item for item in rank(Situation(ids(answers), {})) if item.tool == tool)


def tools(items: Any) -> list[str]:
    """The names of a stack or of alternatives, in order."""
    return [item.tool for item in items]
