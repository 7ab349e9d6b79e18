"""Finding references to Secrets in objects of which only paths are known; `table` says how a row looks.

A path is written as in `spec.servers[].tls.credentialName`: names joined by dots, `[]` for every element of a
list, `{}` for every value of a mapping, `**` for every depth below, and `"quoted.name"` for a name with dots. It
leads to the string that names the Secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import msgspec

from scanners.collect.keep import clean
from scanners.collect.metadata import MAX_NAME, Unreadable, mapping
from scanners.collect.pool import Pool
from scanners.inventory import How, Record, Reference

MAX_DEPTH = 40
MAX_FIELD = 500
"""Characters kept of a path inside an object."""
MAX_REFERENCES = 2_000
"""References kept of one object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Where a kind of object names a Secret.

    `key`, `optional` and `namespace` are fields beside the name; "" where there is none. `keys` are keys that are
    always read. `items` is a list beside the name whose elements' `key` are read. `always_optional` marks a
    Secret that its controller makes itself, or does without. `when` are fields beside the name and the values
    that they must have; None among the values is for a field that is not there. With `**`, only a mapping with
    no other fields than `shape`, with all of `needs`, and not at or below a path that ends in one of
    `not_below`, is a reference.
    `slash` is for names that may be written NAMESPACE/NAME; `prefix` is put before the name. `how` is the consumer's
    way in the report.
    """

    path: str
    key: str = ""
    optional: str = ""
    namespace: str = ""
    keys: tuple[str, ...] = ()
    items: str = ""
    always_optional: bool = False
    when: tuple[tuple[str, tuple[str | None, ...]], ...] = ()
    shape: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    not_below: tuple[str, ...] = ()
    slash: bool = False
    prefix: str = ""
    how: How | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """The Secrets live in the namespace of another object than the one that names them.

    `selector` is a path to the labels of the workload that reads them, or `labels` are those labels; failing
    that, `store_kind` says that each object which uses this store reads the Secret in its own namespace.
    `usual` are the namespaces to assume where no such object was seen; "" is the object's own. `certain` says
    that where the labels lead is where the Secret must be; else a flag of the program may say otherwise.
    """

    selector: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    store_kind: str = ""
    usual: tuple[str, ...] = ()
    certain: bool = False


class Unplaced(Record, frozen=True, kw_only=True):
    """A reference whose Secret's namespace depends on other objects: `places` resolves it after reading."""

    reference: Reference
    labels: tuple[tuple[str, str], ...]
    elsewhere: Elsewhere


class _Found(NamedTuple):
    path: str
    parent: dict[str, Any]
    name: str


_SEGMENT = re.compile(r'"([^"]+)"|(\*\*)|(\{\})|(\[\])|([^.\[\]"{}]+)')
_LIST, _VALUES, _DEEP = "[]", "{}", "**"


@cache
def _segments(path: str) -> tuple[str, ...]:
    return tuple(match.group(0).strip('"') for match in _SEGMENT.finditer(path))


def follow(document: Any, pointer: Pointer) -> Iterator[_Found]:
    """Every string that the pointer's path leads to in the document, with its concrete path and its mapping."""
    segments = _segments(pointer.path)
    yield from _follow(document, {}, segments, "", pointer)


def _follow(value: Any, parent: dict[str, Any], rest: Sequence[str], path: str, pointer: Pointer) -> Iterator[_Found]:
    if not rest:
        if isinstance(value, str) and value:
            yield _Found(path, parent, value)
        return
    segment, below = rest[0], rest[1:]
    if segment == _LIST:
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from _follow(item, parent, below, f"{path}[{index}]", pointer)
    elif segment == _DEEP:
        for place, found in _deep(value, path, pointer, MAX_DEPTH):
            yield from _follow(found, parent, below, place, pointer)
    elif segment == _VALUES:
        for name, item in mapping(value).items():
            yield from _follow(item, mapping(value), below, _join(path, name), pointer)
    elif isinstance(value, dict) and segment in value:
        yield from _follow(value[segment], value, below, _join(path, segment), pointer)


def _deep(value: Any, path: str, pointer: Pointer, depth: int) -> Iterator[tuple[str, dict[str, Any]]]:
    if depth == 0:
        return
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _deep(item, f"{path}[{index}]", pointer, depth - 1)
    elif isinstance(value, dict):
        if pointer.needs <= value.keys() <= pointer.shape:
            yield path, value
            return
        for name, item in value.items():
            below = _join(path, name)
            if not below.endswith(pointer.not_below):
                yield from _deep(item, below, pointer, depth - 1)


def _join(path: str, name: str) -> str:
    name = clean(name)
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        return f'{path}["{name}"]'
    return f"{path}.{name}" if path else name


def references(
    raw: msgspec.Raw,
    pool: Pool,
    *,
    kind: str,
    group: str,
    namespaced: bool,
    how: How,
    pointers: Iterable[Pointer],
    elsewhere: Elsewhere | None = None,
) -> Iterator[Reference | Unplaced]:
    """Every reference to a Secret in one object. Raises one of UNREADABLE where it is no object at all."""
    document = msgspec.json.decode(raw)
    metadata = mapping(mapping(document).get("metadata"))
    name, namespace = metadata.get("name"), metadata.get("namespace")
    if not isinstance(name, str) or not name:
        raise Unreadable("metadata.name is missing")
    own = pool.one(clean(namespace, MAX_NAME)) if namespaced and isinstance(namespace, str) and namespace else ""
    if namespaced and not own:
        own = "default"
    seen = 0
    for pointer in pointers:
        for found in follow(document, pointer):
            if not all(found.parent.get(field) in values for field, values in pointer.when):
                continue
            secret_namespace, secret = _target(found, pointer)
            if any(mark in text for mark in ("${", "{{") for text in (secret, secret_namespace)):
                continue  # a template, filled in for each volume, release or run
            if not (secret_namespace or own or elsewhere):
                continue
            seen += 1
            if seen > MAX_REFERENCES:
                return
            reference = Reference(
                kind=kind,
                group=group,
                namespace=own,
                name=clean(name, MAX_NAME),
                field=clean(found.path, MAX_FIELD),
                secret=pool.one(clean(secret, MAX_NAME)),
                secret_namespace=pool.one(clean(secret_namespace or own, MAX_NAME)),
                how=pointer.how or how,
                keys=pool.one(_keys(found.parent, pointer)),
                optional=pointer.always_optional or found.parent.get(pointer.optional) is True,
            )
            if elsewhere is None or secret_namespace:
                yield reference
            else:
                yield _unplaced(reference, elsewhere, document)


def _target(found: _Found, pointer: Pointer) -> tuple[str, str]:
    """(namespace, name) of the Secret as the object gives it; "" where it leaves the namespace open."""
    if pointer.slash and "/" in found.name:
        namespace, _, name = found.name.partition("/")
        return namespace, name
    given = found.parent.get(pointer.namespace) if pointer.namespace else None
    return given if isinstance(given, str) else "", pointer.prefix + found.name


def _keys(parent: dict[str, Any], pointer: Pointer) -> tuple[str, ...]:
    key = parent.get(pointer.key) if pointer.key else None
    items = parent.get(pointer.items) if pointer.items else None
    listed = [mapping(item).get("key") for item in items] if isinstance(items, list) else []
    return pointer.keys + tuple(clean(item) for item in (key, *listed) if isinstance(item, str) and item)


def _unplaced(reference: Reference, elsewhere: Elsewhere, document: Any) -> Unplaced:
    labels = elsewhere.labels
    if elsewhere.selector:
        selector: Any = document
        for segment in elsewhere.selector.split("."):
            selector = mapping(selector).get(segment)
        labels = tuple(
            sorted((clean(name), value) for name, value in mapping(selector).items() if isinstance(value, str))
        )
    return Unplaced(reference=reference, labels=labels, elsewhere=elsewhere)
