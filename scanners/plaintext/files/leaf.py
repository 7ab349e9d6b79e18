"""One scalar of a structured file, with the path to it, and how a path is written down without telling anything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from scanners.plaintext.detect import by_value
from scanners.plaintext.shapes import looks_generated

Path = tuple[str | int, ...]
"""Keys and list positions, from the outside in."""

MAX_PART = 64
MAX_PATH = 200
MAX_DEPTH = 64
"""Levels of nesting that are followed; no configuration has as many."""

ELLIPSIS = "…"

_PLAIN = re.compile(r"[\w-](?:[\w.-]*[\w-])?")


class Leaf(NamedTuple):
    """`name` is what the value is judged under, mostly the last key of `path`.

    `line` counts from 1; 0 is unknown. `document` counts the documents of a file that holds several.
    """

    path: Path
    name: str
    value: str
    line: int = 0
    document: int = 1


class TooDeep(ValueError):
    """The file is nested deeper than MAX_DEPTH, or has more parts than are looked at."""


def written(leaf: Leaf, hidden: Sequence[str] = ()) -> str:
    """`spring.datasource.password`, `users[0].token`, `document 2: token`.

    A key that is a credential itself, or holds one of the `hidden` texts, shows as an ellipsis.
    """
    text = ""
    for part in leaf.path:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        key = shown(part, hidden)
        if key != ELLIPSIS and (not _PLAIN.fullmatch(part) or len(part) > MAX_PART):
            text += f'["{key}"]'
        else:
            text += f".{key}" if text else key
    if len(text) > MAX_PATH:
        text = ELLIPSIS + text[-MAX_PATH + 1 :]
    return f"document {leaf.document}: {text}" if leaf.document > 1 else text


def shown(key: str, hidden: Sequence[str] = ()) -> str:
    """A key as it may be shown: cut, printable, and an ellipsis where it tells a credential."""
    if any(text in key for text in hidden) or looks_generated(key) or by_value(key) is not None:
        return ELLIPSIS
    key = key if len(key) <= MAX_PART else key[: MAX_PART - 1] + ELLIPSIS
    return "".join(character if character.isprintable() else "\ufffd" for character in key).replace('"', "'")


def name_of(path: Path) -> str:
    """The key that a value is judged under: the last one, or for an item of a list the list's."""
    return next((part for part in reversed(path) if isinstance(part, str)), "")
