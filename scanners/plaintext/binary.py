"""Binary values: text under another name, or a container of private keys that its own format proves to be one.

Whatever cannot be told for certain is nothing: certificates, truststores, archives, images.
"""

from __future__ import annotations

import base64
import binascii
import struct

from scanners.plaintext.detected import Detected

_JKS, _JCEKS = b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce"
_MAX_ENTRIES = 100
_PRIVATE_KEY, _TRUSTED_CERTIFICATE, _SECRET_KEY = 1, 2, 3
"""Tags of entries, as OpenJDK writes them (sun.security.provider.JavaKeyStore, com.sun.crypto.provider.JceKeyStore)."""

_PFX = b"\x02\x01\x03"
"""version INTEGER 3 (RFC 7292, 4)."""
_PKCS7_DATA = bytes.fromhex("06092a864886f70d010701")
_KEY_BAG = bytes.fromhex("060b2a864886f70d010c0a0101")
_SHROUDED_KEY_BAG = bytes.fromhex("060b2a864886f70d010c0a0102")
_PKCS8_RSA = bytes.fromhex("020100300d06092a864886f70d0101010500")
_PKCS8_EC = bytes.fromhex("06072a8648ce3d0201")
_KEYTAB = b"\x05\x02\x00\x00"


def text_of(content: bytes) -> str | None:
    """The content as text, None if it is none: UTF-8 without control characters, or UTF-16 with its mark."""
    try:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return content.decode("utf-16")
        if b"\x00" in content:
            return None
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def decoded(text: str) -> bytes | None:
    """Base64 as JSON carries it, None if it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def key_container(content: bytes) -> Detected | None:
    """A keystore with a private or secret key, a DER private key or a Kerberos keytab, by its format."""
    if content[:4] in (_JKS, _JCEKS):
        return Detected("Java keystore with a key") if _java_keystore_has_key(content) else None
    if content[:1] == b"\x30":
        return _der(content)
    if content.startswith(_KEYTAB) and len(content) > 16 and int.from_bytes(content[2:6]) <= len(content) - 6:
        return Detected("Kerberos keytab")
    return None


def _java_keystore_has_key(content: bytes) -> bool:
    """Reads the entries up to the first that is no trusted certificate."""
    try:
        version, count = struct.unpack_from(">II", content, 4)
        at = 12
        for _ in range(min(count, _MAX_ENTRIES)):
            (tag,) = struct.unpack_from(">I", content, at)
            if tag in (_PRIVATE_KEY, _SECRET_KEY):
                return True
            if tag != _TRUSTED_CERTIFICATE:
                return False
            at = _skip_string(content, at + 4) + 8  # the alias, then the time of its making
            if version == 2:
                at = _skip_string(content, at)  # the certificate's type
            (length,) = struct.unpack_from(">I", content, at)
            at += 4 + length
    except struct.error:
        return False
    return False


def _skip_string(content: bytes, at: int) -> int:
    (length,) = struct.unpack_from(">H", content, at)
    return at + 2 + int(length)


def _der(content: bytes) -> Detected | None:
    body = content[2:] if content[1:2] < b"\x80" else content[2 + (content[1] & 0x7F) :]
    if body.startswith(_PFX) and _PKCS7_DATA in body[:64]:
        has_key = _SHROUDED_KEY_BAG in body or _KEY_BAG in body
        return Detected("PKCS#12 keystore with a private key") if has_key else None
    if body.startswith(_PKCS8_RSA) or (body.startswith(b"\x02\x01\x00\x30") and _PKCS8_EC in body[4:24]):
        return Detected("private key")
    return None
