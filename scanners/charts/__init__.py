"""The charts, a module for each: a sentence, a Plotly figure as plain data, and the table of the same numbers."""

from __future__ import annotations

from scanners.charts.ages import rotation_ages
from scanners.charts.chart import Cell, Chart, label, rows_url
from scanners.charts.history import Multiples, scores_over_time, severities_of_clusters, severities_over_time
from scanners.charts.rotation_owners import overdue_by_owner, owner_cells
from scanners.charts.severities import severities_by_cluster, severities_by_namespace, severities_by_owner
from scanners.charts.sparklines import Sparkline, score_scale, sparkline

__all__ = [
    "Cell",
    "Chart",
    "Multiples",
    "Sparkline",
    "label",
    "overdue_by_owner",
    "owner_cells",
    "rotation_ages",
    "rows_url",
    "score_scale",
    "scores_over_time",
    "severities_by_cluster",
    "severities_by_namespace",
    "severities_by_owner",
    "severities_of_clusters",
    "severities_over_time",
    "sparkline",
]
