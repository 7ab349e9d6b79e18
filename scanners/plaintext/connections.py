"""Passwords inside connection strings: URLs of any scheme, JDBC, Go's MySQL form, Oracle's thin form.

A URL is found by its `://`; what stands before an `@` within a bounded window is its userinfo.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanners.plaintext.detected import Detected, Located
from scanners.plaintext.shapes import is_placeholder_for_password
from scanners.plaintext.vocabulary import URL_SCHEMES

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.:-]{0,30}\Z")
_AUTHORITY = re.compile(r"[^\s/?#\"'<>\\`]{0,1024}")
_USERINFO_WITH_SLASH = re.compile(r"[^\s\"'<>\\`@]{1,512}@(?=[A-Za-z0-9\[$])")
_STAND_IN = re.compile(r"@[a-z-]{0,20}(?:host|hostname|server|ip|address)[a-z-]{0,20}:port\b", re.IGNORECASE)
"""`mysql://user:secret@host:port/database` shows the form."""
_GO_MYSQL = re.compile(
    r"(?:^|[\s\"'=])[^\s:@/\"'=]{1,128}:([^\s]{1,256}?)@(?:tcp|tcp4|tcp6|unix|cloudsql[a-z-]{0,10})\("
)
_GO_PROTOCOLS = ("@tcp", "@unix(", "@cloudsql")
_ORACLE_THIN = re.compile(r"jdbc:oracle:(?:thin|oci):[^\s/@:]{1,128}/([^\s@]{1,256})@")


def connection_string(value: str) -> Detected | None:
    """The first connection string in `value` that carries a password in the clear, None if there is none."""
    return next((found for _, found in connection_strings(value)), None)


def connection_strings(text: str) -> Iterator[Located]:
    """Every connection string with a password in the clear, in `text`.

    A password that is empty, masked or a template is none. Callers check for an `@` first.
    """
    for position, scheme, password in _url_passwords(text):
        if password and not is_placeholder_for_password(password):
            shown = f"{scheme}://…" if scheme in URL_SCHEMES else ""
            yield position, Detected("connection string with a password", shown)
    for marker, expression in (("@", _GO_MYSQL), ("jdbc:oracle:", _ORACLE_THIN)):
        if marker in text and (marker != "@" or any(map(text.__contains__, _GO_PROTOCOLS))):
            for match in expression.finditer(text):
                if not is_placeholder_for_password(match[1]):
                    yield match.start(), Detected("connection string with a password")


def _url_passwords(text: str) -> Iterator[tuple[int, str, str]]:
    """(position, scheme, password) of every URL with a colon in its userinfo."""
    at = text.find("://")
    while at != -1:
        scheme = _SCHEME.search(text, max(0, at - 31), at)
        userinfo = _userinfo(text, at + 3) if scheme is not None else None
        if userinfo is not None and _STAND_IN.match(text, at + 3 + len(userinfo)):
            userinfo = None
        if scheme is not None and userinfo is not None and ":" in userinfo:
            yield scheme.start(), scheme[0].rpartition(":")[2].lower(), userinfo.partition(":")[2]
        at = text.find("://", at + 3)


def _userinfo(value: str, start: int) -> str | None:
    """What stands before the host's `@`, also where the password holds a raw `/`, `?` or `#`."""
    authority = _AUTHORITY.match(value, start)
    if authority is None:
        return None
    userinfo, found, _ = authority[0].rpartition("@")
    if found:
        return userinfo
    # `app:p/w@db` is no host and port, so the slash belongs to the password; `host:8080/a@b` is one.
    port = authority[0].partition(":")[2]
    if not port or port.isdigit() or port[0] in "$%{[" or authority[0].startswith("["):
        return None
    wider = _USERINFO_WITH_SLASH.match(value, start)
    return wider[0][:-1] if wider else None
