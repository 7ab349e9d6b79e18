"""What scans conclude of a value's last change holds against a simulated life in which the truth is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from scanners.ages import interval
from scanners.consumers import Consumption
from scanners.digest import KeyedDigest
from scanners.inventory import KeyFacts
from scanners.observations import GRAIN, MAX_SIGHTINGS, Look, Observation, observe, value_digest
from scanners.stale import change_of, is_stale
from tests.core.build import NOW, days_ago, secret
from tests.core.lifetime import Life, at, stamp

ACTS = (
    "write", "write-two", "write-by-another", "add", "take-away", "label", "label-by-another", "clear", "apply",
    "sync", "edit-synced", "new-digest-key", "start",
)  # fmt: skip
SCANS = ("scan", "deep-scan", "deep-scan-unread", "unseen-scan")
STEPS = st.lists(st.tuples(st.sampled_from(ACTS + SCANS), st.integers(1, 5_000)), min_size=2, max_size=40)


def consumption(*keys: str) -> Consumption:
    return Consumption("Deployment", "shop", "api", "f", "shop", "db", "env", keys, False, False, "main")


def act(life: Life, name: str, now: int) -> None:
    match name:
        case "write":
            life.write(now, "maker", "a")
        case "write-two":
            life.write(now, "maker", "a", "b")
        case "write-by-another":
            life.write(now, "other", "b")
        case "add":
            life.write(now, "maker", f"k{now}")
        case "take-away":
            life.take_away(now, max(life.values, default="a"), "other")
        case "label":
            life.label(now, "maker")
        case "label-by-another":
            life.label(now, "labeller")
        case "clear":
            life.clear_managed_fields()
        case "apply":
            life.apply_after_clearing(now)
        case "sync":
            life.sync(now)
        case "edit-synced":
            life.write(now, "kubectl-edit", "a")
        case "new-digest-key":
            life.digest = KeyedDigest(now.to_bytes(32, "big"))


@settings(max_examples=400, deadline=None)
@given(steps=STEPS, made=st.integers(0, 3_000))
def test_every_interval_contains_the_truth_and_no_certain_claim_is_false(
    steps: Sequence[tuple[str, int]], made: int
) -> None:
    life, known, now, scanned = Life(made), None, made, made
    started: list[int] = []
    read_values: datetime | None = None
    for name, later in steps:
        now += later
        if name == "start":
            started.append(now)
        elif name not in SCANS:
            act(life, name, now)
        elif name != "unseen-scan" and life.values:
            # It reads the object in its middle: what comes next may still fall into it. One scan at a time.
            begin = max(now, scanned)
            now, scanned = begin + later, begin + 2 * later
            known = look(life, known, begin, scanned, name)
            check(life, known, scanned, started, deep=name == "deep-scan")
            # What is kept tells only when the last scans were, not what each could read of this Secret.
            read_values = at(begin) if name != "scan" else read_values
            known = replace(known, seen_at=at(begin), values_seen_at=read_values)


def look(life: Life, known: Observation | None, begin: int, end: int, name: str) -> Observation:
    """A scan from begin to end that reads the object as it is now."""
    item = life.seen(deep=name == "deep-scan")
    return observe(item, Look(at(begin), at(end), deep=name != "scan"), known)


def check(life: Life, known: Observation, now: int, started: Sequence[int], *, deep: bool) -> None:
    found = interval(known, at(now))
    assert found is not None
    # The two differ only where a key was set and is gone.
    assert found.changed_after is None or found.changed_after <= life.last_write(), found
    assert life.last_change() < found.changed_before + GRAIN, found
    if deep:
        for key, sightings in known.keys.items():
            newest = sightings[-1]
            assert newest.after is None or newest.after <= at(life.changed[key])
            assert at(life.changed[key]) < newest.before + GRAIN
    item = life.seen(deep=deep)
    for keys in ((), ("a",), ("b",)):
        change = change_of(item, known, keys, {}, values_seen=deep)
        for start in started:
            claim = is_stale(consumption(*keys), [stamp(start)], change, all_pods_seen=True)
            if all(key in life.values for key in keys) and claim is not None:
                assert claim == life.holds_another(keys or tuple(life.values), start), (keys, start, change)


def scans(life: Life, *steps: tuple[str, int]) -> Observation:
    """Acts and scans at the given times; what the last scan knew."""
    known = None
    for name, now in steps:
        if name in SCANS:
            known = look(life, known, now, now + 100, name)
        else:
            act(life, name, now)
    assert known is not None
    return known


def test_two_digests_prove_a_change_between_the_start_of_one_scan_and_the_end_of_the_next() -> None:
    known = scans(Life(0), ("deep-scan", 10_000), ("clear", 20_000), ("write", 30_000), ("deep-scan", 40_000))
    assert (known.changed_after, known.changed_before, known.evidence) == (at(10_000), at(40_100), "observed")
    assert known.proven


def test_the_newest_write_narrows_what_two_digests_prove() -> None:
    known = scans(Life(0), ("deep-scan", 10_000), ("write", 30_000), ("deep-scan", 40_000))
    assert (known.changed_after, known.changed_before) == (at(10_000), at(30_000))


def test_a_label_that_moved_the_managers_time_makes_no_value_younger_where_its_digest_is_the_same() -> None:
    known = scans(Life(0), ("deep-scan", 10_000), ("label", 30_000), ("deep-scan", 40_000))
    assert (known.changed_before, known.evidence, known.proven) == (at(0), "observed", False)
    shallow = scans(Life(0), ("scan", 10_000), ("label", 30_000), ("scan", 40_000))
    assert (shallow.changed_before, shallow.evidence) == (at(30_000), "managed-fields")


def test_a_scan_without_values_neither_forgets_digests_nor_claims_what_it_did_not_see() -> None:
    life = Life(0)
    known = scans(life, ("deep-scan", 10_000), ("label", 30_000), ("scan", 40_000))
    assert known.changed_before == at(30_000)
    assert known.value_digest
    known = look(life, known, 50_000, 50_100, "deep-scan")
    assert known.changed_before == at(0), "the same digest as forty seconds ago"
    life.write(60_000, "maker", "a")
    known = look(life, known, 70_000, 70_100, "scan")
    known = look(life, known, 80_000, 80_100, "deep-scan")
    assert (known.changed_after, known.changed_before) == (at(50_000), at(60_000))


def test_an_unchanged_object_is_known_to_be_unchanged_even_where_no_manager_owns_its_data() -> None:
    known = scans(Life(0), ("clear", 1_000), ("scan", 10_000), ("scan", 90_000))
    assert (known.changed_before, known.evidence) == (at(10_100), "observed")
    known = scans(Life(0), ("clear", 1_000), ("scan", 10_000), ("label-by-another", 50_000), ("scan", 90_000))
    assert (known.changed_before, known.evidence) == (at(90_100), "created")


def test_the_newest_write_of_cleared_managed_fields_says_nothing_of_later_writes() -> None:
    known = scans(Life(0), ("scan", 10_000), ("clear", 20_000), ("write", 30_000), ("scan", 40_000))
    assert known.changed_before == at(40_100)


def test_a_new_digest_key_changes_no_value() -> None:
    known = scans(Life(0), ("deep-scan", 10_000), ("new-digest-key", 20_000), ("deep-scan", 30_000))
    assert (known.changed_after, known.changed_before, known.proven) == (at(0), at(0), False)


def test_values_that_one_deep_scan_could_not_read_are_compared_with_the_last_that_did() -> None:
    life = Life(0)
    known = scans(life, ("deep-scan", 10_000), ("write", 15_000), ("deep-scan-unread", 20_000), ("deep-scan", 30_000))
    assert known.changed_after == at(10_000)


def test_a_key_that_was_taken_away_makes_no_value_that_is_left_younger() -> None:
    life = Life(0)
    known = scans(life, ("deep-scan", 10_000), ("add", 20_000), ("deep-scan", 30_000))
    assert (known.changed_after, known.changed_before) == (at(10_000), at(20_000))
    life.take_away(40_000, "k20000", "maker")
    known = look(life, known, 50_000, 50_100, "deep-scan")
    assert (known.changed_after, known.changed_before, known.proven) == (at(0), at(0), False)


def test_which_key_changed_when_is_known_of_each() -> None:
    life = Life(0, {"a": 0, "b": 0})
    known = scans(life, ("deep-scan", 10_000), ("write", 30_000), ("deep-scan", 40_000), ("deep-scan", 50_000))
    assert [item.first_seen for item in known.keys["a"]] == [at(10_100), at(40_100)]
    assert [item.first_seen for item in known.keys["b"]] == [at(10_100)]
    assert known.keys["b"][-1].after is None


def test_the_history_of_a_key_is_bounded_and_keeps_the_newest() -> None:
    life, known = Life(0), None
    for number in range(1, 30):
        life.write(number * 10_000, "maker", "a")
        known = look(life, known, number * 10_000 + 5_000, number * 10_000 + 5_100, "deep-scan")
    assert known is not None
    assert len(known.keys["a"]) == MAX_SIGHTINGS
    assert known.keys["a"][-1].after == at(28 * 10_000 + 5_000)


def test_external_secrets_hash_proves_a_change_and_a_hand_edit_is_not_hidden_by_it() -> None:
    life = Life(0)
    known = scans(life, ("sync", 1_000), ("scan", 10_000), ("sync", 20_000), ("scan", 30_000))
    assert (known.changed_after, known.changed_before, known.evidence) == (at(10_000), at(20_000), "data-hash")
    known = look(life, known, 40_000, 40_100, "scan")
    assert (known.changed_after, known.changed_before, known.evidence) == (at(10_000), at(20_000), "data-hash")
    life.write(50_000, "kubectl-edit", "a")
    known = look(life, known, 60_000, 60_100, "scan")
    assert (known.changed_after, known.changed_before) == (at(10_000), at(50_000))


def test_a_label_of_external_secrets_makes_no_value_younger_where_its_hash_is_the_same() -> None:
    life = Life(0)
    act(life, "sync", 1_000)
    known = look(life, None, 10_000, 10_100, "scan")
    life.label(20_000, next(iter(life.written)))
    known = look(life, known, 30_000, 30_100, "scan")
    assert (known.changed_before, known.evidence) == (at(1_000), "observed")


@pytest.mark.parametrize(
    ("since", "written", "expected"),
    [
        (days_ago(20), days_ago(19), (days_ago(20), "certificate")),
        (days_ago(500), days_ago(19), (days_ago(400), "managed-fields")),  # a restored Secret, made after it
        (days_ago(20), days_ago(100), (days_ago(400), "managed-fields")),  # made for later: it was there before
        (days_ago(-5), days_ago(19), (days_ago(400), "managed-fields")),
    ],
)
def test_a_certificate_cannot_have_been_there_before_its_first_day(
    since: object, written: object, expected: object
) -> None:
    item = secret(created_at=days_ago(400), data_written_at=written)
    known = observe(item, Look(NOW, NOW), None, since)  # type: ignore[arg-type]
    assert (known.changed_after, known.evidence) == expected


def test_clocks_that_disagree_widen_the_interval() -> None:
    """The scanner's clock is ten minutes ahead of the server's: the write seems older than the scan before it."""
    life, ahead = Life(0), 600_000
    first = observe(life.seen(deep=True), Look(at(10_000 + ahead), at(10_100 + ahead), deep=True))
    life.write(20_000, "maker", "a")
    known = observe(life.seen(deep=True), Look(at(30_000 + ahead), at(30_100 + ahead), deep=True), first)
    assert (known.changed_after, known.changed_before) == (at(20_000), at(30_100 + ahead))
    again = observe(life.seen(deep=True), Look(at(90_000 + ahead), at(90_100 + ahead), deep=True), known)
    assert (again.changed_after, again.changed_before) == (at(20_000), at(30_100 + ahead))


def test_a_write_in_the_second_in_which_the_scan_before_began_is_a_proven_change() -> None:
    """Made, scanned and changed within one second: both writes carry its beginning, before the scan between them."""
    life = Life(200)
    known = scans(life, ("deep-scan", 400), ("write", 700), ("deep-scan", 800))
    assert (known.changed_after, known.changed_before) == (at(400), at(900))
    assert (known.evidence, known.proven) == ("observed", True)
    item = life.seen(deep=True)
    for keys in ((), ("a",)):
        change = change_of(item, known, keys, {}, values_seen=True)
        for start, stale in ((-3_600_000, True), (-1_000, True), (0, None), (1_000, None), (2_000, False)):
            assert is_stale(consumption(*keys), [at(start)], change, all_pods_seen=True) is stale, (keys, start)
    later = look(life, known, 50_000, 50_100, "deep-scan")
    assert (later.changed_after, later.changed_before, later.proven) == (at(400), at(900), True)


def test_external_secrets_hash_that_changed_in_the_second_of_the_scan_before_is_a_proven_change() -> None:
    known = scans(Life(0), ("sync", 10_100), ("scan", 10_300), ("sync", 10_600), ("scan", 10_800))
    assert (known.changed_after, known.changed_before, known.evidence) == (at(10_300), at(10_900), "data-hash")


def test_a_value_that_came_back_makes_nobody_stale() -> None:
    life = Life(0)
    known = scans(life, ("deep-scan", 10_000), ("write", 20_000), ("deep-scan", 30_000))
    life.values["a"], life.changed["a"] = 0, 40_000
    life.label(40_000, "maker")
    known = look(life, known, 50_000, 50_100, "deep-scan")
    assert (known.changed_after, known.proven) == (at(30_000), True)
    for keys in ((), ("a",)):
        change = change_of(life.seen(deep=True), known, keys, {}, values_seen=True)
        assert is_stale(consumption(*keys), [at(5_000)], change, all_pods_seen=True) is None


def test_a_snapshot_without_digests_proves_nothing() -> None:
    blank = (KeyFacts(key="a", digest=""), KeyFacts(key="b", digest=""))
    item = secret(created_at=days_ago(9), data_written_at=days_ago(3), values=blank)
    known = None
    for _ in range(2):
        known = observe(item, Look(NOW, NOW, deep=True), known)
    assert known is not None
    assert (known.keys, known.proven, known.changed_before) == ({}, False, days_ago(3))


def test_a_digest_of_all_keys_is_comparable_and_tells_keys_apart() -> None:
    first, second = Life(0, {"a": 1, "b": 2}).seen(deep=True), Life(0, {"a": 2, "b": 1}).seen(deep=True)
    assert first.values is not None and second.values is not None
    assert value_digest(first.values) == value_digest(reversed(first.values)) != value_digest(second.values)
    assert len(value_digest(first.values)) == 32
    assert value_digest(first.values)[:8] == first.values[0].digest[:8]
    assert value_digest(()) == value_digest(None) == ""


def test_a_scan_as_long_as_a_day_bounds_by_its_start_and_its_end() -> None:
    life, day = Life(0), timedelta(days=1) // timedelta(milliseconds=1)
    known = observe(life.seen(deep=True), Look(at(0), at(day), deep=True))
    life.clear_managed_fields()
    life.write(day // 2, "maker", "a")
    known = observe(life.seen(deep=True), Look(at(day // 2), at(3 * day), deep=True), known)
    assert (known.changed_after, known.changed_before) == (at(0), at(3 * day))
