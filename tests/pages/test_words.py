from __future__ import annotations

import pytest

from scanners.remedies import Part, remedy_parts
from scanners.words import age_figures, age_words, listed, number, plural, share, visible, visible_lines


@pytest.mark.parametrize(
    ("at_least", "at_most", "words", "figures"),
    [
        (92, 400, "at least 92 days, at most 400", "92–400 d"),
        (92, 92, "92 days", "92 d"),
        (1, 1, "1 day", "1 d"),
        (0, 400, "at most 400 days", "≤ 400 d"),
        (None, 1200, "at most 1,200 days", "≤ 1,200 d"),
        (92, None, "at least 92 days", "≥ 92 d"),
        (None, None, "unknown", "unknown"),
    ],
)
def test_ages(at_least: int | None, at_most: int | None, words: str, figures: str) -> None:
    assert age_words(at_least, at_most) == words
    assert age_figures(at_least, at_most) == figures


def test_a_share_is_whole_only_when_it_is() -> None:
    assert (share(1.0), share(0.999), share(0.5), share(0.0), share(None)) == ("100%", "99%", "50%", "0%", "unknown")


def test_numbers_and_lists() -> None:
    assert (number(20000), number(71.0), number(6.25)) == ("20,000", "71", "6.2")
    assert (plural(1, "Secret"), plural(2, "Secret"), plural(2, "it fails", "they fail")) == (
        "1 Secret", "2 Secrets", "2 they fail",
    )  # fmt: skip
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"


def test_what_shows_nothing_is_spelt_out() -> None:
    assert visible("pay\u202egpj.exe") == "pay\\u202egpj.exe"
    assert visible("\u3164\u200b\ufe0f\n") == "\\u3164\\u200b\\ufe0f\\n"
    assert visible("prod-eu äöü 日本") == "prod-eu äöü 日本"
    assert visible_lines("a:\r\n\tb\u202e") == "a:\n\tb\\u202e"


def test_a_remedy_in_parts() -> None:
    text = (
        "First ask whether\nit must be. If so:\n\n  kubectl create role x\n  kubectl create rolebinding x\n\n"
        'The rule reads:\n\n  - apiGroups: [""]\n    resources: [secrets]\n\n    verbs: [get]\n\nThen delete it.'
    )
    assert remedy_parts(text) == [
        Part(False, "First ask whether it must be. If so:"),
        Part(True, "kubectl create role x\nkubectl create rolebinding x"),
        Part(False, "The rule reads:"),
        Part(True, '- apiGroups: [""]\n  resources: [secrets]\n\n  verbs: [get]'),
        Part(False, "Then delete it."),
    ]
    assert remedy_parts("kubectl get secret x") == [Part(True, "kubectl get secret x")]
    assert remedy_parts("apiVersion: v1\nkind: Secret\nmetadata:\n  name: x") == [
        Part(True, "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x")
    ]
    assert remedy_parts("") == []
