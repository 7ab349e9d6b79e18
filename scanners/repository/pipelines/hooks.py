"""Hooks that look for secrets before a commit: of pre-commit, lefthook and husky."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from scanners.repository.documents import NotYaml, compose, items, line_of, member, scalar, text_at
from scanners.repository.pipelines.calls import recognise_command, recognise_reference
from scanners.repository.pipelines.scanning import Follower
from scanners.repository.pipelines.steps import steps


class Hook(NamedTuple):
    """A hook by its id, with the scanner it runs and where it stands."""

    name: str
    tool: str
    line: int
    field: str


def hooks_in(path: str, text: str, follower: Follower) -> Iterator[Hook]:
    """The hooks of one file that look for secrets."""
    if path.startswith(".husky/"):
        for scan in follower.in_script(text):
            yield Hook(scan.tool, scan.tool, scan.line, "")
        return
    if path == ".talismanrc":
        return
    try:
        root = compose(text)
    except NotYaml:
        return
    if "lefthook" in path:
        for step in steps(root):
            for scan in follower.scans(step):
                yield Hook(step.field, scan.tool, scan.line, step.field)
        return
    for repository, source in enumerate(items(member(root, "repos"))):
        address = text_at(source, "repo")
        for number, hook in enumerate(items(member(source, "hooks"))):
            name = text_at(hook, "id")
            if [scalar(stage) for stage in items(member(hook, "stages"))] == ["manual"]:
                continue
            found = recognise_reference(f"{address} {name}".removeprefix("local ")) or recognise_command(
                text_at(hook, "entry").split()
            )
            # Collections of hooks have many; only the hook itself tells what runs.
            if found is not None or name in ("detect-private-key", "detect-aws-credentials"):
                if name in ("detect-private-key", "detect-aws-credentials"):
                    continue
                yield Hook(
                    name, found.tool.name if found else name, line_of(hook), f"repos[{repository}].hooks[{number}]"
                )
