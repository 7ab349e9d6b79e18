"""An age is an interval with its evidence, and the policy's verdict follows from its two ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.ages import RotationState, age_interval, rotation_at, rotation_state, value_age
from scanners.context import Context
from scanners.history import History
from scanners.inventory import Secret
from scanners.observations import Observation
from scanners.policy import Place, RotationPolicy, RotationRule
from scanners.sources import Source
from tests.core.build import NOW, days_ago, inventory, secret

MANUAL = Source("manual")


def judged(item: Secret, policy: RotationPolicy | None = None, source: Source = MANUAL) -> RotationState:
    return rotation_state(item, source, policy or RotationPolicy(), NOW, age_interval(item, NOW))


def test_a_manager_that_owns_data_bounds_the_age_from_below_and_creation_from_above() -> None:
    age = age_interval(secret(created_at=days_ago(400), data_written_at=days_ago(92)), NOW)
    assert age is not None
    assert (age.at_least_days(NOW), age.at_most_days(NOW), age.evidence) == (92, 400, "managed-fields")


def test_without_a_data_owner_only_creation_bounds_the_age() -> None:
    age = age_interval(secret(created_at=days_ago(400)), NOW)
    assert age is not None
    assert (age.at_least_days(NOW), age.at_most_days(NOW), age.evidence) == (0, 400, "created")


def test_a_secret_without_any_time_has_no_age() -> None:
    assert age_interval(secret(), NOW) is None
    assert judged(secret()).state == "unknown"


def test_an_owner_that_gave_up_its_fields_does_not_make_the_value_older() -> None:
    """A server-side-apply owner takes its time with it, so an earlier scan's newest time still counts."""
    now_seen = secret(created_at=days_ago(400), data_written_at=days_ago(300))
    age = age_interval(now_seen, NOW, Observation(newest_data_write=days_ago(20)))
    assert age is not None
    assert age.at_least_days(NOW) == 20


def test_a_restored_secret_was_written_here_at_its_creation() -> None:
    age = age_interval(secret(created_at=days_ago(10), data_written_at=days_ago(300)), NOW)
    assert age is not None
    assert (age.at_least_days(NOW), age.at_most_days(NOW)) == (10, 10)


def test_a_cluster_whose_clock_runs_ahead_makes_no_negative_age() -> None:
    ahead = NOW + timedelta(minutes=5)
    age = age_interval(secret(created_at=ahead, data_written_at=ahead), NOW)
    assert age is not None
    assert age.at_least_days(NOW) == 0
    assert age.at_most_days(NOW) == 0


@pytest.mark.parametrize(
    ("created", "written", "expected"),
    [
        (90, 90, "fresh"),
        (90, 10, "fresh"),
        (91, 91, "overdue"),
        (400, 91, "overdue"),
        (400, 90, "due"),
        (400, 77, "due"),
        (400, 76, "unknown"),
        (400, None, "unknown"),
    ],
)
def test_the_state_follows_the_contract(created: int, written: int | None, expected: str) -> None:
    item = secret(created_at=days_ago(created), data_written_at=None if written is None else days_ago(written))
    assert judged(item, RotationPolicy(default_days=90)).state == expected


@given(
    created=st.floats(0, 1000),
    written_share=st.floats(0, 1),
    maximum=st.integers(1, 500),
    later=st.floats(0, 500),
)
def test_the_kept_dates_give_the_same_state_as_the_intervals_at_any_later_time(
    created: float, written_share: float, maximum: int, later: float
) -> None:
    """The pages judge rotation by two dates in the database; that must equal the contract's words on days."""
    item = secret(created_at=days_ago(created), data_written_at=days_ago(created * written_share))
    state = judged(item, RotationPolicy(default_days=maximum))
    then = NOW + timedelta(days=later)
    assert state.age is not None
    assert state.certainly_over_at is not None
    at_least, at_most = state.age.at_least_days(then), state.age.at_most_days(then)
    assert at_most is not None
    assert at_least <= at_most
    if at_most <= maximum:
        expected = "fresh"
    elif at_least > maximum:
        expected = "overdue"
    elif at_least + 14 > maximum:
        expected = "due"
    else:
        expected = "unknown"
    assert rotation_at(then, state.certainly_over_at, state.possibly_over_at) == expected


@pytest.mark.parametrize(
    ("type_", "source"),
    [
        ("helm.sh/release.v1", Source("helm")),
        ("kubernetes.io/service-account-token", Source("service-account")),
        ("bootstrap.kubernetes.io/token", Source("bootstrap")),
        ("kubernetes.io/tls", Source("cert-manager")),
        ("kubernetes.io/tls", Source("sealing-key")),
        ("kubernetes.io/tls", Source("operator", "Webhook/x/y")),
        ("Opaque", Source("control-plane")),
    ],
)
def test_what_rotates_by_itself_or_is_no_credential_has_no_maximum(type_: str, source: Source) -> None:
    item = secret(type=type_, created_at=days_ago(4000), data_written_at=days_ago(4000))
    state = judged(item, source=source)
    assert state.exempt
    assert (state.state, state.maximum_days) == ("unknown", None)


def test_the_first_matching_rule_sets_the_maximum() -> None:
    policy = RotationPolicy(
        rules=(
            RotationRule(namespace="prod-*", type="kubernetes.io/tls", days=30),
            RotationRule(namespace="prod-*", days=60),
        )
    )
    assert policy.maximum_days(Place("prod-eu"), "kubernetes.io/tls") == 30
    assert policy.maximum_days(Place("prod-eu"), "Opaque") == 60
    assert policy.maximum_days(Place("staging"), "Opaque") == 90


def test_a_date_of_change_is_named_only_where_the_interval_is_a_point() -> None:
    point = value_age(age_interval(secret(created_at=days_ago(5), data_written_at=days_ago(5)), NOW), NOW)
    span = value_age(age_interval(secret(created_at=days_ago(50), data_written_at=days_ago(5)), NOW), NOW)
    assert point is not None and point.changed_at == days_ago(5)
    assert span is not None and span.changed_at is None


def test_what_earlier_scans_knew_counts_after_it_was_let_go() -> None:
    item = secret("db", uid="u1", data_written_at=days_ago(30))
    earlier = Observation(newest_data_write=days_ago(20), seen_at=days_ago(10))
    context = Context(inventory(secrets=(item,)), history=History({"u1": earlier}, clusters=frozenset({"staging"})))
    context.observe_all()
    assert context.observed(item).newest_data_write == days_ago(20)
    assert (context.history.secrets, context.history.clusters) == ({}, frozenset({"staging"}))
