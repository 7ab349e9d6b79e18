"""Recognising a scan for secrets in a command line, and in the name of an action, an image or a template."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from scanners.repository.pipelines.tools import TOOLS, Tool


class Recognised(NamedTuple):
    """A tool that was found; `why` says what lets the build pass in spite of it, "" for nothing."""

    tool: Tool
    why: str = ""


_WRAPPERS = frozenset(
    {"sudo", "exec", "command", "time", "nice", "env", "timeout", "xargs", "--", "!", "{", "do"}
    | {"if", "then", "else", "elif", "while", "until"}
    | {
        "npx",
        "pnpx",
        "bunx",
        "npm",
        "yarn",
        "pnpm",
        "dlx",
        "x",
        "uvx",
        "pipx",
        "run",
        "uv",
        "tool",
        "poetry",
        "pdm",
        "rye",
    }
    | {"hatch", "bundle", "mise", "asdf", "devbox", "hermit", "nix", "develop", "shell", "go"}
)
"""What stands before a program's name: starters of other programs, and words of the shell."""
_OPTION = re.compile(r"-|[A-Za-z_]\w*=|\d+[smh]?\Z|nixpkgs#|\.#|.*@v?\d")
_CONTAINERS = frozenset({"docker", "podman", "nerdctl", "finch"})
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ash"})
_MODULE = re.compile(
    r"(?:[\w.-]+/)+(gitleaks|trufflehog|betterleaks|kingfisher)(?:/v\d+)?(?:@.*)?\Z|nixpkgs#(\w[\w-]*)\Z"
)


def program_of(words: Sequence[str]) -> tuple[str, str] | None:
    """(program, its arguments) of a simple command, behind `sudo`, `npx`, `docker run IMAGE` and the like."""
    for index, word in enumerate(words):
        name = word.rpartition("/")[2]
        module = _MODULE.fullmatch(word)
        if module is not None:
            return module[1] or module[2], " ".join(words[index + 1 :]).removeprefix("-- ")
        if name in _CONTAINERS and "run" in words[index + 1 :]:
            return _in_container(words[index + 1 :])
        if name == "git" and words[index + 1 : index + 2] == ("secrets",):
            return "git-secrets", " ".join(words[index + 2 :])
        if name.startswith("python") and words[index + 1 : index + 2] == ("-m",) and len(words) > index + 2:
            return words[index + 2].replace("_", "-"), " ".join(words[index + 3 :])
        if name not in _WRAPPERS and not _OPTION.match(word):
            return name.removesuffix(".exe"), " ".join(words[index + 1 :])
    return None


def _in_container(words: Sequence[str]) -> tuple[str, str] | None:
    """The program that an image is named after, and what it is given."""
    for index, word in enumerate(words):
        if word.startswith("-") or ("/" not in word and ":" not in word):
            continue
        for tool in TOOLS:
            if (
                tool.programs
                and tool.references.search(word.partition("@")[0])
                and not word.startswith(("/", ".", "$"))
            ):
                rest = list(words[index + 1 :])
                if rest and rest[0].rpartition("/")[2] in tool.programs:
                    rest = rest[1:]
                return tool.programs[0], " ".join(rest)
    return None


def recognise_command(words: Sequence[str]) -> Recognised | None:
    """The scan for secrets that a simple command is, None for anything else."""
    called = program_of(tuple(words))
    if called is None:
        return None
    program, arguments = called
    for tool in TOOLS:
        if program not in tool.programs or tool.unwanted.search(arguments):
            continue
        if tool.wanted is None or tool.wanted.search(arguments):
            failing = tool.fails is None or tool.fails.search(arguments) is not None
            return Recognised(tool, tool.why if tool.passes.search(arguments) or not failing else "")
    return None


def inner_script(words: Sequence[str]) -> str:
    """What `bash -c` is given, "" for any other command."""
    if len(words) > 2 and words[0].rpartition("/")[2] in _SHELLS:
        for index, word in enumerate(words[1:-1], 1):
            if word.startswith("-") and word.endswith("c"):
                return words[index + 1]
    return ""


def recognise_reference(reference: str, arguments: str = "") -> Recognised | None:
    """The tool behind an action, image, template or hook; `arguments` are its settings, `name: value` each."""
    text = f"{reference} {arguments}"
    for tool in TOOLS:
        found = tool.references.search(text)
        if found is None or found.start() >= len(reference):
            continue  # a setting alone names no tool
        failing = not tool.reference_fails or (tool.fails is not None and tool.fails.search(text) is not None)
        return Recognised(tool, tool.why if tool.passes.search(text) or not failing else "")
    return None
