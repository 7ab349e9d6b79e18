"""Names from a cluster in sentences and commands: hostile input, made fit to be shown and to be copied."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from datetime import datetime

LONGEST_NAME = 80
"""Characters; longer names are cut in sentences. Commands carry them whole."""
LONGEST_LIST = 8


def shown(name: str) -> str:
    """A name in a sentence: one line, no control or invisible characters, cut to a length."""
    text = name if name.isprintable() else "".join(letter if letter.isprintable() else "�" for letter in name)
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1] + "…"


def listed(names: Iterable[str], nothing: str = "none") -> str:
    """`a, b, c`; of a long list the first few and how many more."""
    all_names = [shown(name) for name in names]
    text = ", ".join(all_names[:LONGEST_LIST])
    if len(all_names) > LONGEST_LIST:
        text += f" and {len(all_names) - LONGEST_LIST} more"
    return text or nothing


def quoted(word: str) -> str:
    """A word of a shell command, quoted where the shell would read it otherwise; one line, whatever it holds.

    A name with control characters cannot be typed safely, so it is left for the reader to fill in.
    """
    return shlex.quote(word) if word.isprintable() else "'NAME-WITH-UNPRINTABLE-CHARACTERS'"


def counted(number: int, singular: str, plural: str = "") -> str:
    """`1 subject`, `2 subjects`."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def moment(time: datetime) -> str:
    """A time in a sentence, in UTC."""
    return f"{time:%Y-%m-%d %H:%M} UTC"
