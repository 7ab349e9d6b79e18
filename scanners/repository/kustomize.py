"""What a kustomization makes Secrets of: literals, files and env files in the tree, and patches of Secrets.

https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/secretgenerator/
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import NamedTuple

from scanners.inventory import RepositoryFault
from scanners.repository.documents import (
    Document,
    Node,
    NotYaml,
    compose,
    documents,
    items,
    line_of,
    member,
    pairs,
    scalar,
    text_at,
)
from scanners.repository.secret_values import is_plain_secret, is_plain_secret_encoded

FILES = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
LITERALS = "secretGenerator with literal values"
PATCH = "patch that puts plain values into a Secret"
SOURCE = "file that a secretGenerator reads in plain"


class Source(NamedTuple):
    """A file of the tree that a generator reads: as the value of `key`, or as an env file where `key` is ""."""

    path: str
    key: str
    generator: str


def generated(path: str, text: str) -> tuple[list[RepositoryFault], list[Source]]:
    """What stands in a kustomization in plain, and which files it makes Secrets of."""
    faults: list[RepositoryFault] = []
    sources: list[Source] = []
    for document in documents(text):
        try:
            root = document.root()
        except NotYaml:
            continue
        for number, generator in enumerate(items(member(root, "secretGenerator"))):
            name = text_at(generator, "name") or f"[{number}]"
            sources += _sources(path, name, generator)
            if fault := _literals(document, name, generator):
                faults.append(fault)
        faults += _patches(document, root)
    return faults, sources


def entries_in_plain(text: str) -> list[tuple[str, int]]:
    """(key, line) of every entry of an env file that is a secret in plain."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        key, separator, value = line.strip().partition("=")
        if separator and key and not key.startswith("#") and is_plain_secret(key, value.strip("\"'")):
            found.append((key, number))
    return found


def _sources(path: str, name: str, generator: Node) -> Iterator[Source]:
    for field in ("files", "envs"):
        for item in items(member(generator, field)):
            yield from _source(path, name, scalar(item) or "", is_env=field == "envs")
    yield from _source(path, name, text_at(generator, "env"), is_env=True)


def _source(path: str, name: str, entry: str, *, is_env: bool) -> Iterator[Source]:
    """`FILE` or `KEY=FILE`, relative to the kustomization; what leads out of the tree is none."""
    key, separator, file = entry.partition("=") if not is_env else ("", "", entry)
    file = file if separator or is_env else entry
    if not file or "://" in file or file.startswith("/"):
        return
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), file))
    if not target.startswith("../"):
        yield Source(target, "" if is_env else (key if separator else posixpath.basename(file)), name)


def _literals(document: Document, name: str, generator: Node) -> RepositoryFault | None:
    plain: list[tuple[str, int]] = []
    for item in items(member(generator, "literals")):
        key, separator, value = (scalar(item) or "").partition("=")
        if separator and is_plain_secret(key, value.strip("\"'")):
            plain.append((key, document.line(item)))
    if not plain:
        return None
    return RepositoryFault(
        line=plain[0][1],
        kind=LITERALS,
        field=f"secretGenerator {name}",
        rule="secret-generator",
        keys=tuple(key for key, _ in plain),
    )


def _patches(document: Document, root: Node | None) -> Iterator[RepositoryFault]:
    """JSON patches (RFC 6902) whose target is a Secret; patches that are manifests are read as such."""
    for field in ("patches", "patchesJson6902"):
        for patch in items(member(root, field)):
            text = member(patch, "patch")
            if text_at(patch, "target", "kind") != "Secret" or (content := scalar(text)) is None or text is None:
                continue
            try:
                operations = items(compose(content))
            except NotYaml:
                continue
            plain = [found for operation in operations for found in _set_by(operation)]
            if plain:
                before = document.line(text) - (0 if getattr(text, "style", None) in ("|", ">") else 1)
                yield RepositoryFault(
                    line=before + plain[0][1],
                    kind=PATCH,
                    field=f"patch of Secret {text_at(patch, 'target', 'name') or 'without a name'}",
                    rule="secret-generator",
                    keys=tuple(dict.fromkeys(key for key, _ in plain)),
                )


def _set_by(operation: Node) -> Iterator[tuple[str, int]]:
    """(key, line) of the plain values that an operation puts into `/data` or `/stringData`."""
    section, _, key = text_at(operation, "path").removeprefix("/").partition("/")
    if section not in ("data", "stringData"):
        return
    judge = is_plain_secret_encoded if section == "data" else is_plain_secret
    value = member(operation, "value")
    single = scalar(value)
    if key and single is not None:
        if judge(key, single):
            yield key, line_of(operation)
        return
    for name, mark, inner in pairs(value):
        text = scalar(inner)
        if text is not None and judge(name, text):
            yield name, line_of(mark)
