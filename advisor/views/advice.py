"""The advice: which tool, why, why not the others, what would change it; and the same as a decision record to print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from advisor.advice import Advice, ContributionLine, FlipLine, RankingLine
from advisor.matrix import MATRIX, TITLES, TOOLS, Cell, Requirement
from advisor.models import Assessment
from advisor.questions import BY_ID, QUESTIONS, UNKNOWN, Question
from advisor.views.bars import Bar, Scale, bar, scale
from advisor.views.pages import advisor_page, visible_assessment
from advisor.views.words import COUNTS, SHORT, part

CONFIDENCE_WORDS = {
    "none": "no recommendation",
    "low": "a weak recommendation",
    "medium": "a fair recommendation",
    "high": "a clear recommendation",
}

NONE_OF_THEM = "none of the four"


@dataclass(frozen=True, slots=True)
class Argument:
    """What one answer does for a tool, in words."""

    question: str
    name: str
    answer: str
    effect: str
    weight: int
    because: str
    against: bool
    gate: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A tool in the ranking. `arguments` are those that count, the strongest first; `silent` counts the others."""

    tool: str
    title: str
    wins: bool
    line: RankingLine
    score: str
    bar: Bar
    arguments: list[Argument]
    silent: int


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the matrix. `decides` where the answer to its question tells the tools apart."""

    title: str
    question: str
    answer: str
    cells: list[tuple[str, Cell, bool]]
    decides: bool


@dataclass(frozen=True, slots=True)
class Change:
    """The other answers to one question that would change the winner: `outcomes` are answers and the winner then."""

    question: str
    text: str
    before: str
    open: bool
    outcomes: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it was counted, with where it comes from."""

    question: str
    text: str
    answer: str
    known: bool
    importance: int
    origin: str
    seen: list[dict[str, Any]]


@require_safe
def advice(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    assessment = visible_assessment(request, assessment_id)
    return advisor_page(request, "advisor/advice.html", assessment, _context(assessment))


@require_safe
def record_page(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """The decision record: everything on one page, to be printed or kept as PDF."""
    assessment = visible_assessment(request, assessment_id)
    return advisor_page(request, "advisor/record.html", assessment, _context(assessment))


def _context(assessment: Assessment) -> dict[str, Any]:
    found = assessment.advice
    drawn = scale(found.ranking)
    changes = _changes(found.flips)
    given = [_given(assessment, question.id) for question in QUESTIONS]
    return {
        "title": _title(found),
        "advice": found,
        "confidence": CONFIDENCE_WORDS[found.confidence.level],
        "winner": TITLES[found.winner] if found.winner else "",
        "place_word": "ahead" if found.confidence.level == "low" else "recommended",
        "find_out": [
            {"question": line.question, "text": BY_ID[line.question].text, "why": line.why}
            for line in found.confidence.find_out_first[: _shown_first(found)]
        ],
        "blocked": _blocked(found),
        "scale": drawn,
        "places": [_place(line, found, drawn) for line in found.ranking],
        "matrix": [_row(found, requirement) for requirement in MATRIX],
        "tools": [(tool, TITLES[tool]) for tool in TOOLS],
        "stack": [{"title": part(line.tool), "role": line.role, "because": line.because} for line in found.stack],
        "also_consider": [{"title": part(line.tool), "because": line.because} for line in found.also_consider],
        "open_changes": [change for change in changes if change.open],
        "changes": [change for change in changes if not change.open],
        "given": given,
        "known": sum(line.known for line in given),
        "total": len(given),
        "first": QUESTIONS[0].id,
        "next_question": next((q.id for q in QUESTIONS if q.id not in assessment.answers), ""),
    }


def _blocked(found: Advice) -> bool:
    return all(line.ruled_out for line in found.ranking)


def _shown_first(found: Advice) -> int:
    """How many questions to settle first are named: few enough to be asked in one message."""
    return len(found.confidence.find_out_first) if _blocked(found) else 3


def _title(found: Advice) -> str:
    if _blocked(found):
        return "None of the four tools can meet all of it: one answer has to give"
    best = found.ranking[0]
    if found.winner is not None and found.confidence.level != "low":
        return f"{TITLES[found.winner]} fits best: {best.fit} of 100"
    count = min(len(found.confidence.find_out_first), _shown_first(found))
    things = f"find out {'this one thing' if count == 1 else f'these {COUNTS[count]} things'} first" if count else ""
    if found.winner is None:
        return f"No confident winner yet: {things}" if things else "No confident winner: nothing tells the tools apart"
    ahead = f"{TITLES[found.winner]} is ahead with {best.fit} of 100, but not by enough to rely on"
    return f"{ahead}: {things}" if things else ahead


def signed(number: int) -> str:
    """+3, −2, 0; with a real minus sign."""
    return f"+{number}" if number > 0 else f"−{-number}" if number else "0"


def _place(line: RankingLine, found: Advice, drawn: Scale) -> Place:
    telling = [item for item in line.contributions if item.effect or item.gate]
    return Place(
        tool=line.tool,
        title=TITLES[line.tool],
        wins=line.tool == found.winner,
        line=line,
        score=signed(line.score),
        bar=bar(line, drawn),
        arguments=[_argument(item) for item in sorted(telling, key=lambda item: (not item.gate, -abs(item.effect)))],
        silent=len(line.contributions) - len(telling),
    )


def _argument(item: ContributionLine) -> Argument:
    return Argument(
        question=item.question,
        name=SHORT[item.question],
        answer=BY_ID[item.question].label(item.answer),
        effect="ruled out" if item.gate else signed(item.effect),
        weight=item.weight,
        because=item.because,
        against=item.gate or item.effect < 0,
        gate=item.gate,
    )


def _row(found: Advice, requirement: Requirement) -> Row:
    answer = found.answers[requirement.question]
    effects = {
        (item.effect, item.gate)
        for line in found.ranking
        for item in line.contributions
        if item.question == requirement.question and (item.weight or item.gate)
    }
    return Row(
        title=requirement.title,
        question=requirement.question,
        answer=BY_ID[requirement.question].label(answer) if answer != UNKNOWN else "",
        cells=[(TITLES[tool], requirement.cells[tool], tool == found.winner) for tool in TOOLS],
        decides=len(effects) > 1,
    )


def _changes(flips: Iterable[FlipLine]) -> Sequence[Change]:
    grouped: dict[str, list[FlipLine]] = {}
    for flip in flips:
        grouped.setdefault(flip.question, []).append(flip)
    return [
        Change(
            question=name,
            text=BY_ID[name].text,
            before=BY_ID[name].label(lines[0].before),
            open=lines[0].before == UNKNOWN,
            outcomes=_outcomes(BY_ID[name], lines),
        )
        for name, lines in grouped.items()
    ]


def _outcomes(question: Question, lines: Sequence[FlipLine]) -> list[tuple[str, str]]:
    """Answers that lead to the same winner stand together."""
    by_winner: dict[str, list[str]] = {}
    for line in lines:
        by_winner.setdefault(TITLES[line.winner] if line.winner else NONE_OF_THEM, []).append(question.label(line.to))
    return [(", ".join(answers), winner) for winner, answers in by_winner.items()]


def _given(assessment: Assessment, name: str) -> Given:
    answer, seen = assessment.answer(name), assessment.seen(name)
    if name not in assessment.answers:
        origin = "seen in the cluster" if seen != UNKNOWN else "not answered yet"
    elif seen == UNKNOWN:
        origin = "answered"
    else:
        origin = "answered, as seen in the cluster" if seen == answer else "answered; the cluster shows otherwise"
    return Given(
        question=name,
        text=BY_ID[name].text,
        answer=BY_ID[name].label(answer),
        known=answer != UNKNOWN,
        importance=assessment.importance.get(name, 1),
        origin=origin,
        seen=list(assessment.facts_by_question.get(name, ())),
    )
