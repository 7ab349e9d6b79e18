"""A policy file is untrusted input, and what is valid survives a round trip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.policy import (
    EnvironmentRule,
    OwnerRule,
    Place,
    Policy,
    PolicyError,
    RehearsalPair,
    RotationPolicy,
    RotationRule,
    parse_policy,
    policy_yaml,
)
from scanners.safe_yaml import UnsafeYaml, load_yaml


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rotation: 3", "rotation"),
        ("rotation: {default_days: 0}", "between 1 and 3650"),
        ("rotation: {rules: [{days: 99999}]}", "rules[0].days"),
        ("rotation: {default_days: '90'}", "int"),
        ("colour: red", "colour"),
        ("severity: {no-such-check: low}", "no-such-check"),
        ("severity: {known: urgent}", "severity"),
        ("administrators: [alice]", "user:NAME"),
        ("a: &x 1\nb: *x", "aliases"),
        ("a: !!python/object:os.system x", "tags"),
        ("- [", "not valid YAML"),
        ("a: 1\n---\nb: 2", "several"),
        ("[" * 5000, "nested"),
        ("x" * 70_000, "larger than 64 KiB"),
        ("a: \x00", "not valid YAML"),
        ("rotation: {rules: [{days: 30, label: team}]}", "rotation.rules[0].label is 'team'; write KEY=VALUE"),
        ("rotation: {rules: [{namespace: a}]}", "days"),
        ("owners: [{namespace: shop}]", "owner"),
        ("owners: [{owner: a}, {owner: ''}]", "owners[1].owner"),
        ('owners: [{owner: "a\\nb"}]', "1 to 63 printable characters"),
        ("owners: [{owner: a, label: '=x'}]", "owners[0].label"),
        ("owners: [{owner: a, team: b}]", "team"),
        ("environments: [{environment: '', namespace: x}]", "environments[0].environment"),
        ("environments: [{environment: prod, label: 'a b=c'}]", "environments[0].label"),
        ("rehearsals: [{production: a}]", "staging"),
        ("rehearsals: [{production: a, staging: a}]", "with itself"),
        ("rehearsals: [{production: 'prod-*', staging: staging}]", "write one * in both"),
        ("rehearsals: [{production: '*-*', staging: '*-x-*'}]", "a pattern with one *"),
        ("rehearsals: [{production: '', staging: a}]", "rehearsals[0].production is ''"),
        ("rehearsals: [{production: Prod, staging: a}]", "rehearsals[0].production is 'Prod'"),
        ('rehearsals: [{production: a, staging: a, staging_cluster: "x\\ny"}]', "staging_cluster"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, frozenset({"known"}))
    assert says in str(caught.value)


def test_a_policy_survives_being_written_and_read() -> None:
    policy = Policy(
        rotation=RotationPolicy(default_days=30, rules=(RotationRule(namespace="prod-*", days=10),)),
        administrators=("group:platform", "serviceaccount:ops/robot"),
        severity={"known": "low"},
    )
    assert parse_policy(policy_yaml(policy), frozenset({"known"})) == policy
    assert parse_policy("") == Policy()


def test_merge_keys_cannot_cost_seconds() -> None:
    """67 KB of merge keys cost a safe loader seconds and hundreds of megabytes; they are aliases, so refused."""
    bomb = "b0: &b0 {a: 1}\n" + "\n".join(f"b{n}: &b{n} {{<<: *b{n - 1}}}" for n in range(1, 2000))
    with pytest.raises(UnsafeYaml, match="aliases"):
        load_yaml(bomb, limit=256 * 1024)


def test_timestamps_and_kubernetes_strings_stay_text() -> None:
    assert load_yaml("at: 2026-11-23T12:00:00Z\nday: 2026-11-23", limit=1024) == {
        "at": "2026-11-23T12:00:00Z",
        "day": "2026-11-23",
    }


PATTERNS = st.sampled_from(["*", "shop", "shop-*", "*-prod", "a?c"])
LABELS = st.sampled_from(["", "team=payments", "app.kubernetes.io/part-of=*", "env=", "on=yes"])
WORDS = st.sampled_from(["payments", "yes", "1e3", "0o17", "null", "2026-11-23", "a: b", "#x", "Müller & Söhne", "'"])


@given(
    default=st.integers(1, 3650),
    rules=st.lists(st.builds(RotationRule, namespace=PATTERNS, label=LABELS, days=st.integers(1, 3650)), max_size=3),
    owners=st.lists(st.builds(OwnerRule, namespace=PATTERNS, label=LABELS, owner=WORDS), max_size=3),
    environments=st.lists(
        st.builds(EnvironmentRule, cluster=PATTERNS, namespace=PATTERNS, label=LABELS, environment=WORDS), max_size=3
    ),
    rehearsals=st.lists(
        st.builds(
            RehearsalPair,
            production=st.just("*-prod"),
            staging=st.just("*-staging"),
            staging_cluster=st.just("") | WORDS,
        ),
        max_size=2,
    ),
)
def test_every_rule_survives_being_written_as_yaml(
    default: int,
    rules: list[RotationRule],
    owners: list[OwnerRule],
    environments: list[EnvironmentRule],
    rehearsals: list[RehearsalPair],
) -> None:
    policy = Policy(
        rotation=RotationPolicy(default_days=default, rules=tuple(rules)),
        owners=tuple(owners),
        environments=tuple(environments),
        rehearsals=tuple(rehearsals),
    )
    assert parse_policy(policy_yaml(policy)) == policy


def test_a_rule_looks_at_the_labels_of_the_object_and_of_its_namespace() -> None:
    policy = parse_policy(
        """
        rotation: {default_days: 90, rules: [{label: tier=gold, days: 7}, {type: kubernetes.io/tls, days: 30}]}
        owners:
          - {namespace: "shop-*", label: team=pay*, owner: payments}
          - {namespace: "shop-*", owner: shop}
        environments:
          - {label: env=prod, environment: production}
          - {cluster: "*-staging", environment: staging}
        """
    )
    own = Place("shop-eu", {"tier": "gold", "team": "payroll"})
    by_namespace = Place("shop-eu", {}, {"tier": "gold", "env": "prod"})
    neither = Place("tools", {"tier": "silver"})
    assert [policy.rotation.maximum_days(place, "Opaque") for place in (own, by_namespace, neither)] == [7, 7, 90]
    assert policy.rotation.maximum_days(neither, "kubernetes.io/tls") == 30
    assert [policy.owner(place) for place in (own, by_namespace, neither)] == ["payments", "shop", ""]
    assert [policy.environment(place, "eu") for place in (own, by_namespace)] == ["", "production"]
    assert policy.environment(neither, "eu-staging") == "staging"
    assert policy.labels == {"tier", "team", "env"}


@pytest.mark.parametrize(
    ("production", "staging", "namespace", "twin"),
    [
        ("prod", "staging", "prod", "staging"),
        ("prod", "staging", "prod-2", ""),
        ("prod-*", "staging-*", "prod-shop", "staging-shop"),
        ("prod-*", "staging-*", "prod-", ""),
        ("*-prod-eu", "*-test", "a-prod-eu", "a-test"),
        ("*", "*", "shop", "shop"),
        ("ab*ba", "x*", "aba", ""),
    ],
)
def test_a_star_stands_for_the_same_text_in_both_namespaces(
    production: str, staging: str, namespace: str, twin: str
) -> None:
    pair = RehearsalPair(production=production, staging=staging, staging_cluster="other")
    assert pair.twin_of(namespace) == twin
    assert Policy(rehearsals=(pair,)).rehearsal(namespace) == (pair if twin else None)


def test_an_objects_own_label_outweighs_that_of_its_namespace() -> None:
    staging_in_production = Place("shop", {"env": "staging"}, {"env": "prod"})
    assert staging_in_production.has("env=staging")
    assert not staging_in_production.has("env=prod")
    assert Place("shop", {}, {"env": "prod"}).has("env=prod")
