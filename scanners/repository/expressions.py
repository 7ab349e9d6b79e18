"""Regular expressions as SOPS reads them: Go's syntax, which is RE2's, in linear time whatever the expression.

Python's own module takes other expressions (lookaround, backreferences) and can be made to run for ever by one that a
stranger wrote. https://pkg.go.dev/regexp/syntax
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

LONGEST = 4096
"""Characters of an expression."""


class InvalidExpression(ValueError):
    """SOPS cannot compile it; the message says why, and quotes no more than the expression itself."""


@lru_cache(maxsize=1024)
def _compiled(expression: str) -> Any:
    import re2  # only a tree with SOPS files pays for it

    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 22
    try:
        return re2.compile(expression, options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        words = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise InvalidExpression(words or "it is not a valid expression") from None


def matches(expression: str, text: str) -> bool:
    """Whether the expression matches anywhere in the text, as Go's MatchString does. Raises InvalidExpression."""
    if len(expression) > LONGEST:
        raise InvalidExpression(f"it is longer than {LONGEST:,} characters")
    return _compiled(expression).search(text) is not None


def problem(expression: str) -> str:
    """Why SOPS cannot compile the expression, "" where it can."""
    try:
        matches(expression, "")
    except InvalidExpression as error:
        return str(error)
    return ""
