"""Credentials in annotations. No annotation's text is kept.

The copies of a manifest that tools keep in an annotation repeat what its fields say, so they count only where the
manifest is a Secret's. kubectl's own is judged in scanners.collect.applied.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator, Mapping

import msgspec

from scanners.collect.keep import LAST_APPLIED, clean
from scanners.collect.metadata import UNREADABLE, Shape
from scanners.inventory import PlaintextCredential
from scanners.plaintext import Detected, credential_in_annotation

MAX_FOUND = 20
"""Credentials named of one object's annotations."""
_MAX_UNPACKED = 4_000_000
"""Bytes of a packed copy; a Secret holds at most 1 MiB."""

COPIES = frozenset(
    {
        "kapp.k14s.io/original",  # https://carvel.dev/kapp/docs/latest/diff/
        "objectset.rio.cattle.io/applied",  # https://github.com/rancher/wrangler: JSON, or base64 of gzip of it
        "banzaicloud.com/last-applied",  # https://github.com/banzaicloud/k8s-objectmatcher
    }
)
_COPY = Detected("copy of the Secret's values")


class _Copy(Shape):
    data: dict[str, msgspec.Raw] | None = None
    string_data: dict[str, msgspec.Raw] | None = None


_copy = msgspec.json.Decoder(_Copy)


def plaintext_annotations(
    annotations: Mapping[str, str] | None, prefix: str = "metadata.annotations"
) -> tuple[PlaintextCredential, ...]:
    """The credentials among `annotations`, which stand at `prefix` in their object."""
    return _records(_credentials(annotations), prefix) if annotations else ()


def annotations_of_secret(annotations: Mapping[str, str] | None) -> tuple[PlaintextCredential, ...]:
    """The same of a Secret, whose copies hold its values."""
    if not annotations:
        return ()
    copies = ((name, _COPY) for name in COPIES & annotations.keys() if _carries_values(annotations[name]))
    return _records([*_credentials(annotations), *copies], "metadata.annotations")


def _credentials(annotations: Mapping[str, str]) -> Iterator[tuple[str, Detected]]:
    for name, value in annotations.items():
        if name == LAST_APPLIED or name in COPIES:
            continue
        detected = credential_in_annotation(name, value)
        if detected is not None:
            yield name, detected


def _records(
    found: Iterator[tuple[str, Detected]] | list[tuple[str, Detected]], prefix: str
) -> tuple[PlaintextCredential, ...]:
    return tuple(
        PlaintextCredential(
            field=f'{prefix}["{clean(name)}"]',
            name=clean(name),
            credential=detected.credential,
            masked=detected.masked,
        )
        for name, detected in found
    )[:MAX_FOUND]


def _carries_values(text: str) -> bool:
    """Whether a copy of a Secret's manifest holds data; packed ones are unpacked, within bounds."""
    content = text.encode(errors="replace")
    if not text.startswith("{"):
        try:
            content = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(base64.b64decode(text), _MAX_UNPACKED)
        except (binascii.Error, ValueError, zlib.error):
            return False
    try:
        copy = _copy.decode(content)
    except UNREADABLE:
        return False
    values = [*(copy.data or {}).values(), *(copy.string_data or {}).values()]
    return any(bytes(value) not in (b'""', b"null") for value in values)
