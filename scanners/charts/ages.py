"""How old the values are, against the policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scanners.ages import DUE_WITHIN_DAYS
from scanners.charts.chart import Cell, Chart, rows_url
from scanners.models import Cluster
from scanners.rotations import LABELS, AgeTally
from scanners.words import days, listed, number, plural

DRAWN_STATES = ("fresh", "due", "overdue", "unknown")
"""Bottom to top: what is certain first."""


def rotation_ages(clusters: Sequence[Cluster], tally: AgeTally) -> Chart | None:
    """How old the values are against the policy; None where there is nothing that a policy applies to."""
    total = sum(tally.of(state) for state in DRAWN_STATES)
    if not total:
        return None
    traces = [_rotation_trace(state, tally) for state in DRAWN_STATES]
    edge = next(index for index, band in enumerate(tally.bands) if band.most == tally.maximum) + 0.5
    tallest = max(sum(trace["y"][index] for trace in traces) for index in range(len(tally.bands)))
    return Chart(
        id="rotation-ages",
        title="How old the values are",
        sentence=_rotation_sentence(tally, total),
        figure={
            "data": traces,
            "layout": {
                "barmode": "stack",
                "bargap": 0.18,
                "xaxis": {"title": {"text": "days since the value changed"}, "type": "category", "fixedrange": True},
                "yaxis": {"rangemode": "tozero", "nticks": 5, "fixedrange": True, "range": [0, tallest * 1.18 or 1]},
                "shapes": [_line(edge)],
                "annotations": [_line_label(edge, _maximum_words(tally, total))],
            },
        },
        headers=("Days", *(LABELS[state] for state in DRAWN_STATES)),
        rows=_rotation_rows(tally, clusters[0] if len(clusters) == 1 else None),
        height=300,
        keys=[(f"rotation-{state}", LABELS[state]) for state in DRAWN_STATES],
    )


def _rotation_trace(state: str, tally: AgeTally) -> dict[str, Any]:
    marker: dict[str, Any] = {"color": f"token:rotation-{state}", "line": {"width": 1, "color": "token:rotation-edge"}}
    if state == "unknown":
        marker |= {
            "color": "token:surface",
            "line": {"width": 1, "color": "token:rotation-unknown"},
            "pattern": {"shape": "/", "size": 6, "solidity": 0.35, "fgcolor": "token:rotation-unknown"},
        }
    return {
        "type": "bar",
        "name": LABELS[state],
        "x": [band.label for band in tally.bands],
        "y": [tally.by_band[index, state] for index in range(len(tally.bands))],
        "marker": marker,
        "hovertemplate": f"%{{y}} {LABELS[state].lower()}, %{{x}} days<extra></extra>",
    }


def _line(position: float) -> dict[str, Any]:
    line = {"color": "token:text", "width": 1.5, "dash": "dot"}
    return {"type": "line", "x0": position, "x1": position, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def _line_label(position: float, text: str) -> dict[str, Any]:
    return {
        "x": position, "y": 1, "yref": "paper", "xanchor": "left", "yanchor": "top", "xshift": 6,
        "showarrow": False, "text": text, "font": {"color": "token:text", "size": 12}, "align": "left",
    }  # fmt: skip


def _maximum_words(tally: AgeTally, total: int) -> str:
    text = f"maximum: {days(tally.maximum)}"
    return text if tally.covered >= total else f"{text}, for {number(tally.covered)} of {number(total)}"


def _rotation_sentence(tally: AgeTally, total: int) -> str:
    overdue, due, unknown = (tally.of(state) for state in ("overdue", "due", "unknown"))
    parts = []
    if overdue:
        parts.append(f"{number(overdue)} {'is' if overdue == 1 else 'are'} certainly over their maximum age")
    if due:
        parts.append(f"{number(due)} will be within {days(DUE_WITHIN_DAYS)}")
    if unknown:
        parts.append(f"{number(unknown)} may be over, counted at the oldest they can be")
    if not parts:
        return f"All {plural(total, 'Secret')} under a rotation policy are within it."
    undated = sum(tally.by_band[-1, state] for state in DRAWN_STATES)
    tail = f" {plural(undated, 'Secret carries', 'Secrets carry')} no date and cannot be drawn." if undated else ""
    return f"Of {plural(total, 'Secret')} under a rotation policy, {listed(parts)}.{tail}"


def _rotation_rows(tally: AgeTally, only: Cluster | None) -> list[tuple[Cell, ...]]:
    """The counts by band and state; they link to their rows where they are of one cluster."""
    rows = []
    for index, band in enumerate(tally.bands):
        cells = [Cell(band.label)]
        for state in DRAWN_STATES:
            count = tally.by_band[index, state]
            url = rows_url("secrets", only, rotation=state, age=band.parameter) if only is not None and count else ""
            cells.append(Cell(number(count), url))
        rows.append(tuple(cells))
    return rows
