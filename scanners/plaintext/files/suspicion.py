"""Whether a longer text may hold a credential under a name: cheap, and never wrong when it says no.

Nearly every file holds none. Parsing YAML costs a hundred times what reading its characters does, so a file is parsed
only where a name that promises a credential has a value beside it that may be one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanners.plaintext.assignments import bare_value
from scanners.plaintext.detect import by_name
from scanners.plaintext.lowered import lowered
from scanners.plaintext.names import Meaning, meaning

_HINTS = (
    "pass", "psw", "pw", "key", "secret", "token", "cred", "auth", "jwt", "bearer", "pat", "salt", "pepper",
    "cookie", "psk",
)  # fmt: skip
"""Every noun of scanners.plaintext.names holds one of these; a test says so."""

_NAME_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")
_REST_OF_NAME = re.compile(r"[A-Za-z0-9_.-]{0,128}")
_VALUE = re.compile(r"(?:\\?[\"'])?[ \t]{0,64}(:|=>|=|>|[ \t])[ \t]{0,64}([^\r\n]{0,512})")
_SEVERAL = re.compile(r"[,;}<\s]")
_QUOTED = re.compile(r"\\?\"([^\"\\]{0,500})\\?\"|'([^']{0,500})'")
_OPENS_MORE = frozenset("|>&*!{[(\\")
_KEY = r"(?:\"[^\"\n]{1,128}\"|'[^'\n]{1,128}'|[A-Za-z0-9_./-]{1,128})[ \t]{0,16}:(?:\s|\Z)"
_ENTRY = re.compile(rf"\s{{0,256}}(?:- {{1,16}}){{0,4}}{_KEY}")
_SCALAR_ITEM = re.compile(rf"^[ ]{{0,256}}(?:- {{1,16}}){{1,4}}(?!{_KEY})", re.MULTILINE)
GENERIC = frozenset({"value", "val", "default", "plain", "plaintext", "text", "string", "literal", "data", "content"})
"""Keys that say nothing themselves: `password: {value: x}` means the password."""
KEYED = ("encryption", "encrypt", "aes", "fernet", "gossip", "signing", "hmac", "jwt", "unseal", "api")
"""Sections whose `key` is the key itself."""
_USER_AND_HASH = re.compile(r"^[\w.@-]{1,64}:[$]", re.MULTILINE)
_BCRYPT = re.compile(r"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}")
_SCRIPT = re.compile(r"#!.{0,80}sh\b")
_ACL = re.compile(r"^user \S{1,128} .{0,400} >\S", re.MULTILINE)
_GENERIC_KEY = re.compile(rf"\b(?:{'|'.join(sorted(GENERIC))})\b")
_LOOK_AHEAD = 2_000


def may_hold_credential(text: str) -> bool:
    """Whether a name in `text` may have a credential for its value; False is certain."""
    lower = lowered(text)
    pairs = "value" in lower
    return any(_is_open(text, lower, *promise, pairs) for promise in _promises(text, lower)) or _has_marks(text, lower)


def _has_marks(text: str, lower: str) -> bool:
    """Whether it may be a list of users with hashes, SQL that makes users, a Redis ACL, or may hold a script: no name
    promises these.
    """
    if "#!" in text and _SCRIPT.search(text):
        return True
    if "$" in text and (_USER_AND_HASH.search(text) or _BCRYPT.search(text)):
        return True
    return "identified by" in lower or (" >" in text and _ACL.search(text) is not None) or "{S" in text


def _promises(text: str, lower: str) -> Iterator[tuple[int, int, Meaning]]:
    """(start, end, meaning) of every name that promises a credential."""
    said: dict[str, Meaning | None] = {}
    keyed = [section for section in KEYED if section in lower]
    for hint in _HINTS:
        at = lower.find(hint)
        while at != -1:
            rest = _REST_OF_NAME.match(text, at)
            end = rest.end() if rest else at + len(hint)
            start = at
            while start and at - start < 128 and text[start - 1] in _NAME_CHARACTERS:
                start -= 1
            name = text[start:end].rstrip(".-")
            if name not in said:
                joined = f"{keyed[0]}.key" if name == "key" and keyed else name
                said[name] = meaning(joined)
            means = said[name]
            if means is not None:
                yield start, start + len(name), means
            at = lower.find(hint, end)


def _is_open(text: str, lower: str, start: int, end: int, means: Meaning, pairs: bool) -> bool:
    """Whether the value may be a credential, or stands elsewhere. `pairs`: it may stand under a `value` of its own."""
    beside = _VALUE.match(text, end)
    if beside is None:
        return pairs
    value = beside[2].strip().rstrip(",;").strip()
    if not beside[1].strip():
        if text[end] in "\"'" or value.startswith("#"):
            return pairs
        # `requirepass x` is a directive, if it begins its line; `the password is read from` is prose.
        return _begins_line(text, start) and value.count(" ") < 3 and by_name(means, value) is not None
    if not value or value.startswith(("#", "//")):
        return _stands_below(text, lower, start, beside.end())
    quoted = _QUOTED.match(value)
    if quoted is not None:
        return by_name(means, quoted[1] or quoted[2] or "") is not None
    if value[0] in _OPENS_MORE:
        return value not in ("{}", "[]") and not value.startswith("{{")
    if by_name(means, value) is not None:
        return True
    # In a line of several, the first value may be hidden by what follows it.
    return _SEVERAL.search(value) is not None and by_name(means, bare_value(value)) is not None


def _begins_line(text: str, start: int) -> bool:
    """Whether few words stand before `start` in its line, and no sign of a comment."""
    before = text[max(0, start - 128) : start].rpartition("\n")[2].split()
    return len(before) < 5 and not (before and before[0].startswith(("#", "/", ";", "*", "--", "<!")))


def _stands_below(text: str, lower: str, start: int, end: int) -> bool:
    """Whether the lines below a name without a value may hold it: not where they have names of their own."""
    entry = _ENTRY.match(text, end)
    if entry is None:
        return bool(text[end : end + _LOOK_AHEAD].strip())
    line = text.rfind("\n", max(0, start - _LOOK_AHEAD), start) + 1
    margin = len(text[line:start]) - len(text[line:start].lstrip(" "))
    below = re.compile(rf"\n {{0,{margin}}}[^\s#-]").search(text, end, end + _LOOK_AHEAD)
    if below is None and end + _LOOK_AHEAD < len(text):
        return True  # too long to be seen to its end
    stop = below.start() if below else len(text)
    return _GENERIC_KEY.search(lower, end, stop) is not None or _SCALAR_ITEM.search(text, end, stop) is not None
