"""One copy of what thousands of objects repeat: namespaces, types, managers, key names."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeVar, cast

T = TypeVar("T", bound=Hashable)


class Pool:
    """Keeps the first of equal values, for as long as one collection lasts.

    `sys.intern` would keep names from a hostile cluster for the life of the process, so a collection has its own.
    Safe to use from several threads: `dict.setdefault` is one step of the interpreter.
    """

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        # Keyed by type too: "1" and ("1",) never meet, and neither do equal structs of different kinds.
        self._seen: dict[tuple[type, Hashable], Hashable] = {}

    def one(self, value: T) -> T:
        """The first value equal to this one."""
        return cast(T, self._seen.setdefault((type(value), value), value))
