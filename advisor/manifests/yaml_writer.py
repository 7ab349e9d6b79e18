"""Writes structures as YAML that every reader understands alike.

Every string is double-quoted: YAML 1.1 readers (Go's among them, and so kubectl) read a bare `y` as true, `1e3` as a
number and `0o17` as 15, and PyYAML's own writer leaves just those bare. Keys are quoted where a reader would bend them.
A text of several lines becomes a literal block, which no reader interprets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from advisor.manifests.model import ManifestFile, Note, Structure

COMMENT_WIDTH = 100
_PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_BENT_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_BLOCK_LINE = re.compile(r"[\x20-\x7e]*[\x21-\x7e]|")  # printable ASCII, nothing trailing


class Document:
    """One YAML document with its notes: field path (`spec.data[0].remoteRef`) → why that line is as it is."""

    def __init__(self, structure: Structure, notes: Mapping[str, str] | None = None) -> None:
        self.structure = structure
        self.notes = dict(notes or {})


def quote(text: str) -> str:
    """`text` as a double-quoted YAML scalar on one line. ValueError for a lone surrogate, which no YAML can hold."""
    written = []
    for character in text:
        number = ord(character)
        if 0xD800 <= number <= 0xDFFF:
            raise ValueError("A text with half a surrogate pair cannot be written as YAML.")
        if character in _ESCAPES:
            written.append(_ESCAPES[character])
        elif character.isprintable():
            written.append(character)
        else:
            written.append(
                f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"
            )
    return f'"{"".join(written)}"'


def wrap_comment(text: str, indent: str = "") -> list[str]:
    """`text` as comment lines of at most COMMENT_WIDTH characters, where its words allow it."""
    lines = []
    for paragraph in text.splitlines():
        line = f"{indent}#"
        for word in paragraph.split(" "):
            if len(line) + 1 + len(word) > COMMENT_WIDTH and line != f"{indent}#":
                lines.append(line)
                line = f"{indent}#"
            line += f" {word}"
        lines.append(line.rstrip())
    return lines


class _Writer:
    def __init__(self, notes: Mapping[str, str]) -> None:
        self.lines: list[str] = []
        self.notes = notes
        self.written: list[Note] = []

    def mapping(self, mapping: Mapping[str, Any], indent: int, path: str, first: str | None = None) -> None:
        """`first` stands before the first key instead of the indentation: the dash of a list's entry."""
        for key, value in mapping.items():
            field = f"{path}.{key}" if path else str(key)
            start = first if first is not None else " " * indent
            if first is None:
                self._comment(field, indent)
            first = None
            self._entry(start + self._key(key) + ":", value, indent, field)

    def sequence(self, sequence: Sequence[Any], indent: int, path: str) -> None:
        for index, value in enumerate(sequence):
            field = f"{path}[{index}]"
            dash = " " * indent + "- "
            if isinstance(value, Mapping) and value:
                self._comment(field, indent)
                self._comment(f"{field}.{next(iter(value))}", indent)
                self.mapping(value, indent + 2, field, first=dash)
            else:
                self._comment(field, indent)
                self._entry(dash.rstrip(), value, indent, field)

    def _entry(self, start: str, value: Any, indent: int, field: str) -> None:
        if isinstance(value, Mapping) and value:
            self.lines.append(start)
            self.mapping(value, indent + 2, field)
        elif isinstance(value, (list, tuple)) and value:
            self.lines.append(start)
            self.sequence(value, indent + 2, field)
        elif isinstance(value, str) and _is_block(value):
            self.lines.append(f"{start} |")
            self.lines.extend(" " * (indent + 2) + line if line else "" for line in value.split("\n")[:-1])
        else:
            self.lines.append(f"{start} {self._scalar(value)}")

    def _comment(self, field: str, indent: int) -> None:
        text = self.notes.get(field)
        if text is None:
            return
        self.lines.extend(wrap_comment(text, " " * indent))
        self.written.append(Note(len(self.lines) + 1, field, text))

    @staticmethod
    def _key(key: Any) -> str:
        if not isinstance(key, str):
            raise TypeError(f"A manifest's key must be text, not {type(key).__name__}.")
        return key if _PLAIN_KEY.fullmatch(key) and key.lower() not in _BENT_WORDS else quote(key)

    @staticmethod
    def _scalar(value: Any) -> str:
        if value is None:
            return "null"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return str(value)
        if isinstance(value, str):
            return quote(value)
        if isinstance(value, (Mapping, list, tuple)):
            return "{}" if isinstance(value, Mapping) else "[]"
        raise TypeError(f"A manifest cannot hold a {type(value).__name__}.")


def _is_block(text: str) -> bool:
    """Whether `text` can be a literal block: lines of printable ASCII, the first not indented, one newline last."""
    lines = text.split("\n")
    return (
        len(lines) > 2
        and lines[-1] == ""
        and lines[-2] != ""
        and lines[0] != ""
        and not lines[0].startswith(" ")
        and all(_BLOCK_LINE.fullmatch(line) for line in lines[:-1])
    )


def to_yaml(structure: Structure) -> str:
    """One structure as a YAML document without notes."""
    writer = _Writer({})
    writer.mapping(structure, 0, "")
    return "\n".join(writer.lines) + "\n"


def list_to_yaml(entries: Sequence[Any]) -> str:
    """A list as a YAML document, such as the CSI driver wants inside a text."""
    writer = _Writer({})
    writer.sequence(entries, 0, "")
    return "\n".join(writer.lines) + "\n"


def yaml_file(path: str, summary: str, *documents: Document, comment: str = "") -> ManifestFile:
    """A file of one or more documents: `summary` and `comment` above, each note above its line.

    Raises KeyError where a note names a field that the structure does not have.
    """
    lines = wrap_comment(summary)
    if comment:
        lines += ["#", *wrap_comment(comment)]
    notes: list[Note] = []
    for index, document in enumerate(documents):
        if index:
            lines.append("---")
        writer = _Writer(document.notes)
        writer.mapping(document.structure, 0, "")
        missing = set(document.notes) - {note.field for note in writer.written}
        if missing:
            raise KeyError(f"{path} has notes for fields it does not have: {', '.join(sorted(missing))}")
        notes += [Note(note.line + len(lines), note.field, note.text) for note in writer.written]
        lines += writer.lines
    return ManifestFile(
        path=path,
        content="\n".join(lines) + "\n",
        summary=summary,
        notes=tuple(notes),
        documents=tuple(document.structure for document in documents),
    )
