"""Lower case without moving a character: positions in the one text are positions in the other."""

from __future__ import annotations

_ASCII = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def lowered(text: str) -> str:
    """`text` in lower case, of the same length; a few letters (`İ`) would become two and stay as they are."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text.translate(_ASCII)
