"""Spans of time in words."""

from __future__ import annotations

import pytest

from scanners.spans import span


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (60, "1 minute"),
        (90, "90 seconds"),
        (150, "2 minutes"),
        (3600, "1 hour"),
        (5400, "90 minutes"),
        (36_000, "10 hours"),
        (86_400, "1 day"),
        (90_000, "25 hours"),
        (604_800, "7 days"),
    ],
)
def test_the_largest_unit_that_says_it(seconds: float, words: str) -> None:
    assert span(seconds) == words
