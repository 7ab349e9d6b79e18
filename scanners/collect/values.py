"""The door that values come to in a deep scan, and do not pass: each is decoded, reduced to facts, and dropped.

No exception leaves from here, since its message, or a frame of its traceback, might quote what stood there.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

import msgspec

from scanners.collect import keep
from scanners.collect.pool import Pool
from scanners.inventory import KeyFacts
from scanners.values import About, key_facts

HELM_RELEASE = "helm.sh/release.v1"
VALUES_OF_NO_USE = frozenset({HELM_RELEASE, "kubernetes.io/service-account-token"})
"""Types of Secrets whose values nobody chose: a compressed chart, and a token that the API server signed."""

_base64 = msgspec.json.Decoder(bytes | None)
_text = msgspec.json.Decoder(str)
_ENCRYPTED = "ENC[AES256_GCM,"
"""In a manifest that SOPS encrypted, `data` holds no base64: the API server would refuse it, a file may show it."""

Values = Mapping[str, msgspec.Raw] | None


def read_values(data: Values, string_data: Values, about: About, pool: Pool) -> tuple[KeyFacts, ...] | None:
    """The facts of every key, by key; None where a value cannot be decoded or judged, or the pool has no digest."""
    if pool.digest is None:
        return None
    try:
        values = {_name(key, pool): _decoded(raw) for key, raw in (data or {}).items()}
        values.update((_name(key, pool), _text.decode(raw).encode()) for key, raw in (string_data or {}).items())
        return key_facts(values, about, pool.digest)
    except Exception:  # noqa: BLE001 (the door: see above; the coverage of the values counts what could not be read)
        return None


def _name(key: str, pool: Pool) -> str:
    return pool.one(keep.clean(key))


def _decoded(raw: msgspec.Raw) -> bytes:
    try:
        return _base64.decode(raw) or b""
    except msgspec.ValidationError:
        text = _text.decode(raw)
    if text.startswith(_ENCRYPTED):
        return text.encode()
    try:
        return base64.b64decode("".join(text.split()), validate=True)  # YAML leaves line breaks in it
    except (binascii.Error, ValueError):
        raise ValueError("a value is not base64") from None
