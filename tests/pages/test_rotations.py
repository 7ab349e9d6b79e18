"""The database judges rotation as the pure core does, for any dates and at any moment."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from scanners.aged import aged
from scanners.ages import rotation_at, whole_days
from scanners.models import SecretRecord
from scanners.rotations import age_bands, rotation_counts, tally_ages, with_rotation
from tests.pages import rows

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def many(db: None) -> object:
    cluster = rows.cluster()
    scan = rows.scan(cluster)
    scan.collected_at = NOW
    scan.save()
    chance = random.Random(4)
    made = []
    for index in range(400):
        created = chance.choice([0, 0.5, 76, 77, 90, 90.99, 91, 91.01, 300, None])
        written = chance.choice([0, 0.5, 76, 77, 90, 90.99, 91, 91.01, 300, None])
        if created is not None and written is not None and written > created:
            written = created
        made.append(
            rows.secret(
                cluster,
                f"s{index}",
                written_days_ago=written,
                created_days_ago=created,
                maximum=chance.choice([1, 30, 90, 90, 90, 365, None]),
                exempt=chance.choice(["", "", "", "a Helm release record"]),
                now=NOW,
                save=False,
            )
        )
    SecretRecord.objects.bulk_create(made)
    return cluster


def test_states_agree_with_the_core(many: object) -> None:
    seen = set()
    for moment in (NOW, NOW - timedelta(days=15), NOW + timedelta(days=30)):
        for row in with_rotation(SecretRecord.objects.filter(cluster=many), moment):
            if row.exempt:
                expected = "exempt"
            elif row.certainly_over_at is None:
                # The core's interval then ends at the scan itself, so it is never certainly over.
                certainly = moment + timedelta(days=(row.maximum_days or 0) + 1)
                expected = rotation_at(moment, certainly, row.possibly_over_at)
                expected = "unknown" if expected == "due" else expected
            else:
                expected = rotation_at(moment, row.certainly_over_at, row.possibly_over_at)
            assert row.rotation == expected == aged(row, moment).state
            seen.add(expected)
    assert seen == {"overdue", "due", "unknown", "fresh", "exempt"}


def test_every_dated_secret_is_in_the_band_of_its_age(many: object) -> None:
    bands = age_bands(90)
    assert [band.most for band in bands] == [30, 60, 90, 120, 180, 360, 720, None]
    for band in bands:
        for row in with_rotation(SecretRecord.objects.filter(cluster=many), NOW).filter(band.condition(NOW)):
            days = whole_days(NOW - row.drawn_from)
            assert band.least <= days and (band.most is None or days <= band.most)
    placed = sum(
        with_rotation(SecretRecord.objects.filter(cluster=many), NOW).filter(band.condition(NOW)).count()
        for band in bands
    )
    assert placed == with_rotation(SecretRecord.objects.filter(cluster=many), NOW).exclude(drawn_from=None).count()


def test_the_tally_counts_every_secret_once(many: object) -> None:
    tally = tally_ages([many])  # type: ignore[list-item]
    assert tally.maximum == 90
    assert sum(tally.by_band.values()) == sum(tally.by_cluster[many.pk].values()) == 400  # type: ignore[attr-defined]
    assert rotation_counts(many) == dict(tally.by_cluster[many.pk])  # type: ignore[arg-type, attr-defined]


def test_what_is_certainly_over_stands_right_of_the_line(many: object) -> None:
    SecretRecord.objects.filter(cluster=many).exclude(maximum_days=90).delete()
    tally = tally_ages([many])  # type: ignore[list-item]
    for (index, state), _ in tally.by_band.items():
        if index < 0:
            continue
        most = tally.bands[index].most
        inside = most is not None and most <= tally.maximum
        assert inside == (state in ("fresh", "due")), (index, state)


def test_each_cluster_is_judged_as_of_its_own_scan(db: None) -> None:
    old, new = rows.cluster("old"), rows.cluster("new")
    for cluster, at in ((old, NOW - timedelta(days=365)), (new, NOW)):
        scan = rows.scan(cluster)
        scan.collected_at = at
        scan.save()
        rows.secret(cluster, written_days_ago=10, created_days_ago=20, now=at)
    tally = tally_ages([old, new])
    assert tally.by_cluster[old.pk] == tally.by_cluster[new.pk] == {"fresh": 1}


@pytest.mark.parametrize("maximum", [1, 2, 7, 30, 89, 365, 3650])
def test_bands_cover_every_age_and_end_at_the_maximum(maximum: int) -> None:
    bands = age_bands(maximum)
    assert bands[0].least == 0 and bands[-1].most is None
    assert all(first.most is not None and first.most + 1 == second.least for first, second in pairwise(bands))
    assert maximum in [band.most for band in bands]
