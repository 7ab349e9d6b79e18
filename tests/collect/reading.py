"""Short ways for tests to put one object, or a few, through the readers."""

from __future__ import annotations

from typing import Any

import msgspec

from scanners.collect.inputs import BY_NAME
from scanners.collect.metadata import Reader
from scanners.collect.pool import Pool

MetaLike = dict[str, Any]


def read(reader: Reader, document: Any, pool: Pool | None = None) -> list[Any]:
    """The records that a reader makes of one object."""
    return list(reader(msgspec.Raw(msgspec.json.encode(document)), pool or Pool()))


def read_input(name: str, document: Any) -> list[Any]:
    """The records of one object of the input with this coverage name."""
    return read(BY_NAME[name].read_object, document)


def meta(name: str = "x", namespace: str | None = "shop", **more: Any) -> MetaLike:
    found: MetaLike = {"name": name, **more}
    return found | {"namespace": namespace} if namespace else found
