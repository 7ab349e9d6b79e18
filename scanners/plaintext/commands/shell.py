"""A shell's script as simple commands, as POSIX splits it (pubs.opengroup.org, Shell Command Language, 2.3).

Nothing is expanded. What an expansion would put into a word stands there as `${…}`, which no judgement takes for a
literal; commands inside `$(…)` and backquotes are commands like others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

MAX_DEPTH = 8
MAX_WORDS = 20_000
MAX_HEREDOCS = 64
"""Of one script; each costs a search for its end."""
EXPANSION = "${…}"

_BLANK = re.compile(r"(?:[ \t\r]|\\\n)+")
_COMMENT = re.compile(r"#[^\n]*")
_HEREDOC = re.compile(r"<<-?[ \t]*\\?([\"']?)([A-Za-z_][\w.-]{0,63})\1")
_REDIRECTION = re.compile(r"\d{0,3}(?:<<<|[<>]&\d?-?|&?>>?\|?|<>|<)[ \t]*")
_END = re.compile(r"[;&|()\n]+")
_PLAIN = re.compile(r"[^\s;&|()<>'\"\\$`]+")
_SINGLE = re.compile(r"\$?'([^']*)'")
_DOUBLE_PLAIN = re.compile(r"[^\"\\$`]+")
_VARIABLE = re.compile(r"\$(?:[A-Za-z_]\w*|[0-9@*#?$!-]|\{[^{}]*\})")
_NESTED_VARIABLE = re.compile(r"\$\{(?:[^{}]|\{[^{}]*\})*\}")
_DEFAULT = re.compile(r"\$\{[A-Za-z_]\w*:?[-=][^{}$`]+\}")


class Command(NamedTuple):
    """One simple command. `line` is that of its first word, from 1."""

    words: tuple[str, ...]
    line: int


def commands(script: str, first_line: int = 1, depth: int = 0) -> Iterator[Command]:
    """Every simple command of the script, also of one that a shell would refuse. Linear in its length."""
    return _Script(script, first_line, depth).commands()


class _Script:
    def __init__(self, text: str, first_line: int, depth: int) -> None:
        self._text = text
        self._at = 0
        self._line = first_line
        self._depth = depth
        self._heredocs: list[str] = []
        self._heredocs_left = MAX_HEREDOCS
        self._inner: list[tuple[str, int]] = []

    def commands(self) -> Iterator[Command]:
        text, line, seen = self._text, self._line, 0
        words: list[str] = []
        while self._at < len(text) and seen < MAX_WORDS:
            if blank := _BLANK.match(text, self._at):
                self._skip(blank.end())
            elif comment := _COMMENT.match(text, self._at):
                self._skip(comment.end())
            elif end := _END.match(text, self._at):
                if words:
                    yield Command(tuple(words), line)
                    words = []
                self._skip(end.end() if "\n" not in end[0] else text.index("\n", self._at) + 1)
                if "\n" in end[0]:
                    self._skip_heredocs()
                yield from self._nested()
            elif (heredoc := _HEREDOC.match(text, self._at)) and not text.startswith("<<<", self._at):
                self._heredocs.append(heredoc[2])
                self._skip(heredoc.end())
            elif redirection := _REDIRECTION.match(text, self._at):
                self._skip(redirection.end())
            else:
                line = line if words else self._line
                words.append(self._word())
                seen += 1
        if words:
            yield Command(tuple(words), line)
        yield from self._nested()

    def _skip(self, end: int) -> None:
        self._line += self._text.count("\n", self._at, end)
        self._at = end

    def _skip_heredocs(self) -> None:
        """Here-documents are text, not commands."""
        for word in self._heredocs[: self._heredocs_left]:
            self._heredocs_left -= 1
            end = re.compile(rf"^[ \t]*{re.escape(word)}[ \t\r]*$", re.MULTILINE).search(self._text, self._at)
            if end is not None:
                self._skip(end.end())
        self._heredocs = []

    def _nested(self) -> Iterator[Command]:
        inner, self._inner = self._inner, []
        if self._depth < MAX_DEPTH:
            for script, line in inner:
                yield from commands(script, line, self._depth + 1)

    def _word(self) -> str:
        text, parts = self._text, []
        while self._at < len(text):
            if plain := _PLAIN.match(text, self._at):
                parts.append(plain[0])
                self._skip(plain.end())
            elif single := _SINGLE.match(text, self._at):
                parts.append(single[1])
                self._skip(single.end())
            elif text[self._at] == '"':
                self._skip(self._at + 1)
                parts.extend(self._double())
            elif text[self._at] == "\\":
                parts.append(text[self._at + 1 : self._at + 2].replace("\n", ""))
                self._skip(min(self._at + 2, len(text)))
            elif text[self._at] in "$`":
                parts.append(self._expansion())
            elif text[self._at] == "'":  # never closed
                self._skip(self._at + 1)
            else:
                break
        return "".join(parts)

    def _double(self) -> Iterator[str]:
        """What stands up to the closing double quote, or to the end where there is none."""
        text = self._text
        while self._at < len(text):
            if plain := _DOUBLE_PLAIN.match(text, self._at):
                yield plain[0]
                self._skip(plain.end())
            elif text[self._at] == '"':
                self._skip(self._at + 1)
                return
            elif text[self._at] == "\\":
                yield text[self._at + 1 : self._at + 2].replace("\n", "")
                self._skip(min(self._at + 2, len(text)))
            else:
                yield self._expansion()

    def _expansion(self) -> str:
        """Steps over one expansion; a `${NAME:-default}` stays as it is, since its default is a literal."""
        text, start = self._text, self._at
        if default := _DEFAULT.match(text, start):
            self._skip(default.end())
            return default[0]
        if variable := _VARIABLE.match(text, start) or _NESTED_VARIABLE.match(text, start):
            self._skip(variable.end())
            return EXPANSION
        if text.startswith("$(", start) or text[start] == "`":
            opening = 2 if text[start] == "$" else 1
            end = _closing(text, start + opening) if opening == 2 else text.find("`", start + 1)
            end = end if end != -1 else len(text)
            self._inner.append((text[start + opening : end], self._line))
            self._skip(min(end + 1, len(text)))
            return EXPANSION
        self._skip(start + 1)
        return "$"


_PARENTHESIS = re.compile(r"[()]")


def _closing(text: str, at: int) -> int:
    """The parenthesis that closes one opened before `at`, -1 if there is none."""
    depth = 1
    for parenthesis in _PARENTHESIS.finditer(text, at):
        depth += 1 if parenthesis[0] == "(" else -1
        if not depth:
            return parenthesis.start()
    return -1
