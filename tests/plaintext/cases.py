"""The labelled corpora, as cases for parametrize."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

REPOSITORY = Path(__file__).parents[2]
OURS = Path(__file__).with_name("corpus.yaml")
PLACES = Path(__file__).with_name("corpus_places.yaml")
SHARED = REPOSITORY.parent / "shared" / "corpus" / "plaintext.yaml"
"""A second corpus beside the checkout, used where it exists."""


class Case(NamedTuple):
    """`where` is the place in a manifest, by the words of tests.plaintext.manifests.planted."""

    name: str
    value: str
    leak: bool
    source: str
    where: str = "env"


def ours() -> Iterator[Case]:
    """Our own corpus of env vars; values written in parts are joined."""
    document = yaml.safe_load(OURS.read_text(encoding="utf-8"))
    for label in ("leak", "clean"):
        for name, value, source in document[label]:
            yield Case(name, _joined(value), label == "leak", source)


def places() -> Iterator[Case]:
    """Our own corpus of every other place."""
    document = yaml.safe_load(PLACES.read_text(encoding="utf-8"))
    for where, labels in document.items():
        for label in ("leak", "clean"):
            for name, value, source in labels[label]:
                yield Case(name or "", _joined(value), label == "leak", source, where)


def shared() -> Iterator[Case]:
    """The corpus beside the checkout, whole; nothing where it is absent."""
    if SHARED.exists():
        for row in yaml.safe_load(SHARED.read_text(encoding="utf-8")):
            yield Case(row["key"] or "", row["value"], row["leak"], row["source"], row["where"])


def _joined(value: str | list[str]) -> str:
    return "".join(value) if isinstance(value, list) else value
