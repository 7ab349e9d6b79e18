"""The labelled corpora, as cases for parametrize."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

REPOSITORY = Path(__file__).parents[2]
OURS = Path(__file__).with_name("corpus.yaml")
SHARED = REPOSITORY.parent / "shared" / "corpus" / "plaintext.yaml"
"""A second corpus beside the checkout, used where it exists."""


class Case(NamedTuple):
    name: str
    value: str
    leak: bool
    source: str


def ours() -> Iterator[Case]:
    """Our own corpus; values written in parts are joined."""
    document = yaml.safe_load(OURS.read_text(encoding="utf-8"))
    for label in ("leak", "clean"):
        for name, value, source in document[label]:
            yield Case(name, "".join(value) if isinstance(value, list) else value, label == "leak", source)


def shared() -> Iterator[Case]:
    """The env cases of the corpus beside the checkout; none where it is absent."""
    if SHARED.exists():
        for row in yaml.safe_load(SHARED.read_text(encoding="utf-8")):
            if row["where"] in ("env", "init-env"):
                yield Case(row["key"], row["value"], row["leak"], row["source"])
