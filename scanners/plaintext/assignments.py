"""Names and values inside a longer text: `password=x` in a DSN, `-Dkey.password=x`, `"token": "x"`, `api_key: x`.

Written for the literals of env vars, and the base for arguments and files. Only places near a word that speaks of
credentials are looked at, and each costs a bounded number of characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from scanners.plaintext.lowered import lowered

_KEYWORD = re.compile(r"passw|passphrase|pwd|secret|token|[a-z]key|[a-z][_. -]key|credential|requirepass")
_HINTS = ("pass", "key", "secret", "token", "pwd", "cred")
_NAME = re.compile(r"[A-Za-z0-9_.-]{0,64}")
_NAME_BEFORE = re.compile(r"[A-Za-z0-9_.-]{0,64}\Z")
_SEPARATOR = re.compile(r"\\?[\"']?[ \t]{0,4}(?:=(?![=>~])|:(?![:/=])|=>)[ \t]{0,8}")
_QUOTED = re.compile(r"\\?\"([^\"\\]{0,4096})|'([^']{0,4096})")
_BARE = re.compile(
    r"(?:\$\{[^{}\n]{0,256}\}|\{\{[^{}\n]{0,256}\}\}|\$\([^()\n]{0,256}\)|<[^<>\n]{0,256}>|[^\s,;&\"'}\])|\\]){0,512}"
)
"""Up to the next separator, which does not count inside `${…}`, `{{ … }}`, `$(…)` and `<…>`."""


class Assignment(NamedTuple):
    """`position` is that of the name, `end` where the value is over. The value may be empty."""

    position: int
    name: str
    value: str
    end: int
    quoted: bool


def assignments(text: str) -> Iterator[Assignment]:
    """Every assignment to a name that may speak of a credential.

    What stands after the colon in `${NAME:…}` is no value: it may be a message.
    Linear in the length of the text; at most 512 characters of an unquoted and 4,096 of a quoted value.
    """
    lower = lowered(text)
    if not any(map(lower.__contains__, _HINTS)):
        return
    position = 0
    while (keyword := _KEYWORD.search(lower, position)) is not None:
        start, end = _name_around(text, keyword, position)
        separator = _SEPARATOR.match(text, end)
        if separator is None or text.startswith("${", max(0, start - 2)):
            position = end
            continue
        value, position, quoted = _value_at(text, separator.end())
        yield Assignment(start, text[start:end].strip("-."), value, position, quoted)


def _name_around(text: str, keyword: re.Match[str], floor: int) -> tuple[int, int]:
    """Where the name that holds the keyword begins and ends; nothing before `floor` belongs to it."""
    before = _NAME_BEFORE.search(text, max(floor, keyword.start() - 64), keyword.start())
    after = _NAME.match(text, keyword.end())
    return before.start() if before else keyword.start(), after.end() if after else keyword.end()


def _value_at(text: str, start: int) -> tuple[str, int, bool]:
    """The value that begins at `start`, where it ends, and whether it is quoted."""
    quoted = _QUOTED.match(text, start)
    if quoted is not None:
        return quoted[1] or quoted[2] or "", quoted.end(), True
    bare = bare_value(text, start)
    return bare, start + len(bare), False


def bare_value(text: str, start: int = 0) -> str:
    """The unquoted value that begins at `start`."""
    bare = _BARE.match(text, start)
    return bare[0] if bare else ""
