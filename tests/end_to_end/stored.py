"""What `up` has stored, read from its SQLite file beside it: how a test sees that nothing was half-saved."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def rows(data: Path, query: str, *values: Any) -> list[dict[str, Any]]:
    """The rows that a SELECT gives."""
    with closing(sqlite3.connect(data / "db.sqlite3", timeout=20)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(query, values)]


def counts(data: Path) -> dict[str, int]:
    """How many rows each table of clusters, scans, Secrets and findings has."""
    tables = [row["name"] for row in rows(data, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    ours = sorted(name for name in tables if name.startswith("scanners_") and name != "scanners_workerbeat")
    return {name: rows(data, f"SELECT count(*) AS number FROM {name}")[0]["number"] for name in ours}


def last_scan(data: Path, cluster: str) -> dict[str, Any]:
    """The newest scan of a cluster, by the cluster's name."""
    (found,) = rows(
        data,
        "SELECT scan.* FROM scanners_scan scan JOIN scanners_cluster cluster ON cluster.id = scan.cluster_id "
        "WHERE cluster.name = ? ORDER BY scan.id DESC LIMIT 1",
        cluster,
    )
    return found
