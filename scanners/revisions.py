"""resourceVersions as numbers: of one kind, the higher was written later.

Comparable since 1.35 (KEP-5504, comparable resource versions), and before that wherever etcd keeps the objects: the
version is etcd's revision of the last write.
"""

from __future__ import annotations

MAX_DIGITS = 19
"""Of a 64-bit integer."""


def revision(resource_version: str) -> int:
    """The number, 0 where it is none: nothing may be concluded from that one."""
    text = resource_version
    return int(text) if 0 < len(text) <= MAX_DIGITS and text.isascii() and text.isdecimal() else 0
