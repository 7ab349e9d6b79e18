"""Keeps a Report: Secrets that changed, findings with their life, and what the scan row shows.

A scan that changed nothing writes no Secret row. What a scan did not look at, it neither deletes nor resolves.
"""

from __future__ import annotations

from scanners.store.changes import Changes
from scanners.store.history import history
from scanners.store.scan import LeaseLost, save

__all__ = ["Changes", "LeaseLost", "history", "save"]
