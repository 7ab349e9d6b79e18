"""`.sops.yaml`: whether its creation rules do what they are there for, and which of them a file falls under.

The first rule whose `path_regex` matches the path, relative to the configuration's folder, decides; a rule without one
takes every file. Keys that SOPS does not know are ignored without a word. https://getsops.io/docs/#using-sopsyaml-conf-to-select-kms-pgp-and-age-for-new-files
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanners.inventory import RepositoryFault
from scanners.repository.documents import Document, Node, NotYaml, documents, items, line_of, member, pairs, scalar
from scanners.repository.expressions import InvalidExpression, matches, problem
from scanners.repository.sops_scope import SETTINGS, Scope

FILE = ".sops.yaml"
BROKEN = "broken rule of SOPS"
UNCOVERED = "rule of SOPS that leaves Secrets in plain"

_KNOWN = frozenset(
    {*SETTINGS, "path_regex", "kms", "aws_profile", "age", "pgp", "gcp_kms", "hckms", "azure_keyvault"}
    | {"hc_vault_transit_uri", "key_groups", "shamir_threshold", "mac_only_encrypted"}
)
"""The keys of a creation rule in SOPS 3.13."""
_SECTIONS = ("data", "stringData")


@dataclass(frozen=True, slots=True)
class CreationRule:
    """A rule by its number, from 1, as far as it decides which file and which values are encrypted."""

    number: int
    line: int
    path_regex: str
    scope: Scope
    unknown: tuple[tuple[str, str], ...]
    exclusive: tuple[str, ...]

    def takes(self, path: str) -> bool:
        """Whether a file falls under it; an expression that does not compile takes none."""
        try:
            return not self.path_regex or matches(self.path_regex, path)
        except InvalidExpression:
            return False

    @property
    def uncovered(self) -> tuple[str, ...]:
        """What of a Secret it leaves in plain: `data`, `stringData`, both or nothing."""
        if self.scope.by_comment:
            return ()
        return tuple(name for name in _SECTIONS if not self.scope.encrypts((name, "key")))

    @property
    def is_meant_for_secrets(self) -> bool:
        """Whether its expression speaks of a Secret's data, so that missing them is a mistake."""
        return any(
            "data" in setting.lower() for name, setting in self.scope.settings.items() if name.startswith("encrypted")
        )


@dataclass(frozen=True, slots=True)
class Configuration:
    """One `.sops.yaml`: the folder it is in, "" for the root, and its rules."""

    folder: str
    rules: tuple[CreationRule, ...]

    def rule_for(self, path: str) -> CreationRule | None:
        """The rule that decides for a file, by its path from the root."""
        relative = posixpath.relpath(path, self.folder) if self.folder else path
        return next((rule for rule in self.rules if rule.takes(relative)), None)


def read_configuration(path: str, text: str) -> Configuration | None:
    """The configuration in a file, None where it is no YAML or has no creation rules."""
    document = next(iter(documents(text)), None)
    if document is None:
        return None
    try:
        rules = [
            _rule(document, number, node)
            for number, node in enumerate(items(member(document.root(), "creation_rules")), 1)
        ]
    except NotYaml:
        return None
    return Configuration(posixpath.dirname(path), tuple(rules)) if rules else None


def _rule(document: Document, number: int, node: Node) -> CreationRule:
    settings = {key: scalar(value) or "" for key, _, value in pairs(node)}
    unknown = []
    for key in settings:
        meant = key.replace("-", "_").lower()
        if key not in _KNOWN and meant in _KNOWN:
            unknown.append((key, meant))
    exclusive = tuple(name for name in SETTINGS if settings.get(name))
    return CreationRule(
        number=number,
        line=document.before + line_of(node),
        path_regex=settings.get("path_regex", ""),
        scope=Scope.of(settings),
        unknown=tuple(unknown),
        exclusive=exclusive if len(exclusive) > 1 else (),
    )


def configuration_for(path: str, configurations: Sequence[Configuration]) -> Configuration | None:
    """The nearest configuration at or above a file's folder."""
    above = [item for item in configurations if not item.folder or path.startswith(f"{item.folder}/")]
    return max(above, key=lambda item: len(item.folder), default=None)


def judge(configuration: Configuration, secrets: Sequence[str]) -> Iterator[RepositoryFault]:
    """What is wrong with the rules; `secrets` are the paths of files that hold Secrets' manifests."""
    for rule in configuration.rules:
        reasons = [f"{name} is ignored: SOPS knows only {meant}" for name, meant in rule.unknown]
        if rule.exclusive:
            reasons.append(f"only one of {' and '.join(rule.exclusive)} may be set: SOPS refuses to encrypt")
        if rule.path_regex and (reason := problem(rule.path_regex)):
            reasons.append(f"path_regex is no valid expression ({reason})")
        reasons += [
            f"{name} is no valid expression ({reason}), so it matches nothing" for name, reason in rule.scope.problems()
        ]
        if reasons:
            yield _fault(rule, BROKEN, "; ".join(reasons))
            continue
        holds = rule.is_meant_for_secrets or any(configuration.rule_for(path) is rule for path in secrets)
        if rule.uncovered and holds:
            yield _fault(rule, UNCOVERED, f"{rule.scope} does not match {' and '.join(rule.uncovered)}")


def _fault(rule: CreationRule, kind: str, detail: str) -> RepositoryFault:
    return RepositoryFault(
        line=rule.line, kind=kind, field=f"creation_rules[{rule.number - 1}]", rule="sops-config", detail=detail
    )
