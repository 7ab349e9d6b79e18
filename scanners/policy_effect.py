"""What the rules of a policy would match among the Secrets that the last scans saw.

Namespaces, types and clusters are known of stored Secrets; their labels are not kept, so of a rule that asks for a
label only the most that it may match can be told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import msgspec
from django.db.models import Count

from scanners.models import SecretRecord
from scanners.policy import EnvironmentRule, OwnerRule, Place, RehearsalPair, RotationRule
from scanners.words import listed, number, plural, visible

SelectingRule = RotationRule | OwnerRule | EnvironmentRule


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many Secrets of one type in one namespace of one cluster."""

    cluster: str
    namespace: str
    type: str
    count: int


@dataclass(frozen=True, slots=True)
class Population:
    """The stored Secrets of all clusters, and the clusters that the policy is for."""

    crowds: Sequence[Crowd]
    governed: frozenset[str]

    @property
    def own(self) -> list[Crowd]:
        return [crowd for crowd in self.crowds if crowd.cluster in self.governed]


def population(governed: Iterable[str]) -> Population:
    """What the last scans saw; `governed` are names of clusters."""
    counted = (
        SecretRecord.objects.order_by("cluster__name", "namespace", "type")
        .values_list("cluster__name", "namespace", "type")
        .annotate(count=Count("pk"))
    )
    return Population([Crowd(*row) for row in counted], frozenset(governed))


def effects(rules: Sequence[object | None], among: Population) -> list[str]:
    """For each rule of one table, in words, what it matches; "" for a row that is no rule yet."""
    if any(isinstance(rule, RehearsalPair) for rule in rules):
        return [_pairs(rule, among) if isinstance(rule, RehearsalPair) else "" for rule in rules]
    return _matches(rules, among.own)


def _matches(rules: Sequence[object | None], crowds: Sequence[Crowd]) -> list[str]:
    decided: set[Crowd] = set()
    found = []
    for rule in rules:
        if not isinstance(rule, (RotationRule, OwnerRule, EnvironmentRule)):
            found.append("")
            continue
        matched = [crowd for crowd in crowds if _reaches(rule, crowd)]
        found.append(_words(matched, decided, by_label=bool(rule.label)))
        if not rule.label:
            decided.update(matched)
    return found


def _reaches(rule: SelectingRule, crowd: Crowd) -> bool:
    """Whether the rule selects these Secrets, whatever their labels."""
    place = Place(crowd.namespace)
    anywhere: SelectingRule = msgspec.structs.replace(rule, label="")
    if isinstance(anywhere, RotationRule):
        return anywhere.matches(place, crowd.type)
    if isinstance(anywhere, EnvironmentRule) and not fnmatchcase(crowd.cluster, anywhere.cluster):
        return False
    return anywhere.selects(place)


def _words(matched: Sequence[Crowd], decided: set[Crowd], *, by_label: bool) -> str:
    total = sum(crowd.count for crowd in matched)
    taken = sum(crowd.count for crowd in matched if crowd in decided)
    if not total:
        return "no Secret"
    if taken == total:
        return f"{plural(total, 'Secret')}, all decided by an earlier row"
    if by_label:
        return f"at most {plural(total - taken, 'Secret')}; a scan sees the labels"
    return plural(total, "Secret") + (f", {number(taken)} of them decided by an earlier row" if taken else "")


def _pairs(pair: RehearsalPair, among: Population) -> str:
    """How many namespaces have the one in which they are rehearsed."""
    stands_for = _capture(pair.production)
    production = {(crowd.cluster, crowd.namespace) for crowd in among.own}
    everywhere = {(crowd.cluster, crowd.namespace) for crowd in among.crowds}
    complete: list[tuple[str, str]] = []
    lonely: list[tuple[str, str]] = []
    for cluster, namespace in sorted(production):
        text = stands_for(namespace)
        if text is not None:
            other = (pair.staging_cluster or cluster, pair.staging.replace("*", text))
            (complete if other in everywhere else lonely).append((namespace, other[1]))
    if not complete and not lonely:
        return "no namespace with Secrets"
    missing = listed(dict.fromkeys(f"{visible(other)} for {visible(namespace)}" for namespace, other in lonely), most=2)
    words = plural(len(complete), "pair of namespaces", "pairs of namespaces") if complete else "no pair"
    return f"{words}; there is no {missing}" if lonely else words


def _capture(pattern: str) -> Callable[[str], str | None]:
    """From a name to what the pattern's * stands for in it, "" where it has none, None where it does not match."""
    expression = re.compile("(.*)".join(map(re.escape, pattern.split("*"))), re.DOTALL)

    def text(name: str) -> str | None:
        found = expression.fullmatch(name)
        return None if found is None else found[1] if expression.groups else ""

    return text
