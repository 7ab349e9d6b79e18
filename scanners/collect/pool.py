"""What the readers of one collection share: one copy of what thousands of objects repeat, and the digest of values."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeVar, cast

from scanners.digest import KeyedDigest

T = TypeVar("T", bound=Hashable)


class Pool:
    """Keeps the first of equal values (namespaces, types, managers, key names), for as long as one collection lasts.

    `sys.intern` would keep names from a hostile cluster for the life of the process, so a collection has its own.
    Safe to use from several threads: `dict.setdefault` is one step of the interpreter.

    `digest` is what readers may tell of a value that must not be kept, None where nothing is told: without an
    installation's key a digest compares with nothing. `labels` are the keys of labels to keep of every object, beside
    those that are always kept: the rules of a policy ask for them.
    """

    __slots__ = ("_seen", "digest", "labels")

    def __init__(self, digest: KeyedDigest | None = None, labels: frozenset[str] = frozenset()) -> None:
        self.digest = digest
        self.labels = labels
        # Keyed by type too: "1" and ("1",) never meet, and neither do equal structs of different kinds.
        self._seen: dict[tuple[type, Hashable], Hashable] = {}

    def one(self, value: T) -> T:
        """The first value equal to this one."""
        return cast(T, self._seen.setdefault((type(value), value), value))
