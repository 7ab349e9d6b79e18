"""Whether the value of a Secret's key is secret. In a Secret the presumption is that it is.

What is evidently not: nothing, placeholders, templates and references, ciphertext, certificates and public keys, and
what its key says is something about the credential (`username`, `url`) where it holds none itself.
"""

from __future__ import annotations

import base64
import binascii
import re

from scanners.plaintext.detect import by_value
from scanners.plaintext.names import Demand, meaning, words
from scanners.plaintext.patterns import is_password_hash
from scanners.plaintext.shapes import (
    is_something_else,
    is_something_else_if_issued,
    looks_generated,
    template_default,
)
from scanners.plaintext.vocabulary import SOMETHING_ABOUT_IT

_STILL_TO_COME = re.compile(
    r"(?:please[-_ ]?)?(?:change|replace|update|edit|fill)d?[-_ ]?(?:me|this|it|in|by|with)(?:[-_ !.,].{0,60})?|value"
    r"|secret[-_ ]?value|(?:my|some|a|an|the)[-_ ](?:secret|password|token|key|value)(?:[-_ ](?:here|value))?"
    r"|\.{3,}|…|-+",
    re.IGNORECASE,
)
"""What a manifest in Git says where the value is put in later. Servers that start with `changeme` are another matter:
there it is a password."""

_PUBLIC_BLOCK = re.compile(
    r"-----BEGIN (?:(?:TRUSTED )?CERTIFICATE(?: REQUEST)?|(?:RSA )?PUBLIC KEY|X509 CRL|PGP PUBLIC KEY BLOCK"
    r"|DH PARAMETERS)-----[^-]*(?:-----END [A-Z0-9 ]{1,30}-----)?"
)
_PUBLIC_FILES = re.compile(
    r"(?:ca|tls|cert|server|client|root|chain|bundle)?[-_.]?(?:crt|cer|cert|pub|der|p7b)\Z", re.IGNORECASE
)
_PUBLIC_NAMES = frozenset({"truststore", "known", "ca", "cacert", "cert", "certificate", "crl"})
_SAYS_LITTLE = frozenset(
    {"config", "configuration", "settings", "option", "options", "store", "storage", "manager", "server", "service"}
    | {
        "backend",
        "engine",
        "client",
        "cache",
        "resource",
        "resources",
        "object",
        "plugin",
        "driver",
        "handler",
        "state",
    }
    | {"controller", "operator", "provider", "env", "envvar", "variable", "var", "mapping", "map", "set", "template"}
)
"""What follows a credential's name elsewhere, and as a key of a Secret says nothing of what stands under it."""
_ABOUT_IT = SOMETHING_ABOUT_IT - _SAYS_LITTLE
_WHITESPACE = re.compile(r"\s+")


def is_plain_secret(key: str, value: str) -> bool:
    """Whether a value that stands under `key` in a Secret, decoded, is a secret in plain."""
    value = _without_public_blocks(value).strip()
    if not value:
        return False
    default = template_default(value)
    if default is not None:
        return is_plain_secret(key, default)
    if by_value(value) is not None:
        return True
    if "\n" in value:
        return any(_is_secret_line(line.strip()) for line in value.split("\n"))
    if is_something_else(value) or _STILL_TO_COME.fullmatch(value):
        return False
    means = meaning(key)
    if (means is not None and means.demand is Demand.CHOSEN) or is_password_hash(value):
        return True
    if means is None and _says_something_else(key):
        return False
    return not is_something_else_if_issued(value)


def decoded(value: str) -> str | None:
    """What a `data` value encodes, as text; None for bytes that are no text.

    What is no base64 is taken as it stands: a template, or a value that somebody forgot to encode.
    """
    packed = _WHITESPACE.sub("", value)
    try:
        content = base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        return value
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def is_plain_secret_encoded(key: str, value: str) -> bool:
    """Whether a value of a Secret's `data` is a secret in plain: base64 hides nothing."""
    if not value.strip():
        return False
    content = decoded(value)
    if content is None:
        return _PUBLIC_FILES.search(key) is None and _PUBLIC_NAMES.isdisjoint(words(key))
    return is_plain_secret(key, content)


def _is_secret_line(line: str) -> bool:
    return bool(line) and (is_password_hash(line) or looks_generated(line))


def _says_something_else(key: str) -> bool:
    parts = words(key)
    return bool(parts) and (parts[-1] in _ABOUT_IT or not _PUBLIC_NAMES.isdisjoint(parts))


def _without_public_blocks(value: str) -> str:
    """The text without its PEM blocks of certificates and public keys."""
    return _PUBLIC_BLOCK.sub("", value) if "-----BEGIN " in value else value
