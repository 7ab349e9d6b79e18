"""Findings and scores over time: a scan's numbers hold until the next one, so the lines are steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from scanners.charts.chart import Cell, Chart, rows_url
from scanners.courses import Point
from scanners.grade import LETTERS
from scanners.models import Cluster
from scanners.report import SEVERITIES
from scanners.words import day_words, listed, number, plural, utc_words, visible

HEADERS = tuple(severity.capitalize() for severity in SEVERITIES)
SHORTEST = timedelta(minutes=1)
KEYS = [(f"solid-{severity}", severity.capitalize()) for severity in SEVERITIES]


def is_history(points: Sequence[Point]) -> bool:
    """Whether there is a course to be drawn: two scans, and some time between them."""
    return len(points) > 1 and points[-1].at - points[0].at >= SHORTEST


def severities_over_time(points: Sequence[Point]) -> Chart | None:
    """Active findings by severity after each scan, oldest first; None where that is no history yet."""
    if not is_history(points):
        return None
    return Chart(
        id="severity-history",
        title="Findings over time",
        sentence=_sentence(points),
        figure=_areas(points, tallest=max(point.total for point in points)),
        headers=("Scan (UTC)", *HEADERS),
        rows=[(Cell(_minute(point.at)), *_cells(point)) for point in reversed(points)],
        height=240,
        keys=KEYS,
    )


def _cells(point: Point) -> list[Cell]:
    return [Cell(number(point.counts.get(severity, 0))) for severity in SEVERITIES]


def _areas(points: Sequence[Point], tallest: int) -> dict[str, Any]:
    return {
        "data": [_area(severity, points) for severity in reversed(SEVERITIES)],
        "layout": {
            "hovermode": "x",
            "xaxis": {"type": "date", "fixedrange": True, "nticks": 6, "showgrid": False, "tickangle": 0},
            "yaxis": {"fixedrange": True, "nticks": 5, "range": [0, tallest * 1.08 or 1]},
        },
    }


def _area(severity: str, points: Sequence[Point]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": severity.capitalize(),
        "stackgroup": "findings",
        "x": _moments(points),
        "y": [point.counts.get(severity, 0) for point in (*points, points[-1])],
        "line": {"shape": "hv", "width": 1, "color": "token:surface"},
        "fillcolor": f"token:solid-{severity}",
        "hovertemplate": f"%{{y}} {severity}<extra></extra>",
    }


def _sentence(points: Sequence[Point]) -> str:
    first, last = points[0], points[-1]
    most = max(points, key=lambda point: point.total)
    now = f"{plural(last.total, 'active finding')} now"
    peak = f", {number(most.total)} at most" if most.total > max(first.total, last.total) else ""
    if last.total == first.total:
        return f"{now}, as many as on {day_words(first.at)}{peak}."
    change = f"{number(abs(last.total - first.total))} {'fewer' if last.total < first.total else 'more'}"
    return f"{now}, {change} than on {day_words(first.at)}{peak}."


@dataclass(frozen=True, slots=True)
class Multiple:
    """One of several small charts of the same scale."""

    cluster: Cluster
    now: int
    id: str
    figure: dict[str, Any]

    @property
    def data_id(self) -> str:
        return f"{self.id}-data"


@dataclass(frozen=True, slots=True)
class Multiples:
    """Small charts side by side, and the table of all their numbers."""

    title: str
    sentence: str
    charts: list[Multiple]
    headers: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    id: str = "histories"
    height: int = 110

    @property
    def keys(self) -> list[tuple[str, str]]:
        return KEYS


def severities_of_clusters(courses: Sequence[tuple[Cluster, Sequence[Point]]]) -> Multiples | None:
    """Active findings over time of several clusters, all on one scale; None where none has a history yet."""
    drawn = [(cluster, points) for cluster, points in courses if is_history(points)]
    if not drawn:
        return None
    tallest = max(point.total for _, points in drawn for point in points)
    moments = [moment for _, points in drawn for moment in _moments(points)]
    span = [min(moments), max(moments)]
    return Multiples(
        title="Findings over time",
        sentence=_sentence_of_all([points for _, points in drawn], without=len(courses) - len(drawn)),
        charts=[
            Multiple(cluster, points[-1].total, f"history-{index}", _small(points, tallest, span))
            for index, (cluster, points) in enumerate(drawn)
        ],
        headers=("Cluster and day (UTC)", *HEADERS),
        rows=[
            (Cell(f"{visible(cluster.name)}, {day_words(point.at)}", rows_url("findings", cluster)), *_cells(point))
            for cluster, points in drawn
            for point in reversed(points)
        ],
    )


def _sentence_of_all(courses: Sequence[Sequence[Point]], without: int) -> str:
    changes = [points[-1].total - points[0].total for points in courses]
    more, fewer = sum(change > 0 for change in changes), sum(change < 0 for change in changes)
    since = day_words(min(points[0].at for points in courses))
    parts = [
        f"{number(count)} {'has' if count == 1 else 'have'} {word} active findings"
        for count, word in ((more, "more"), (fewer, "fewer"), (len(changes) - more - fewer, "as many"))
        if count
    ]
    left_out = f" {plural(without, 'cluster has', 'clusters have')} no history yet." if without else ""
    return f"Of {plural(len(courses), 'cluster')} since {since}, {listed(parts)}.{left_out}"


def _small(points: Sequence[Point], tallest: int, span: list[str]) -> dict[str, Any]:
    figure = _areas(points, tallest)
    figure["layout"]["xaxis"] |= {"nticks": 3, "range": span}
    figure["layout"]["yaxis"] |= {"nticks": 3}
    return figure


def scores_over_time(points: Sequence[Point]) -> Chart | None:
    """The score after each scan, with the limits of the letters; None where what was graded is no history yet."""
    graded = [point for point in points if point.score is not None]
    if not is_history(graded):
        return None
    first, last = graded[0], graded[-1]
    assert first.score is not None and last.score is not None
    change = round(last.score - first.score, 1)
    course = "unchanged" if not change else f"{'up' if change > 0 else 'down'} {number(abs(change))} points"
    ungraded = len(points) - len(graded)
    gap = f" {plural(ungraded, 'scan')} saw too little to be graded: a gap." if ungraded else ""
    return Chart(
        id="score-history",
        title="Score over time",
        sentence=f"Score {number(round(last.score, 1))} of 100, {course} since {day_words(first.at)}.{gap}",
        figure={
            "data": [
                {
                    "type": "scatter",
                    "mode": "lines",
                    "name": "Score",
                    "x": _moments(points),
                    "y": [point.score for point in (*points, points[-1])],
                    "connectgaps": False,
                    "line": {"shape": "hv", "width": 2, "color": "token:accent"},
                    "hovertemplate": "%{y} of 100, %{x}<extra></extra>",
                }
            ],
            "layout": {
                "xaxis": {"type": "date", "fixedrange": True, "nticks": 6, "showgrid": False, "tickangle": 0},
                "yaxis": {
                    "range": [0, 102],
                    "fixedrange": True,
                    "tickvals": [least for least, _ in LETTERS],
                    "ticktext": [f"{letter} from {least}" for least, letter in LETTERS],
                },
            },
        },
        headers=("Scan (UTC)", "Score of 100"),
        rows=[
            (Cell(_minute(point.at)), Cell("no grade" if point.score is None else number(round(point.score, 1))))
            for point in reversed(points)
        ],
        height=240,
    )


def _moments(points: Sequence[Point]) -> list[str]:
    """The moments of the points, and one a little later, up to which the last numbers are drawn."""
    shown = (points[-1].at - points[0].at) / 30
    return [_axis(point.at) for point in points] + [_axis(points[-1].at + shown)]


def _axis(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _minute(moment: datetime) -> str:
    return utc_words(moment).removesuffix(" UTC")
