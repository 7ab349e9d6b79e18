"""Secrets: metadata, the names of keys, and the times at which the data was written. Never a value.

From a cluster they come as rows of a Table with `includeObject=Metadata`: the cells are name, type and number
of keys, the object is a PartialObjectMetadata, whose managedFields name the keys (measured on a 1.37 API server).
One hole is left: the annotation `kubectl.kubernetes.io/last-applied-configuration` may hold the applied values. It
is looked at here, once, for whether it does, and goes no further.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from scanners.collect import keep
from scanners.collect.annotations import annotations_of_secret
from scanners.collect.applied import holds_ciphertext, last_applied
from scanners.collect.metadata import (
    ObjectMeta,
    Shape,
    Unreadable,
    decoder,
    name_of,
    namespace_of,
    owners,
    utc,
)
from scanners.collect.pool import Pool
from scanners.collect.values import VALUES_OF_NO_USE, read_values
from scanners.digest import DATA_HASH
from scanners.inventory import Secret
from scanners.values import About

MAX_DATA_HASH = 128
"""Characters of a hash; what is longer is none."""


class ValuesOffered(Exception):
    """The server sent whole Secrets where only their metadata was asked for: reading must stop."""

    def __init__(self) -> None:
        super().__init__(
            "the server sent whole Secrets where only their metadata was asked for, so reading was stopped; "
            "secretsui does not read Secrets from a server that cannot leave their values out"
        )


class _OwnedFields(Shape):
    """FieldsV1 of one manager: `f:KEY` for each key, `.` for the map itself."""

    data: dict[str, msgspec.Raw] | None = msgspec.field(name="f:data", default=None)
    string_data: dict[str, msgspec.Raw] | None = msgspec.field(name="f:stringData", default=None)


class _ManagedFieldsEntry(Shape):
    manager: str | None = None
    time: datetime | None = None
    subresource: str | None = None
    fields_v1: _OwnedFields | None = msgspec.field(name="fieldsV1", default=None)


class _SecretMeta(ObjectMeta):
    managed_fields: list[_ManagedFieldsEntry] | None = None


class _PartialObject(Shape):
    kind: str
    metadata: _SecretMeta


class _Row(Shape):
    cells: list[Any]
    object: _PartialObject


class _SecretObject(Shape):
    """A whole Secret, as a file holds it. The values stay undecoded bytes and are dropped with the object."""

    metadata: _SecretMeta
    type: str | None = None
    data: dict[str, msgspec.Raw] | None = None
    string_data: dict[str, msgspec.Raw] | None = None


_row = decoder(_Row)
_object = decoder(_SecretObject)


def read_row(raw: msgspec.Raw, pool: Pool) -> Iterable[Secret]:
    """The Secret of one Table row. Raises ValuesOffered if the row carries more than metadata."""
    row = _row.decode(raw)
    if row.object.kind != "PartialObjectMetadata":
        raise ValuesOffered
    metadata, cells = row.object.metadata, row.cells
    if len(cells) < 3 or cells[0] != metadata.name or not isinstance(cells[1], str) or type(cells[2]) is not int:
        raise Unreadable("the row's cells are not name, type and number of keys")
    yield _secret(metadata, cells[1], None, cells[2], pool)


def read_object(raw: msgspec.Raw, pool: Pool) -> Iterable[Secret]:
    """The Secret of a manifest or of `kubectl get -o json`."""
    yield _of_object(_object.decode(raw), pool)


def read_object_with_values(raw: msgspec.Raw, pool: Pool) -> Iterable[Secret]:
    """The same, with what a deep scan tells of the values. They are dropped with `raw`."""
    secret = _object.decode(raw)
    record = _of_object(secret, pool)
    if record.type in VALUES_OF_NO_USE:
        yield record
        return
    facts = read_values(secret.data, secret.string_data, About(record.namespace, record.name), pool)
    yield msgspec.structs.replace(record, values=facts)


def _of_object(secret: _SecretObject, pool: Pool) -> Secret:
    keys = pool.one(tuple(sorted(keep.clean(key) for key in {**(secret.data or {}), **(secret.string_data or {})})))
    record = _secret(secret.metadata, secret.type or "Opaque", keys, len(keys), pool)
    if holds_ciphertext(secret.data):
        return msgspec.structs.replace(record, applied_encrypted=True)
    return record


def _secret(metadata: _SecretMeta, type_: str, keys: tuple[str, ...] | None, key_count: int, pool: Pool) -> Secret:
    owned_keys, written_at, managers = _data_ownership(metadata.managed_fields or ())
    if keys is None and len(owned_keys) == key_count:
        # A manager of f:stringData keeps a deleted key, so the names are certain only where their number is right.
        keys = pool.one(tuple(sorted(keep.clean(key) for key in owned_keys)))
    annotations = metadata.annotations
    applied = last_applied(annotations.get(keep.LAST_APPLIED) if annotations else None)
    return Secret(
        namespace=namespace_of(metadata, pool),
        name=name_of(metadata),
        uid=metadata.uid or "",
        type=pool.one(keep.clean(type_ or "Opaque")),
        created_at=utc(metadata.creation_timestamp),
        resource_version=metadata.resource_version or "",
        keys=keys,
        key_count=key_count,
        data_written_at=written_at,
        managers=pool.one(tuple(keep.clean(manager, 128) for manager in managers)),
        owners=owners(metadata, pool),
        labels=keep.kept_labels(metadata.labels, pool),
        annotations=keep.kept_annotations(annotations, pool),
        last_applied=applied.values,
        applied_encrypted=applied.encrypted,
        plaintext_annotations=annotations_of_secret(annotations),
        data_hash=_data_hash(annotations, pool),
    )


def _data_hash(annotations: Mapping[str, str] | None, pool: Pool) -> str:
    """External Secrets' hash of the data, as a digest under the installation's key; "" where there is neither.

    The hash itself is unkeyed and could be tried out for a weak value, so it is not kept. Versions of the operator
    hash in different ways (MD5, later SHA-3), which their lengths tell: hashes of different lengths never compare.
    """
    found = annotations.get(keep.DATA_HASH) if annotations else None
    if not found or pool.digest is None or len(found) > MAX_DATA_HASH:
        return ""
    return pool.digest.of(f"{DATA_HASH}/{len(found)}", found.encode())


def _data_ownership(entries: Iterable[_ManagedFieldsEntry]) -> tuple[set[str], datetime | None, tuple[str, ...]]:
    """The keys that managers claim, the newest time any of them wrote, and their names, newest first.

    A manager that owns only labels says nothing about the value and is left out.
    """
    keys: set[str] = set()
    writers: list[tuple[datetime | None, str]] = []
    for entry in entries:
        fields = entry.fields_v1
        if fields is None or entry.subresource or (fields.data is None and fields.string_data is None):
            continue
        for owned in (fields.data, fields.string_data):
            keys.update(key[2:] for key in owned or () if key.startswith("f:"))
        writers.append((utc(entry.time), entry.manager or ""))
    times = [time for time, _ in writers if time is not None]
    writers.sort(key=lambda writer: (writer[0] is None, -writer[0].timestamp() if writer[0] else 0.0, writer[1]))
    return keys, max(times, default=None), tuple(dict.fromkeys(manager for _, manager in writers if manager))
