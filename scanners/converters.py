"""Names of cluster objects in URLs.

A name from a snapshot may hold any character: `/` would end the path segment, `.` and `..` are removed by
browsers, and an empty one leaves none. They are escaped once more inside the segment, so that every name has
exactly one URL, which leads back to it.
"""

from __future__ import annotations

from urllib.parse import unquote

EMPTY = "~"


class ObjectName:
    """Path converter for the namespace or name of an object; ordinary names stand in the URL as they are."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        return "" if value == EMPTY else unquote(value)

    def to_url(self, value: str) -> str:
        if value == "":
            return EMPTY
        text = value.replace("%", "%25").replace("/", "%2F").replace("~", "%7E")
        return text.replace(".", "%2E") if text in (".", "..") else text
