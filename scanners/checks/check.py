"""What a check is: its documentation and a pure judgement over one object at a time.

A check module holds Check instances; `scanners.checks.REGISTRY` lists them all. Everything the catalogue page,
the docs and the findings say about a check stands in its Check, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from scanners.report import Severity, Words

if TYPE_CHECKING:
    from scanners.context import Context


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the object that must change.

    `field` is the path inside the object, "" for the whole; `line` is that of a file, from 1. `message` is one
    sentence; `evidence` names, paths and numbers only, never a value. `severity` replaces the check's default where
    the case is graver or milder.
    `remediation` replaces the check's `fix` with the command or manifest for this very object; one that is long, of a
    fault that thousands of objects may have, is made when it is asked for. `folded` marks a system object's fault.
    """

    kind: str
    namespace: str
    name: str
    message: str
    field: str = ""
    evidence: str = ""
    severity: Severity | None = None
    remediation: Words = ""
    folded: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class Unknown:
    """The object could not be judged; `reason` says what resolves it."""

    reason: str


Judgement = Iterable[Fault] | Unknown
"""No faults is a pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check of the catalogue (docs/checks).

    `needs` are the inputs (coverage names) without which nothing may pass; what fails in the seen part still
    fails. `select` yields the objects it evaluates and may return Unknown when nothing can be selected;
    `judge` judges one of them. Both are pure. If `judge` raises, only that object is not assessed.
    `checklist` is the slug of the ten-item list, "" for none. `fix` is Markdown-free text with a command or
    manifest; `{namespace}`, `{name}`, `{kind}` and `{field}` in it are replaced.
    `scope` is what it looks at: a cluster, or a Git working tree (`repo-scan`).
    `deep`: it judges values, so that a scan that was not asked to read them does not see its subject.
    `references` are (title, https URL); `mappings` are (framework, control).
    """

    id: str
    title: str
    severity: Severity
    needs: tuple[str, ...]
    checklist: str
    what: str
    why: str
    fix: str
    blind_spots: str = ""
    scope: Literal["cluster", "repository"] = "cluster"
    deep: bool = False
    references: tuple[tuple[str, str], ...] = ()
    mappings: tuple[tuple[str, str], ...] = ()
    select: Callable[[Context], Iterable[Any] | Unknown] = field(repr=False)
    judge: Callable[[Context, Any], Judgement] = field(repr=False)
