"""What kubectl's last-applied-configuration annotation of a Secret tells: whether values stand in it, and if encrypted.

The annotation is looked at here, once, and dropped: it is the one hole through which values reach a list of metadata.
SOPS encrypts each value to `ENC[AES256_GCM,…]` and leaves a mapping `sops` at the top of the file
(https://getsops.io/docs/#encryption-protocol). A Secret that was applied so holds the ciphertext: the API server warns
of the unknown field `sops` and stores the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from scanners.collect.metadata import Shape

CIPHERTEXT = b'"ENC[AES256_GCM,'
"""How SOPS ciphertext begins as a JSON string."""
CIPHERTEXT_IN_BASE64 = b'"RU5DW0FFUzI1Nl9HQ00s'
"""The same where the value is encoded once more, as in `data` of a Secret that the API server took."""

Applied = Literal["absent", "without-values", "with-values", "unreadable"]


class LastApplied(NamedTuple):
    """`values`: whether the annotation stands there, and if it carries values in plain. `encrypted`: it carries some
    as SOPS ciphertext.
    """

    values: Applied
    encrypted: bool = False


class _Manifest(Shape):
    data: dict[str, msgspec.Raw] | None = None
    string_data: dict[str, msgspec.Raw] | None = None
    sops: Any = None


_manifest = msgspec.json.Decoder(_Manifest)


def last_applied(annotation: str | None) -> LastApplied:
    """What the annotation tells; None where the object has none."""
    if annotation is None:
        return LastApplied("absent")
    try:
        manifest = _manifest.decode(annotation)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return LastApplied("unreadable")
    values = [bytes(value) for value in (*(manifest.data or {}).values(), *(manifest.string_data or {}).values())]
    filled = [value for value in values if value not in (b'""', b"null")]
    plain = [value for value in filled if not _is_ciphertext(value)]
    encrypted = len(plain) < len(filled) or bool(filled and manifest.sops)
    return LastApplied("with-values" if plain else "without-values", encrypted)


def holds_ciphertext(data: Mapping[str, msgspec.Raw] | None) -> bool:
    """Whether a value in `data` of a Secret that was read whole, from a file, is SOPS ciphertext."""
    return any(bytes(value).startswith(CIPHERTEXT_IN_BASE64) for value in (data or {}).values())


def _is_ciphertext(value: bytes) -> bool:
    return value.startswith((CIPHERTEXT, CIPHERTEXT_IN_BASE64))
