"""The policy a team sets: how old a value may be, who administers, how grave a check is.

Written as YAML (`secretsui scan --policy F`) or in a form; both end in the same Policy. A policy file is
untrusted input: unknown fields, wrong types and impossible numbers are refused with a sentence.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import msgspec

from scanners.report import SEVERITIES, Severity
from scanners.safe_yaml import UnsafeYaml, load_yaml

MAX_DAYS = 3650


class PolicyError(ValueError):
    """The policy cannot be used; the message names the field and what is allowed."""


class RotationRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The maximum age in days for Secrets whose namespace and type match; `*` and `?` match as in a shell."""

    namespace: str = "*"
    type: str = "*"
    days: int

    def matches(self, namespace: str, secret_type: str) -> bool:
        return fnmatchcase(namespace, self.namespace) and fnmatchcase(secret_type, self.type)


class RotationPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The first rule that matches decides, else `default_days`."""

    default_days: int = 90
    rules: tuple[RotationRule, ...] = ()

    def maximum_days(self, namespace: str, secret_type: str) -> int:
        for rule in self.rules:
            if rule.matches(namespace, secret_type):
                return rule.days
        return self.default_days


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`administrators` are subjects whose grants are folded: `user:NAME`, `group:NAME`, `serviceaccount:NS/NAME`.

    `severity` replaces a check's default severity, by check id.
    """

    rotation: RotationPolicy = RotationPolicy()
    administrators: tuple[str, ...] = ()
    severity: dict[str, Severity] = {}


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
    for check_id in policy.severity:
        if check_ids is not None and check_id not in check_ids:
            raise PolicyError(
                f"severity names {check_id!r}, which is no check. Checks are: {', '.join(sorted(check_ids))}."
            )
    return policy


def policy_yaml(policy: Policy) -> str:
    """The policy as YAML that `parse_policy` reads back to an equal Policy."""
    return msgspec.yaml.encode(policy).decode()


__all__ = [
    "MAX_DAYS",
    "SEVERITIES",
    "Policy",
    "PolicyError",
    "RotationPolicy",
    "RotationRule",
    "parse_policy",
    "policy_yaml",
]
