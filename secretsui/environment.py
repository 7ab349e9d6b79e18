"""Settings from the environment: `SECRETSUI_NAME`, or a file named by `SECRETSUI_NAME_FILE` (container secrets).

A value that cannot be used stops the program with one sentence that names the variable, never the value: values
here are passwords and keys as often as not. An empty variable counts as not set, because compose files pass those.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured

PREFIX = "SECRETSUI_"
YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off"})

_asked_for: set[str] = set()


class SettingError(ImproperlyConfigured, SystemExit):
    """A setting is missing or cannot be used; the message is a sentence for whoever starts the program.

    It is an ImproperlyConfigured for Django and its tools, and a SystemExit so that every entry point (manage.py,
    celery, python -m …) ends with that sentence instead of a traceback.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.code = f"secretsui cannot start: {message}"


def text(name: str, default: str = "") -> str:
    """The value of `name` or of the file that `name_FILE` points to, without surrounding white space."""
    _asked_for.add(name)
    value = os.environ.get(name, "").strip()
    file = os.environ.get(f"{name}_FILE", "").strip()
    if value and file:
        raise SettingError(f"both {name} and {name}_FILE are set; keep one of them.")
    if not file:
        return value or default
    try:
        value = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise SettingError(f"the file that {name}_FILE points to cannot be read: {file}: {why}.") from None
    if not value:
        raise SettingError(f"the file that {name}_FILE points to is empty: {file}.")
    return value


def boolean(name: str, default: bool = False) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value in YES | NO:
        return value in YES
    raise SettingError(f"{name} must be 1 or 0 (also true, false, yes, no, on, off).")


def integer(name: str, default: int, *, minimum: int, maximum: int) -> int:
    value = text(name)
    if not value:
        return default
    if value.isascii() and value.isdigit() and minimum <= int(value[:20]) <= maximum:
        return int(value)
    raise SettingError(f"{name} must be a whole number from {minimum} to {maximum}.")


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A list separated by commas, white space or lines."""
    return text(name).replace(",", " ").split() or list(default)


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(name, default)
    if value.upper() not in allowed:
        raise SettingError(f"{name} must be one of {', '.join(allowed)}.")
    return value.upper()


def data_dir() -> Path:
    """SECRETSUI_DATA_DIR, else `secretsui` in the XDG data home (XDG base directory specification 0.8)."""
    given = text("SECRETSUI_DATA_DIR")
    if given:
        return Path(given).expanduser().absolute()
    home = Path(os.environ.get("XDG_DATA_HOME", ""))
    # The specification says that a relative XDG_DATA_HOME is to be ignored.
    return (home if home.is_absolute() else Path("~/.local/share").expanduser()) / "secretsui"


def postgresql(name: str, password_name: str) -> dict[str, Any] | None:
    """Django's settings for the `postgresql://user:password@host:port/database?sslmode=…` in `name`; None if not set.

    What follows the `?` goes to libpq as it is. A password given apart may hold any character. Raises SettingError.
    """
    url, password = text(name), text(password_name)
    if not url:
        return None
    wrong = f"{name} must look like postgresql://user:password@host:5432/database"
    parts, port = _url(name, url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise SettingError(f"{wrong}; no other kind of database is supported, and without it SQLite is used.")
    database = unquote(parts.path.lstrip("/"))
    if not database or "/" in database:
        raise SettingError(f"{wrong}; the name of the database is missing at its end.")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database,
        "USER": unquote(parts.username or ""),
        "PASSWORD": password or unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,  # seconds
        "CONN_HEALTH_CHECKS": True,
    }


def broker(name: str, password_name: str) -> str:
    """The Redis URL in `name`, with the password from `password_name` if that is given; empty if not set."""
    url, password = text(name), text(password_name)
    if not url:
        return ""
    parts, _ = _url(name, url)
    if parts.scheme not in ("redis", "rediss") or not parts.hostname:
        raise SettingError(f"{name} must look like redis://:password@host:6379/0, or rediss:// for TLS.")
    if not password:
        return url
    user, place = unquote(parts.username or ""), parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{place}"))


def _url(name: str, url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:
        raise SettingError(
            f"{name} is not a URL; characters such as / @ : # in its password must be percent-encoded, "
            f"or the password given apart as {name.removesuffix('_URL')}_PASSWORD."
        ) from None


def unknown() -> list[str]:
    """`SECRETSUI_…` variables that are set but that nothing asked for: most often a misspelt one."""
    known = _asked_for | {f"{name}_FILE" for name in _asked_for}
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
