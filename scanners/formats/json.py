"""The report as JSON, field for field as in the contract (`secretsui.scan/v1`), written piece by piece.

A finding or a Secret per line: two reports can be compared with `diff`, and 20,000 Secrets are never held as
one text. What a terminal would act upon is escaped; to a JSON reader it is the same character.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from scanners.formats import Terminal
from scanners.report import Report


def _made(words: Any) -> str:
    """A text that is made when it is asked for."""
    if not callable(words):
        raise TypeError(f"a report holds no {type(words).__name__}")
    return str(words())


_ENCODER = msgspec.json.Encoder(enc_hook=_made)

_ACTED_UPON = re.compile(
    rb"\x7f"
    rb"|\xc2[\x80-\x9f]"  # U+0080 to U+009F, of which U+009B starts a control sequence
    rb"|\xe2\x80[\xa8-\xae]"  # U+2028 to U+202E: separators and bidirectional embeddings
    rb"|\xe2\x81[\xa6-\xa9]"  # U+2066 to U+2069: bidirectional isolates
)


def write(report: Report, terminal: Terminal) -> Iterator[bytes]:
    """The report in pieces of UTF-8; the fields in the contract's order."""
    opening = b"{"
    for field in msgspec.structs.fields(report):
        value = getattr(report, field.name)
        if value is None:
            continue  # `repository`, in a scan of a cluster
        yield opening + b'"%b": ' % field.encode_name.encode()
        if isinstance(value, tuple):
            yield from json_array(value)
        else:
            yield encode(value)
        opening = b",\n "
    yield b"}\n"


def encode(value: Any) -> bytes:
    """Compact JSON in which nothing moves a cursor."""
    return _ACTED_UPON.sub(_escape, _ENCODER.encode(value))


def json_array(items: Iterable[Any]) -> Iterator[bytes]:
    """A JSON array, an item per line and piece."""
    separator = b"[\n  "
    for item in items:
        yield separator + encode(item)
        separator = b",\n  "
    yield b"[]" if separator.startswith(b"[") else b"\n ]"


def _escape(match: re.Match[bytes]) -> bytes:
    return b"\\u%04x" % ord(match[0].decode())
