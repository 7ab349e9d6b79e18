"""What manifests cannot show: unknown key names, digests, wording, and the names that checks and collection share."""

from __future__ import annotations

import random

import msgspec
import pytest

from scanners.access.rbac import Grants
from scanners.access.system import image_repository
from scanners.assess import assess_check
from scanners.checks import inputs, missing, rbac, usage
from scanners.checks.check import Check
from scanners.checks.wording import listed, quoted, shown
from scanners.collect.inputs import NAMES
from scanners.context import Context
from scanners.inventory import Binding, Coverage, Inventory, Role, Rule, SecretUse, Subject
from tests.checks.test_cases import CHECKS
from tests.core.build import complete, deployment, inventory, secret

RBAC = ("roles", "clusterroles", "rolebindings", "clusterrolebindings")


def everything_read(**fields: object) -> Inventory:
    return inventory(coverage=complete(*NAMES), **fields)


USE = SecretUse(secret="db", how="env", field="spec.template.spec.containers[0].env[0]", keys=("password",))


def test_a_key_is_not_missing_where_the_names_are_not_certain() -> None:
    unknown = everything_read(
        workloads=(deployment("api", "shop", USE),), secrets=(secret("db", keys=None, key_count=2),)
    )
    result = assess_check(missing.MISSING_SECRET, Context(unknown))
    assert (result.status, result.findings) == ("not-assessed", [])
    assert "key names" in result.reason


def test_a_key_is_missing_where_there_is_none_at_all() -> None:
    empty = everything_read(
        workloads=(deployment("api", "shop", USE),), secrets=(secret("db", keys=None, key_count=0),)
    )
    assert [finding.field for finding in assess_check(missing.MISSING_SECRET, Context(empty)).findings] == [USE.field]


def test_unused_is_decided_for_each_namespace_that_was_read_whole() -> None:
    coverage = complete(*NAMES) | {"pods": Coverage(input="pods", status="partial", namespaces=("shop",))}
    seen = inventory(coverage=coverage, secrets=(secret("a", "shop"), secret("a", "bank")))
    result = assess_check(usage.UNUSED_SECRET, Context(seen))
    assert [finding.namespace for finding in result.findings] == ["shop"]
    assert ("bank", "a") in result.unjudged


@pytest.mark.parametrize("name", [name for check in CHECKS for name in check.needs])
def test_checks_and_collection_call_an_input_by_the_same_name(name: str) -> None:
    assert name in NAMES


def test_every_input_that_makes_secrets_is_one_that_is_collected() -> None:
    makers = {name for name in NAMES if inputs.may_make_secrets(name)}
    assert makers >= set(inputs.SYNCING)
    assert "vaultstaticsecrets.secrets.hashicorp.com" in makers
    assert "issuers.cert-manager.io" not in makers
    assert not inputs.may_refer_to_secrets("clusterroles")


def _grants(*subjects: Subject, rule: Rule, namespace: str = "") -> Grants:
    role = Role(kind="ClusterRole", namespace="", name="r", rules=(rule,))
    binding = Binding(
        kind="RoleBinding" if namespace else "ClusterRoleBinding",
        namespace=namespace,
        name="b",
        role_kind="ClusterRole",
        role_name="r",
        subjects=subjects,
    )
    return Grants([role], [binding])


LIST = Rule(api_groups=("",), resources=("secrets",), verbs=("list",))
MANY = tuple(Subject(kind="User", name=f"u{number}") for number in range(20))


def digest(*subjects: Subject, rule: Rule = LIST) -> str:
    (grant,) = _grants(*subjects, rule=rule).secrets
    return rbac.grant_digest(grant)


def test_an_acceptance_is_bound_to_all_subjects_and_rules_though_few_are_shown() -> None:
    assert digest(*MANY) == digest(*reversed(MANY)), "the order says nothing"
    changed = (
        digest(*MANY, Subject(kind="User", name="mallory")),
        digest(*MANY[:-1], Subject(kind="User", name="mallory")),
        digest(*MANY, rule=replace_rule(verbs=("list", "watch"))),
        digest(*MANY, rule=replace_rule(resource_names=("a",))),
        digest(*MANY, rule=replace_rule(resources=("*",))),
    )
    assert len({digest(*MANY), *changed}) == 6
    assert digest(*MANY, rule=replace_rule(resources=("secrets", "pods"))) == digest(*MANY), "pods are not Secrets"


def replace_rule(**fields: tuple[str, ...]) -> Rule:
    return msgspec.structs.replace(LIST, **fields)


def test_a_grant_is_found_by_one_check_at_most() -> None:
    """Random rules: whatever a binding gives, it is said once, and only if it reaches Secrets it does not name."""
    choose = random.Random(7)
    for _ in range(3000):
        rules = tuple(
            Rule(
                api_groups=tuple(choose.sample(("", "*", "apps"), choose.randint(1, 2))),
                resources=tuple(choose.sample(("secrets", "*", "pods", "secrets/*"), choose.randint(1, 2))),
                verbs=tuple(choose.sample(("get", "list", "watch", "create", "*"), choose.randint(1, 2))),
                resource_names=choose.choice(((), (), ("a",), ("",), ("a", ""))),
            )
            for _ in range(choose.randint(1, 3))
        )
        namespace = choose.choice(("", "shop", "kube-system"))
        role = Role(kind="ClusterRole", namespace="", name="r", rules=rules)
        binding = Binding(
            kind="RoleBinding" if namespace else "ClusterRoleBinding",
            namespace=namespace,
            name="b",
            role_kind="ClusterRole",
            role_name="r",
            subjects=(MANY[0],),
        )
        context = Context(inventory(coverage=complete(*RBAC), roles=(role,), bindings=(binding,)))
        found = [finding for check in rbac.CHECKS for finding in assess_check(check, context).findings]
        listing = any(context.grants.may(MANY[0].name, (), verb, namespace) for verb in ("list", "watch"))
        assert len(found) <= 1
        assert not listing or found, rules
        assert not (found and found[0].check == "rbac-list-watch") or listing


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        ("nginx", "nginx"),
        ("quay.io/jetstack/cert-manager-controller:v1", "quay.io/jetstack/cert-manager-controller"),
        ("registry:5000/team/app", "registry:5000/team/app"),
        ("registry:5000/team/app:1.2@sha256:abc", "registry:5000/team/app"),
        ("team/app@sha256:abc", "team/app"),
        ("", ""),
    ],
)
def test_the_repository_of_an_image(image: str, repository: str) -> None:
    assert image_repository(image) == repository


def test_names_are_shown_on_one_line_and_quoted_for_the_shell() -> None:
    assert shown("a\n\u202eb") == "a��b"
    assert len(shown("x" * 500)) == 80
    assert quoted("it's; rm") == "'it'\"'\"'s; rm'"
    assert "\n" not in quoted("a\nb")
    assert listed(f"n{number}" for number in range(10)) == "n0, n1, n2, n3, n4, n5, n6, n7 and 2 more"
    assert listed(()) == "none"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_every_check_is_documented(check: Check) -> None:
    assert all(len(text) > 20 for text in (check.title, check.what, check.why, check.fix))
    assert check.references
    assert all(address.startswith("https://") for _, address in check.references)
