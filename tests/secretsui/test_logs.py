"""One line per event, whatever is in it, and no body of an answer."""

from __future__ import annotations

import io
import logging
import sys
from pathlib import Path

import pytest

from secretsui.logs import OneLine


@pytest.fixture
def log() -> tuple[logging.Logger, io.StringIO]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(OneLine())
    logger = logging.Logger("a.test")
    logger.addHandler(handler)
    return logger, written


def test_a_hostile_name_stays_on_its_line(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    logger.warning("Not found: %s", "/x\n2026-01-01 ERROR forged\x1b[2J\u2028\u202e")
    line = written.getvalue()
    assert line.count("\n") == 1
    assert "\\n2026-01-01 ERROR forged\\x1b[2J\\u2028\\u202e" in line


def test_an_exception_is_its_type_and_place_without_its_message(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    try:
        raise ValueError("answered: hunter2\nline two")
    except ValueError:
        logger.exception("The scan failed")
    line = written.getvalue()
    assert line.count("\n") == 1
    assert "hunter2" not in line
    assert "The scan failed [builtins.ValueError at secretsui/test_logs.py:" in line


def test_errors_of_the_system_keep_their_message(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    try:
        Path("/no/such/file").read_text()
    except OSError:
        logger.exception("The file is gone")
    assert "FileNotFoundError: [Errno 2] No such file or directory: '/no/such/file'" in written.getvalue()


def test_celerys_own_report_of_a_failed_task_quotes_nothing(log: tuple[logging.Logger, io.StringIO]) -> None:
    """As celery.app.trace writes it: the exception and its traceback are arguments of the message."""
    logger, written = log
    context = {"id": "7f3", "name": "scanners.tasks.run_scan", "exc": "ValueError('hunter2')", "args": "(1,)"}
    context |= {"traceback": "Traceback…hunter2", "kwargs": "{}", "description": "raised unexpected"}
    try:
        raise ValueError("hunter2")
    except ValueError:
        logger.error("Task %(name)s[%(id)s] %(description)s: %(exc)s\n%(traceback)s", context, exc_info=sys.exc_info())
    assert "task scanners.tasks.run_scan 7f3 raised unexpected [builtins.ValueError at" in written.getvalue()
    assert "hunter2" not in written.getvalue()
