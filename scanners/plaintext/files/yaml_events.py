"""Scalars of YAML, read from the parser's events: nothing is built, so aliases cannot explode and tags do nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from scanners.plaintext.files.leaf import MAX_DEPTH, Leaf, Path, TooDeep, name_of
from scanners.plaintext.files.tree import PAIR_NAMES, PAIR_VALUES

MAX_EVENTS = 400_000
"""Keys, values and brackets that are looked at; a file of 1 MiB, the most a ConfigMap holds, has about 100,000."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class NotYaml(ValueError):
    """The text is no YAML, or only a scalar in YAML's eyes."""


def leaves(text: str) -> Iterator[Leaf]:
    """Every scalar of every document. Raises NotYaml and TooDeep, both perhaps after some leaves."""
    reader = _Reader()
    try:
        for number, event in enumerate(yaml.parse(text, Loader=_Loader)):
            if number > MAX_EVENTS:
                raise TooDeep
            leaf = reader.take(event)
            if leaf is not None:
                yield leaf
    except TooDeep:
        raise
    except (yaml.YAMLError, ValueError, RecursionError):
        raise NotYaml from None
    if not reader.structured:
        raise NotYaml


class _Frame:
    """A mapping or list that is open. `key` is that of the member to come, None where a key comes next."""

    __slots__ = ("index", "is_mapping", "key", "pair_name", "pair_value", "path")

    def __init__(self, path: Path, *, is_mapping: bool) -> None:
        self.path = path
        self.is_mapping = is_mapping
        self.key: str | None = None
        self.index = 0
        self.pair_name = ""
        self.pair_value: Leaf | None = None

    @property
    def expects_key(self) -> bool:
        return self.is_mapping and self.key is None

    def place(self) -> Path:
        """The path of the next member."""
        return (*self.path, (self.key or "") if self.is_mapping else self.index)

    def step(self) -> None:
        """A key that is no scalar, or a member, is over."""
        if self.expects_key:
            self.key = ""
        else:
            self.key = None
            self.index += 1


class _Reader:
    def __init__(self) -> None:
        self.structured = False
        self._document = 0
        self._open: list[_Frame] = []

    def take(self, event: Any) -> Leaf | None:
        """The leaf that this event completes."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            return self._scalar(self._open[-1], event) if self._open else None
        if kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self._start(kind is yaml.MappingStartEvent)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            return self._end()
        elif kind is yaml.AliasEvent:
            if self._open:
                self._open[-1].step()
        elif kind is yaml.DocumentStartEvent:
            self._document += 1
        return None

    def _scalar(self, frame: _Frame, event: Any) -> Leaf | None:
        if frame.expects_key:
            frame.key = event.value
            return None
        path = frame.place()
        leaf = Leaf(path, frame.key or name_of(path), event.value, event.start_mark.line + 1, self._document)
        if frame.key in PAIR_NAMES:
            frame.pair_name = event.value
        elif frame.key in PAIR_VALUES:
            frame.pair_value = leaf
        frame.step()
        return leaf

    def _start(self, is_mapping: bool) -> None:
        self.structured = True
        if len(self._open) >= MAX_DEPTH:
            raise TooDeep
        self._open.append(_Frame(self._open[-1].place() if self._open else (), is_mapping=is_mapping))

    def _end(self) -> Leaf | None:
        closed = self._open.pop()
        if self._open:
            self._open[-1].step()
        if closed.pair_name and closed.pair_value is not None:
            return closed.pair_value._replace(name=closed.pair_name)
        return None
