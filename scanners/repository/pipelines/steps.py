"""The steps of a pipeline in YAML, whatever the system: what runs, what it is given, and whether it may fail.

Systems differ in how they nest jobs and stages and agree in how a step looks, so every mapping is read by its keys; a
key that lets a job go on after a failure holds for everything below it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scanners.repository.documents import Mapping, Node, Scalar, Sequence, items, line_of, pairs, scalar

_SCRIPTS = frozenset(
    {
        "run",
        "script",
        "scripts",
        "commands",
        "command",
        "bash",
        "pwsh",
        "powershell",
        "sh",
        "cmd",
        "inlineScript",
        "entry",
    }
    | {"before_script", "after_script", "install", "before_install", "test_script", "build_script"}
)
_REFERENCES = frozenset({"uses", "task", "pipe", "image", "template", "plugin", "component", "orb", "builder"})
_LISTS_OF_REFERENCES = frozenset({"steps", "jobs", "plugins", "orbs"})
_SETTINGS = frozenset({"with", "inputs", "settings", "variables", "env", "environment", "args", "params", "parameters"})
_WHOLE_COMMAND = ("command", "entrypoint", "args")

_FORGIVING: tuple[tuple[str, frozenset[str]], ...] = (
    ("continue-on-error", frozenset({"true"})),
    ("continueOnError", frozenset({"true"})),
    ("allow_failure", frozenset({"true"})),
    ("soft_fail", frozenset({"true"})),
    ("ignore_failure", frozenset({"true"})),
    ("ignoreFailure", frozenset({"true"})),
    ("failure", frozenset({"ignore"})),
    ("onError", frozenset({"continue"})),
    ("when", frozenset({"manual"})),
    ("if", frozenset({"false", "${{ false }}", "${{false}}"})),
    ("enabled", frozenset({"false"})),
    ("disabled", frozenset({"true"})),
)
"""Keys that let the build pass whatever a step finds, or keep it from running, with the values that do."""
_AFTERWARDS = frozenset({"after_script", "after_failure"})
MAX_PATH = 160


@dataclass(frozen=True, slots=True)
class Step:
    """Something a pipeline runs: a script, or a reference to an action, image or template with its settings.

    `line` is where the text begins, from 1 in the document. `forgiven` says why a failure changes nothing.
    """

    field: str
    line: int
    script: str = ""
    reference: str = ""
    settings: str = ""
    forgiven: str = ""


def steps(root: Node | None, forgiven: str = "") -> Iterator[Step]:
    """Every step below a node, in order. A node that an alias repeats is taken once."""
    visited: set[int] = set()
    waiting: list[tuple[str, str, Node, str]] = [("", "", root, forgiven)] if root is not None else []
    while waiting:
        field, key, node, why = waiting.pop()
        if id(node) in visited:
            continue
        visited.add(id(node))
        if isinstance(node, Mapping):
            why = why or forgiveness(node)
            yield from _of_mapping(field, node, why)
            waiting.extend(
                (_join(field, name), name, value, why or _afterwards(name)) for name, _, value in reversed(pairs(node))
            )
        elif isinstance(node, Sequence):
            for index, item in enumerate(node.value):
                if key in _LISTS_OF_REFERENCES:
                    yield from _listed(f"{field}[{index}]", item, why)
            waiting.extend(
                (f"{field}[{index}]", key, item, why) for index, item in reversed(list(enumerate(node.value)))
            )


def _of_mapping(field: str, node: Node, why: str) -> Iterator[Step]:
    settings = _settings(node)
    scripted = False
    for name, _, value in pairs(node):
        if name in _SCRIPTS:
            for script, line in _texts(value):
                scripted = True
                yield Step(_join(field, name), line, script=script, forgiven=why or _afterwards(name))
    whole = _whole_command(node)
    if whole is not None:
        yield Step(field, line_of(node), script=whole, forgiven=why)
    for name, _, value in pairs(node):
        reference = scalar(value)
        if name == "image" and isinstance(value, Mapping):
            reference = next((scalar(inner) for key, _, inner in pairs(value) if key == "name"), None)
        if reference and (name in _REFERENCES or (name == "name" and "/" in reference)):
            if name in ("image", "name") and (scripted or (whole is not None and _has(node, "command"))):
                continue  # the image a script runs in
            yield Step(_join(field, name), line_of(value), reference=reference, settings=settings, forgiven=why)


def _whole_command(node: Node) -> str | None:
    """`command: [x]` with `args: [y]`, as containers have them; an image alone stands for its entry point."""
    words = [scalar(item) or "" for name in _WHOLE_COMMAND for item in items(_get(node, name))]
    if not words:
        return None
    if not items(_get(node, "command")) and not items(_get(node, "entrypoint")):
        image = scalar(_get(node, "image")) or scalar(_get(node, "name")) or ""
        if "/" not in image:
            return None
        return " ".join(["docker run", _quoted(image), *map(_quoted, words)])
    if any("\n" in word for word in words):
        return words[-1]
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"


def _listed(field: str, item: Node, why: str) -> Iterator[Step]:
    """`- gitguardian/ggshield/scan`, or the same with settings below it."""
    name = scalar(item)
    settings: Node | None = None
    if isinstance(item, Mapping) and len(item.value) == 1 and isinstance(item.value[0][0], Scalar):
        name, settings = item.value[0][0].value, item.value[0][1]
        why = why or forgiveness(settings)
    if name and ("/" in name or "#" in name or "@" in name):
        yield Step(field, line_of(item), reference=name, settings=_flat(settings), forgiven=why)


def _settings(node: Node) -> str:
    return " | ".join(filter(None, (_flat(value) for name, _, value in pairs(node) if name in _SETTINGS)))


def _flat(node: Node | None) -> str:
    """`name: value` of every setting in a mapping."""
    return " | ".join(f"{name}: {text}" for name, _, value in pairs(node) if (text := scalar(value)) is not None)


def _texts(node: Node) -> Iterator[tuple[str, int]]:
    text = scalar(node)
    if text is not None:
        yield text, line_of(node) + (isinstance(node, Scalar) and node.style in ("|", ">"))
        return
    waiting = items(node)
    while waiting:
        item = waiting.pop(0)
        inner = scalar(item)
        if inner is not None:
            yield inner, line_of(item) + (isinstance(item, Scalar) and item.style in ("|", ">"))
        elif isinstance(item, Sequence):
            waiting = [*item.value, *waiting]


def forgiveness(node: Node | None) -> str:
    """What in a step or job lets the build pass whatever it finds, "" for nothing."""
    given = {name: text for name, _, value in pairs(node) if (text := scalar(value)) is not None}
    for name, values in _FORGIVING:
        if given.get(name, "").strip().lower() in values:
            return f"{name}: {given[name]}"
    return ""


def _afterwards(name: str) -> str:
    return f"{name} changes no result" if name in _AFTERWARDS else ""


def _get(node: Node | None, name: str) -> Node | None:
    return next((value for key, _, value in pairs(node) if key == name), None)


def _has(node: Node, name: str) -> bool:
    return _get(node, name) is not None


def _join(field: str, name: str) -> str:
    return f"{field}.{name}".lstrip(".")[:MAX_PATH]
