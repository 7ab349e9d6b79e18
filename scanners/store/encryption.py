"""How Secrets were written at each scan, kept on the scan's row so that later scans can tell what was rewritten."""

from __future__ import annotations

from typing import Any

from scanners.etcd_prefix import parse_prefix
from scanners.history import EncryptionSeen, stretches
from scanners.models import Cluster, Scan
from scanners.store.plain import clean


def encryption_columns(seen: EncryptionSeen | None) -> dict[str, Any]:
    """`Scan.encryption_seen`: {} where the scan could not tell."""
    if seen is None:
        return {}
    row = {
        "config_hash": seen.config_hash,
        "resource_version": seen.resource_version,
        "written": None if seen.written is None else seen.written.text,
    }
    return dict(clean(row))


def encryption_history(cluster: Cluster) -> tuple[EncryptionSeen, ...]:
    """`History.encryption` of a cluster: its finished scans, oldest first."""
    rows = cluster.scans.filter(state__in=Scan.FINISHED).exclude(encryption_seen={}).order_by("pk")
    return stretches(
        EncryptionSeen(
            config_hash=row["config_hash"],
            resource_version=row["resource_version"],
            written=None if row["written"] is None else parse_prefix(row["written"]),
        )
        for row in rows.values_list("encryption_seen", flat=True)
    )
