"""Every labelled case, ours and those beside the checkout, through the readers and the checks."""

from __future__ import annotations

import pytest

from scanners.plaintext import detect
from tests.plaintext.cases import Case, ours, places, shared
from tests.plaintext.manifests import findings, planted

OURS = list(ours())
PLACES = list(places())
SHARED = list(shared())


def label(case: Case) -> str:
    return f"{case.where}:{'leak' if case.leak else 'clean'}:{case.name}={case.value[:24]!r}"


@pytest.mark.parametrize("case", OURS, ids=label)
def test_our_corpus(case: Case) -> None:
    found = detect(case.name, case.value)
    assert (found is not None) is case.leak, f"{case.source}: {found}"


@pytest.mark.parametrize("case", [*OURS, *PLACES], ids=label)
def test_our_corpus_from_end_to_end(case: Case) -> None:
    found = findings(planted(case.where, case.name or None, case.value))
    assert bool(found) is case.leak, (case.source, found)
    assert len(found) <= 1 or case.where == "configmap", "one literal is one finding"


@pytest.mark.skipif(not SHARED, reason="no shared corpus beside the checkout")
@pytest.mark.parametrize("case", SHARED, ids=label)
def test_shared_corpus(case: Case) -> None:
    found = findings(planted(case.where, case.name or None, case.value))
    assert bool(found) is case.leak, (case.source, found)


def test_the_corpus_is_worth_the_name() -> None:
    """Both labels in number, and no literal labelled twice."""
    assert sum(case.leak for case in OURS) >= 150
    assert sum(not case.leak for case in OURS) >= 150
    assert len({(case.name, case.value) for case in OURS}) == len(OURS)
    assert all(case.source for case in (*OURS, *PLACES))
    for where in {case.where for case in PLACES}:
        labels = [case.leak for case in PLACES if case.where == where]
        assert sum(labels) >= 5, where
        assert len(labels) - sum(labels) >= 5, where
