"""YAML and JSON as a tree of nodes that know their lines, document by document.

Nothing is constructed: tags mean nothing, and an alias is the node it stands for, visited once, so that no file grows.
Documents are told apart before they are parsed, so that one that is broken hides no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_DOCUMENT = 8 * 1024 * 1024
"""Characters of a document that is parsed."""
MAX_DEPTH = 100
MAX_NODES = 2_000_000

_SEPARATOR = re.compile(r"^(?:---(?=[ \t\r\n]|\Z)|\.\.\.(?=[ \t\r\n]|\Z)|%[A-Z]+ .*$)", re.MULTILINE)
_MERGE = "tag:yaml.org,2002:merge"

Mapping, Sequence, Scalar = yaml.MappingNode, yaml.SequenceNode, yaml.ScalarNode
Node = yaml.Node


class NotYaml(ValueError):
    """The text is no YAML that can be read."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file: its text, and how many lines stand before it."""

    text: str
    before: int

    def root(self) -> Node | None:
        """The outermost node, None for an empty document. Raises NotYaml."""
        return compose(self.text)

    def line(self, node: Node) -> int:
        """The line of the file that a node begins on, from 1."""
        return self.before + line_of(node)


def documents(text: str) -> Iterator[Document]:
    """The documents of a text, in order, without the lines that separate them."""
    start = before = 0
    for mark in _SEPARATOR.finditer(text):
        if text[start : mark.start()].strip():
            yield Document(text[start : mark.start()], before)
        before += text.count("\n", start, mark.end())
        start = mark.end()
    if text[start:].strip():
        yield Document(text[start:], before)


def compose(text: str) -> Node | None:
    """The node tree of one document. Raises NotYaml."""
    if len(text) > MAX_DOCUMENT:
        raise NotYaml("it is too long")
    try:
        _check_depth(text)
        root: Node | None = yaml.compose(text, Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise NotYaml("it is not valid YAML") from None
    return root


def _check_depth(text: str) -> None:
    """The parser descends by recursion in C, which no exception ends. Raises NotYaml."""
    if text.count("[") + text.count("{") + text.count(":") + text.count("-") < MAX_DEPTH:
        return
    depth = 0
    for number, event in enumerate(yaml.parse(text, Loader=_Loader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH or number > MAX_NODES:
                raise NotYaml("it is nested too deeply, or too long")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def line_of(node: Node) -> int:
    """The line of the text that a node begins on, from 1."""
    line: int = node.start_mark.line + 1
    return line


def scalar(node: Node | None) -> str | None:
    """The text of a scalar, None for anything else and for YAML's null."""
    if not isinstance(node, Scalar) or (node.tag == "tag:yaml.org,2002:null" and not node.style):
        return None
    value: str = node.value
    return value


def pairs(node: Node | None) -> list[tuple[str, Node, Node]]:
    """(key, its node, value) of a mapping with scalar keys; what it merges (`<<`) comes after its own."""
    found: list[tuple[str, Node, Node]] = []
    visited: set[int] = set()
    waiting: list[Node | None] = [node]
    while waiting:
        mapping = waiting.pop()
        if not isinstance(mapping, Mapping) or id(mapping) in visited:
            continue
        visited.add(id(mapping))
        for key, value in mapping.value:
            if isinstance(key, Scalar) and key.tag == _MERGE:
                waiting.extend(value.value if isinstance(value, Sequence) else [value])
            elif isinstance(key, Scalar):
                found.append((key.value, key, value))
    return found


def member(node: Node | None, *path: str) -> Node | None:
    """The node at a path of keys, None where there is none."""
    for name in path:
        node = next((value for key, _, value in pairs(node) if key == name), None)
    return node


def text_at(node: Node | None, *path: str) -> str:
    """The scalar at a path of keys, "" where there is none."""
    return scalar(member(node, *path)) or ""


def items(node: Node | None) -> list[Node]:
    """The members of a sequence, none for anything else."""
    return list(node.value) if isinstance(node, Sequence) else []


def walk(root: Node | None) -> Iterator[Node]:
    """Every node once, outermost first, in the order of the text; keys are left out."""
    visited: set[int] = set()
    waiting: list[Node | None] = [root]
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in visited:
            continue
        visited.add(id(node))
        yield node
        if isinstance(node, Mapping):
            waiting.extend(value for _, value in reversed(node.value))
        elif isinstance(node, Sequence):
            waiting.extend(reversed(node.value))
