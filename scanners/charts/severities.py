"""Active findings by severity, of clusters, namespaces or teams side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanners.charts.chart import Cell, Chart, label, rows_url
from scanners.models import Cluster
from scanners.report import SEVERITIES
from scanners.words import listed, number, plural, visible


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


def severities_by_owner(cluster: Cluster, counts: Mapping[str, Mapping[str, int]], most: int = 12) -> Chart | None:
    """Active findings by severity, a bar for each team; None where the policy's owner rules name none."""
    if not set(counts) - {""}:
        return None
    order = sorted(counts, key=lambda name: ([-counts[name].get(severity, 0) for severity in SEVERITIES], name))
    rows = [
        SeverityRow(
            name or "(no team)",
            rows_url("findings", cluster, owner=name, severity=list(SEVERITIES)),
            cluster,
            counts[name],
            {"owner": name},
        )
        for name in order[:most]
    ]
    left_out = f" The {most} worst of {number(len(order))} teams are drawn." if len(order) > most else ""
    return _severity_bars("Team", rows, _severity_sentence(list(counts.values())) + left_out)


def _severity_bars(what: str, rows: Sequence[SeverityRow], sentence: str) -> Chart:
    labels = [label(row.name) for row in reversed(rows)]
    return Chart(
        id="severities" if what != "Team" else "severities-by-team",
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
