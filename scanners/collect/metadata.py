"""What every Kubernetes object has: typed metadata, times, owners, conditions.

Only the fields that readers use are decoded; the rest of an object is skipped without being built.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from scanners.collect.keep import clean
from scanners.collect.pool import Pool
from scanners.inventory import Owner, Record

Reader = Callable[[msgspec.Raw, Pool], Iterable[Record]]
"""Turns one object (or Table row) into records. Raises one of UNREADABLE for an object that it cannot read."""

MAX_NAME = 253
"""A DNS subdomain, the longest name an object may have."""


class Unreadable(ValueError):
    """An object lacks what every object has; the message names the field, never its content."""


UNREADABLE = (Unreadable, msgspec.MsgspecError, UnicodeError, OverflowError, RecursionError)
"""What one hostile object can raise in a reader: it loses only itself."""


class Shape(msgspec.Struct, rename="camel"):
    """Base of the typed shapes of API objects."""


class OwnerReference(Shape):
    kind: str
    name: str
    api_version: str = ""
    controller: bool | None = None


class ObjectMeta(Shape):
    name: str = ""
    namespace: str | None = None
    uid: str | None = None
    creation_timestamp: datetime | None = None
    resource_version: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    owner_references: list[OwnerReference] | None = None


class Condition(Shape):
    type: str = ""
    status: str = ""
    reason: str | None = None


FIRST_YEAR, LAST_YEAR = 1970, 2199


def utc(time: datetime | None) -> datetime | None:
    """The time in UTC; None for none, for Go's zero time (year 1), and for years that no cluster has seen.

    A field manager's time can be set by whoever may update the object: one in the year 9999 would break all sums.
    """
    if time is None or not FIRST_YEAR < time.year <= LAST_YEAR:
        return None
    if time.tzinfo is None:
        return time.replace(tzinfo=UTC)
    return time if time.tzinfo is UTC else time.astimezone(UTC)


def name_of(metadata: ObjectMeta) -> str:
    """The object's name. Raises Unreadable where it has none."""
    if not metadata.name:
        raise Unreadable("metadata.name is missing")
    return clean(metadata.name, MAX_NAME)


def namespace_of(metadata: ObjectMeta, pool: Pool) -> str:
    """The object's namespace; a manifest without one goes to `default`, as kubectl would send it."""
    return pool.one(clean(metadata.namespace or "default", MAX_NAME))


def reference(name: str | None, pool: Pool) -> str:
    """A name that one object gives for another, such as a Secret's; "" for none."""
    return pool.one(clean(name, MAX_NAME)) if name else ""


def owners(metadata: ObjectMeta, pool: Pool) -> tuple[Owner, ...]:
    if not metadata.owner_references:
        return ()
    return tuple(
        Owner(
            kind=pool.one(clean(owner.kind, 63)),
            name=pool.one(clean(owner.name, MAX_NAME)),
            group=pool.one(clean(owner.api_version.rpartition("/")[0], MAX_NAME)),
            controller=bool(owner.controller),
        )
        for owner in metadata.owner_references[:16]
    )


def controller(metadata: ObjectMeta, pool: Pool) -> Owner | None:
    """The owner that controls the object, such as a Pod's ReplicaSet."""
    return next((owner for owner in owners(metadata, pool) if owner.controller), None)


_MACHINE_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_,:]{0,127}")


def readiness(conditions: Sequence[Condition] | None, *types: str) -> tuple[bool | None, str]:
    """Whether the first condition of `types` that is there holds, and its reason.

    (None, "") before the operator has said anything; None too while it says Unknown. A reason that is no
    machine word is dropped: operators write what they like, errors that quote values included.
    """
    for wanted in types:
        for condition in conditions or ():
            if condition.type == wanted:
                reason = condition.reason or ""
                held = {"True": True, "False": False}.get(condition.status)
                return held, reason if _MACHINE_WORD.fullmatch(reason) else ""
    return None, ""


_T = TypeVar("_T")


def decoder(shape: type[_T]) -> msgspec.json.Decoder[_T]:
    """A decoder of one typed shape, to be built once per module."""
    return msgspec.json.Decoder(shape)


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is a mapping, else an empty one: for free-form parts of custom resources."""
    return value if isinstance(value, dict) else {}
