"""One line per event on standard error, without bodies.

An exception's message may quote what a cluster or a database answered, so only messages of kinds that cannot are
printed; of every other exception the type and the places in the code. Control characters are escaped, so that a hostile
name can neither forge a line nor drive a terminal.
"""

from __future__ import annotations

import logging
import traceback

from django.core.exceptions import DisallowedHost, ImproperlyConfigured

PRINTABLE_MESSAGES = (OSError, ImproperlyConfigured, ImportError)
FRAMES = 6


def escape(text: str) -> str:
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


class OneLine(logging.Formatter):
    """`2026-01-31T12:00:00+0000 WARNING django.request: Not Found: /x`."""

    default_time_format = "%Y-%m-%dT%H:%M:%S%z"

    def format(self, record: logging.LogRecord) -> str:
        line = f"{self.formatTime(record, self.default_time_format)} {record.levelname} {record.name}: "
        line += escape(self._message(record))
        if record.exc_info and record.exc_info[1] is not None and not isinstance(record.exc_info[1], DisallowedHost):
            line += f" [{describe(record.exc_info[1])}]"
        return line

    @staticmethod
    def _message(record: logging.LogRecord) -> str:
        # Celery puts the exception's text and the whole traceback into the arguments of its own messages.
        data = record.args if isinstance(record.args, dict) else {}
        if "exc" in data and "name" in data:
            return f"task {data['name']} {data.get('id', '')} {data.get('description', 'failed')}"
        return record.getMessage()


def describe(error: BaseException) -> str:
    """Type, message where that is safe, and the innermost frames as `file:line function`, on one line."""
    message = f": {error}" if isinstance(error, PRINTABLE_MESSAGES) else ""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    places = " > ".join(f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno} {frame.name}" for frame in frames)
    return escape(f"{type(error).__module__}.{type(error).__qualname__}{message} at {places or 'unknown'}")
