"""Kinds of smaller operators of which the Secret's name, and how the last sync went, is all that is asked.

A table of facts: a new kind is a new row. Each keeps its values outside the cluster, or encrypted in Git.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from scanners.collect.keep import clean
from scanners.collect.metadata import (
    MAX_NAME,
    Condition,
    ObjectMeta,
    Reader,
    Shape,
    decoder,
    name_of,
    namespace_of,
    readiness,
    utc,
)
from scanners.collect.pool import Pool
from scanners.collect.references.pointer import Pointer, follow
from scanners.collect.sync.flux import applied_by
from scanners.inventory import SyncObject

MAX_TARGETS = 500
"""Secrets kept of one object."""


@dataclass(frozen=True, slots=True)
class NamedKind:
    """A kind whose objects name the Secrets they write at `path`, or write one of their own name where it is "".

    `condition` is the one that tells of the last sync, "" where there is none. `encrypted` ones hold the values as
    ciphertext, so that they come from wherever the object came from. `source` is where this was read.
    """

    group: str
    kind: str
    plural: str
    versions: tuple[str, ...]
    path: str
    condition: str
    source: str
    encrypted: bool = False


KINDS = (
    NamedKind(
        "spv.no",
        "AzureKeyVaultSecret",
        "azurekeyvaultsecrets",
        ("v2beta1", "v1"),
        "spec.output.secret.name",
        "",
        "https://akv2k8s.io/reference/azure-key-vault-secret/",
    ),
    NamedKind(
        "k8s.bitwarden.com",
        "BitwardenSecret",
        "bitwardensecrets",
        ("v1",),
        "spec.secretName",
        "SuccessfulSync",
        "https://bitwarden.com/help/secrets-manager-kubernetes-operator/",
    ),
    NamedKind(
        "secret-sync.x-k8s.io",
        "SecretSync",
        "secretsyncs",
        ("v1alpha1",),
        "",
        "",
        "https://github.com/kubernetes-sigs/secrets-store-sync-controller",
    ),
    NamedKind(
        "craftypath.github.io",
        "SopsSecret",
        "sopssecrets",
        ("v1alpha1",),
        "",
        "",
        "https://github.com/craftypath/sops-operator",
        encrypted=True,
    ),
    NamedKind(
        "addons.projectcapsule.dev",
        "SopsSecret",
        "sopssecrets",
        ("v1alpha1",),
        "spec.secrets[].name",
        "Ready",
        "https://github.com/peak-scale/sops-operator",
        encrypted=True,
    ),
)


class _Status(Shape):
    conditions: list[Condition] | None = None


class _Object(Shape):
    metadata: ObjectMeta
    status: _Status = msgspec.field(default_factory=_Status)


_decoder = decoder(_Object)


def named_reader(kind: NamedKind) -> Reader:
    """The reader of a row of the table."""
    pointer = Pointer(path=kind.path)

    def read(raw: msgspec.Raw, pool: Pool) -> Iterable[SyncObject]:
        found = _decoder.decode(raw)
        name = name_of(found.metadata)
        named = (target.name for target in follow(msgspec.json.decode(raw), pointer)) if kind.path else (name,)
        ready, reason = readiness(found.status.conditions, kind.condition) if kind.condition else (None, "")
        yield SyncObject(
            kind=kind.kind,
            group=kind.group,
            namespace=namespace_of(found.metadata, pool),
            name=name,
            uid=found.metadata.uid or "",
            created_at=utc(found.metadata.creation_timestamp),
            targets=tuple(dict.fromkeys(clean(target, MAX_NAME) for target in named))[:MAX_TARGETS],
            ready=ready,
            reason=pool.one(reason),
            applied_by=applied_by(found.metadata, pool) if kind.encrypted else "",
        )

    return read
