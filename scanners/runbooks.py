"""How a Secret is rotated: the steps for what makes it, with the names of the real objects. Pure data.

A recipe is words and commands in which `{name}` and the like stand for the Secret's own names; those come from the
cluster and are hostile input, so that sentences get them by `shown` and commands by `quoted`. No step puts a value on
a command line, where the shell's history would keep it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from scanners.checks.wording import counted, listed, quoted, shown
from scanners.consumers import FILES, READ_AT_START
from scanners.recipes import NEW_CREDENTIAL, OLD_AWAY, PLAIN_TYPE, RECIPES, UNKNOWN_SOURCE, Instruction

MOST_COMMANDS = 8
"""Workloads named in the step that restarts them; the others are counted."""

_PLACEHOLDER = re.compile(r"\{(name|namespace|maker|maker_kind|maker_namespace|files|type|token_id)\}")
_TOKEN_NAME = re.compile(r"bootstrap-token-([a-z0-9]{6})")


@dataclass(frozen=True, slots=True)
class Reader:
    """An object that reads the Secret. `how` as in the contract; `stale` None where it is not known."""

    kind: str
    namespace: str
    name: str
    how: str
    stale: bool | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """The Secret to rotate. `source_object` is `Kind/namespace/name` of what makes it, "" where that is no object."""

    namespace: str
    name: str
    type: str
    keys: tuple[str, ...] | None
    source_kind: str
    source_object: str
    readers: tuple[Reader, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, in a sentence or two, and the commands for it, one a line."""

    text: str
    commands: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        return "\n".join(self.commands)


@dataclass(frozen=True, slots=True)
class Runbook:
    """The steps in their order, and the documentation they follow: (title, URL)."""

    steps: tuple[Step, ...]
    references: tuple[tuple[str, str], ...]


def runbook(subject: Subject) -> Runbook:
    """How to rotate this Secret, and how to prove that it was done."""
    recipe = RECIPES.get(subject.source_kind, UNKNOWN_SOURCE)
    names = _names(subject)
    around = recipe.credential
    steps = [
        *([Step(NEW_CREDENTIAL)] if around else []),
        *(_step(instruction, names) for instruction in recipe.instructions),
        *_restart(subject.readers),
        *([Step(OLD_AWAY)] if around else []),
        Step(recipe.proof),
    ]
    return Runbook(tuple(steps), recipe.references)


def _names(subject: Subject) -> Mapping[str, str]:
    kind, _, place = subject.source_object.partition("/")
    namespace, _, name = place.partition("/") if "/" in place else ("", "", place)
    token = _TOKEN_NAME.fullmatch(subject.name)
    return {
        "name": subject.name,
        "namespace": subject.namespace,
        "maker": name or subject.name,
        "maker_kind": kind,
        "maker_namespace": namespace or subject.namespace,
        "token_id": token[1] if token else "TOKEN-ID",
        "type": "" if subject.type == PLAIN_TYPE else f" --type={quoted(subject.type)}",
        "files": " ".join(f"--from-file={quoted(f'{key}=PATH')}" for key in subject.keys or ("KEY",)),
    }


_COMPOSED = frozenset({"files", "type"})
"""Pieces of a command that are quoted already."""


def _step(instruction: Instruction, names: Mapping[str, str]) -> Step:
    """Each placeholder is replaced once: a name that looks like one stays a name."""

    def in_words(match: re.Match[str]) -> str:
        return shown(names[match[1]])

    def in_command(match: re.Match[str]) -> str:
        return names[match[1]] if match[1] in _COMPOSED else quoted(names[match[1]])

    needed = {name for command in instruction.commands for name in _PLACEHOLDER.findall(command)}
    usable = all(names[name] for name in needed - _COMPOSED)
    return Step(
        _PLACEHOLDER.sub(in_words, instruction.text),
        tuple(_PLACEHOLDER.sub(in_command, command) for command in instruction.commands) if usable else (),
    )


def _restart(readers: Sequence[Reader]) -> Iterator[Step]:
    """Who has to start anew to see the new value; files follow it within a minute or so."""
    at_start = [item for item in readers if _reads_at_start(item)]
    if not readers:
        yield Step(
            "Nothing that was read refers to this Secret. What fetches it through the API leaves no reference: ask who "
            "answers for it before the old credential goes."
        )
        return
    if not at_start:
        count = len({(item.kind, item.namespace, item.name) for item in readers})
        yield Step(
            f"{counted(count, 'object')} {'refers' if count == 1 else 'refer'} to it, and none is known to read it "
            "only at its start. Mounted files follow the Secret within a minute or two, but for those mounted by "
            "subPath; a program that read its file once has to be told. Pulls of images and ingress controllers take "
            "the new value by themselves."
        )
        return
    commands = list(dict.fromkeys(restart_command(item.kind, item.namespace, item.name) for item in at_start))
    stale = list(dict.fromkeys(f"{item.kind} {item.namespace}/{item.name}" for item in at_start if item.stale))
    running = f" Now on an older value: {listed(stale)}." if stale else ""
    more = len(commands) - MOST_COMMANDS
    yield Step(
        "Start anew what reads it only at its start, through the environment or a subPath mount; other mounted files "
        f"follow by themselves.{running}",
        (*commands[:MOST_COMMANDS], *([f"# and {more} more: see the consumers of the Secret"] if more > 0 else [])),
    )


def _reads_at_start(item: Reader) -> bool:
    """Plain mounted files are never stale for certain nor unknown: what is either is mounted by subPath."""
    return item.how in READ_AT_START or (item.how in FILES and item.stale is not False)


_ROLLOUTS = frozenset({"Deployment", "StatefulSet", "DaemonSet"})


def restart_command(kind: str, namespace: str, name: str) -> str:
    """The command that starts the containers of an object anew, as a line for a shell.

    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/kubectl_rollout_restart/
    https://argo-rollouts.readthedocs.io/en/stable/generated/kubectl-argo-rollouts/kubectl-argo-rollouts_restart/
    """
    if kind in _ROLLOUTS:
        return f"kubectl rollout restart {kind.lower()} {quoted(name)} -n {quoted(namespace)}"
    if kind == "Rollout":
        return f"kubectl argo rollouts restart {quoted(name)} -n {quoted(namespace)}"
    if kind == "Pod":
        return f"kubectl delete pod {quoted(name)} -n {quoted(namespace)}  # and make it again: nothing else does"
    if kind in ("Job", "CronJob"):
        return f"kubectl get pods -n {quoted(namespace)}  # {kind} {quoted(name)}: its next Pod reads the new value"
    return f"kubectl get pods -n {quoted(namespace)}  # delete those of {_comment(kind)} {quoted(name)}, one by one"


def _comment(text: str) -> str:
    """Text from the cluster in a comment of one line."""
    return shown(text) if text.isprintable() else "the object"


def readers_of(consumers: Iterable[Mapping[str, object]]) -> tuple[Reader, ...]:
    """The readers of a stored Secret, from what its row keeps of each consumer."""
    return tuple(
        Reader(
            str(use["kind"]),
            str(use["namespace"]),
            str(use["name"]),
            str(use["how"]),
            None if (stale := use.get("stale")) is None else bool(stale),
        )
        for use in consumers
    )
