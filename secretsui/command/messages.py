"""What the command says beside its result: on standard error, by the line, printable whatever it quotes."""

from __future__ import annotations

import sys
import traceback

from scanners.formats.printable import printable


class Problem(Exception):
    """The command cannot do it; the message is one line: what, to what, what next."""


def say(message: str) -> None:
    """One line on standard error; lost where there is none."""
    _write(f"secretsui: {printable(message)}\n")


def say_defect(error: Exception) -> None:
    """An error that nobody expected: its type and place, without its message, which may quote data."""
    _write("".join(traceback.format_list(traceback.extract_tb(error.__traceback__))))
    say(f"stopped with {type(error).__name__}, a defect of secretsui: please report it with the lines above.")


def _write(text: str) -> None:
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        return
