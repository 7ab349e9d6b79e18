"""Objects from files (`kubectl get … -o json`, YAML, folders of manifests), through the readers of the cluster.

A file tells nothing of what is not in it: only kinds that appear have coverage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from scanners.collect.assemble import Parts, assemble
from scanners.collect.encryption import KINDS as ENCRYPTION_KINDS
from scanners.collect.encryption import EncryptionConfigError, encryption_entries
from scanners.collect.inputs import ENCRYPTION_CONFIGURATION, INPUTS, NAMES, Input
from scanners.collect.keep import clean
from scanners.collect.listing import Reading
from scanners.collect.metadata import UNREADABLE, Shape
from scanners.collect.pool import Pool
from scanners.collect.secrets import read_object_with_values
from scanners.inventory import Cluster, Coverage, EncryptionEntry, Inventory
from scanners.safe_yaml import UnsafeYaml, load_documents

MAX_YAML_BYTES = 32 * 1024 * 1024
MAX_LIST_DEPTH = 4
MAX_FILES_NAMED = 5

_BY_KIND: dict[tuple[str, str], Input] = {(item.group, item.kind): item for item in INPUTS}


class NotManifests(ValueError):
    """The text holds neither JSON nor YAML that can be read; the message is a sentence that quotes nothing of it."""


class _Head(Shape):
    """What tells an object's kind; a list has its items as well."""

    kind: str = ""
    api_version: str = ""
    items: list[msgspec.Raw] | None = None


_head = msgspec.json.Decoder(_Head)
_array = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(slots=True)
class _Kind:
    """What was found of one kind."""

    reading: Reading
    unreadable: int = 0


@dataclass(slots=True)
class Manifests:
    """Collects objects file by file; `inventory` is all of them.

    `deep` reads the Secrets' values and reduces them to facts; it needs a pool with a digest.
    """

    pool: Pool = field(default_factory=Pool)
    deep: bool = False
    _kinds: dict[str, _Kind] = field(default_factory=dict)
    _unread_files: list[str] = field(default_factory=list)
    _encryption: tuple[EncryptionEntry, ...] | None = None
    _encryption_error: str = ""

    @property
    def found(self) -> bool:
        """Whether anything was found that secretsui reads."""
        return bool(self._kinds) or self._encryption is not None

    def skip_file(self, name: str) -> None:
        """Notes a file that could not be read, so that nothing counts as complete."""
        self._unread_files.append(clean(name))

    def add(self, content: bytes) -> None:
        """Every object of one file. Raises NotManifests; then nothing of the file is kept."""
        for raw in list(_documents(content)):
            self._add(raw, "", "", MAX_LIST_DEPTH)

    def _add(self, raw: msgspec.Raw, list_kind: str, list_version: str, depth: int) -> None:
        try:
            head = _head.decode(raw)
        except UNREADABLE:
            return  # not an object of Kubernetes
        kind, version = head.kind or list_kind, head.api_version or list_version
        if head.items is not None and kind.endswith("List"):
            listed = _BY_KIND.get((version.rpartition("/")[0], kind.removesuffix("List")))
            if listed is not None:
                self._kind(listed)  # a list of that kind without an item says that there is none
            for item in head.items if depth else ():
                # In a SecretList of the API itself, the items do not repeat their kind.
                self._add(item, kind.removesuffix("List"), version, depth - 1)
            return
        if kind in ENCRYPTION_KINDS:
            self._add_encryption(raw)
            return
        item_kind = _BY_KIND.get((version.rpartition("/")[0], kind))
        if item_kind is not None:
            self._add_object(item_kind, raw)

    def _kind(self, item: Input) -> _Kind:
        return self._kinds.setdefault(item.name, _Kind(Reading(Coverage(input=item.name, status="complete"))))

    def _add_object(self, item: Input, raw: msgspec.Raw) -> None:
        found = self._kind(item)
        read = read_object_with_values if self.deep and item.name == "secrets" else item.read_object
        try:
            found.reading.records.extend(list(read(raw, self.pool)))
        except UNREADABLE:
            found.unreadable += 1
        else:
            found.reading.coverage = msgspec.structs.replace(
                found.reading.coverage, read=found.reading.coverage.read + 1
            )

    def _add_encryption(self, raw: msgspec.Raw) -> None:
        try:
            self._encryption = encryption_entries(msgspec.json.decode(raw))
        except EncryptionConfigError as error:
            self._encryption_error = str(error)

    def inventory(self, name: str, now: datetime) -> Inventory:
        """All that was found, as of `now`. Nothing is known of kinds that did not appear: their coverage is `error`."""
        parts = Parts(cluster=Cluster(name=clean(name)), scope=(), started_at=now, pool=self.pool, deep=self.deep)
        for input_name in NAMES:
            parts.coverage[input_name] = Coverage(input=input_name, status="error", detail="not in the snapshot")
        for found in self._kinds.values():
            found.reading.coverage = self._coverage(found)
            parts.add(found.reading)
        if self._encryption is not None:
            parts.coverage[ENCRYPTION_CONFIGURATION] = Coverage(
                input=ENCRYPTION_CONFIGURATION, status="complete", verb="get", read=len(self._encryption)
            )
        elif self._encryption_error:
            parts.coverage[ENCRYPTION_CONFIGURATION] = Coverage(
                input=ENCRYPTION_CONFIGURATION, status="error", verb="get", detail=self._encryption_error
            )
        return assemble(parts, encryption=self._encryption, collected_at=now)

    def _coverage(self, found: _Kind) -> Coverage:
        notes = []
        if found.unreadable:
            notes.append(f"{found.unreadable:,} object{'s' * (found.unreadable > 1)} could not be read")
        if self._unread_files:
            count = len(self._unread_files)
            more = f" and {count - MAX_FILES_NAMED:,} more" if count > MAX_FILES_NAMED else ""
            shown = ", ".join(self._unread_files[:MAX_FILES_NAMED])
            notes.append(f"{count:,} file{'s' * (count > 1)} could not be read: {shown}{more}")
        if not notes:
            return found.reading.coverage
        return msgspec.structs.replace(found.reading.coverage, status="partial", detail="; ".join(notes))


def _documents(content: bytes) -> Iterator[msgspec.Raw]:
    """The documents of a file, each as JSON."""
    start = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start in (b"{", b"["):
        try:
            yield from _array.decode(content) if start == b"[" else [_whole(content)]
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            pass  # several JSON documents, or YAML in flow style
        else:
            return
    yield from _yaml_documents(content)


def _whole(content: bytes) -> msgspec.Raw:
    _head.decode(content)
    return msgspec.Raw(content)


def _yaml_documents(content: bytes) -> Iterator[msgspec.Raw]:
    if len(content) > MAX_YAML_BYTES:
        raise NotManifests(
            f"as YAML it is larger than {MAX_YAML_BYTES // 1024**2} MiB; give JSON instead (kubectl get … -o json)."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotManifests("it is not text in UTF-8.") from None
    try:
        documents = [document for document in load_documents(text, limit=MAX_YAML_BYTES) if document is not None]
    except UnsafeYaml as error:
        raise NotManifests(str(error)) from None
    for document in documents:
        for item in document if isinstance(document, list) else [document]:
            yield _as_json(item)


def _as_json(document: Any) -> msgspec.Raw:
    try:
        return msgspec.Raw(msgspec.json.encode(document))
    except (TypeError, ValueError, RecursionError):
        return msgspec.Raw(b"null")
