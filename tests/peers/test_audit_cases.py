"""Cases of audit policies in which other tools answer otherwise (docs/comparison.md)."""

from __future__ import annotations

from scanners.assess import assess_check
from scanners.checks.audit import AUDIT_OFF
from scanners.collect.audit_policy import parse_audit_policy
from scanners.context import Context
from scanners.given import with_audit_policy
from tests.core.build import inventory

HEAD = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n"


def status(rules: str) -> str:
    given = with_audit_policy(inventory(), parse_audit_policy(HEAD + rules))
    return assess_check(AUDIT_OFF, Context(given)).status


def test_t30_one_metadata_rule_covers_secrets() -> None:
    assert status("- level: Metadata\n") == "pass"


def test_t30_a_none_rule_for_secrets_before_it_does_not() -> None:
    secrets = "- {level: None, resources: [{group: '', resources: [secrets]}]}\n"
    assert status(f"{secrets}- level: Metadata\n") == "fail"
    assert status(f"- level: Metadata\n{secrets}") == "pass"
