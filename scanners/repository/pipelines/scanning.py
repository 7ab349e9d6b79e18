"""From a step to the scanner it runs, following what it starts in the repository: scripts, make targets, hooks."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from scanners.repository.pipelines.calls import inner_script, program_of, recognise_command, recognise_reference
from scanners.repository.pipelines.shell import commands
from scanners.repository.pipelines.steps import Step

Reader = Callable[[str], str | None]
"""The text of a file of the tree by its path, None where there is none."""

MAX_DEPTH = 4
MAX_FOLLOWED = 20_000
"""Scripts that are read for one tree: targets may need each other a thousandfold."""
_SCRIPT = re.compile(r"(?:\./)?[\w][\w./-]{0,200}\Z")
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "source", "."})
_TARGET = r"^{name}[ \t]*:(?!=)[^\n]*\n((?:[ \t]+[^\n]*\n|[ \t]*\n)*)"
_RUNS_HOOKS = re.compile(r"(?:^| )(?:run|--all-files|-a)\b")
_HOOK_RUNNERS = frozenset({"pre-commit", "prek", "lefthook"})
_HOOK_ACTIONS = re.compile(r"(?:pre-commit/action|pre-commit-action|prek-action)")
_SKIPPED = re.compile(r"(?:^|\s)SKIP=([\w,-]+)")


class Scan(NamedTuple):
    """A scan that a step runs: by which tool, on which line of the script, and what lets the build pass anyway."""

    tool: str
    line: int
    why: str = ""


@dataclass(slots=True)
class Follower:
    """Finds the scans in steps. `hooks` are the scanners that the tree's own hooks run, by the hook's name."""

    read: Reader
    hooks: dict[str, str] = field(default_factory=dict)
    _followed: int = 0

    def scans(self, step: Step) -> Iterator[Scan]:
        """Every scan for secrets that a step runs."""
        if step.reference:
            if _HOOK_ACTIONS.search(step.reference):
                yield from self._hooks(step.line, step.settings, step.forgiven)
            elif found := recognise_reference(step.reference, step.settings):
                yield Scan(found.tool.name, step.line, step.forgiven or found.why)
        if step.script:
            for scan in self.in_script(step.script):
                yield scan._replace(line=step.line + scan.line - 1, why=step.forgiven or scan.why)

    def in_script(self, script: str, started: frozenset[str] = frozenset()) -> Iterator[Scan]:
        """Every scan that a script runs, with its line in the script; `started` are the scripts that led to it."""
        self._followed += 1
        for command in commands(script):
            found = recognise_command(command.words)
            if found is not None:
                yield Scan(found.tool.name, command.line, command.ignored or found.why)
                continue
            if len(started) >= MAX_DEPTH or self._followed > MAX_FOLLOWED:
                continue
            skipped = _SKIPPED.search(" ".join(command.words))
            called = program_of(command.words)
            if called is not None and called[0] in _HOOK_RUNNERS and _RUNS_HOOKS.search(called[1]):
                yield from self._hooks(command.line, skipped[0] if skipped else "", command.ignored)
                continue
            for inner in self._started(command.words):
                if inner in started:
                    continue
                for scan in self.in_script(inner, started | {inner}):
                    yield scan._replace(line=command.line, why=command.ignored or scan.why)

    def _hooks(self, line: int, settings: str, why: str) -> Iterator[Scan]:
        skipped = _SKIPPED.search(settings.replace("SKIP: ", "SKIP="))
        left_out = skipped[1].split(",") if skipped else []
        for name, tool in self.hooks.items():
            if name not in left_out:
                yield Scan(tool, line, why)

    def _started(self, words: tuple[str, ...]) -> Iterator[str]:
        """The scripts of the tree that a command starts."""
        if inner := inner_script(words):
            yield inner
            return
        called = program_of(words)
        if called is None:
            return
        program, arguments = called
        first = next((word for word in arguments.split() if not word.startswith("-")), "")
        if program == "make":
            for target in arguments.split():
                if re.fullmatch(r"[\w./-]+", target) and not target.startswith("-"):
                    yield from self._recipe(target)
        elif program in ("npm", "yarn", "pnpm") or (words[0] in ("npm", "yarn", "pnpm")):
            yield from self._package_script(words)
        elif program in ("just", "task"):
            yield from self._recipe_of(first, ("justfile", "Justfile", ".justfile"))
            yield from self._task(first)
        else:
            script = (
                first
                if program in _SHELLS
                else next((word for word in words if "/" in word or word.endswith(".sh")), "")
            )
            if script and _SCRIPT.match(script) and (text := self.read(posixpath.normpath(script))) is not None:
                yield text

    def _recipe(self, target: str) -> Iterator[str]:
        yield from self._recipe_of(target, ("Makefile", "GNUmakefile", "makefile"))

    def _recipe_of(self, target: str, files: tuple[str, ...]) -> Iterator[str]:
        """A target's recipe, and those of the targets it needs."""
        if not target:
            return
        for name in files:
            text = self.read(name)
            if text is None:
                continue
            found = re.search(_TARGET.format(name=re.escape(target)), text + "\n", re.MULTILINE)
            if found is not None:
                needed = found[0].partition("\n")[0].partition(":")[2].partition("#")[0].split()
                if needed:
                    yield "\n".join(f"make {word}" for word in needed if re.fullmatch(r"[\w./-]+", word))
                yield "\n".join(
                    line.strip().lstrip("@")
                    if not line.strip().startswith("-")
                    else f"{line.strip().lstrip('-@')} || true"
                    for line in found[1].split("\n")
                )

    def _package_script(self, words: tuple[str, ...]) -> Iterator[str]:
        text = self.read("package.json")
        try:
            scripts = json.loads(text or "{}").get("scripts", {})
        except (ValueError, AttributeError, RecursionError):
            return
        for word in words[1:]:
            script = scripts.get(word) if isinstance(scripts, dict) else None
            if isinstance(script, str):
                yield script

    def _task(self, name: str) -> Iterator[str]:
        """A task of https://taskfile.dev."""
        from scanners.repository.documents import NotYaml, compose, items, member, scalar

        for file in ("Taskfile.yml", "Taskfile.yaml"):
            text = self.read(file)
            if text is None or not name:
                continue
            try:
                task = member(compose(text), "tasks", name)
            except NotYaml:
                continue
            for item in items(member(task, "cmds")) or items(task):
                script = scalar(item) or scalar(member(item, "cmd"))
                if script:
                    yield script
