"""The simple commands of a shell script, and whether the script goes on whatever one of them finds.

An approximation, made for lines as they stand in CI: no substitution, no functions, no here-documents.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import NamedTuple

_EXPRESSION = re.compile(r"\$\{\{.{0,1000}?\}\}")
_CONTINUED = re.compile(r"\\\r?\n")
_SEPARATORS = frozenset({";", "&&", "||", "|", "&", ";;", "|&", "(", ")"})
_FAILS_TOO = re.compile(r"(?:^|\s)(?:exit|return)\s+(?:[1-9]|\$)|(?:^|\s)(?:false|exit)\s*(?:[;}]|$)")
"""What follows `||` and still fails the script."""
MAX_SCRIPT = 200_000
"""Characters of a script that are read."""
MAX_LINES = 5_000
MAX_LINE = 20_000


class Command(NamedTuple):
    """A simple command by its words, on a line of the script. `ignored` says why its failure changes nothing."""

    words: tuple[str, ...]
    line: int
    ignored: str = ""


def commands(script: str) -> Iterator[Command]:
    """Every simple command, in order. What is commented out is none."""
    text = _EXPRESSION.sub("EXPRESSION", script[:MAX_SCRIPT])
    forgiving = ""
    line = 1
    for logical in _logical_lines(text):
        if line > MAX_LINES:
            return
        tokens = _tokens(logical[:MAX_LINE])
        for command in _split(tokens, line):
            if command.words[:2] == ("set", "+e"):
                forgiving = "set +e stands before it"
            elif command.words[0] == "set" and any(word.startswith("-") and "e" in word for word in command.words[1:2]):
                forgiving = ""
            yield command if command.ignored or not forgiving else command._replace(ignored=forgiving)
        line += logical.count("\n") + 1


def _logical_lines(text: str) -> Iterator[str]:
    """Lines with those that they continue on; the line breaks stay inside, so that lines can be counted."""
    pending: list[str] = []
    for line in text.split("\n"):
        pending.append(line)
        if not line.rstrip("\r").endswith("\\"):
            yield "\n".join(pending)
            pending = []
    if pending:
        yield "\n".join(pending)


def _tokens(line: str) -> list[str]:
    reader = shlex.shlex(_CONTINUED.sub(" ", line).replace("\n", " "), posix=True, punctuation_chars=";&|()")
    reader.whitespace_split = True
    reader.commenters = ""
    found = []
    try:
        for token in reader:
            if token.startswith("#"):
                break
            found.append(token)
    except ValueError:  # a quote that ends on another line
        found = line.partition(" #")[0].replace(";", " ; ").replace("&&", " && ").replace("||", " || ").split()
        if found and found[0].startswith("#"):
            return []
    return found


def _split(tokens: list[str], line: int) -> Iterator[Command]:
    words: list[str] = []
    for index, token in enumerate([*tokens, ";"]):
        if token not in _SEPARATORS:
            words.append(token)
            continue
        if words:
            forgiven = _forgiven(tokens[index + 1 : index + 60]) if token == "||" else ""
            yield Command(tuple(words), line, forgiven)
        words = []


def _forgiven(rest: list[str]) -> str:
    """Why a failure changes nothing, by what follows `||`; "" where that fails too."""
    if _FAILS_TOO.search(" ".join(rest)):
        return ""
    return f"|| {' '.join(rest[:2])} follows it".replace(" ; ", " ")
