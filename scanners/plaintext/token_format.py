"""What one published format of tokens is made of.

Expressions are bounded, and match only where no other letter or digit touches them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TokenFormat:
    """One format. `prefix` is published and may be shown; `marker` is a substring that every match holds.

    A format without a prefix has only a marker. `source` is where the issuer publishes it.
    """

    credential: str
    prefix: str
    marker: str
    body: str
    source: str
    expression: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "expression", re.compile(rf"(?<![A-Za-z0-9_]){self.body}(?![A-Za-z0-9])"))

    @property
    def shown(self) -> str:
        return f"{self.prefix}…" if self.prefix else ""

    def tokens(self, text: str) -> Iterator[re.Match[str]]:
        """Every match; one search for the prefix costs a fraction of trying the expression everywhere."""
        if not self.prefix:
            yield from self.expression.finditer(text)
            return
        at = text.find(self.prefix)
        while at != -1:
            token = self.expression.match(text, at)
            if token is not None:
                yield token
            at = text.find(self.prefix, token.end() if token else at + len(self.prefix))
