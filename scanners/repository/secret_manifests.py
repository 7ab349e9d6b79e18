"""Secrets in manifests: wherever one stands in a document, in lists, templates and patches, or as text inside text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from scanners.inventory import RepositoryFault
from scanners.repository import documents as yaml_documents
from scanners.repository.documents import Document, Mapping, Node, NotYaml, Scalar
from scanners.repository.secret_values import is_plain_secret, is_plain_secret_encoded
from scanners.repository.sops_files import PLAIN, is_metadata
from scanners.repository.sops_scope import Scope
from scanners.repository.templates import VARIABLE, is_template, without_actions

PLAIN_SECRET = "Secret with plain data"
PLAIN_TEMPLATE = "SealedSecret with plain data in its template"

_MANIFEST = re.compile(r"[\"']?kind[\"']?\s*:\s*[\"']?(?:Secret|SecretList|SealedSecret)\b")
_KIND = re.compile(r"^(\s*)(?:- +)?[\"']?kind[\"']?\s*:\s*[\"']?Secret[\"']?\s*,?\s*$", re.MULTILINE)
_BLOCK = re.compile(r"^(\s*)[\"']?(data|stringData)[\"']?\s*:\s*$")
_INLINE = re.compile(r"^\s*[\"']?(data|stringData)[\"']?\s*:\s*(\{.{1,10000}\})\s*$")
_ENTRY = re.compile(r"^(\s*)[\"']?([-._a-zA-Z0-9]{1,253})[\"']?\s*:\s+(\S.*?)\s*$")
_NAME = re.compile(r"^\s+[\"']?name[\"']?\s*:\s*[\"']?([^\s\"'#]{1,253})", re.MULTILINE)
MAX_NESTED = 3
"""How deep manifests stand inside the texts of others: a patch in a Kustomization, a manifest in a ConfigMap."""


@dataclass(frozen=True, slots=True)
class SecretManifest:
    """A Secret, or a SealedSecret's template, as it stands in a file: which of its keys have plain values, and where.

    `lines` are those of the file that it begins and ends on. `sops` is what SOPS was told to encrypt in the document,
    None where it never was SOPS's. One that is not `readable` stands in a document that is neither YAML nor a template.
    """

    name: str
    namespace: str
    lines: tuple[int, int]
    plain: tuple[tuple[str, int], ...]
    section: str = "data"
    sealed: bool = False
    sops: Scope | None = None
    readable: bool = True

    @property
    def label(self) -> str:
        """`Secret shop/db`; without a namespace or name as far as it goes."""
        name = "/".join(filter(None, (self.namespace, self.name))).replace(VARIABLE, "…") or "without a name"
        return f"{'SealedSecret' if self.sealed else 'Secret'} {name}"

    def fault(self) -> RepositoryFault | None:
        """What is wrong with it, None for nothing."""
        if not self.plain:
            return None
        keys = tuple(dict.fromkeys(key for key, _ in self.plain))
        line = self.plain[0][1]
        if self.sops is not None:
            return RepositoryFault(
                line=line, kind=PLAIN, field=self.label, rule="sops-plain", keys=keys, detail=self._why_not(self.sops)
            )
        if self.sealed:
            return RepositoryFault(line=line, kind=PLAIN_TEMPLATE, field=self.label, rule="sealed-template", keys=keys)
        return RepositoryFault(line=line, kind=PLAIN_SECRET, field=self.label, rule="secret-manifest", keys=keys)

    def _why_not(self, scope: Scope) -> str:
        if broken := scope.problems():
            return "; ".join(
                f"{name} is no valid expression ({reason}), so it matches nothing" for name, reason in broken
            )
        covered = scope.encrypts(("data", "key")) or scope.encrypts(("stringData", "key"))
        if covered and all(scope.encrypts((self.section, key)) for key, _ in self.plain):
            return f"by the file's own rule ({scope}) they are to be encrypted"
        return f"the file's own rule ({scope}) leaves them out"


def may_hold_secrets(text: str) -> bool:
    """Whether a text may hold a Secret's manifest; False is certain."""
    return "Secret" in text and _MANIFEST.search(text) is not None


def secret_manifests(text: str, nested: int = 0) -> Iterator[SecretManifest]:
    """Every Secret and SealedSecret in a text of YAML or JSON, templates included."""
    for document in yaml_documents.documents(text):
        if not may_hold_secrets(document.text):
            continue
        try:
            yield from _in_nodes(document, nested)
        except NotYaml:
            yield from _in_template(document, nested)


def _in_template(document: Document, nested: int) -> Iterator[SecretManifest]:
    """What can be read of a document that is no YAML: first without its template's actions, then by its lines."""
    if is_template(document.text):
        plain = Document(without_actions(document.text), document.before)
        try:
            yield from _in_nodes(plain, nested)
        except NotYaml:
            yield from _by_lines(plain, readable=True)
    else:
        yield from _by_lines(document, readable=False)


def _in_nodes(document: Document, nested: int) -> Iterator[SecretManifest]:
    root = document.root()
    about = yaml_documents.member(root, "sops")
    metadata = {key: yaml_documents.scalar(value) or "" for key, _, value in yaml_documents.pairs(about)}
    sops = Scope.of(metadata) if is_metadata(metadata) else None
    for node in yaml_documents.walk(root):
        if isinstance(node, Mapping):
            kind, version = yaml_documents.text_at(node, "kind"), yaml_documents.text_at(node, "apiVersion")
            if kind == "Secret" and _is_core(version):
                yield _secret(document, node, sops=sops)
            elif kind == "SecretList" and _is_core(version):
                for item in yaml_documents.items(yaml_documents.member(node, "items")):
                    if not yaml_documents.text_at(item, "kind"):
                        yield _secret(document, item, sops=sops)
            elif kind == "SealedSecret":
                yield _sealed(document, node)
        elif isinstance(node, Scalar) and nested < MAX_NESTED and "\n" in node.value and may_hold_secrets(node.value):
            # A block scalar's text begins on the line below its mark; a quoted one only roughly has its own lines.
            before = document.line(node) - (0 if node.style in ("|", ">") else 1)
            for found in secret_manifests(node.value, nested + 1):
                yield _moved(found, before)


def _is_core(version: str) -> bool:
    """A patch may leave the version out, and a template may compute it."""
    return version in ("", "v1") or "$" in version


def _secret(document: Document, node: Node, *, sops: Scope | None) -> SecretManifest:
    plain = [
        (key, document.before + yaml_documents.line_of(mark), section)
        for section, judge in (("data", is_plain_secret_encoded), ("stringData", is_plain_secret))
        for key, mark, value in yaml_documents.pairs(yaml_documents.member(node, section))
        if (text := yaml_documents.scalar(value)) is not None and judge(key, text)
    ]
    plain.sort(key=lambda item: item[1])
    return SecretManifest(
        name=yaml_documents.text_at(node, "metadata", "name"),
        namespace=yaml_documents.text_at(node, "metadata", "namespace"),
        lines=(document.line(node), document.before + node.end_mark.line + 1),
        plain=tuple((key, line) for key, line, _ in plain),
        section=plain[0][2] if plain else "data",
        sops=sops,
    )


def _sealed(document: Document, node: Node) -> SecretManifest:
    """A SealedSecret: `template.data` is taken as it stands, and `template.stringData` by older controllers."""
    template = yaml_documents.member(node, "spec", "template")
    plain = [
        (key, document.before + yaml_documents.line_of(mark))
        for section in ("data", "stringData")
        for key, mark, value in yaml_documents.pairs(yaml_documents.member(template, section))
        if (text := yaml_documents.scalar(value)) is not None and is_plain_secret(key, text)
    ]
    return SecretManifest(
        name=yaml_documents.text_at(node, "metadata", "name"),
        namespace=yaml_documents.text_at(node, "metadata", "namespace"),
        lines=(document.line(node), document.before + node.end_mark.line + 1),
        plain=tuple(plain),
        sealed=True,
    )


def _by_lines(document: Document, *, readable: bool) -> Iterator[SecretManifest]:
    """A Secret in a text that no parser takes: the entries below its `data:` and `stringData:`, by indentation."""
    if _KIND.search(document.text) is None:
        return
    plain: list[tuple[str, int]] = []
    inside: tuple[int, str] | None = None
    for number, line in enumerate(document.text.split("\n"), document.before + 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        indent = len(line) - len(line.lstrip())
        plain += _inline(line, number)
        block = _BLOCK.match(line)
        if block is not None:
            inside = (indent, block[2])
            continue
        if inside is not None and indent <= inside[0]:
            inside = None
        entry = _ENTRY.match(line) if inside is not None else None
        if entry is not None and inside is not None:
            value = entry[3].strip("\"'")
            judge = is_plain_secret_encoded if inside[1] == "data" else is_plain_secret
            if value not in ("|", "|-", "|+", ">", ">-", ">+") and judge(entry[2], value):
                plain.append((entry[2], number))
    name = _NAME.search(document.text)
    yield SecretManifest(
        name=name[1] if name else "",
        namespace="",
        lines=(document.before + 1, document.before + document.text.count("\n") + 1),
        plain=tuple(plain),
        readable=readable or bool(plain),
    )


def _inline(line: str, number: int) -> list[tuple[str, int]]:
    """`stringData: {password: x}` on a line of its own."""
    found = _INLINE.match(line)
    if found is None:
        return []
    judge = is_plain_secret_encoded if found[1] == "data" else is_plain_secret
    try:
        entries = yaml_documents.pairs(yaml_documents.compose(found[2]))
    except NotYaml:
        return []
    return [(key, number) for key, _, value in entries if judge(key, yaml_documents.scalar(value) or "")]


def _moved(found: SecretManifest, lines: int) -> SecretManifest:
    return replace(
        found,
        lines=(found.lines[0] + lines, found.lines[1] + lines),
        plain=tuple((key, line + lines) for key, line in found.plain),
    )


__all__ = ["PLAIN_SECRET", "PLAIN_TEMPLATE", "SecretManifest", "may_hold_secrets", "secret_manifests"]
