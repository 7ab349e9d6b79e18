"""How the API server keeps Secrets in etcd."""

from __future__ import annotations

from typing import Literal

from scanners.inventory.record import Record


class EncryptionProvider(Record, frozen=True, kw_only=True):
    """A provider of an EncryptionConfiguration: its kind, its key names, and the API version of a KMS one."""

    kind: str
    keys: tuple[str, ...] = ()
    kms_version: str = ""


class EncryptionEntry(Record, frozen=True, kw_only=True):
    resources: tuple[str, ...] = ()
    providers: tuple[EncryptionProvider, ...] = ()


class Transformation(Record, frozen=True, kw_only=True):
    """How often the API server since its start moved objects of a resource to or from storage, by etcd prefix.

    `count` are those that succeeded; `failed` is a value that this provider or key could not read or write.
    """

    resource: str
    direction: Literal["to_storage", "from_storage"]
    prefix: str
    count: int
    failed: int = 0
