"""Texts of no format of ours: source code, scripts, directives, lists of users. Judged by what each line shows."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from scanners.plaintext.assignments import Assignment, assignments
from scanners.plaintext.commands import credentials_in_script
from scanners.plaintext.connections import connection_strings
from scanners.plaintext.detect import by_name
from scanners.plaintext.detected import Detected
from scanners.plaintext.names import Demand, meaning
from scanners.plaintext.patterns import is_password_hash, occurrences

_COMMENT = re.compile(r"[ \t]*(?:#(?!!)|//|;|--[ \t]|/?\*|<!--|%|REM[ \t])")
_EXAMPLE = re.compile(r"[^\s@]{0,200}:(?:password|passwd|pass|pwd?|secret)@", re.IGNORECASE)
"""`# postgres://user:password@host/database` in a comment shows the form."""
_SHELL_NAME = re.compile(
    r".*\.(?:sh|bash|zsh|ksh)|(?:entrypoint|run|start|init|setup|backup|healthcheck|probe|liveness|readiness)"
)
_SHELL_LINE = re.compile(r"\A\s*(?:#!.{0,80}\b(?:ba|da|a|k|z)?sh\b|set -[a-z]{1,4}\b)")
_CODE_NAME = re.compile(
    r".*\.(?:py|m?js|cjs|tsx?|jsx|go|java|kt|rs|rb|php|pl|cc?|cpp|h|cs|lua|groovy|rego|cue|scala|jsonnet|libsonnet|star|vcl)"
)
"""Source code: what is not quoted is an expression."""
_PROSE_NAME = re.compile(
    r".*\.(?:md|markdown|rst|adoc|html?|css|tmpl|tpl|gotmpl|gohtml|j2|jinja2?|erb|ipynb|proto|puml)"
)
_DIRECTIVE = re.compile(
    r"[ \t]*(?:(?:set|sentinel|ENV|SetEnv|setenv|env|default|stats)[ \t]{1,8}"
    r"|(?:user|machine|login|server|name|realm)[ \t]{1,8}\S{1,128}[ \t]{1,8}){0,3}"
    r"([A-Za-z_][\w.-]{0,100})[ \t]{1,40}(?:([^\s\"';]{1,64})[ \t]{1,8})?[\"']?([^\s\"';{}]{1,500})[\"']?;?[ \t\r]*"
)
"""`requirepass x`, `HTTP_Passwd x`, `sentinel auth-pass mymaster x`, `machine h login u password x`."""

_DIRECTIVES = frozenset(
    {
        "requirepass", "masterauth", "primaryauth", "masterpass", "bindpw", "rootpw", "auth_pass",
        "auth-pass", "sentinel-pass", "http_passwd", "passwd", "password",
    }
)  # fmt: skip
"""Directives whose argument may be any word; others must not read like prose."""
_HANDS_ON = re.compile(r"[ \t]*\w+_pass[ \t].*;[ \t\r]*")
"""nginx hands requests on with `proxy_pass backend;` and its kind (https://nginx.org/en/docs/dirindex.html)."""
_TWO_ARGUMENTS = frozenset({"auth-pass"})
_ACL_PASSWORD = re.compile(r"[ \t]*user[ \t]+\S+[ \t].*?[ \t]>(\S+)")
_USER_LIST = re.compile(r"\"[^\"]{1,128}\"[ \t]+\"([^\"]{1,512})\"[ \t\r]*")
_SQL = re.compile(
    r"(?:IDENTIFIED[ \t]+(?:WITH[ \t]+[\w'`\"]{1,64}[ \t]+)?(?:BY|AS)|PASSWORD)[ \t]+'([^'\n]{1,512})'", re.IGNORECASE
)
_STRING_OF_LINE = re.compile(
    r"[\"']?[\w.-]{1,128}[\"']?[ \t]{0,16}(?:=|:)[ \t]{0,16}([\"'])([^\"'\n]{1,4096})\1[ \t]*[,;]?[ \t\r]*(?:\n|\Z)"
)


class InLine(NamedTuple):
    """`line` counts from 1. `name` is what the credential is assigned to, "" where that is not known."""

    line: int
    name: str
    detected: Detected


def is_script(name: str, text: str) -> bool:
    """Whether a shell would run the text."""
    return _SHELL_LINE.match(text) is not None or _SHELL_NAME.fullmatch(name) is not None


def lists_users(name: str) -> bool:
    """Whether the file is PgBouncer's list of users (https://www.pgbouncer.org/config.html#authentication-file-format)."""
    return name == "userlist.txt"


def credentials_in_lines(name: str, text: str) -> Iterator[InLine]:
    """Every credential that the text shows. `name` is that of the file."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    for position, detected in located(text):
        line = bisect_right(starts, position)
        if not (_EXAMPLE.match(text, position) and _COMMENT.match(text, starts[line - 1])):
            yield InLine(line, "", detected)
    code = _CODE_NAME.fullmatch(name) is not None
    for item in assignments(text):
        line = bisect_right(starts, item.position)
        if _COMMENT.match(text, starts[line - 1]) or (not item.quoted and (code or _hands_on(text, item))):
            continue
        means = meaning(item.name)
        string = _STRING_OF_LINE.match(text, item.position)
        if means is not None and (found := by_name(means, item.value, inside_text=string is None)):
            yield InLine(line, item.name, found)
    if is_script(name, text):
        for line, option, detected in credentials_in_script(text):
            yield InLine(line, option, detected)
    if not code and not _PROSE_NAME.fullmatch(name):
        yield from _directives(name, text, starts)


def _hands_on(text: str, item: Assignment) -> bool:
    """`password: password,` and `connect(password=password)` are code in which the one is a variable."""
    return item.name == item.value and text[item.end : item.end + 1] in (",", ")")


def located(text: str) -> Iterator[tuple[int, Detected]]:
    """(position, credential) of every credential that needs no name."""
    yield from occurrences(text)
    if "@" in text:
        yield from connection_strings(text)


def _directives(name: str, text: str, starts: list[int]) -> Iterator[InLine]:
    for number, start in enumerate(starts, 1):
        end = starts[number] - 1 if number < len(starts) else len(text)
        if end - start > 2_000 or end - start < 3 or _COMMENT.match(text, start):
            continue
        line = text[start:end]
        if found := _of_user(line) if lists_users(name) else _directive(line):
            yield InLine(number, *found)


def _of_user(line: str) -> tuple[str, Detected] | None:
    user = _USER_LIST.fullmatch(line.strip())
    return _chosen("", user[1]) if user else None


def _directive(line: str) -> tuple[str, Detected] | None:
    stripped = line.strip()
    if ("$" in stripped or "{SSHA}" in stripped) and is_password_hash(stripped):
        return "", Detected("password hash")
    if ">" in stripped and (acl := _ACL_PASSWORD.match(line)):
        return _chosen("user", acl[1])
    if "'" in stripped and (statement := _SQL.search(line)):
        return _chosen("password", statement[1])
    directive = _DIRECTIVE.fullmatch(line)
    if directive is None:
        return None
    name, first, value = directive[1], directive[2], directive[3]
    if _HANDS_ON.fullmatch(line) or (first is not None) != (name.lower() in _TWO_ARGUMENTS):
        return None
    means = meaning(name)
    if means is None or means.demand is Demand.OPAQUE:
        return None
    any_word = name.lower() in _DIRECTIVES
    if not any_word and value.rstrip(".,:;!?)").isalpha():
        return None
    found = by_name(means, value, inside_text=not any_word)
    return (name, found) if found else None


def _chosen(name: str, value: str) -> tuple[str, Detected] | None:
    means = meaning("password")
    found = by_name(means, value) if means else None
    return (name, found) if found else None
