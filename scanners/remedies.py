"""A fix as its parts: sentences to read, and commands or manifests to copy.

A remedy is plain text (scanners.checks.check): what is indented by two spaces or more is to be copied, the rest
is prose, which may be broken into lines anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from textwrap import dedent

_COMMANDS = ("kubectl ", "secretsui ", "apiVersion:")
"""What begins a part to copy even where it is not indented."""


@dataclass(frozen=True, slots=True)
class Part:
    code: bool
    text: str


def remedy_parts(text: str) -> list[Part]:
    """The parts in order. Blank lines end a paragraph of prose, and stay inside what is to be copied."""
    lines = _classified(text.replace("\r\n", "\n").split("\n"))
    parts: list[Part] = []
    for code, group in groupby(lines, key=lambda line: line[0]):
        block = "\n".join(line for _, line in group)
        if code:
            parts.append(Part(True, dedent(block).strip("\n")))
        else:
            paragraphs = (" ".join(paragraph.split()) for paragraph in block.split("\n\n"))
            parts += [Part(False, paragraph) for paragraph in paragraphs if paragraph]
    return parts


def _classified(lines: list[str]) -> list[tuple[bool, str]]:
    """Each line with whether it is to be copied; a blank line is if the lines on both sides are."""
    kinds: list[bool | None] = []
    manifest = False
    for line in lines:
        if not line.strip():
            kinds.append(None)
            continue
        manifest = line.startswith("apiVersion:") or (manifest and kinds[-1] is True)
        kinds.append(manifest or line.startswith(("  ", "\t", *_COMMANDS)))
    found = []
    for index, line in enumerate(lines):
        kind = kinds[index]
        if kind is None:
            before = next((known for known in reversed(kinds[:index]) if known is not None), False)
            after = next((known for known in kinds[index + 1 :] if known is not None), False)
            kind = before and after
        found.append((kind, line))
    return found
