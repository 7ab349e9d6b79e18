"""References to Secrets, an object's references to one Secret taken together: one place to look, one finding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanners.checks.wording import shown
from scanners.consumers import Consumption

DOCUMENTATION = ("Secrets", "https://kubernetes.io/docs/concepts/configuration/secret/")


@dataclass(frozen=True, slots=True)
class Pair:
    """All references of one object to one Secret."""

    references: tuple[Consumption, ...]

    @property
    def first(self) -> Consumption:
        return self.references[0]

    @property
    def namespace(self) -> str:
        return self.first.namespace

    @property
    def name(self) -> str:
        return self.first.name


def pairs(references: Iterable[Consumption]) -> Iterator[tuple[Consumption, ...]]:
    groups: dict[tuple[str, ...], list[Consumption]] = defaultdict(list)
    for item in references:
        groups[item.kind, item.namespace, item.name, item.secret_namespace, item.secret].append(item)
    return (tuple(group) for group in groups.values())


def who(item: Consumption) -> str:
    place = f"{shown(item.namespace)}/{shown(item.name)}" if item.namespace else shown(item.name)
    return f"{shown(item.kind)} {place}"
