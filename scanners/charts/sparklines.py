"""Scores in the size of a word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scanners.words import number, plural


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Past scores, oldest first, as an SVG path in a box of 100 × 30; a gap where a scan had no grade."""

    path: str
    end: tuple[float, float] | None
    words: str
    course: str


def score_scale(courses: Iterable[Sequence[float | None]]) -> tuple[float, float]:
    """The range that small multiples share: all their scores, and never less than 20 points."""
    graded = [score for course in courses for score in course if score is not None]
    low, high = min(graded, default=0.0), max(graded, default=100.0)
    spare = max(0.0, 20 - (high - low)) / 2
    return max(0.0, low - spare), min(100.0, high + spare)


def sparkline(scores: Sequence[float | None], scale: tuple[float, float] | None = None) -> Sparkline | None:
    """The course of a score within a range; None where fewer than two scans were graded."""
    graded = [score for score in scores if score is not None]
    if len(graded) < 2:
        return None
    low, high = scale or score_scale([scores])
    step = 100 / (len(scores) - 1)
    points = [
        (round(index * step, 1), round(27 - 24 * (score - low) / (high - low), 1)) if score is not None else None
        for index, score in enumerate(scores)
    ]
    path, pen = [], "M"
    for point in points:
        if point is not None:
            path.append(f"{pen}{point[0]} {point[1]}")
        pen = "M" if point is None else "L"
    change = graded[-1] - graded[0]
    course = (
        "unchanged"
        if abs(change) < 0.05
        else f"{'up' if change > 0 else 'down'} {number(round(abs(change), 1))} points"
    )
    course = f"{course} over {plural(len(graded), 'graded scan')}"
    words = f"Score {number(round(graded[-1], 1))}, {course}."
    return Sparkline("".join(path), points[-1], words, course)
