"""Asking git which files are in a working tree, without letting the tree run anything.

A repository's own configuration can name programs: a file system monitor, hooks, a transport's command. Every one that
a listing could reach is overridden on the command line, which nothing in a repository outranks, and no object is
fetched from anywhere. https://git-scm.com/docs/git-config documents each name.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = 120
"""A listing of a million files takes a few seconds; longer is a trap, such as an ignore file that is a pipe."""

_OVERRIDES = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.sshCommand=false",
    "core.gitProxy=false",
    "core.askPass=false",
    "core.pager=cat",
    "credential.helper=",
    "protocol.allow=never",
    "submodule.recurse=false",
    "core.quotePath=false",
)
_SUBMODULE, _LINK = b"160000", b"120000"


@dataclass(slots=True)
class Listing:
    """The files of a working tree as git knows them, by their raw names relative to the root."""

    files: list[bytes] = field(default_factory=list)
    submodules: int = 0
    links: int = 0
    nested: int = 0


def list_files(root: Path, inside: str) -> Listing | None:
    """What is tracked below `inside` and what is new and not ignored; None where git is missing or cannot tell."""
    try:
        tracked = _git(root, "ls-files", "-z", "--stage", "--", inside or ".")
        fresh = _git(root, "ls-files", "-z", "--others", "--exclude-standard", "--", inside or ".")
    except (OSError, subprocess.SubprocessError):
        return None
    listing = Listing()
    names: dict[bytes, None] = {}
    for mode, name in _staged(tracked):
        if mode == _SUBMODULE:
            listing.submodules += 1
        elif mode == _LINK:
            listing.links += 1
        else:
            names[name] = None
    for name in filter(None, fresh.split(b"\0")):
        if name.endswith(b"/"):
            listing.nested += 1  # a repository of its own inside this one
        else:
            names[name] = None
    listing.files = sorted(names)
    return listing


def _staged(output: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(mode, name) of each line `MODE OBJECT STAGE<tab>NAME`."""
    for entry in filter(None, output.split(b"\0")):
        about, _, name = entry.partition(b"\t")
        yield about.partition(b" ")[0], name


def _git(root: Path, *arguments: str) -> bytes:
    """Runs git on the repository at `root` and no other. Raises OSError or SubprocessError."""
    command = ["git", f"--git-dir={root / '.git'}", f"--work-tree={root}"]
    for override in _OVERRIDES:
        command += ["-c", override]
    done = subprocess.run(
        [*command, *arguments],
        cwd=root,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=SECONDS,
        check=True,
    )
    return done.stdout


def _environment() -> dict[str, str]:
    """The caller's environment without git's own variables, which hooks and CI set for another command."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return own | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_LITERAL_PATHSPECS": "1",
        "LC_ALL": "C",
    }
