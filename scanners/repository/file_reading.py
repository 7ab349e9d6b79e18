"""One file of a working tree: everything in it that stands in plain and should not, each thing once."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from scanners.inventory import RepositoryFault, RepositoryFile, RepositoryRule
from scanners.plaintext import inspect
from scanners.plaintext.files.text_lines import located
from scanners.plaintext.formats import FORMATS
from scanners.repository import kustomize, sops_config, sops_files
from scanners.repository.library import TooSlow, credentials
from scanners.repository.paths import is_generated, is_settings, may_be_manifest
from scanners.repository.secret_manifests import may_hold_secrets, secret_manifests
from scanners.repository.templates import is_template, without_actions

MAX_FAULTS = 500
"""Faults of one file; nobody reads more."""

_OBJECT = re.compile(r"^(?:- )?[\"']?kind[\"']?\s*:", re.MULTILINE)
_CUSTOM_DEFINITION = re.compile(r"^kind:\s*[\"']?CustomResourceDefinition", re.MULTILINE)
_REFERRING = re.compile(
    r"^\s*kind:\s*[\"']?(?:\w*ExternalSecret|PushSecret|ClusterPushSecret|SecretProviderClass)\b", re.MULTILINE
)
_REFERENCE = re.compile(r"(?:^|\.)(?:secretKey|remoteKey|property|key|objectName|objectAlias)\Z")
"""Fields that name a key in a store or in the Secret to be made."""
_PUBLISHED = ("AKIAIOSFODNN7EXAMPLE", "EXAMPLEKEY")
"""The examples in the documentation of AWS."""
_COMMENT = re.compile(r"\s*(?:#|//|;|--)")
_EXAMPLE_OF_URL = re.compile(
    r"://[^\s/@]{0,60}:[<\[{]?(?:your[-_]?)?(?:password|passwd|passw|pass|pwd|pw|secret|xxx+)[>\]}]?@", re.IGNORECASE
)
_IN_ANY_TEXT: dict[str, RepositoryRule] = {
    "AWS access key": "credential",
    "connection string with a password": "named-credential",
}
_BY_FORM = frozenset(
    {form.credential for form in FORMATS}
    | {"private key", "encrypted private key", "signed token (JWT)", "registry login", "basic authentication header"}
    | {"bearer token", "incoming webhook URL", "connection string with an Azure key", "Azure shared access signature"}
)
"""What tells by its form that it is a credential, wherever it stands."""
_OWN_LINE = re.compile(r"(?:^|\s)line \d+\Z")


@dataclass(slots=True)
class Reading:
    """What one file holds. `sources` are other files that it makes Secrets of, `holds_secrets` that it has manifests
    of Secrets, `encrypted` that SOPS encrypted it."""

    file: RepositoryFile
    sources: list[kustomize.Source] = field(default_factory=list)
    holds_secrets: bool = False
    encrypted: bool = False


def read_file(path: str, text: str) -> Reading:
    """Judge one file by its text; `path` is relative to the root, with slashes."""
    if is_generated(path):
        return Reading(RepositoryFile(path=path))
    reading = Reading(RepositoryFile(path=path))
    faults: list[RepositoryFault] = []
    manifests = may_be_manifest(path)
    if sops_files.may_be_encrypted(text):
        reading.encrypted, found = _sops(path, text)
        faults += found
    secrets = list(secret_manifests(text)) if manifests and may_hold_secrets(text) else []
    faults += [fault for secret in secrets if (fault := secret.fault()) is not None]
    reading.holds_secrets = any(not secret.sealed for secret in secrets)
    if posixpath.basename(path) in kustomize.FILES:
        found, reading.sources = kustomize.generated(path, text)
        faults += found
    unreadable = "" if all(secret.readable for secret in secrets) else "it holds a Secret and is not valid YAML"
    try:
        faults += _others(path, text, faults, [secret.lines for secret in secrets])
    except TooSlow as error:
        unreadable = str(error)
    count = len(_OBJECT.findall(text)) if manifests else 0
    reading.file = RepositoryFile(path=path, manifests=count, faults=distinct(faults), unreadable=unreadable)
    return reading


def distinct(faults: Iterable[RepositoryFault]) -> tuple[RepositoryFault, ...]:
    """The faults by line, those of the same kind and field told apart by a number, so that each has a name."""
    seen: Counter[tuple[str, str]] = Counter()
    named = []
    for fault in sorted(faults, key=lambda item: (item.line, item.field)):
        key = (fault.kind, fault.field)
        seen[key] += 1
        if seen[key] > 1:
            numbered = f"{fault.field} ({seen[key]})".strip()
            fault = msgspec.structs.replace(fault, field=numbered)
        named.append(fault)
    return tuple(named[:MAX_FAULTS])


def _sops(path: str, text: str) -> tuple[bool, list[RepositoryFault]]:
    """By the form that the metadata has, whatever the file is called."""
    if "sops_" in text or "[sops]" in text:
        encrypted, faults = sops_files.judge_lines(text)
        if encrypted:
            return encrypted, faults
    return sops_files.judge_structured(text)


def _others(
    path: str, text: str, known: list[RepositoryFault], secrets: list[tuple[int, int]]
) -> Iterator[RepositoryFault]:
    """What is neither a Secret nor a matter of SOPS: settings by their keys, and anything by its form."""
    lines = {fault.line for fault in known}
    at_fault = [(first, last) for first, last in secrets if any(first <= line <= last for line in lines)]
    for fault in _settings(path, text) if is_settings(path) else _anywhere(text):
        if fault.line not in lines and not _is_within(fault.line, secrets):
            lines.add(fault.line)
            yield fault
    for found in credentials(path, text):
        above = found.line - 1 if found.kind == "private key" else found.line  # the key of a block stands above it
        if not {found.line, above} & lines and not _is_within(found.line, at_fault):
            lines.add(found.line)
            yield RepositoryFault(line=found.line, kind=found.kind, masked=found.masked)


def _settings(path: str, text: str) -> Iterator[RepositoryFault]:
    name = posixpath.basename(path)
    if name == sops_config.FILE or _CUSTOM_DEFINITION.search(text):
        return  # the fingerprints of keys, and the descriptions of fields
    plain = without_actions(text) if is_template(text) else text
    if "\n" not in plain.strip() and not plain.lstrip().startswith(("{", "[", "<")):
        plain = f"{plain.rstrip()}\n#\n"  # a file of one entry, not a single value
    lines = plain.split("\n")
    referring = _REFERRING.search(text) is not None
    for item in inspect(name, plain).found:
        field = _OWN_LINE.sub("", item.path) or (item.name if item.name != name else "")
        if referring and _REFERENCE.search(field):
            continue
        kind = item.detected.credential
        line = item.line or _line_of(plain, item.name)
        if _explains(lines[line - 1] if line <= len(lines) else ""):
            continue
        yield RepositoryFault(
            line=line,
            kind=kind,
            field=field,
            masked=item.detected.masked,
            rule="credential" if kind in _BY_FORM else "named-credential",
        )


def _anywhere(text: str) -> Iterator[RepositoryFault]:
    """What code and prose show by its form and the library leaves out: a key's id alone, and passwords in URLs."""
    if "@" not in text and "AKIA" not in text:
        return
    lines = text.split("\n")
    for position, detected in located(text):
        line = text.count("\n", 0, position) + 1
        shown = lines[line - 1]
        if detected.credential in _IN_ANY_TEXT and not _explains(shown) and not _EXAMPLE_OF_URL.search(shown):
            rule = _IN_ANY_TEXT[detected.credential]
            yield RepositoryFault(line=line, kind=detected.credential, masked=detected.masked, rule=rule)


def _explains(line: str) -> bool:
    """Whether a line only shows how a credential is written: an example that its issuer publishes, or a comment."""
    return any(example in line for example in _PUBLISHED) or (
        _COMMENT.match(line) is not None and _EXAMPLE_OF_URL.search(line) is not None
    )


def _line_of(text: str, name: str) -> int:
    """The line on which a key first stands, for formats whose reader does not tell; 1 where it stands nowhere."""
    at = text.find(f'"{name}"')
    at = at if at != -1 else text.find(name)
    return text.count("\n", 0, at) + 1 if at != -1 else 1


def _is_within(line: int, ranges: list[tuple[int, int]]) -> bool:
    return any(first <= line <= last for first, last in ranges)
