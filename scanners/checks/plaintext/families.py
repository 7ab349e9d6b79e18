"""Workloads as a person would change them, and how a credential in one of them is reported."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scanners.checks import inputs
from scanners.checks.check import Fault, Unknown
from scanners.checks.wording import shown
from scanners.consumers import TopObject
from scanners.context import Context
from scanners.inventory import PlaintextCredential, Workload

_FINISHED = frozenset({"Succeeded", "Failed"})

Literals = Callable[[Workload], tuple[PlaintextCredential, ...]]
"""The literals of one kind that a workload has."""


@dataclass(frozen=True, slots=True)
class Family:
    """An object that a person would change, and what runs from it.

    `template` is the object itself, None where it is of a kind that is not read. `made` are the workloads that it
    made and that count: live Pods, and without a template the ReplicaSets and Jobs between.
    """

    top: TopObject
    template: Workload | None
    made: tuple[Workload, ...]

    @property
    def namespace(self) -> str:
        return self.top.namespace

    @property
    def name(self) -> str:
        return self.top.name

    def literals(self, of: Literals) -> Iterator[tuple[Workload, PlaintextCredential]]:
        """Every credential of the template, then what only the live Pods have.

        A webhook may shift containers and variables, so a Pod's are matched by name and kind, in number.
        """
        known: Counter[tuple[str, str]] = Counter()
        for workload in (self.template, *self.made):
            if workload is None:
                continue
            unmatched = Counter(known)
            for literal in of(workload):
                key = (literal.name, literal.credential)
                if unmatched[key]:
                    unmatched[key] -= 1
                    continue
                known[key] += 1
                yield workload, literal

    def fault(self, workload: Workload, literal: PlaintextCredential, where: str, remediation: str) -> Fault:
        """The fault of one literal; `where` says in words in which place it stands."""
        top = self.top
        evidence = said_of(literal)
        if workload is not self.template:
            evidence += (
                f"; seen in {shown(workload.kind)} {shown(workload.name)}, "
                f"which {shown(top.kind)} {shown(top.name)} made"
            )
        return Fault(
            kind=top.kind,
            namespace=top.namespace,
            name=top.name,
            field=literal.field,
            message=(
                f"{shown(top.kind)} {place(top.namespace, top.name)} has {with_article(literal.credential)} "
                f"in plain text in {where}."
            ),
            evidence=evidence,
            remediation=remediation,
        )


def families(context: Context) -> Iterator[Family | Unknown]:
    """Every family, and one Unknown where kinds with Pod templates beyond the usual were not seen."""
    yield from inputs.untold(context, inputs.WORKLOADS, inputs.has_pod_templates)
    templates: dict[TopObject, Workload] = {}
    made: dict[TopObject, list[Workload]] = defaultdict(list)
    for workload in context.inventory.workloads:
        top = context.consumers.top(workload)
        if (workload.kind, workload.name) == (top.kind, top.name):
            templates[top] = workload
        elif workload.phase not in _FINISHED and not context.consumers.is_history(workload):
            made[top].append(workload)
    for top in dict.fromkeys((*templates, *made)):
        template = templates.get(top)
        members = [item for item in made[top] if template is None or item.kind == "Pod"]
        # ReplicaSets and Jobs before Pods: their paths are those of a template.
        yield Family(top, template, tuple(sorted(members, key=lambda item: (item.kind == "Pod", item.name))))


def said_of(literal: PlaintextCredential) -> str:
    """The evidence: the kind of credential, what may be shown of it, and its field."""
    masked = f" {shown(literal.masked)}" if literal.masked else ""
    return f"{literal.credential}{masked}; field {shown_field(literal.field)}"


def shown_field(field: str) -> str:
    """A path whole: unlike a name it is cut at its beginning, since its end says where to look."""
    text = "".join(character if character.isprintable() else "\ufffd" for character in field)
    return text if len(text) <= 300 else "…" + text[-299:]


def place(namespace: str, name: str) -> str:
    return f"{shown(namespace)}/{shown(name)}" if namespace else shown(name)


def with_article(credential: str) -> str:
    """`a password`, `an API key`, `credentials`."""
    if credential.startswith("credentials"):
        return credential
    an = credential[0] in "aeioAEIO" or credential.startswith(("npm", "xAI", "unseal"))
    return f"{'an' if an else 'a'} {credential}"
