"""Files that SOPS encrypted: whether everything that should be ciphertext is, in YAML, JSON, env files and INI.

SOPS notices a changed or added plain value only when it decrypts, by the MAC; Git hooks and `sops filestatus` look for
the metadata alone. https://getsops.io/docs/#message-authentication-code
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from scanners.inventory import RepositoryFault
from scanners.repository.documents import (
    Document,
    Mapping,
    Node,
    NotYaml,
    Scalar,
    Sequence,
    documents,
    line_of,
    member,
    pairs,
    scalar,
)
from scanners.repository.sops_scope import SETTINGS, Scope

PLAIN = "SOPS file with unencrypted values"
NO_MAC = "SOPS file without a MAC"
MAX_KEYS = 50
"""Keys that are named for one document."""
MAX_STEPS = 500_000

_CIPHERTEXT = re.compile(
    r"ENC\[AES256_GCM,data:[A-Za-z0-9+/=]*,iv:[A-Za-z0-9+/=]+,tag:[A-Za-z0-9+/=]+,type:[a-z]+\]\s*"
)
_METADATA = frozenset(
    {"mac", "lastmodified", "version", "age", "kms", "pgp", "gcp_kms", "azure_kv", "hc_vault", "key_groups"}
)
_LINE = re.compile(r"\s*([^=\s#;\[][^=]{0,256}?)\s*=\s*(.*?)\s*")
_SECTION = re.compile(r"\s*\[([^\]]{1,256})\]\s*")


class Value(NamedTuple):
    """A scalar of an encrypted file: the keys that lead to it, its text and its line."""

    path: tuple[str, ...]
    text: str
    line: int


def may_be_encrypted(text: str) -> bool:
    """Whether a text may be a file of SOPS; False is certain."""
    return "sops" in text and ("lastmodified" in text or "mac" in text)


def is_metadata(metadata: dict[str, str]) -> bool:
    """Whether the members of a mapping called `sops` are those that SOPS writes."""
    return len(_METADATA & metadata.keys()) >= 2


def judge_structured(text: str) -> tuple[bool, list[RepositoryFault]]:
    """Whether YAML or JSON holds documents of SOPS, and what is wrong with them."""
    faults: list[RepositoryFault] = []
    encrypted = False
    for number, document in enumerate(documents(text), 1):
        if "sops" not in document.text:
            continue
        try:
            root = document.root()
        except NotYaml:
            continue
        about = member(root, "sops")
        metadata = {key: scalar(value) or "" for key, _, value in pairs(about)}
        if not is_metadata(metadata):
            continue
        encrypted = True
        place = f"document {number}" if number > 1 else ""
        values = [value for value in _values(document, root) if value.path[:1] != ("sops",)]
        is_secret = _is_secret(root)
        faults += _faults(metadata, values, place, document.line(about) if about else 0, is_secret=is_secret)
    return encrypted, faults


def judge_lines(text: str) -> tuple[bool, list[RepositoryFault]]:
    """The same for an env file (`sops_mac=…` beside the values) or INI (a section `[sops]`)."""
    section: tuple[str, ...] = ()
    metadata: dict[str, str] = {}
    values: list[Value] = []
    about = 0
    for number, line in enumerate(text.split("\n"), 1):
        heading = _SECTION.fullmatch(line)
        entry = _LINE.fullmatch(line)
        if heading is not None:
            section = (heading[1],)
        elif entry is not None and (section == ("sops",) or (not section and entry[1].startswith("sops_"))):
            metadata[entry[1].removeprefix("sops_")] = entry[2]
            about = about or number
        elif entry is not None:
            values.append(Value((*section, entry[1].removeprefix("export ")), entry[2], number))
    if not is_metadata(metadata):
        return False, []
    return True, _faults(metadata, values, "", about, is_secret=False)


def _faults(
    metadata: dict[str, str], values: list[Value], place: str, line: int, *, is_secret: bool
) -> list[RepositoryFault]:
    scope = Scope.of({name: metadata.get(name, "") for name in SETTINGS})
    filled = [value for value in values if value.text]
    plain = [value for value in filled if not _CIPHERTEXT.fullmatch(value.text)]
    # A Secret's values must be encrypted whatever the rules say; the reader of manifests reports those.
    left = [value for value in plain if scope.encrypts(value.path) and not (is_secret and value.path[0] in _DATA)]
    faults = []
    broken = "; ".join(f"{name} is no valid expression ({reason})" for name, reason in scope.problems())
    if left and not scope.by_comment:
        faults.append(
            RepositoryFault(
                line=left[0].line,
                kind=PLAIN,
                field=place,
                rule="sops-plain",
                keys=tuple(dict.fromkeys(".".join(value.path) for value in left))[:MAX_KEYS],
                detail=f"by the file's own rule ({scope}) they are to be encrypted",
            )
        )
    elif filled and len(plain) == len(filled) and not is_secret:
        faults.append(
            RepositoryFault(
                line=line,
                kind=PLAIN,
                field=place,
                rule="sops-plain",
                detail=f"nothing in it is encrypted: {broken or f'its rule ({scope}) matches no key'}",
            )
        )
    if not metadata.get("mac"):
        faults.append(RepositoryFault(line=line, kind=NO_MAC, field=place, rule="sops-no-mac"))
    return faults


_DATA = ("data", "stringData")


def _is_secret(root: Node | None) -> bool:
    return scalar(member(root, "kind")) == "Secret"


def _values(document: Document, root: Node | None) -> Iterator[Value]:
    """Every scalar with its keys; positions in lists are no part of a path."""
    waiting: list[tuple[tuple[str, ...], Node]] = [((), root)] if root is not None else []
    steps = 0
    while waiting and steps < MAX_STEPS:
        path, node = waiting.pop()
        steps += 1
        if isinstance(node, Mapping):
            waiting.extend(((*path, key), value) for key, _, value in reversed(pairs(node)))
        elif isinstance(node, Sequence):
            waiting.extend((path, value) for value in reversed(node.value))
        elif isinstance(node, Scalar):
            yield Value(path, scalar(node) or "", document.before + line_of(node))


__all__ = ["NO_MAC", "PLAIN", "is_metadata", "judge_lines", "judge_structured", "may_be_encrypted"]
