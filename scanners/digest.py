"""Digests of values under a key that only this installation has: equal values give equal digests, and nothing more.

A bare hash of a password is the password for whoever tries the few million likely ones. A digest under a key outside
the database is not, as long as the key stays outside (docs/threat-model.md).
"""

from __future__ import annotations

import hmac
import secrets

KEY_BYTES = 32
"""Length of a key at least: as long as SHA-256's output (RFC 2104, section 3)."""
KEY_MARK_CHARACTERS = 8
VALUE_CHARACTERS = 24
"""A digest is that many hexadecimal digits which tell its key and purpose, and these (96 bits) which tell the value."""

SECRET_VALUE = "secret-value"
"""Purpose: the value of one key of a Secret, whatever the key is called, so that copies are recognised."""
DATA_HASH = "data-hash"
"""Purpose: External Secrets' own hash of a Secret's data."""


class KeyedDigest:
    """HMAC-SHA-256 under one key, truncated. Safe to use from several threads; shows its key to nobody.

    Each purpose has a key of its own, derived from the one given, so digests of different purposes never compare.
    Raises ValueError for a key shorter than KEY_BYTES.
    """

    __slots__ = ("_key", "_purposes")

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise ValueError(f"a digest key has at least {KEY_BYTES} bytes")
        self._key = key
        self._purposes: dict[str, tuple[bytes, str]] = {}

    @classmethod
    def for_this_process(cls) -> KeyedDigest:
        """Under a random key: its digests compare with one another, and with none of another process."""
        return cls(secrets.token_bytes(KEY_BYTES))

    def of(self, purpose: str, value: bytes) -> str:
        """The digest of a value: 32 hexadecimal digits."""
        found = self._purposes.get(purpose)
        if found is None:
            key = hmac.digest(self._key, b"key of " + purpose.encode(), "sha256")
            mark = hmac.digest(self._key, b"mark of " + purpose.encode(), "sha256").hex()[:KEY_MARK_CHARACTERS]
            found = self._purposes[purpose] = (key, mark)
        key, mark = found
        return mark + hmac.digest(key, value, "sha256").hex()[:VALUE_CHARACTERS]

    def __repr__(self) -> str:
        return "KeyedDigest()"

    def __reduce__(self) -> str:
        raise TypeError("a digest key is not written anywhere")


def comparable(one: str, other: str) -> bool:
    """Whether two digests are of one key and one purpose, so that a difference means that the values differ.

    After the installation's key was replaced, every digest is another, and nothing has changed in any cluster.
    """
    return bool(one) and one[:KEY_MARK_CHARACTERS] == other[:KEY_MARK_CHARACTERS]
