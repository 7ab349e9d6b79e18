"""What CI and hooks of a working tree look for: each file that configures them, and what these take from elsewhere."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import msgspec

from scanners.inventory import PipelineStep, Repository
from scanners.repository.documents import Document, Node, NotYaml, documents, items, member, pairs, scalar
from scanners.repository.pipelines import jenkins
from scanners.repository.pipelines.calls import recognise_reference
from scanners.repository.pipelines.hooks import hooks_in
from scanners.repository.pipelines.scanning import Follower, Scan
from scanners.repository.pipelines.steps import Step, forgiveness, steps
from scanners.repository.pipelines.systems import HOOKS, system_of
from scanners.repository.work_tree import NotText, Unreadable, WorkTree, shown_path

MAX_FILES = 2_000
"""CI files that are read."""

_BY_HAND = frozenset({"workflow_dispatch", "repository_dispatch"})
_LOCAL_WORKFLOW = re.compile(r"\./(\.(?:github|gitea|forgejo)/workflows/[^@\s]+)")
_OTHER_WORKFLOW = re.compile(r"[\w.-]+/[\w.-]+/(?:\.github|\.gitea|\.forgejo)/workflows/[^@\s]+\.ya?ml@")
_SCANS_NOTHING = re.compile(
    r"^slsa-framework/|(?:label|backport|release|publish|stale|upgrade|update|renovate|deploy|docs|changelog|triage|greet|lock)"
    r"[\w-]*\.ya?ml@",
    re.IGNORECASE,
)
"""Workflows of others whose name says that they do something else."""
_GITLAB_KEYWORDS = frozenset(
    {"image", "services", "stages", "variables", "cache", "include", "default", "workflow", "spec"}
    | {"before_script", "after_script"}
)


@dataclass(slots=True)
class _Found:
    """What was gathered so far."""

    follower: Follower
    pipelines: dict[str, None] = field(default_factory=dict)
    scanning: list[PipelineStep] = field(default_factory=list)
    elsewhere: dict[str, None] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    def add(self, path: str, step: Step, scan: Scan, before: int = 0, why: str = "") -> None:
        reason = why or scan.why
        self.scanning.append(
            PipelineStep(
                path=shown_path(path),
                scanner=scan.tool,
                field=step.field,
                blocking=not reason,
                line=before + scan.line,
                why=reason,
            )
        )

    def forgive(self, scanner: str, why: str) -> None:
        """What turned out later: a scanner's job may not fail the build."""
        self.scanning = [
            msgspec.structs.replace(step, blocking=False, why=why) if step.scanner == scanner else step
            for step in self.scanning
        ]


def read_pipelines(tree: WorkTree) -> Repository:
    """The CI side of a repository; its `files` and name are for the caller to add."""
    names = tree.all_paths()
    known = frozenset(names)

    def read(name: str) -> str | None:
        if name not in known:
            return None
        try:
            return tree.text(name)
        except (NotText, Unreadable):
            return None

    found = _Found(Follower(read))
    hooks = list(_hooks(names, found.follower))
    waiting = [name for name in names if system_of(name)][:MAX_FILES]
    while waiting:
        name = waiting.pop(0)
        if name not in found.pipelines and len(found.pipelines) < MAX_FILES:
            found.pipelines[name] = None
            text = read(name)
            if text is not None:
                waiting += [more for more in _read(found, name, text) if more in known]
    return Repository(
        name="",
        pipelines=tuple(map(shown_path, found.pipelines)),
        scanning=(*found.scanning, *hooks),
        elsewhere=tuple(found.elsewhere),
        unread_pipelines=tuple(map(shown_path, found.unread)),
    )


def _hooks(names: tuple[str, ...], follower: Follower) -> Iterator[PipelineStep]:
    for name in names:
        if HOOKS.match(name) and (text := follower.read(name)) is not None:
            for hook in hooks_in(name, text, follower):
                follower.hooks[hook.name] = hook.tool
                yield PipelineStep(
                    path=shown_path(name),
                    scanner=hook.tool,
                    field=hook.field,
                    line=hook.line,
                    hook=True,
                    blocking=False,
                    why="a hook runs only where it was installed, and can be skipped",
                )


def _read(found: _Found, name: str, text: str) -> list[str]:
    """Reads one file into `found`; returns the paths of those that it takes in from the tree."""
    system = system_of(name)
    if system is not None and system.name == "Jenkins":
        for step in jenkins.steps_in(text):
            for scan in found.follower.scans(step):
                found.add(name, step, scan)
        for library in jenkins.libraries_in(text):
            found.elsewhere[f"{shown_path(name)}: library {library}"] = None
        return []
    more: list[str] = []
    for document in documents(text):
        try:
            root = document.root()
        except NotYaml:
            found.unread.append(name)
            return more
        if name.startswith((".github/", ".gitea/", ".forgejo/")):
            more += _github(found, name, document, root)
        elif system is None or system.name == "GitLab CI":
            more += _gitlab(found, name, document, root)
        else:
            _steps(found, name, document, root)
            more += _templates(found, name, root)
    return more


def _steps(found: _Found, name: str, document: Document, root: Node | None, why: str = "") -> None:
    for step in steps(root):
        for scan in found.follower.scans(step):
            found.add(name, step, scan, document.before, why)


def _github(found: _Found, name: str, document: Document, root: Node | None) -> list[str]:
    """A workflow: by hand only it is no CI; what it calls in the tree is read too, what it calls elsewhere named."""
    events = _events(member(root, "on"))
    why = "it runs only when somebody starts it" if events and events <= _BY_HAND else ""
    _steps(found, name, document, root, why)
    more = []
    for step in steps(root):
        reference = step.reference
        if _OTHER_WORKFLOW.match(reference) and recognise_reference(reference, step.settings) is None:
            if _SCANS_NOTHING.search(reference):
                continue
            found.elsewhere[f"{shown_path(name)}: {reference}"] = None
        elif local := _LOCAL_WORKFLOW.match(reference):
            more.append(local[1])
        elif reference.startswith("./"):
            folder = posixpath.normpath(reference)
            more += [f"{folder}/action.yml", f"{folder}/action.yaml"]
    return more


def _events(node: Node | None) -> set[str]:
    single = scalar(node)
    if single is not None:
        return {single}
    return {text for item in items(node) if (text := scalar(item))} or {key for key, _, _ in pairs(node)}


def _gitlab(found: _Found, name: str, document: Document, root: Node | None) -> list[str]:
    """Jobs, with what they extend; a hidden job runs only where another extends it."""
    more = list(_includes(found, name, document, root))
    jobs = {key: job for key, _, job in pairs(root) if key not in _GITLAB_KEYWORDS}
    for key, job in jobs.items():
        if key.startswith("."):
            continue
        chain = _extended(job, jobs)
        forgiven = next(filter(None, map(forgiveness, chain)), "")
        for step in (step for part in chain for step in steps(part, forgiven)):
            for scan in found.follower.scans(step):
                found.add(name, replace(step, field=f"{key}.{step.field}".rstrip(".")), scan, document.before)
        if forgiven and "secret" in key and not any(member(part, "script") for part in chain):
            found.forgive("GitLab secret detection", f"{key} has {forgiven}")  # a job that a template defines
    for step in steps(member(root, "default")):
        for scan in found.follower.scans(step):
            found.add(name, step, scan, document.before)
    return more


def _extended(job: Node, jobs: dict[str, Node]) -> list[Node]:
    """A job and those it extends, nearest first. https://docs.gitlab.com/ci/yaml/#extends"""
    chain: list[Node] = []
    waiting = [job]
    while waiting and len(chain) < 20:
        node = waiting.pop(0)
        if any(node is known for known in chain):
            continue
        chain.append(node)
        parent = member(node, "extends")
        names = [scalar(parent)] if scalar(parent) else [scalar(item) for item in items(parent)]
        waiting += [jobs[name] for name in names if name in jobs]
    return chain


def _includes(found: _Found, name: str, document: Document, root: Node | None) -> Iterator[str]:
    """What a configuration of GitLab takes in: templates of GitLab's, files of the tree, and what is elsewhere."""
    include = member(root, "include")
    for entry in items(include) or ([include] if include is not None else []):
        address = scalar(entry)
        kinds = {key: scalar(value) or "" for key, _, value in pairs(entry)}
        if address is not None:
            kinds = {"remote" if "://" in address else "local": address}
        reference = next(
            (kinds[kind] for kind in ("template", "component", "remote", "project", "local") if kinds.get(kind)), ""
        )
        place = f"{reference}/{kinds.get('file', '')}" if "project" in kinds else reference
        settings = " | ".join(f"{key}: {scalar(value)}" for key, _, value in pairs(member(root, "variables")))
        tool = recognise_reference(place, settings) if "local" not in kinds else None
        if tool is not None:
            step = Step("include", document.line(entry) - document.before, reference=place)
            found.add(name, step, Scan(tool.tool.name, step.line, tool.why), document.before)
        elif "local" in kinds:
            yield posixpath.normpath(kinds["local"].lstrip("/"))
        elif "template" not in kinds:
            found.elsewhere[f"{shown_path(name)}: {place}"] = None


def _templates(found: _Found, name: str, root: Node | None) -> list[str]:
    """Templates of Azure Pipelines: `path`, or `path@repository`."""
    more = []
    for step in steps(root):
        reference = step.reference
        if step.field.endswith("template") and reference:
            path, _, repository = reference.partition("@")
            if repository and repository != "self":
                found.elsewhere[f"{shown_path(name)}: {reference}"] = None
            elif path.startswith("/"):
                more.append(path.lstrip("/"))
            else:
                more.append(posixpath.normpath(posixpath.join(posixpath.dirname(name), path)))
    return more
