"""Reading a cluster into an Inventory: one reader per resource, and what must not be kept is dropped here."""

from __future__ import annotations

from scanners.collect.listing import Limits
from scanners.collect.run import Options, Progress, collect

__all__ = ["Limits", "Options", "Progress", "collect"]
