"""Every labelled case, ours and the one beside the checkout."""

from __future__ import annotations

import pytest

from scanners.plaintext import detect
from tests.plaintext.cases import Case, ours, shared

OURS = list(ours())
SHARED = list(shared())


def label(case: Case) -> str:
    return f"{'leak' if case.leak else 'clean'}:{case.name}={case.value[:24]!r}"


@pytest.mark.parametrize("case", OURS, ids=label)
def test_our_corpus(case: Case) -> None:
    found = detect(case.name, case.value)
    assert (found is not None) is case.leak, f"{case.source}: {found}"


@pytest.mark.skipif(not SHARED, reason="no shared corpus beside the checkout")
@pytest.mark.parametrize("case", SHARED, ids=label)
def test_shared_corpus(case: Case) -> None:
    found = detect(case.name, case.value)
    assert (found is not None) is case.leak, f"{case.source}: {found}"


def test_the_corpus_is_worth_the_name() -> None:
    """Both labels in number, and no literal labelled twice."""
    assert sum(case.leak for case in OURS) >= 150
    assert sum(not case.leak for case in OURS) >= 150
    assert len({(case.name, case.value) for case in OURS}) == len(OURS)
    assert all(case.source for case in OURS)
