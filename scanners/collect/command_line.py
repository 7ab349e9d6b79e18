"""Command lines of containers: their words, and the flags among these."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

MAX_WORDS = 2_000
"""Words looked at of one container."""
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "busybox"})


def words(command: Sequence[str] | None, args: Sequence[str] | None) -> Iterator[str]:
    """The command line's words; a shell's script is split as the shell would."""
    given = [*(command or ()), *(args or ())][:MAX_WORDS]
    shell = bool(given) and given[0].rpartition("/")[2] in _SHELLS
    for word in given:
        if not shell or word.startswith("-") or " " not in word.strip():
            yield word
            continue
        try:
            yield from shlex.split(word, comments=True)
        except ValueError:
            yield from word.split()


def flags(given: Sequence[str]) -> dict[str, str]:
    """Flags by name, as `--flag=value` or `--flag value`; the last of two wins, as in Go's flag packages."""
    found: dict[str, str] = {}
    for index, word in enumerate(given):
        if not word.startswith("--"):
            continue
        name, equals, value = word[2:].partition("=")
        if not equals:
            following = given[index + 1] if index + 1 < len(given) else ""
            value = "" if following.startswith("--") else following
        found[name.replace("_", "-")] = value
    return found
