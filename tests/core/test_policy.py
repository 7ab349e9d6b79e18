"""A policy file is untrusted input, and what is valid survives a round trip."""

from __future__ import annotations

import pytest

from scanners.policy import Policy, PolicyError, RotationPolicy, RotationRule, parse_policy, policy_yaml
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
