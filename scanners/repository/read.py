"""A working tree as an Inventory: every file judged, the rules of SOPS applied across files, and what CI scans for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from scanners.inventory import Cluster, Coverage, Inventory, Repository, RepositoryFault, RepositoryFile
from scanners.repository import kustomize, sops_config
from scanners.repository.file_reading import Reading, distinct, read_file
from scanners.repository.pipelines import read_pipelines
from scanners.repository.secret_values import is_plain_secret
from scanners.repository.work_tree import NotText, Unreadable, WorkTree, open_work_tree, shown_path

FILES = "files"
PIPELINES = "pipelines"

Progress = Callable[[str, int, int | None], None]


def _no_progress(phase: str, done: int, total: int | None) -> None:
    """Nobody watches."""


def read_repository(path: Path, now: datetime, progress: Progress = _no_progress) -> Inventory:
    """Read the working tree that `path` is in, or as much of it as lies below `path`.

    No program of the tree is run and nothing outside it is read. Raises RepositoryError with a sentence.
    """
    tree = open_work_tree(path)
    readings: dict[str, Reading] = {}
    for number, name in enumerate(tree.paths):
        progress("files", number, len(tree.paths))
        reading = _read(tree, name)
        if reading is not None:
            readings[name] = reading
    _read_sources(tree, readings)
    _apply_sops_rules(tree, readings)
    repository = msgspec.structs.replace(
        read_pipelines(tree),
        name=tree.root.name or "repository",
        files=tuple(reading.file for _, reading in sorted(readings.items())),
    )
    return Inventory(
        started_at=now,
        collected_at=now,
        cluster=Cluster(name=repository.name),
        coverage={FILES: _coverage(tree, repository), PIPELINES: _pipeline_coverage(repository)},
        repository=repository,
    )


def _read(tree: WorkTree, name: str) -> Reading | None:
    """One file, None for what is not looked at."""
    try:
        return read_file(shown_path(name), tree.text(name))
    except NotText as reason:
        tree.left_out[str(reason)] += 1
        return None
    except Unreadable as reason:
        return Reading(RepositoryFile(path=shown_path(name), unreadable=str(reason)))


def _read_sources(tree: WorkTree, readings: dict[str, Reading]) -> None:
    """Files that a secretGenerator reads: what they hold is a Secret's, if they are in the tree and not ignored."""
    for reading in list(readings.values()):
        for source in reading.sources:
            found = readings.get(source.path)
            if found is None or found.encrypted or found.file.unreadable:
                continue
            fault = _source_fault(tree.text(source.path), source)
            if fault is not None and not any(known.rule == "secret-generator" for known in found.file.faults):
                kept = [known for known in found.file.faults if not known.rule.endswith("credential")]
                found.file = msgspec.structs.replace(found.file, faults=distinct([*kept, fault]))


def _source_fault(text: str, source: kustomize.Source) -> RepositoryFault | None:
    if source.key:
        plain = [(source.key, 1)] if is_plain_secret(source.key, text) else []
    else:
        plain = kustomize.entries_in_plain(text)
    if not plain:
        return None
    return RepositoryFault(
        line=plain[0][1],
        kind=kustomize.SOURCE,
        field=f"secretGenerator {source.generator}",
        rule="secret-generator",
        keys=tuple(dict.fromkeys(key for key, _ in plain)),
    )


def _apply_sops_rules(tree: WorkTree, readings: dict[str, Reading]) -> None:
    """Judges every `.sops.yaml`, and says of plain Secrets which rule was meant to encrypt them."""
    configurations = list(_configurations(tree))
    if not configurations:
        return
    secrets = [name for name, reading in readings.items() if reading.holds_secrets]
    for configuration, name in configurations:
        found = readings.get(name)
        if found is not None:
            below = [
                path for path in secrets if not configuration.folder or path.startswith(f"{configuration.folder}/")
            ]
            faults = distinct([*found.file.faults, *sops_config.judge(configuration, below)])
            found.file = msgspec.structs.replace(found.file, faults=faults)
    only = [configuration for configuration, _ in configurations]
    for name in secrets:
        nearest = sops_config.configuration_for(name, only)
        rule = nearest.rule_for(name) if nearest is not None else None
        if nearest is not None and rule is not None:
            where = "/".join(filter(None, (nearest.folder, sops_config.FILE)))
            detail = f"creation rule {rule.number} of {where} is meant to encrypt this file"
            readings[name].file = _explained(readings[name].file, detail)


def _explained(file: RepositoryFile, detail: str) -> RepositoryFile:
    faults = tuple(
        msgspec.structs.replace(fault, detail=detail) if fault.rule == "secret-manifest" else fault
        for fault in file.faults
    )
    return msgspec.structs.replace(file, faults=faults)


def _configurations(tree: WorkTree) -> Iterator[tuple[sops_config.Configuration, str]]:
    """Every `.sops.yaml` that was read, and that of the root where only a part of the tree was asked for."""
    names = [name for name in tree.paths if name.rpartition("/")[2] == sops_config.FILE]
    if sops_config.FILE not in names:
        names.append(sops_config.FILE)
    for name in names:
        try:
            configuration = sops_config.read_configuration(name, tree.text(name))
        except (NotText, Unreadable):
            continue
        if configuration is not None:
            yield configuration, name


_LEFT_OUT = {
    "binary": ("binary file", "binary files"),
    "link": ("symbolic link", "symbolic links"),
    "submodule": ("submodule", "submodules"),
    "other repository": ("repository inside this one", "repositories inside this one"),
    "deleted": ("deleted file", "deleted files"),
    "no regular file": ("pipe or device", "pipes or devices"),
}
"""What is not looked at, in words for one and for several."""


def _coverage(tree: WorkTree, repository: Repository) -> Coverage:
    notes = [tree.cut_short] if tree.cut_short else []
    unreadable = [file for file in repository.files if file.unreadable]
    if unreadable:
        notes.append(f"{len(unreadable):,} file{'s' * (len(unreadable) > 1)} could not be judged")
    partial = bool(notes)
    left_out = [
        f"{number:,} {_LEFT_OUT[reason][number != 1]}" for reason, number in sorted(tree.left_out.items()) if number
    ]
    if left_out:
        notes.append(f"not looked at: {', '.join(left_out)}")
    if not tree.listed_by_git:
        notes.append("git did not list the files, so ignored ones were looked at too")
    return Coverage(
        input=FILES,
        status="partial" if partial else "complete",
        verb="read",
        read=len(repository.files) - len(unreadable),
        detail="; ".join(notes),
    )


def _pipeline_coverage(repository: Repository) -> Coverage:
    unread = repository.unread_pipelines
    return Coverage(
        input=PIPELINES,
        status="partial" if unread else "complete",
        verb="read",
        read=len(repository.pipelines) - len(unread),
        detail=f"not valid, so not read: {', '.join(unread[:5])}" if unread else "",
    )
