"""Helm templates as YAML: their actions taken out, so that what stands there in plain can be read.

An action whose result is a literal of the template itself (`{{ "hunter2" | b64enc }}`, `{{ default "hunter2" .x }}`)
is that literal; any other becomes a variable, which is no secret. Lines stay where they are.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

VARIABLE = "${_}"

_LITERAL = re.compile(
    r"(?:(?P<first>b64enc|quote|squote)\s+)?\"(?P<text>[\w.@/+=!$%^&*-]{1,200})\"(?P<pipe>(?:\s*\|\s*(?:b64enc|s?quote))*)"
)
_DEFAULT = re.compile(
    r"(?:(?:[\w.$]+|\([^()]{1,200}\))\s*\|\s*)?default\s+\"(?P<text>[\w.@/+=!$%^&*-]{1,200})\"(?:\s+[\w.$]+)?"
    r"(?P<pipe>(?:\s*\|\s*(?:b64enc|s?quote))*)"
)
_OPENING = re.compile(r"\{[{%]")
_MAX_ACTION = 4096


def is_template(text: str) -> bool:
    """Whether a text holds actions of Go's templates, or Jinja's."""
    return "{{" in text or "{%" in text


def without_actions(text: str) -> str:
    """The text with every action replaced; lines of nothing but actions are empty."""
    replaced = "".join(_replaced(text))
    if VARIABLE not in replaced:
        return replaced
    return "\n".join("" if _is_only_actions(line) else line for line in replaced.split("\n"))


def _replaced(text: str) -> Iterator[str]:
    start = 0
    while (found := _OPENING.search(text, start)) is not None:
        opening = found.start()
        closing = text.find("}}" if found[0] == "{{" else "%}", opening + 2, opening + 2 + _MAX_ACTION)
        if closing == -1:
            break
        yield text[start:opening]
        inside = text[opening + 2 : closing]
        yield _result(inside.strip("-").strip())
        yield "\n" * inside.count("\n")
        start = closing + 2
    yield text[start:]


def _result(action: str) -> str:
    literal = _LITERAL.fullmatch(action) or _DEFAULT.fullmatch(action)
    if literal is None:
        return VARIABLE
    encoded = "b64enc" in literal["pipe"] or literal.groupdict().get("first") == "b64enc"
    return base64.b64encode(literal["text"].encode()).decode() if encoded else literal["text"]


def _is_only_actions(line: str) -> bool:
    return VARIABLE in line and not line.replace(VARIABLE, "").strip()
