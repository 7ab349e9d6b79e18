"""The charts: each a sentence, a Plotly figure as plain data, and the table of the same numbers.

Colours are named by token (`token:rotation-overdue`) and resolved in the browser from the stylesheet, so that
one figure serves both themes. Plotly reads a little HTML in labels: every text from a cluster goes through
`label`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from scanners.ages import DUE_WITHIN_DAYS
from scanners.models import Cluster, Scan
from scanners.report import SEVERITIES
from scanners.rotations import LABELS, AgeTally
from scanners.words import days, listed, number, plural, visible

DRAWN_STATES = ("fresh", "due", "overdue", "unknown")
"""Bottom to top: what is certain first."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of a chart's table, and the page with the rows it counts, "" where there is none."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """`id` names the figure on its page; `sentence` says what it shows; `height` is in pixels."""

    id: str
    title: str
    sentence: str
    figure: dict[str, Any]
    headers: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    height: int = 280
    keys: list[tuple[str, str]] = field(default_factory=list)
    """The legend: token and label."""

    @property
    def data_id(self) -> str:
        """The id of the script element that holds the figure."""
        return f"{self.id}-data"


def label(text: object) -> str:
    """Text from a cluster as a Plotly label: no markup, nothing invisible, not endless."""
    shown = visible(text)
    return escape(shown if len(shown) <= 40 else f"{shown[:39]}…", quote=False)


def rows_url(route: str, cluster: Cluster, **parameters: str | Sequence[str]) -> str:
    """The list of a cluster with these filters."""
    query = urlencode(parameters, doseq=True)
    return reverse(route, args=[cluster.pk]) + (f"?{query}" if query else "")


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


@dataclass(frozen=True, slots=True)
class SeverityRow:
    """Active findings by severity of one cluster or namespace; `parameters` filter the list to them."""

    name: str
    url: str
    cluster: Cluster
    counts: Mapping[str, int]
    parameters: Mapping[str, str] = field(default_factory=dict)


def severities_by_cluster(clusters: Sequence[Cluster]) -> Chart | None:
    """Active findings by severity, a bar for each cluster; None where none was scanned."""
    rows = [
        SeverityRow(cluster.name, cluster.get_absolute_url(), cluster, cluster.last_scan.severity_counts)
        for cluster in clusters
        if cluster.last_scan is not None
    ]
    return _severity_bars("Cluster", rows, _severity_sentence([row.counts for row in rows])) if rows else None


def severities_by_namespace(cluster: Cluster, counts: Mapping[str, Mapping[str, int]], most: int = 8) -> Chart | None:
    """Active findings by severity, a bar for each of the worst namespaces; None where nothing is open."""
    order = sorted(counts, key=lambda name: ([-counts[name].get(severity, 0) for severity in SEVERITIES], name))
    rows = [
        SeverityRow(
            name or "(whole cluster)",
            rows_url("findings", cluster, namespace=name, severity=list(SEVERITIES)),
            cluster,
            counts[name],
            {"namespace": name},
        )
        for name in order[:most]
    ]
    if not rows:
        return None
    left_out = f" The {most} worst of {number(len(order))} namespaces are drawn." if len(order) > most else ""
    return _severity_bars("Namespace", rows, _severity_sentence(list(counts.values())) + left_out)


def _severity_bars(what: str, rows: Sequence[SeverityRow], sentence: str) -> Chart:
    labels = [label(row.name) for row in reversed(rows)]
    return Chart(
        id="severities",
        title=f"Findings by {what.lower()} and severity",
        sentence=sentence,
        figure={
            "data": [_severity_trace(severity, labels, list(reversed(rows))) for severity in SEVERITIES],
            "layout": {
                "barmode": "stack",
                "bargap": 0.35 if len(rows) > 3 else 0.65,
                "uniformtext": {"mode": "hide", "minsize": 11},
                "xaxis": {"rangemode": "tozero", "nticks": 5, "fixedrange": True},
                "yaxis": {"automargin": True, "fixedrange": True, "type": "category"},
            },
        },
        headers=(what, *(severity.capitalize() for severity in SEVERITIES)),
        rows=[
            (
                Cell(visible(row.name), row.url),
                *(
                    Cell(
                        number(row.counts.get(severity, 0)),
                        rows_url("findings", row.cluster, severity=severity, **row.parameters),
                    )
                    for severity in SEVERITIES
                ),
            )
            for row in rows
        ],
        height=min(640, max(280, 60 + 30 * len(rows))),
        keys=[(f"solid-{severity}", severity.capitalize()) for severity in SEVERITIES],
    )


def _severity_trace(severity: str, labels: list[str], rows: Sequence[SeverityRow]) -> dict[str, Any]:
    counts = [row.counts.get(severity, 0) for row in rows]
    return {
        "type": "bar",
        "orientation": "h",
        "name": severity.capitalize(),
        "y": labels,
        "x": counts,
        "text": [str(count or "") for count in counts],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"color": f"token:on-{severity}"},
        "marker": {"color": f"token:solid-{severity}", "line": {"width": 1, "color": "token:surface"}},
        "hovertemplate": f"%{{x}} {severity}, %{{y}}<extra></extra>",
    }


def _severity_sentence(all_counts: Sequence[Mapping[str, int]]) -> str:
    sums = {severity: sum(counts.get(severity, 0) for counts in all_counts) for severity in SEVERITIES}
    total = sum(sums.values())
    if not total:
        return "No finding is open."
    return (
        f"{plural(total, 'finding')}: {listed([f'{number(sums[name])} {name}' for name in SEVERITIES if sums[name]])}."
    )


def severities_over_time(cluster: Cluster, scans: Sequence[Scan]) -> Chart | None:
    """Findings by severity at each of the finished scans, oldest first; None for fewer than two."""
    dated = [scan for scan in scans if scan.collected_at is not None]
    if len(dated) < 2:
        return None
    moments = [scan.collected_at.strftime("%Y-%m-%dT%H:%M:%SZ") for scan in dated if scan.collected_at]
    first, last = (sum(scan.severity_counts.values()) for scan in (dated[0], dated[-1]))
    return Chart(
        id="severity-history",
        title="Findings over time",
        sentence=_history_sentence(first, last, len(dated)),
        figure={
            "data": [
                {
                    "type": "bar",
                    "name": severity.capitalize(),
                    "x": [moment[:16].replace("T", " ") for moment in moments],
                    "y": [scan.severity_counts.get(severity, 0) for scan in dated],
                    "marker": {"color": f"token:solid-{severity}", "line": {"width": 1, "color": "token:surface"}},
                    "hovertemplate": f"%{{y}} {severity}, %{{x}} UTC<extra></extra>",
                }
                for severity in reversed(SEVERITIES)
            ],
            "layout": {
                "barmode": "stack",
                "bargap": 0.25,
                "xaxis": {"type": "category", "fixedrange": True, "tickangle": 0, **_few_ticks(moments)},
                "yaxis": {"rangemode": "tozero", "nticks": 5, "fixedrange": True},
            },
        },
        headers=("Scan (UTC)", *(severity.capitalize() for severity in SEVERITIES)),
        rows=[
            (
                Cell(moment[:16].replace("T", " ")),
                *(Cell(number(scan.severity_counts.get(severity, 0))) for severity in SEVERITIES),
            )
            for scan, moment in reversed(list(zip(dated, moments, strict=True)))
        ],
        height=240,
        keys=[(f"solid-{severity}", severity.capitalize()) for severity in SEVERITIES],
    )


def _few_ticks(moments: Sequence[str], most: int = 6) -> dict[str, Any]:
    """At most so many ticks, labelled with the day, of an axis of moments."""
    step = -(-len(moments) // most)
    shown = [moment[:16].replace("T", " ") for moment in moments[::-1][::step]]
    return {"tickvals": shown, "ticktext": [_day(moment) for moment in shown]}


def _day(moment: str) -> str:
    day = datetime.strptime(moment[:10], "%Y-%m-%d").replace(tzinfo=UTC)
    return f"{day.day} {day:%b}"


def _history_sentence(first: int, last: int, scans: int) -> str:
    now, before = f"{plural(last, 'finding')} in the last scan", plural(scans - 1, "scan")
    if last == first:
        return f"{now}, as many as {before} before."
    return f"{now}, {number(abs(last - first))} {'fewer' if last < first else 'more'} than {before} before."


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
