"""Scalars of XML: texts of elements and attributes. A document type of its own is refused, since entities explode."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from scanners.plaintext.files.leaf import MAX_DEPTH, Leaf, TooDeep

PAIR_NAMES = ("name", "key", "property")
PAIR_VALUES = ("value", "val")


class NotXml(ValueError):
    """The text is no XML, or brings entities of its own."""


def leaves(text: str) -> Iterator[Leaf]:
    """Every text and attribute. Raises NotXml and TooDeep.

    `<property name="password" value="x"/>`, `<entry key="password">x</entry>` (java.util.Properties) and
    `<property><name>password</name><value>x</value></property>` (Hadoop) give the value under that name.
    """
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    reader.parser = parser
    try:
        parser.Parse(text.encode(errors="replace"), True)
    except (expat.ExpatError, RecursionError):
        raise NotXml from None
    return iter(reader.leaves)


class _Element:
    __slots__ = ("line", "named", "pair_name", "pair_value", "tag", "text")

    def __init__(self, tag: str, line: int, named: str) -> None:
        self.tag = tag
        self.line = line
        self.named = named
        self.text = ""
        self.pair_name = ""
        self.pair_value: Leaf | None = None


class _Reader:
    parser: Any

    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        self._open: list[_Element] = []

    def doctype(self, _name: str, _system: str | None, _public: str | None, has_internal_subset: int) -> None:
        if has_internal_subset:
            raise NotXml

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise TooDeep
        line = self.parser.CurrentLineNumber
        tag = tag.rpartition(":")[2]
        named = next((attributes[name] for name in PAIR_NAMES if attributes.get(name)), "")
        self._open.append(_Element(tag, line, named))
        path = tuple(element.tag for element in self._open)
        for attribute, value in attributes.items():
            name = named if named and attribute in PAIR_VALUES else attribute
            self.leaves.append(Leaf((*path, f"@{attribute}"), name, value, line))

    def text(self, data: str) -> None:
        if self._open:
            self._open[-1].text += data

    def end(self, _tag: str) -> None:
        path = tuple(element.tag for element in self._open)
        closed = self._open.pop()
        value = closed.text.strip()
        if value:
            leaf = Leaf(path, closed.named or closed.tag, value, closed.line)
            self.leaves.append(leaf)
            if self._open and closed.tag in PAIR_NAMES:
                self._open[-1].pair_name = value
            elif self._open and closed.tag in PAIR_VALUES:
                self._open[-1].pair_value = leaf
        if closed.pair_name and closed.pair_value is not None:
            self.leaves.append(closed.pair_value._replace(name=closed.pair_name))
