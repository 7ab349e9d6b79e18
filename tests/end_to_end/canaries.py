"""Canary values, and the search for them: plain, base64 at every alignment, hex, and inside what is compressed."""

from __future__ import annotations

import base64
import gzip
import hashlib
import secrets
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

CREATED: dict[str, str] = {}
GZIP = b"\x1f\x8b"


def canary(place: str) -> str:
    """A value that is nowhere else; `place` says where it was planted."""
    return CREATED.setdefault(place, f"Kq{secrets.token_hex(12)}Zw")


def needles(value: str) -> set[bytes]:
    """The forms in which the value might stand, hashes without a key among them.

    Cut so that no alignment and no neighbour hides it.
    """
    raw = value.encode()
    found = {raw, raw.hex().encode(), raw.hex().upper().encode(), base64.b64encode(base64.b64encode(raw)).rstrip(b"=")}
    found |= {hashlib.new(name, raw).hexdigest()[:24].encode() for name in ("md5", "sha1", "sha256", "sha3_224")}
    for before in range(3):
        encoded = base64.b64encode(b"x" * before + raw)
        start = (before * 8 + 5) // 6  # the first character that holds nothing but the value's bits
        end = (before + len(raw)) * 8 // 6
        found |= {encoded[start:end], base64.urlsafe_b64encode(b"x" * before + raw)[start:end]}
    return found


class Search:
    """What was searched, and which canaries were found where: `found` must be empty in the end."""

    def __init__(self) -> None:
        self.looked_at = 0
        self.found: set[str] = set()

    def content(self, content: bytes | str, where: str) -> None:
        """Searches a text or file, and once more what is inside it where it is gzip."""
        raw = content.encode(errors="surrogatepass") if isinstance(content, str) else content
        self.looked_at += 1
        for place, value in CREATED.items():
            if any(needle in raw for needle in needles(value)):
                self.found.add(f"{place} in {where}")
        if raw.startswith(GZIP):
            self.content(gzip.decompress(raw), f"{where}, unpacked")

    def files(self, folder: Path, where: str, leave_out: Iterable[Path] = ()) -> None:
        """Searches every file below a folder, and their names."""
        left_out = tuple(leave_out)
        for path in sorted(folder.rglob("*")):
            if any(path.is_relative_to(each) for each in left_out):
                continue
            self.content(str(path), f"the name of {where}/{path.name}")
            if path.is_file():
                self.content(path.read_bytes(), f"{where}/{path.relative_to(folder)}")

    def database(self, file: Path) -> None:
        """Searches every value of every row, unpacked where it is gzip or a compressed session."""
        for table, row in all_rows(file):
            for column, value in row.items():
                where = f"{table}.{column}"
                if isinstance(value, (bytes, str)):
                    self.content(value, where)
                if column == "session_data":
                    self.content(session(value), f"{where}, unpacked")


def all_rows(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row of every table, with the table's name."""
    with closing(sqlite3.connect(file, timeout=20)) as database:
        database.row_factory = sqlite3.Row
        tables = [row["name"] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in database.execute(f'SELECT * FROM "{table}"'):
                yield table, dict(row)


def session(data: str) -> bytes:
    """What a signed Django session holds; it is compressed where the data begins with a dot."""
    payload = data.lstrip(".").partition(":")[0]
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    return zlib.decompress(raw) if data.startswith(".") else raw
