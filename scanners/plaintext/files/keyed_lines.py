"""Files of one `name = value` to a line: properties, env files, INI, and TOML or YAML that is not quite valid."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanners.plaintext.files.leaf import Leaf, Path

_SECTION = re.compile(r"\[{1,2}[ \t]{0,16}([^\[\]\n]{1,200}?)[ \t]{0,16}\]{1,2}[ \t]{0,16}(?:[#;].*)?")
_ENTRY = re.compile(
    r"(?://[^\s=]{1,200}/:(?=_))?(?:export[ \t]{1,8}|(?:ENV|SetEnv|set|env)[ \t]{1,8}(?=[^=\s]{1,128}[ \t]{0,8}=))?"
    r"[\"']?([A-Za-z_$/][^\s=:\"'(){}<>#;,]{0,200}(?:[ \t][A-Za-z]{1,40}){0,3})[\"']?"
    r"[ \t]{0,64}(?:=>?(?!=)|:(?![:/])|:=)[ \t]{0,64}(.*)"
)
_COMMENT = ("#", ";", "!", "//", "--", "%")
_INLINE_COMMENT = re.compile(r"\s[#;].*\Z")
SHARE = 0.8
"""Of the lines that are neither blank nor comments, how many must be entries or sections."""


def is_keyed(text: str) -> bool:
    """Whether the file is of this form; the first 200 lines decide."""
    entries = others = 0
    for line in text.split("\n", 200)[:200]:
        line = line.strip()
        if _is_silent(line):
            continue
        if _SECTION.fullmatch(line) or _ENTRY.fullmatch(line):
            entries += 1
        else:
            others += 1
    return entries > 0 and entries >= (entries + others) * SHARE


def leaves(text: str) -> Iterator[Leaf]:
    """Every entry, under its section. Lines that are none are skipped."""
    section: Path = ()
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if _is_silent(line):
            continue
        heading = _SECTION.fullmatch(line)
        if heading is not None:
            section = (heading[1].strip("\"'") if heading[1][0] in "\"'" else heading[1],)
            continue
        entry = _ENTRY.fullmatch(line)
        if entry is not None:
            yield Leaf((*section, entry[1]), entry[1], uncommented(entry[2]), number)


def _is_silent(line: str) -> bool:
    """A blank line or a comment; npm's `//registry/:_authToken=x` is none."""
    return not line or (line.startswith(_COMMENT) and "/:_" not in line)


def uncommented(value: str) -> str:
    """The value without what follows it on the line: a comment, a comma, a semicolon."""
    value = value.strip()
    if value[:1] in "\"'" and value[:1]:
        closing = value.find(value[0], 1)
        return value[1:closing] if closing > 0 else value[1:]
    if value.startswith(("#", ";")):
        return ""
    return _INLINE_COMMENT.sub("", value).rstrip(",; \t")
