"""Whose values are overdue, and whose will be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scanners.charts.chart import Cell, Chart, label, rows_url
from scanners.models import Cluster
from scanners.rotation_plan import OwnerTally
from scanners.rotations import LABELS
from scanners.words import days, listed, number, plural, visible

NOBODY = "(no team)"
JUDGED = ("overdue", "due", "unknown", "fresh")
"""The states of what a rotation policy applies to."""


def overdue_by_owner(cluster: Cluster, tallies: Sequence[OwnerTally], soon_days: int, most: int = 12) -> Chart | None:
    """A bar for each team, the one with most overdue first; None where the policy's owner rules name none."""
    if not any(item.owner for item in tallies):
        return None
    drawn = [item for item in tallies if item.overdue or item.soon][:most]
    soon = f"within {days(soon_days)}"
    return Chart(
        id="rotation-by-team",
        title="Overdue by team",
        sentence=_sentence(tallies, soon_days, len(drawn)),
        figure={
            "data": [
                _bars(LABELS["overdue"], "overdue", "rotation-overdue", "page", drawn),
                _bars(soon, "soon", "rotation-due", "page", drawn),
            ],
            "layout": {
                "barmode": "stack",
                "bargap": 0.35 if len(drawn) > 3 else 0.65,
                "uniformtext": {"mode": "hide", "minsize": 11},
                "xaxis": {"rangemode": "tozero", "nticks": 5, "fixedrange": True, "tickformat": ",d"},
                "yaxis": {"automargin": True, "fixedrange": True, "type": "category"},
            },
        },
        headers=("Team", "Under policy", LABELS["overdue"], soon.capitalize(), LABELS["unknown"]),
        rows=[_row(cluster, item, soon_days) for item in tallies],
        height=min(520, max(240, 60 + 30 * len(drawn))),
        keys=[("rotation-overdue", LABELS["overdue"]), ("rotation-due", soon.capitalize())],
    )


def _bars(name: str, column: str, colour: str, text: str, drawn: Sequence[OwnerTally]) -> dict[str, Any]:
    counts = [getattr(item, column) for item in reversed(drawn)]
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "y": [label(item.owner or NOBODY) for item in reversed(drawn)],
        "x": counts,
        "text": [number(count) if count else "" for count in counts],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"color": f"token:{text}"},
        "marker": {"color": f"token:{colour}", "line": {"width": 1, "color": "token:surface"}},
        "hovertemplate": f"%{{x}} {name.lower()}, %{{y}}<extra></extra>",
    }


def owner_cells(cluster: Cluster, item: OwnerTally, soon_days: int) -> tuple[Cell, ...]:
    """The numbers of a team, each with the list of what it counts."""
    counts = (
        (item.secrets, {"rotation": JUDGED}),
        (item.overdue, {"rotation": "overdue"}),
        (item.soon, {"due": str(soon_days)}),
        (item.unknown, {"rotation": "unknown"}),
    )
    return tuple(
        Cell(number(count), rows_url("secrets", cluster, owner=item.owner, **parameters) if count else "")
        for count, parameters in counts
    )


def _row(cluster: Cluster, item: OwnerTally, soon_days: int) -> tuple[Cell, ...]:
    name = Cell(visible(item.owner) or NOBODY, rows_url("secrets", cluster, owner=item.owner))
    return (name, *owner_cells(cluster, item, soon_days))


def _sentence(tallies: Sequence[OwnerTally], soon_days: int, drawn: int) -> str:
    overdue = sum(item.overdue for item in tallies)
    soon = sum(item.soon for item in tallies)
    if not overdue and not soon:
        return f"No team has an overdue Secret, nor one that will be within {days(soon_days)}."
    first = [f"{visible(item.owner) or 'nobody'} {number(item.overdue)}" for item in tallies[:3] if item.overdue]
    of_whom = f", of which {listed(first)}" if overdue and first else ""
    text = f"{plural(overdue, 'Secret is', 'Secrets are')} overdue{of_whom}; {number(soon)} more will be within "
    text += f"{days(soon_days)}."
    concerned = sum(bool(item.overdue or item.soon) for item in tallies)
    return f"{text} The {drawn} worst of {number(concerned)} teams are drawn." if concerned > drawn else text
