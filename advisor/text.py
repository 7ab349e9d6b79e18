"""The advice for a terminal: calm and complete, a paragraph at a time.

Names that come from a cluster are made printable, so that none can write over a line or set a colour.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from advisor.advice import Advice, ContributionLine, FlipLine, RankingLine
from advisor.matrix import TITLES
from advisor.questions import BY_ID, UNKNOWN
from scanners.formats.printable import printable

NARROWEST, WIDEST = 40, 120

CONFIDENCE_WORDS = {
    "none": "no recommendation",
    "low": "a weak recommendation",
    "medium": "a fair recommendation",
    "high": "a clear recommendation",
}


def write(advice: Advice, width: int) -> Iterator[str]:
    """The lines of the advice, none longer than `width` allows, as far as words go."""
    yield from _Text(advice, max(NARROWEST, min(width, WIDEST))).lines()


class _Text:
    def __init__(self, advice: Advice, width: int) -> None:
        self.advice = advice
        self.width = width

    def lines(self) -> Iterator[str]:
        yield from self._headline()
        yield from self._find_out()
        yield from self._ranking()
        yield from self._stack()
        yield from self._also_consider()
        yield from self._flips()
        yield from self._answers()
        yield from self._facts()

    def _headline(self) -> Iterator[str]:
        advice = self.advice
        words = CONFIDENCE_WORDS[advice.confidence.level]
        name = TITLES[advice.winner] if advice.winner else "None of the four tools stands out"
        yield from self._fold(f"{name}: {words}." if advice.winner else f"{name}.")
        yield from self._fold(advice.confidence.because)

    def _find_out(self) -> Iterator[str]:
        lines = self.advice.confidence.find_out_first
        if not lines:
            return
        blocked = all(item.ruled_out for item in self.advice.ranking)
        yield from self._heading("What to decide" if blocked else "What to find out first")
        for line in lines:
            yield from self._fold(f"{line.question}: {BY_ID[line.question].text}", "  ", "    ")
            yield from self._fold(line.why, "      ", "      ")

    def _ranking(self) -> Iterator[str]:
        yield from self._heading("The four tools")
        for item in self.advice.ranking:
            fit = "ruled out" if item.ruled_out else f"fit {item.fit} of 100"
            yield from self._fold(f"{TITLES[item.tool]} ({item.tool}), {fit}", "  ", "      ")
            if item.why_not:
                yield from self._fold(item.why_not, "      ", "      ")
            for line in _telling(item):
                yield from self._contribution(line)
        if not any(_telling(item) for item in self.advice.ranking):
            yield from self._fold("A fit of 50 means that nothing speaks for or against a tool.", "      ", "      ")

    def _contribution(self, line: ContributionLine) -> Iterator[str]:
        twice = " (counted twice)" if line.weight == 2 else ""
        opening = f"      {line.effect:+d}  "
        yield from self._fold(f"{line.question} = {line.answer}{twice}: {line.because}", opening, " " * len(opening))

    def _stack(self) -> Iterator[str]:
        yield from self._heading("What belongs together" if self.advice.winner else "What holds with any tool")
        for item in self.advice.stack:
            yield from self._fold(f"{item.tool} ({item.role}): {item.because}", "  ", "      ")

    def _also_consider(self) -> Iterator[str]:
        if not self.advice.also_consider:
            return
        yield from self._heading("Also worth a look")
        for item in self.advice.also_consider:
            yield from self._fold(f"{item.tool}: {item.because}", "  ", "      ")

    def _flips(self) -> Iterator[str]:
        """Answers that were given first, then what an open question could change."""
        given = [flip for flip in self.advice.flips if flip.before != UNKNOWN]
        still_open = [flip for flip in self.advice.flips if flip.before == UNKNOWN]
        for title, found in (
            ("What would change it, if you answered otherwise", given),
            ("What open questions could change", still_open),
        ):
            if found:
                yield from self._heading(title)
                for question, flips in _by_question(found).items():
                    outcomes = ", ".join(f"{flip.to} → {flip.winner or 'none of the four'}" for flip in flips)
                    yield from self._fold(f"{question}: {outcomes}", "  ", "      ")

    def _answers(self) -> Iterator[str]:
        known = {name: value for name, value in self.advice.answers.items() if value != UNKNOWN}
        yield from self._heading(f"Answers ({len(known)} of {len(self.advice.answers)})")
        for name, value in known.items():
            yield from self._fold(f"{BY_ID[name].text} {BY_ID[name].label(value)}.", "  ", "      ")
        if not known:
            yield from self._fold(
                "None yet. `secretsui advise --questions` lists the questions; write what you know as "
                "`answers: {question: value}`.",
                "  ",
                "  ",
            )

    def _facts(self) -> Iterator[str]:
        if not self.advice.facts:
            return
        yield from self._heading("Seen in the cluster")
        for fact in self.advice.facts:
            overruled = " You answered otherwise, and that counts." if fact.value and not fact.used else ""
            yield from self._fold(printable(f"{fact.fact}{overruled} Seen: {fact.seen}."), "  ", "      ")

    def _heading(self, words: str) -> Iterator[str]:
        yield ""
        yield words
        yield "─" * len(words)

    def _fold(self, text: str, first: str = "", further: str = "") -> Iterable[str]:
        return textwrap.wrap(
            text,
            self.width,
            initial_indent=first,
            subsequent_indent=further,
            break_on_hyphens=False,
            break_long_words=False,
        )


def _telling(item: RankingLine) -> list[ContributionLine]:
    """The arguments that count, the strongest first; of what is ruled out only that, which `why_not` has said."""
    if item.ruled_out:
        return []
    return sorted((line for line in item.contributions if line.effect), key=lambda line: -abs(line.effect))


def _by_question(found: Iterable[FlipLine]) -> dict[str, list[FlipLine]]:
    grouped: dict[str, list[FlipLine]] = {}
    for flip in found:
        grouped.setdefault(flip.question, []).append(flip)
    return grouped
