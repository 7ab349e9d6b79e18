"""Spans of time in words."""

from __future__ import annotations

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def span(seconds: float) -> str:
    """`1 hour`, `90 minutes`, `3 days`: in the largest unit that is full at least twice, or comes out even."""
    whole = int(seconds)
    for size, name in _UNITS:
        if whole >= size and (whole % size == 0 or whole >= 2 * size):
            count = whole // size
            return f"{count:,} {name}{'s' * (count != 1)}"
    return f"{whole} seconds"
