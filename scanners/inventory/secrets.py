"""Secrets and ConfigMaps, without what they hold."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from scanners.inventory.record import Owner, PlaintextCredential, Record


class KeyFacts(Record, frozen=True, kw_only=True):
    """What a deep scan learnt of one key's value before it dropped the value (decision 1).

    `digest` is keyed under the installation's key and comparable only within one installation. `credential` names
    the kind of credential the value is by itself, "" for none. `weakness` is why it can be guessed, "" if it is
    not known to be: `empty`, `placeholder`, `default`, `guessable`. `encrypted` is "sops" for SOPS ciphertext.
    `not_before` and `not_after` are those of the certificate in a chain that expires first.
    """

    key: str
    digest: str
    credential: str = ""
    weakness: Literal["", "empty", "placeholder", "default", "guessable"] = ""
    encrypted: Literal["", "sops"] = ""
    not_before: datetime | None = None
    not_after: datetime | None = None


class Secret(Record, frozen=True, kw_only=True):
    """A Secret's metadata. `keys` is None where the names are not certain (real-parts.md, fact 1).

    `data_written_at` is the newest time at which a field manager that owns part of the data wrote anything:
    the value has not changed since. It is None where no manager claims the data.
    `last_applied` tells whether kubectl's last-applied-configuration annotation stood there, and if it
    carried values in plain; the annotation itself is dropped by the reader. `applied_encrypted`: that annotation, or
    the file the Secret was read from, shows that it was applied with SOPS ciphertext in it.
    `data_hash` is External Secrets' own hash of the data, under the installation's key: two that differ prove a
    change of the value. `values` are the facts of a deep scan, None where the values were not read.
    `plaintext_annotations` are credentials in its other annotations.
    Labels and annotations are those of `scanners.collect.keep`, never all of them.
    """

    namespace: str
    name: str
    uid: str = ""
    type: str = "Opaque"
    created_at: datetime | None = None
    resource_version: str = ""
    keys: tuple[str, ...] | None = None
    key_count: int | None = None
    data_written_at: datetime | None = None
    managers: tuple[str, ...] = ()
    owners: tuple[Owner, ...] = ()
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    last_applied: Literal["absent", "without-values", "with-values", "unreadable"] = "absent"
    applied_encrypted: bool = False
    data_hash: str = ""
    values: tuple[KeyFacts, ...] | None = None
    plaintext_annotations: tuple[PlaintextCredential, ...] = ()


class ConfigMap(Record, frozen=True, kw_only=True):
    """A ConfigMap, without what it holds. `looked_at` counts the values the detector judged.

    `unreadable` names keys that could not be judged whole, such as a value larger than the detector's limit.
    """

    namespace: str
    name: str
    uid: str = ""
    created_at: datetime | None = None
    owner: Owner | None = None
    labels: dict[str, str] = {}
    looked_at: int = 0
    plaintext: tuple[PlaintextCredential, ...] = ()
    plaintext_annotations: tuple[PlaintextCredential, ...] = ()
    unreadable: tuple[str, ...] = ()
