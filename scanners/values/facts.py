"""The reduction of a Secret's values to facts. What goes in is not in what comes out, in no form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scanners.digest import SECRET_VALUE, KeyedDigest
from scanners.inventory import KeyFacts
from scanners.plaintext import detect
from scanners.plaintext.names import Demand, meaning, words
from scanners.plaintext.shapes import looks_generated
from scanners.plaintext.vocabulary import SOMETHING_ABOUT_IT
from scanners.values.certificates import validity
from scanners.values.weakness import LONGEST as LONGEST_GUESSABLE
from scanners.values.weakness import Surroundings, Weakness, weakness

MOST_LOOKED_AT = 64 * 1024
"""Bytes of a value in which a credential is looked for."""
FEWEST_RANDOM_BYTES = 16
"""Bytes of the shortest binary value that counts as a key: AES-128."""

_SOPS = b"ENC[AES256_GCM,data:"
"""How every value begins that SOPS encrypted (https://github.com/getsops/sops#encryption-protocol)."""
_KEYSTORES = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")
"""The first bytes of a Java keystore, JKS and JCEKS (sun.security.provider.JavaKeyStore)."""
_PKCS12 = b"\x02\x01\x03"
"""The version, always 3, that stands first in a PKCS#12 file (RFC 7292, section 4)."""
_USER_WORDS = frozenset({"user", "username", "login", "account"})
_ABOUT_A_VALUE = SOMETHING_ABOUT_IT | {
    "crt",
    "ca",
    "pub",
    "public",
    "uuid",
    "guid",
    "serial",
    "etag",
    "revision",
    "sha",
    "checksum",
}


@dataclass(frozen=True, slots=True)
class About:
    """The Secret that the values are of."""

    namespace: str
    name: str


def key_facts(values: Mapping[str, bytes], about: About, digest: KeyedDigest) -> tuple[KeyFacts, ...]:
    """What is known of each key's value, by key."""
    around = Surroundings(about.name, about.namespace, tuple(_users(values)))
    return tuple(_facts(key, values[key], around, digest) for key in sorted(values))


def _facts(key: str, value: bytes, around: Surroundings, digest: KeyedDigest) -> KeyFacts:
    encrypted = _SOPS in value
    text = _text(value[:MOST_LOOKED_AT])
    weak: Weakness = ""
    if text is not None and not encrypted and len(value) <= 4 * LONGEST_GUESSABLE:
        weak = weakness(key, text, around)
    dates = validity(value)
    return KeyFacts(
        key=key,
        digest=digest.of(SECRET_VALUE, value),
        credential="" if encrypted else _credential(key, value, text, weak),
        weakness=weak,
        encrypted="sops" if encrypted else "",
        not_before=dates[0] if dates else None,
        not_after=dates[1] if dates else None,
    )


def _text(value: bytes) -> str | None:
    """The value as text, None where it is binary. A character cut in two at the end is no sign of that."""
    text = value.decode(errors="replace")
    return None if "\0" in text or "\N{REPLACEMENT CHARACTER}" in text[:-1] else text


def _credential(key: str, value: bytes, text: str | None, weak: Weakness) -> str:
    """The kind of credential it is, by itself or by the name of its key; "" for none."""
    means = meaning(key)
    if text is None:
        if value.startswith(_KEYSTORES) or _PKCS12 in value[:12]:
            return "keystore"
        return means.credential if means is not None and len(value) >= FEWEST_RANDOM_BYTES else ""
    stripped = text.strip()
    if found := detect(key, stripped):
        return found.credential
    if means is not None and (weak or (means.demand is not Demand.CHOSEN and looks_generated(stripped))):
        return means.credential
    if weak:
        return "connection string with a password" if "://" in stripped else "value"
    parts = words(key)
    if looks_generated(stripped) and _ABOUT_A_VALUE.isdisjoint(parts[-1:]):
        return "generated string"
    return ""


def _users(values: Mapping[str, bytes]) -> Iterable[str]:
    """The user names among the values: the first thing a guesser tries as the password."""
    for key, value in values.items():
        if len(value) <= LONGEST_GUESSABLE and _USER_WORDS.intersection(words(key)[-1:]) and (name := _text(value)):
            yield name.strip()
