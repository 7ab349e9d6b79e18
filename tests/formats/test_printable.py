"""Text from a cluster that is printed as text: no terminal acts upon it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.formats.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("shop/db-password", "shop/db-password"),
        ("Zoë 秘密", "Zoë 秘密"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b31m", r"\x9b31m"),
        ("first\nsecond\rthird\t", r"first\nsecond\rthird\t"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("a\u2028b\u200bc\ufeff", r"a\u2028b\u200bc\ufeff"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_a_terminal_acts_upon_is_shown_as_its_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_characters_to_keep_stay() -> None:
    assert printable("a\n\tb\x1b", keep="\n\t") == "a\n\tb\\x1b"


@given(st.text())
def test_nothing_is_left_that_is_not_a_character_to_look_at(text: str) -> None:
    categories = {unicodedata.category(character) for character in printable(text)}
    assert categories.isdisjoint({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
