"""What a scan changed, and what it may conclude."""

from __future__ import annotations

from dataclasses import dataclass

from scanners.inventory import Coverage


@dataclass(slots=True)
class Changes:
    """What a scan changed against the one before; kept as `Scan.changes`."""

    secrets_added: int = 0
    secrets_changed: int = 0
    secrets_removed: int = 0
    findings_new: int = 0
    findings_reopened: int = 0
    findings_resolved: int = 0


def within(scope: tuple[str, ...], namespace: str) -> bool:
    """Whether a collection of this scope, empty for all, speaks of the namespace; "" is the cluster as a whole."""
    return not scope or namespace in scope


def looked_at(coverage: Coverage, namespace: str) -> bool:
    """Whether the input was read whole where this namespace is concerned."""
    return coverage.status in ("complete", "absent") or namespace in coverage.namespaces
