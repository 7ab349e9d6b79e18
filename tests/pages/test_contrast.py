"""Text and marks are legible in both themes: WCAG 2.2, 1.4.3 (4.5 to 1 for text) and 1.4.11 (3 to 1 for marks)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

TOKENS = (Path(settings.STATICFILES_DIRS[0]) / "css" / "tokens.css").read_text(encoding="utf-8")
PAIRS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", TOKENS)
}
SEVERITIES = ("critical", "high", "medium", "low")

TEXT = [
    *((text, ground) for text in ("text", "muted", "accent") for ground in ("page", "surface", "raised")),
    ("text", "accent-tint"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("good", "surface"),
    ("good", "raised"),
    *((severity, f"{severity}-tint") for severity in SEVERITIES),
    *((f"on-{severity}", f"solid-{severity}") for severity in SEVERITIES),
]
MARKS = [
    *((f"solid-{severity}", "surface") for severity in SEVERITIES),
    ("rotation-edge", "surface"),
    ("rotation-due", "surface"),
    ("rotation-overdue", "surface"),
    ("rotation-unknown", "surface"),
    ("border-strong", "surface"),
    ("border-strong", "page"),
    ("focus", "page"),
    ("focus", "raised"),
]


def luminance(colour: str) -> float:
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), TEXT)
def test_text(front: str, back: str, theme: int) -> None:
    assert contrast(PAIRS[front][theme], PAIRS[back][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), MARKS)
def test_marks(front: str, back: str, theme: int) -> None:
    assert contrast(PAIRS[front][theme], PAIRS[back][theme]) >= 3


def test_stylesheets_use_only_tokens_that_exist() -> None:
    known = set(re.findall(r"--([a-z-]+):", TOKENS))
    for sheet in Path(settings.STATICFILES_DIRS[0]).glob("css/*.css"):
        text = sheet.read_text(encoding="utf-8")
        local = set(re.findall(r"--([a-z-]+):", text))
        used = set(re.findall(r"var\(--([a-z-]+)", text))
        assert used <= known | local | {"chart-height"}, sheet.name
        if sheet.name != "tokens.css":
            assert not re.search(r"#[0-9a-f]{3,8}\b", text), sheet.name
