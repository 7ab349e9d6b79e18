"""Credentials in any text, by the rules of Kingfisher (https://github.com/mongodb/kingfisher, Apache-2.0).

Its scanner runs in this process, and offline: what asks providers whether a credential works, or takes one back, is
never called. Only what rules of high confidence find is taken: those of a published form, or with a checksum. Rules of
medium confidence are loaded because others rest on them: an AWS key counts together with its secret half. It is
preferred to detect-secrets, which had no release for two years and takes minutes where this takes a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from scanners.plaintext.formats import PREFIX_FORMATS

SECONDS_PER_FILE = 20.0

_JUDGED_HERE = ("kubernetes-secret", "generic-", "curl-auth")
"""Rules for what our own readers judge by its structure, and those that take documentation's examples for real."""

_NEEDS_A_PREFIX = frozenset({"vault-service-token", "vault-batch-token"})
"""Rules that take the forms of old versions too, which look like any expression of a program."""
_BASE64_LINE = re.compile(r"[A-Za-z0-9+/]{56,}={0,2}")
"""A line of a certificate, in which any short token turns up by chance."""

_WORDS = {
    "api": "API",
    "aws": "AWS",
    "gcp": "GCP",
    "jwt": "JWT",
    "npm": "npm",
    "pypi": "PyPI",
    "ssh": "SSH",
    "github": "GitHub",
    "gitlab": "GitLab",
    "pat": "token",
    "openai": "OpenAI",
    "url": "URL",
    "id": "ID",
}


_NO_PROVIDER = frozenset({"private", "secret", "password", "oauth", "basic", "age", "x"})


class Found(NamedTuple):
    """A credential in a text: what it is, on which line, from 1, and a published prefix of it that may be shown."""

    kind: str
    line: int
    masked: str = ""


class TooSlow(Exception):
    """A text took longer than is spent on one file."""


def credentials(path: str, text: str) -> Iterator[Found]:
    """Every credential that a rule recognises. Raises TooSlow."""
    import kingfisher_sdk

    source = kingfisher_sdk.ScanInput(path=path or "text", data=text.encode("utf-8", "replace"))
    try:
        findings = _scanner().scan_input(source, timeout=SECONDS_PER_FILE)
    except TimeoutError:
        raise TooSlow(f"it took longer than {SECONDS_PER_FILE:g} s") from None
    for finding in findings:
        rule = finding.rule_id.rpartition(".")[2]
        if not finding.visible or finding.confidence != "high" or rule.startswith(_JUDGED_HERE):
            continue
        line = _line(text, finding.location["line"])
        prefix = _prefix(line[finding.location["column"] :])
        if (rule in _NEEDS_A_PREFIX and not prefix) or (rule != "private-key" and _BASE64_LINE.fullmatch(line.strip())):
            continue
        yield Found(_in_words(rule), finding.location["line"], prefix)


@lru_cache(maxsize=1)
def _scanner() -> Any:
    """Compiled once for a process, in seconds; Kingfisher keeps the compiled rules in the user's cache folder."""
    import kingfisher_sdk

    rules = kingfisher_sdk.Rules(confidence="medium")
    return kingfisher_sdk.Scanner(rules, base64=False, redact=True)


def _in_words(rule: str) -> str:
    """`GitHub token` for `github-pat`: the first word is mostly the provider's name."""
    first, *rest = rule.split("-")
    provider = _WORDS.get(first) or (first if first in _NO_PROVIDER else first.capitalize())
    return " ".join([provider, *(_WORDS.get(word, word) for word in rest)])


def _line(text: str, number: int) -> str:
    lines = text.split("\n", number)
    return lines[number - 1] if len(lines) >= number else ""


def _prefix(token: str) -> str:
    """The published prefix of a credential, so that it can be told from others; "" where it has none."""
    return next((form.shown for form in PREFIX_FORMATS if form.shown and token.startswith(form.prefix)), "")
