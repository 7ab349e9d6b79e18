"""The demo cluster: a company's snapshot, its dates moved so that it was collected just now.

`demo.json.gz` was collected from a real API server holding the company of tests/demo_company, and redated by
tests/demo_company/redate.py so that some values are old.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any

import msgspec

from scanners.inventory import Inventory

NAME = "Demo company"

_DATE_LABELS = ("kubernetes.io/legacy-token-last-used", "kubernetes.io/legacy-token-invalid-since")
"""Labels whose value is a date, written by the control plane."""


def demo_snapshot() -> bytes:
    """The snapshot file that comes with secretsui."""
    return files(__package__).joinpath("demo.json.gz").read_bytes()


def rebase(inventory: Inventory, now: datetime) -> Inventory:
    """The same Inventory with every time moved by the same span, so that it was collected at `now`."""
    moved: Inventory = _moved(inventory, now - inventory.collected_at)
    return moved


def _moved(value: Any, span: timedelta) -> Any:
    if isinstance(value, datetime):
        return value + span
    if isinstance(value, msgspec.Struct):
        changed = {
            name: moved
            for name in value.__struct_fields__
            if (moved := _moved(old := getattr(value, name), span)) is not old
        }
        return msgspec.structs.replace(value, **changed) if changed else value
    if isinstance(value, dict):
        dates = {key: (date.fromisoformat(value[key]) + span).isoformat() for key in _DATE_LABELS if key in value}
        return value | dates if dates else value
    if isinstance(value, tuple):
        items = tuple(_moved(item, span) for item in value)
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return value
