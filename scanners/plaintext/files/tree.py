"""Scalars of a parsed document (JSON, TOML), with their paths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanners.plaintext.files.leaf import MAX_DEPTH, Leaf, Path, TooDeep, name_of

PAIR_NAMES = ("name", "key", "Name", "Key")
PAIR_VALUES = ("value", "Value")


def leaves(document: Any) -> Iterator[Leaf]:
    """Every string and number. `{name: DB_PASSWORD, value: x}` gives the value under that name. Raises TooDeep."""
    stack: list[tuple[Path, Any]] = [((), document)]
    while stack:
        path, value = stack.pop()
        if len(path) > MAX_DEPTH:
            raise TooDeep
        if isinstance(value, dict):
            stack.extend(((*path, str(key)), member) for key, member in reversed(value.items()))
            yield from _pair(path, value)
        elif isinstance(value, list):
            stack.extend(((*path, index), member) for index, member in reversed(list(enumerate(value))))
        elif value is not None and not isinstance(value, bool):
            yield Leaf(path, name_of(path), str(value))


def _pair(path: Path, value: dict[Any, Any]) -> Iterator[Leaf]:
    name = next((value[key] for key in PAIR_NAMES if isinstance(value.get(key), str)), None)
    if name is None:
        return
    for key in PAIR_VALUES:
        member = value.get(key)
        if isinstance(member, (str, int, float)) and not isinstance(member, bool):
            yield Leaf((*path, key), name, str(member))
