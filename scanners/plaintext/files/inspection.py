"""What a file, or any longer text, holds in plain: each credential with the path to its field, never the value."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from scanners.plaintext.detect import INSIDE, detect
from scanners.plaintext.detected import Detected
from scanners.plaintext.files import keyed_lines, tree, xml_elements, yaml_events
from scanners.plaintext.files.leaf import Leaf, Path, TooDeep, shown, written
from scanners.plaintext.files.suspicion import GENERIC, KEYED, may_hold_credential
from scanners.plaintext.files.text_lines import credentials_in_lines, is_script, lists_users, located
from scanners.plaintext.names import Demand, meaning, words
from scanners.plaintext.patterns import is_password_hash, is_registry_login
from scanners.plaintext.shapes import looks_generated

MAX_TEXT = 4_000_000
"""Characters of one text; no ConfigMap is larger than 1 MiB (kubernetes.io/docs/concepts/configuration/configmap)."""
MAX_FOUND = 200
"""Credentials named of one text."""
MAX_NESTED = 3
"""Files within files."""
_LONGEST_KEY = 1_000
_LAST_NAME = re.compile(r"\A.*[.-](?=\w)")
"""What stands before the last word of a name in free text, which may be anything."""
_MAX_TOML = 500_000
"""Characters; what is longer is read line by line, since tomllib is written in Python."""
_FILE = re.compile(
    r"\.(?:ya?ml|json|toml|properties|env|ini|cfg|cnf|conf|config|xml|sh|bash|py|js|sql|md|html?|tmpl|tpl|acl"
    r"|netrc|npmrc)\Z"
)
_ONE_VALUE = re.compile(r"\.(?:txt|value|plain)\Z")
"""`password.txt` holds the password."""


class InFile(NamedTuple):
    """`path` is that to the field inside the file, or a line; empty where the whole text is the credential.

    `line` counts from 1, 0 where the format's reader does not tell.
    """

    path: str
    name: str
    detected: Detected
    line: int = 0


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found. `whole` is false where something was too large or too deep to be judged."""

    found: tuple[InFile, ...] = ()
    whole: bool = True


CLEAN = Inspection()
UNJUDGED = Inspection(whole=False)


def inspect(name: str, text: str, nested: int = 0) -> Inspection:
    """Every credential in `text`, which stands under `name`: a key, a file name. Pure; linear but for hostile YAML,
    whose cost is bounded.
    """
    if len(text) > MAX_TEXT:
        return UNJUDGED
    stripped = text.strip()
    if "\n" not in stripped and not _is_structure(stripped):
        return _one_line(name, stripped, nested)
    evident = tuple(detected for _, detected in located(text))
    script = is_script(name, text)
    if not (evident or script or may_hold_credential(text) or lists_users(name)):
        return CLEAN
    if evident and stripped.startswith("-----BEGIN "):
        return Inspection((InFile("", name, evident[0]),))
    found, whole = _structured(name, text, stripped, nested) if not script else (None, True)
    if found is None:
        return Inspection(tuple(_lines(name, text)), whole)
    known = {item.detected.credential for item in found}
    if any(detected.credential not in known for detected in evident):
        # In a comment, or across fields.
        found += [
            item for item in _lines(name, text) if item.detected in evident and item.detected.credential not in known
        ]
    return Inspection(tuple(dict.fromkeys(found))[:MAX_FOUND], whole)


def _one_line(name: str, line: str, nested: int) -> Inspection:
    """A single value; under the name of a file, or with a name of its own, the only line of one."""
    in_file = _FILE.search(name.lower()) is not None
    single = detect("" if in_file else _ONE_VALUE.sub("", name), line)
    if single is None and is_password_hash(line) and (":" in line or line[0] in "${"):
        single = Detected("password hash")
    if single is None and not (in_file and may_hold_credential(line)):
        return CLEAN
    if ": " in line or "=" in line:
        found, _ = _structured(name, line, line, nested)
        if found and not any(item.detected.credential.endswith(INSIDE) for item in found):
            return Inspection(tuple(found)[:MAX_FOUND])
    if single is None:
        return Inspection(tuple(_lines(name, line)))
    return Inspection((InFile("", name, single),))


def _structured(name: str, text: str, stripped: str, nested: int) -> tuple[list[InFile] | None, bool]:
    """The credentials of a file with fields, None where it has none; and whether all of it was judged."""
    for read in _readers(name, stripped):
        try:
            found, whole = _of_leaves(list(read(text)), nested)
            return found, whole
        except _NOT_OF_THIS_FORMAT:
            continue
        except (TooDeep, RecursionError):
            return list(_lines(name, text))[:MAX_FOUND], False
    return None, True


def _of_leaves(leaves: Sequence[Leaf], nested: int) -> tuple[list[InFile], bool]:
    """The credentials among the scalars of one file, and whether all were judged."""
    whole = True
    judged: list[tuple[Leaf, InFile]] = []
    referring = {above for leaf in leaves if leaf.value for above in _referring(leaf)}
    for leaf in leaves:
        if referring and leaf.path[:-1] in referring and _may_be_key_of_secret(leaf.value.strip()):
            continue
        inner = _judge(leaf, nested)
        judged.extend((leaf, item) for item in inner.found)
        whole = whole and inner.whole
        if len(judged) >= MAX_FOUND:
            break
    # A key may repeat a value that was found: it is not written out either.
    hidden = tuple({value for leaf, _ in judged if _may_stand_in_key(value := leaf.value.strip())})
    return [
        item._replace(path=f"{written(leaf, hidden)} {item.path}".strip(), name=shown(item.name, hidden))
        for leaf, item in judged
    ], whole


def _may_stand_in_key(value: str) -> bool:
    """Not what is short, or a mere word: `password: password` is no reason to hide the name."""
    return 6 <= len(value) < _LONGEST_KEY and not value.isalpha()


def _judge(leaf: Leaf, nested: int) -> Inspection:
    """The credentials of one scalar, which may be a file itself; their paths are those inside it."""
    value = leaf.value.strip()
    if not value:
        return CLEAN
    name = _judged_name(leaf)
    if ("\n" in value or _is_structure(value)) and nested < MAX_NESTED:
        inner = inspect(name, leaf.value, nested + 1)
        first = leaf.line  # of a block, the line above its text
        found = tuple(item._replace(line=first and first + item.line) for item in inner.found)
        return Inspection(found, inner.whole) if inner is not CLEAN else CLEAN
    detected = detect(name, value)
    if detected is not None and (_lists_words(leaf, value) or _names_key_of_secret(leaf, value)):
        detected = detect("", value)
    if detected is None and name == "auth" and is_registry_login(value):
        detected = Detected("registry login")
    if detected is None and value[0] in "${" and is_password_hash(value):
        detected = Detected("password hash")
    return Inspection((InFile("", leaf.name, detected, leaf.line),)) if detected else CLEAN


def _lists_words(leaf: Leaf, value: str) -> bool:
    """Whether the value is a plain item of a list that is not one of passwords: `secret: [status, phase]`."""
    if not leaf.path or not isinstance(leaf.path[-1], int):
        return False
    means = meaning(leaf.name)
    return means is not None and means.demand is Demand.ISSUED and not looks_generated(value)


_OBJECT_KEYS = frozenset({"secretName", "secretRef", "existingSecret", "remoteRef", "sourceRef", "secret_name"})
"""Beside these, `password: key` and `secretKey: key` name a key of the Secret object."""
_KEY_OF_SECRET = re.compile(r"[A-Za-z._-]{1,253}")


def _names_key_of_secret(leaf: Leaf, value: str) -> bool:
    """`passwordSecretRef: {name: x, password: key}` names a key of a Secret object."""
    keys = [part for part in leaf.path if isinstance(part, str)]
    parent = words(keys[-2]) if len(keys) > 1 else []
    refers = len(parent) > 1 and (
        parent[-1] in ("secret", "ref", "reference", "selector")
        or parent[-2:] in (["secret", "key"], ["secret", "keys"])
    )
    return refers and _may_be_key_of_secret(value)


def _referring(leaf: Leaf) -> Iterator[Path]:
    """The mapping that names a Secret object with this leaf: `secretName: x`, `remoteRef: {key: x}`."""
    if _OBJECT_KEYS.isdisjoint(leaf.path[-2:]):
        return
    for depth in (1, 2):
        if len(leaf.path) >= depth and leaf.path[-depth] in _OBJECT_KEYS:
            yield leaf.path[:-depth]


def _may_be_key_of_secret(value: str) -> bool:
    return _KEY_OF_SECRET.fullmatch(value) is not None


def _judged_name(leaf: Leaf) -> str:
    """`password.value`, `encryption.key`: with the key above where the last one says nothing itself."""
    generic = leaf.name.lower() in GENERIC
    if generic or leaf.name == "key":
        keys = [part for part in leaf.path if isinstance(part, str)]
        if len(keys) > 1 and keys[-1] == leaf.name and (generic or keys[-2].lower().endswith(KEYED)):
            return f"{keys[-2]}.{leaf.name}"
    return leaf.name


def _lines(name: str, text: str) -> Iterator[InFile]:
    """Line by line; several of one kind in a line are one."""
    seen: set[str] = set()
    for line, assigned, detected in credentials_in_lines(name, text):
        path = f"line {line}"
        if path not in seen and len(seen) < MAX_FOUND:
            seen.add(path)
            yield InFile(path, _LAST_NAME.sub("", assigned) or name, detected, line)


_Reader = Callable[[str], Iterable[Leaf]]


def _json(text: str) -> Iterable[Leaf]:
    return tree.leaves(msgspec.json.decode(text.encode(errors="surrogatepass")))


def _toml(text: str) -> Iterable[Leaf]:
    return tree.leaves(tomllib.loads(text))


_NOT_OF_THIS_FORMAT = (
    msgspec.DecodeError,
    tomllib.TOMLDecodeError,
    xml_elements.NotXml,
    yaml_events.NotYaml,
    UnicodeError,
)
_SECTION_FIRST = re.compile(r"\[{1,2}[^\[\]\n{}\",:]{1,200}\]{1,2}\s*(?:\n|\Z)")
_TOML_ENTRY = re.compile(r"^[\w.-]+[ \t]*=[ \t]*(?:[\"'\[{]|true\b|false\b|[-+]?\d)", re.MULTILINE)
_SUFFIX = re.compile(r"\.([a-z0-9]{1,10})\Z")
_NO_STRUCTURE = frozenset(
    {
        "sh", "bash", "py", "js", "ts", "go", "java", "rb", "php", "pl", "lua", "groovy", "rego", "md",
        "html", "htm", "css", "tmpl", "tpl", "j2", "sql", "awk", "c", "h", "rs", "kt", "scala", "jsonnet",
    }
)  # fmt: skip


def _readers(name: str, stripped: str) -> Iterator[_Reader]:
    """The formats to try, the likeliest first; the content decides, and the name where it leaves a doubt."""
    match = _SUFFIX.search(name.lower())
    suffix = match[1] if match else ""
    if suffix in _NO_STRUCTURE:
        return
    first = stripped[:1]
    if first in "{[" and not _SECTION_FIRST.match(stripped):
        yield _json
    if first == "<":
        yield xml_elements.leaves
    if suffix == "toml" or (_TOML_ENTRY.search(stripped) and len(stripped) <= _MAX_TOML):
        yield _toml
    if suffix not in ("properties", "env", "ini", "cfg", "cnf") and not _SECTION_FIRST.match(stripped):
        yield yaml_events.leaves
    if keyed_lines.is_keyed(stripped):
        yield keyed_lines.leaves


def _is_structure(text: str) -> bool:
    return len(text) > 1 and text[0] + text[-1] in ("{}", "[]", "<>")
