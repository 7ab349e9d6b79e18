"""The policy a team sets: how old a value may be, who administers, how grave a check is.

Written as YAML (`secretsui scan --policy F`) or in a form; both end in the same Policy. A policy file is
untrusted input: unknown fields, wrong types and impossible numbers are refused with a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

import msgspec

from scanners.report import SEVERITIES, Severity
from scanners.safe_yaml import UnsafeYaml, load_yaml

MAX_DAYS = 3650


class PolicyError(ValueError):
    """The policy cannot be used; the message names the field and what is allowed."""


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where an object is and how it is labelled: what the rules of a policy look at."""

    namespace: str
    labels: Mapping[str, str] = {}
    namespace_labels: Mapping[str, str] = {}

    def has(self, label: str) -> bool:
        """Whether `KEY=VALUE` matches the object's label, or its namespace's where it has none of that key itself."""
        key, _, value = label.partition("=")
        own = self.labels.get(key, self.namespace_labels.get(key))
        return own is not None and fnmatchcase(own, value)


class Selector(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which objects a rule is about. `*` and `?` match as in a shell.

    `label` is `KEY=VALUE`: a label of the object itself, or of its namespace where it has none of that key; "" asks
    for none.
    """

    namespace: str = "*"
    label: str = ""

    def selects(self, place: Place) -> bool:
        return fnmatchcase(place.namespace, self.namespace) and (not self.label or place.has(self.label))


class RotationRule(Selector, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The maximum age in days of the Secrets it selects, of a type."""

    type: str = "*"
    days: int

    def matches(self, place: Place, secret_type: str) -> bool:
        return self.selects(place) and fnmatchcase(secret_type, self.type)


class RotationPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The first rule that matches decides, else `default_days`."""

    default_days: int = 90
    rules: tuple[RotationRule, ...] = ()

    def maximum_days(self, place: Place, secret_type: str) -> int:
        for rule in self.rules:
            if rule.matches(place, secret_type):
                return rule.days
        return self.default_days


class OwnerRule(Selector, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The team that answers for the objects it selects."""

    owner: str


class EnvironmentRule(Selector, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The environment, such as `production`, of what it selects in the clusters whose name matches `cluster`."""

    cluster: str = "*"
    environment: str


class RehearsalPair(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Namespaces that mirror each other: a rotation is rehearsed in `staging` before it is done in `production`.

    Both are namespace patterns with at most one `*`, which stands for the same text in both. The staging namespace
    is in the cluster named `staging_cluster`, "" for the same cluster.
    """

    production: str
    staging: str
    staging_cluster: str = ""

    def twin_of(self, namespace: str) -> str:
        """The staging namespace of a production one, "" where this pair does not name it."""
        start, star, end = self.production.partition("*")
        if not star:
            return self.staging if namespace == self.production else ""
        same = namespace[len(start) : len(namespace) - len(end)]
        if not same or f"{start}{same}{end}" != namespace:
            return ""
        return self.staging.replace("*", same)


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`administrators` are subjects whose grants are folded: `user:NAME`, `group:NAME`, `serviceaccount:NS/NAME`.

    `severity` replaces a check's default severity, by check id. Of `owners` and `environments` the first rule that
    matches decides; nothing is guessed from names without a rule.
    """

    rotation: RotationPolicy = RotationPolicy()
    administrators: tuple[str, ...] = ()
    severity: dict[str, Severity] = {}
    owners: tuple[OwnerRule, ...] = ()
    environments: tuple[EnvironmentRule, ...] = ()
    rehearsals: tuple[RehearsalPair, ...] = ()

    def owner(self, place: Place) -> str:
        """The team that answers for an object there, "" where no rule says so."""
        return next((rule.owner for rule in self.owners if rule.selects(place)), "")

    def environment(self, place: Place, cluster: str) -> str:
        """The environment of an object there, "" where no rule says so."""
        return next(
            (
                rule.environment
                for rule in self.environments
                if fnmatchcase(cluster, rule.cluster) and rule.selects(place)
            ),
            "",
        )

    def rehearsal(self, namespace: str) -> RehearsalPair | None:
        """The pair of which this is the production namespace; the first that names it decides."""
        return next((pair for pair in self.rehearsals if pair.twin_of(namespace)), None)

    @property
    def labels(self) -> frozenset[str]:
        """The label keys that rules ask for, which a collection must keep."""
        rules: tuple[Selector, ...] = (*self.rotation.rules, *self.owners, *self.environments)
        return frozenset(rule.label.partition("=")[0] for rule in rules if rule.label)


_LABEL = re.compile(r"[A-Za-z0-9][-A-Za-z0-9_./]{0,316}=[-A-Za-z0-9_.*?]{0,63}")
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,63}")
_NAMESPACES = re.compile(r"[-a-z0-9]*\*?[-a-z0-9]*")
_NAME_OF_CLUSTER = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
_SUBJECT = re.compile(r"(user|group):.+|serviceaccount:[^/]+/[^/]+")


def parse_policy(text: str, check_ids: frozenset[str] | None = None) -> Policy:
    """Read a policy from YAML or JSON text of at most 64 KiB.

    Raises PolicyError naming the field at fault; `check_ids`, where given, are the ids `severity` may name.
    """
    try:
        document = load_yaml(text, limit=64 * 1024)
    except UnsafeYaml as error:
        raise PolicyError(f"The policy cannot be read: {error}") from error
    if document is None:
        return Policy()
    try:
        policy = msgspec.convert(document, Policy, strict=True)
    except msgspec.ValidationError as error:
        raise PolicyError(f"The policy is not valid: {error}.") from error
    for where, days in [("rotation.default_days", policy.rotation.default_days)] + [
        (f"rotation.rules[{index}].days", rule.days) for index, rule in enumerate(policy.rotation.rules)
    ]:
        if not 1 <= days <= MAX_DAYS:
            raise PolicyError(f"{where} is {days}; a maximum age lies between 1 and {MAX_DAYS} days.")
    for subject in policy.administrators:
        if not _SUBJECT.fullmatch(subject):
            raise PolicyError(
                f"administrators has {subject!r}; write user:NAME, group:NAME or serviceaccount:NAMESPACE/NAME."
            )
    for problem in _problems(policy):
        raise PolicyError(problem)
    for check_id in policy.severity:
        if check_ids is not None and check_id not in check_ids:
            raise PolicyError(
                f"severity names {check_id!r}, which is no check. Checks are: {', '.join(sorted(check_ids))}."
            )
    return policy


def _problems(policy: Policy) -> Iterator[str]:
    """What no type can say: labels, names and patterns that could never match."""
    for table in ("rotation.rules", "owners", "environments"):
        rules: tuple[Selector, ...] = policy.rotation.rules if table == "rotation.rules" else getattr(policy, table)
        for index, rule in enumerate(rules):
            if rule.label and not _LABEL.fullmatch(rule.label):
                yield f"{table}[{index}].label is {rule.label!r}; write KEY=VALUE, such as team=payments."
    for index, owner in enumerate(policy.owners):
        if not _NAME.fullmatch(owner.owner):
            yield f"owners[{index}].owner is {owner.owner!r}; a team's name has 1 to 63 printable characters."
    for index, environment in enumerate(policy.environments):
        if not _NAME.fullmatch(environment.environment):
            yield (
                f"environments[{index}].environment is {environment.environment!r}; an environment's name has 1 to "
                "63 printable characters."
            )
    for index, pair in enumerate(policy.rehearsals):
        for end, pattern in (("production", pair.production), ("staging", pair.staging)):
            if not pattern or not _NAMESPACES.fullmatch(pattern):
                yield (
                    f"rehearsals[{index}].{end} is {pattern!r}; write a namespace, or a pattern with one *, such as "
                    "prod-*."
                )
        if pair.staging_cluster and not _NAME_OF_CLUSTER.fullmatch(pair.staging_cluster):
            yield f"rehearsals[{index}].staging_cluster is no name of a cluster: 1 to 100 printable characters."
        if pair.production.count("*") != pair.staging.count("*") or pair.production.count("*") > 1:
            yield (
                f"rehearsals[{index}] pairs {pair.production!r} with {pair.staging!r}; write one * in both, for the "
                "same text, or none."
            )
        if pair.production == pair.staging and not pair.staging_cluster:
            yield f"rehearsals[{index}] pairs {pair.production!r} with itself; name another namespace or cluster."


def policy_yaml(policy: Policy) -> str:
    """The policy as YAML that `parse_policy` reads back to an equal Policy."""
    return msgspec.yaml.encode(policy).decode()


__all__ = [
    "MAX_DAYS",
    "SEVERITIES",
    "EnvironmentRule",
    "OwnerRule",
    "Place",
    "Policy",
    "PolicyError",
    "RehearsalPair",
    "RotationPolicy",
    "RotationRule",
    "parse_policy",
    "policy_yaml",
]
