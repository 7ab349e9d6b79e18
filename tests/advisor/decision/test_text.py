"""The advice as a person reads it on a terminal."""

from __future__ import annotations

import pytest

from advisor.advice import Advice, advise
from advisor.answers import Answers
from advisor.facts import facts
from advisor.text import write
from scanners.inventory import SyncObject
from tests.advisor.decision.build import advice
from tests.core.build import inventory


def text(given: Advice, width: int = 100) -> str:
    return "\n".join(write(given, width))


def test_it_begins_with_the_recommendation_and_how_sure_it_is() -> None:
    lines = text(advice(external_store="aws", clusters="many", gitops="argo-cd", outside_kubernetes="yes")).split("\n")
    assert lines[0] == "External Secrets Operator: a fair recommendation."
    assert lines[1].endswith("open questions could change it.")


def test_it_has_every_part() -> None:
    shown = text(advice(external_store="none", gitops="flux", clusters="one", capacity="part-time"))
    for part in (
        "What to find out first",
        "The four tools",
        "What belongs together",
        "Also worth a look",
        "What would change it, if you answered otherwise",
        "What open questions could change",
        "Answers (4 of 22)",
    ):
        assert f"\n{part}\n{'─' * len(part)}\n" in shown
    assert "+3  gitops = flux: Flux decrypts SOPS files itself" in shown
    assert "External Secrets Operator (external-secrets), ruled out" in shown
    assert "gitops: none → sealed-secrets, argo-cd → sealed-secrets" in shown


def test_with_nothing_known_it_says_where_to_begin() -> None:
    shown = text(advice())
    assert shown.startswith("None of the four tools stands out.\nNothing is known yet")
    assert "secretsui advise --questions" in shown
    assert "A fit of 50 means" in shown


def test_where_nothing_fits_it_asks_for_a_decision() -> None:
    shown = text(advice(external_store="none", ciphertext_in_git="forbidden"))
    assert "\nWhat to decide\n" in shown
    assert "What to find out first" not in shown


def test_importance_is_told_where_it_counts_twice() -> None:
    shown = text(advice({"gitops": 2}, gitops="flux", external_store="none"))
    assert "+6  gitops = flux (counted twice)" in shown


@pytest.mark.parametrize(("width", "longest"), [(60, 60), (80, 80), (400, 120)])
def test_lines_keep_within_the_width_of_the_terminal(width: int, longest: int) -> None:
    given = advice(external_store="vault", consumption="files", capacity="team", clusters="many")
    lines = list(write(given, width))
    assert max(map(len, lines)) <= longest
    assert max(map(len, lines)) > longest - 20, "the width is used"


def test_a_name_from_a_cluster_moves_no_cursor() -> None:
    hostile = SyncObject(
        kind="Kustomization", group="kustomize.toolkit.fluxcd.io", namespace="a\x1b[2J", name="b\u202e\nc"
    )
    shown = text(advise(Answers({"gitops": "argo-cd"}), facts(inventory(sync_objects=(hostile,)))))
    assert r"a\x1b[2J/b\u202e" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "You answered otherwise, and that counts." in shown.replace("\n      ", " ")
