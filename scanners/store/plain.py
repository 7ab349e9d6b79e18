"""Values as every database takes them."""

from __future__ import annotations

from typing import Any

import msgspec

BATCH = 500
"""Rows written at once."""
READ = 2000
"""Rows read at once."""


def plain(value: object) -> Any:
    """A report part as JSON-ready values that every database takes: PostgreSQL refuses NUL in text."""
    return clean(msgspec.to_builtins(value))


def stored(value: object) -> Any:
    """A column's value: text and parts of the report made fit for every database, numbers and times as they are."""
    return plain(value) if isinstance(value, (str, tuple, dict)) else value


def clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\N{SYMBOL FOR NULL}")
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    return value
