"""A chart: a sentence, a Plotly figure as plain data, and the table of the same numbers.

Colours are named by token (`token:rotation-overdue`) and resolved in the browser from the stylesheet, so that
one figure serves both themes. Plotly reads a little HTML in labels: every text from a cluster goes through
`label`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from scanners.models import Cluster
from scanners.words import visible


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
