"""Numbers in sentences."""

from __future__ import annotations


def count(number: int | None, noun: str) -> str:
    """`1 Secret`, `2,148 Secrets`, `an unknown number of Secrets`."""
    if number is None:
        return f"an unknown number of {noun}s"
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def percent(share: float) -> str:
    """A share of 0 to 1 in whole per cent; what is not all never reads as 100 %."""
    whole = round(share * 100)
    return f"{99 if whole == 100 and share < 1 else whole} %"
