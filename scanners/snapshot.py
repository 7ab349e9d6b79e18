"""Snapshots: an Inventory in a file, and Inventories made from the files that people have anyway.

`secretsui collect` writes the Inventory as gzipped JSON. `kubectl get … -o json`, YAML and folders of manifests
are read as well. All of it is hostile input: bounded in size after decompression, in depth and in the length of
its texts, and no message quotes what a file holds.
"""

from __future__ import annotations

import os
import re
import tempfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from scanners.collect.manifests import Manifests, NotManifests
from scanners.collect.metadata import FIRST_YEAR, LAST_YEAR
from scanners.collect.pool import Pool
from scanners.digest import KeyedDigest
from scanners.inventory import SNAPSHOT_SCHEMA, Inventory, Record

MAX_BYTES = 512 * 1024 * 1024
"""Bytes of a snapshot after decompression, or of all files of a folder."""
MAX_RATIO = 250
"""How many times smaller gzip may have made it: real Inventories come to about 30, a bomb to about 1,000."""
RATIO_FREE_BYTES = 8 * 1024 * 1024
"""Below this size the ratio does not matter."""
MAX_FILES = 20_000
MAX_TEXT = 2_048
"""Bytes of the longest text in an Inventory."""

_SUFFIXES = (".yaml", ".yml", ".json")
_GZIP = b"\x1f\x8b"
_CHUNK = 1024 * 1024

_UNPRINTABLE = re.compile(rb"(?<!\\)(?:\\\\)*\\(?:u00[01][0-9a-fA-F]|[nrtbf])")
_LONG_TEXT = re.compile(rb'"(?:[^"\\]|\\.){%d,}+"' % (MAX_TEXT + 1))
_LONG_TEXT_WITHOUT_ESCAPES = re.compile(rb'"[^"]{%d}' % (MAX_TEXT + 1))


class SnapshotError(ValueError):
    """The snapshot cannot be used; the message is a sentence that says why and what to do."""


class _Head(msgspec.Struct):
    schema: str = ""


_head = msgspec.json.Decoder(_Head)
_inventory = msgspec.json.Decoder(Inventory)
_PLACE = re.compile(r"at `([^`]*)`")


def read_snapshot(
    source: str | Path | BinaryIO,
    *,
    now: datetime,
    labels: frozenset[str] = frozenset(),
    deep: KeyedDigest | None = None,
) -> Inventory:
    """The Inventory in a file, a stream or a folder.

    `now` (in UTC) is when it counts as collected where the file does not say. `labels` are the keys of labels that
    the policy's rules ask for, to keep of objects in manifests too; a snapshot has those of its collection. Values of
    Secrets in manifests are dropped unread; given a digest for a `deep` reading, they are reduced to facts under it.
    Raises SnapshotError.
    """
    manifests = Manifests(Pool(deep, labels), deep=deep is not None)
    if isinstance(source, (str, Path)):
        path = Path(source)
        if path.is_dir():
            return _read_folder(path, now, manifests)
        try:
            with path.open("rb") as stream:
                return _read_stream(stream, path.name, now, manifests)
        except OSError as error:
            raise SnapshotError(f"{path} cannot be read: {error.strerror or 'input/output error'}.") from None
    return _read_stream(source, "snapshot", now, manifests)


def encode_snapshot(inventory: Inventory) -> bytes:
    """The snapshot's bytes; the same Inventory always gives the same ones."""
    content = msgspec.json.encode(inventory, order="deterministic")
    if not content.startswith(b'{"schema":'):
        # Records leave out what equals its default, and the schema does; a file must say what it is.
        content = b'{"schema":' + msgspec.json.encode(inventory.schema) + b"," + content[1:]
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)  # 31: a gzip header without name and time
    return packer.compress(content) + packer.flush()


def write_snapshot(inventory: Inventory, path: str | Path) -> None:
    """Writes the snapshot, whole or not at all. Raises OSError."""
    target = Path(path)
    content = encode_snapshot(inventory)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")  # readable by its owner alone
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _read_stream(stream: BinaryIO, name: str, now: datetime, manifests: Manifests) -> Inventory:
    content = _bounded(stream, name)
    if not content.strip():
        raise SnapshotError(f"{name} is empty; make a snapshot with `secretsui collect`.")
    schema = _schema(content)
    if schema:
        inventory = _decode(content, schema, name)
        if manifests.deep and not inventory.deep:
            raise SnapshotError(
                f"{name} is a snapshot without values, so a deep scan has nothing to read in it: leave out "
                "--deep, or give the output of `kubectl get secrets -o json`."
            )
        return inventory
    try:
        manifests.add(content)
    except NotManifests as error:
        raise SnapshotError(f"{name} cannot be read: {error}") from None
    return _of_manifests(manifests, name, now)


def _of_manifests(manifests: Manifests, name: str, now: datetime) -> Inventory:
    if not manifests.found:
        raise SnapshotError(
            f"{name} holds no Kubernetes objects that secretsui reads; give what `secretsui collect` wrote, "
            "the output of `kubectl get … -o json`, or manifests."
        )
    return manifests.inventory(name, now)


def _bounded(stream: BinaryIO, name: str) -> bytes:
    """The whole content, decompressed if it is gzip. Raises SnapshotError where it is larger than is read."""
    chunks: list[bytes] = []
    size = 0
    for chunk in _unpacked(stream, name):
        size += len(chunk)
        if size > MAX_BYTES:
            raise SnapshotError(
                f"{name} is larger than {MAX_BYTES // 1024**2} MiB; collect fewer namespaces at a time."
            )
        chunks.append(chunk)
    return b"".join(chunks)


def _unpacked(stream: BinaryIO, name: str) -> Iterator[bytes]:
    first = stream.read(_CHUNK)
    if first[:2] != _GZIP:
        while first:
            yield first
            first = stream.read(_CHUNK)
        return
    unpacker = zlib.decompressobj(31)
    packed = unpacked = 0
    try:
        while first and not unpacker.eof:
            packed += len(first)
            data = unpacker.decompress(first, _CHUNK)
            while data:
                unpacked += len(data)
                if unpacked > RATIO_FREE_BYTES and unpacked > packed * MAX_RATIO:
                    raise SnapshotError(f"{name} unpacks to far more than a snapshot does, so it was not read on.")
                yield data
                data = unpacker.decompress(unpacker.unconsumed_tail, _CHUNK)
            first = stream.read(_CHUNK)
    except zlib.error:
        raise SnapshotError(f"{name} is broken: it is not valid gzip; copy or collect it again.") from None
    if not unpacker.eof:
        raise SnapshotError(f"{name} is cut short; copy or collect it again.")


def _schema(content: bytes) -> str:
    """The schema that the file declares, "" for a file of another kind."""
    if content[:4096].lstrip()[:1] != b"{":
        return ""
    try:
        return _head.decode(content).schema
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return ""


def _decode(content: bytes, schema: str, name: str) -> Inventory:
    if schema != SNAPSHOT_SCHEMA:
        if schema.startswith(SNAPSHOT_SCHEMA.rpartition("/")[0] + "/"):
            raise SnapshotError(f"{name} was written by a newer secretsui; update this one, or collect again with it.")
        raise SnapshotError(f"{name} is no snapshot of secretsui; give what `secretsui collect` wrote.")
    if _has_foreign_text(content):
        raise SnapshotError(
            f"{name} holds texts that no collection writes (control characters, or longer than "
            f"{MAX_TEXT} bytes), so it was not used; collect again."
        )
    try:
        inventory = _inventory.decode(content)
    except (msgspec.MsgspecError, UnicodeError, OverflowError) as error:
        place = _PLACE.search(str(error))
        where = f" at {place.group(1)}" if place else ""
        raise SnapshotError(f"{name} is no valid snapshot{where}; collect again.") from None
    except RecursionError:
        raise SnapshotError(f"{name} is nested too deeply; collect again.") from None
    _check_times(inventory, name)
    for key, row in inventory.coverage.items():
        if key != row.input:
            raise SnapshotError(f"{name} is no valid snapshot at $.coverage; collect again.")
    return inventory


def _has_foreign_text(content: bytes) -> bool:
    """Whether the JSON holds texts with control characters, or longer than MAX_TEXT; quick where nothing is escaped."""
    if b"\\" not in content:
        return b"\x7f" in content or _LONG_TEXT_WITHOUT_ESCAPES.search(content) is not None
    return b"\x7f" in content or bool(_UNPRINTABLE.search(content) or _LONG_TEXT.search(content))


def _check_times(inventory: Inventory, name: str) -> None:
    """Every time must have a zone and lie in years with which one can reckon. Raises SnapshotError."""
    for time in _times(inventory):
        if time.tzinfo is None or not FIRST_YEAR < time.year <= LAST_YEAR:
            raise SnapshotError(f"{name} holds a time without a zone, or out of all bounds; collect again.")


def _times(inventory: Inventory) -> Iterator[datetime]:
    yield from (inventory.started_at, inventory.collected_at)
    records: tuple[tuple[Record, ...], ...] = (inventory.secrets, inventory.workloads, inventory.sync_objects)
    for group in records:
        for record in group:
            for attribute in ("created_at", "data_written_at", "refreshed_at", "not_before", "not_after"):
                time = getattr(record, attribute, None)
                if time is not None:
                    yield time
    yield from (start.started_at for workload in inventory.workloads for start in workload.started)
    facts = (fact for secret in inventory.secrets for fact in secret.values or ())
    yield from (time for fact in facts for time in (fact.not_before, fact.not_after) if time is not None)


def _read_folder(folder: Path, now: datetime, manifests: Manifests) -> Inventory:
    """Every manifest below the folder; hidden folders (such as .git) and links are left out."""
    left = MAX_BYTES
    for number, path in enumerate(_manifest_files(folder)):
        if number >= MAX_FILES:
            raise SnapshotError(f"{folder} has more than {MAX_FILES:,} manifests; give a folder of fewer.")
        name = str(path.relative_to(folder))
        try:
            left -= path.stat().st_size
            if left < 0:
                raise SnapshotError(
                    f"{folder} is larger than {MAX_BYTES // 1024**2} MiB; give a folder of fewer files."
                )
            manifests.add(path.read_bytes())
        except (OSError, NotManifests):
            manifests.skip_file(name)
    return _of_manifests(manifests, folder.name or str(folder), now)


def _manifest_files(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(root, name)
            if name.endswith(_SUFFIXES) and not name.startswith(".") and not path.is_symlink() and path.is_file():
                yield path


__all__ = ["SnapshotError", "encode_snapshot", "read_snapshot", "write_snapshot"]
