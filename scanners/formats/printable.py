"""Making text from strangers safe to print: it moves no cursor, sets no colour, turns no line around."""

from __future__ import annotations


def printable(text: str, keep: str = "") -> str:
    """`text` with every character that a terminal acts upon shown as its escape: `\\x1b`, `\\u202e`.

    These are control, format (bidirectional overrides, zero-width), surrogate and unassigned characters, and
    every separator but the space. `keep` names those that may stay; without it the result is one line.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character in keep else _escape(character) for character in text
    )


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
