"""What a set of manifests is: files with notes, what must be there first, and the steps in order of execution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

NOT_APPLIED = "not-applied/"

Structure = dict[str, Any]


class Note(msgspec.Struct, frozen=True):
    """Why a line is as it is: `line` counts from 1 in the file's content, `field` is its path (`spec.data[0]`)."""

    line: int
    field: str
    text: str


class ManifestFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the set. `documents` are the structures it was written from; none for prose."""

    path: str
    content: str
    summary: str
    notes: tuple[Note, ...] = ()
    documents: tuple[Structure, ...] = ()

    @property
    def applied(self) -> bool:
        """Whether `kubectl apply -f DIRECTORY` takes it: a .yaml file at the top that is no dotfile."""
        return self.path.endswith(".yaml") and "/" not in self.path and not self.path.startswith(".")


class Prerequisite(msgspec.Struct, frozen=True, kw_only=True):
    """What must be there before the set is applied. `provides` names objects as Kind/namespace/name, for the lint."""

    what: str
    version: str = ""
    command: str = ""
    provides: tuple[str, ...] = ()


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the README: a heading, why, and the commands to run, each a line or several of shell."""

    title: str
    text: str = ""
    commands: tuple[str, ...] = ()


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A default that stands in the manifests until the person puts their own."""

    parameter: str
    value: str
    what: str


class Draft(msgspec.Struct, kw_only=True):
    """What one part (a tool, the foundations, a GitOps engine) adds to a set, before the README is written."""

    files: list[ManifestFile] = msgspec.field(default_factory=list)
    prerequisites: list[Prerequisite] = msgspec.field(default_factory=list)
    before: list[Step] = msgspec.field(default_factory=list)
    after: list[Step] = msgspec.field(default_factory=list)
    rotation: list[Step] = msgspec.field(default_factory=list)
    rollback: list[Step] = msgspec.field(default_factory=list)
    remarks: list[str] = msgspec.field(default_factory=list)

    def add(self, other: Draft) -> None:
        """Takes over everything of `other`, behind what is here."""
        for field in self.__struct_fields__:
            getattr(self, field).extend(getattr(other, field))


class ManifestSet(msgspec.Struct, frozen=True, kw_only=True):
    """The whole: `files` sorted by path, `order` the paths in order of execution."""

    tool: str
    files: tuple[ManifestFile, ...]
    order: tuple[str, ...]
    prerequisites: tuple[Prerequisite, ...]
    examples: tuple[Example, ...] = ()

    def by_path(self) -> Mapping[str, ManifestFile]:
        return {file.path: file for file in self.files}
