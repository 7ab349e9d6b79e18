"""`secretsui repo-scan`: a Git working tree instead of a cluster; no server, no database, no cluster."""

from __future__ import annotations

import argparse
import gc
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from secretsui.command import arguments as shared
from secretsui.command import reporting
from secretsui.command.messages import Problem
from secretsui.command.progress import ProgressBar
from secretsui.command.stopping import stoppable

if TYPE_CHECKING:
    from scanners.report import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path", metavar="PATH", type=shared.file, help="a Git working tree, or a folder or file in one; . for this one"
    )
    parser.add_argument("--policy", metavar="F", type=shared.file, help="a policy, of which the severities count here")
    reporting.add_report(parser)


def run(arguments: argparse.Namespace) -> int:
    gc.disable()  # the process ends after one scan, and what it builds has few cycles
    with stoppable():
        return reporting.printed(arguments, lambda: _report(arguments))


def _report(arguments: argparse.Namespace) -> Report:
    from scanners.assess import assess
    from scanners.repository import RepositoryError, read_repository

    policy = reporting.policy_from(arguments.policy)
    bar = ProgressBar()
    try:
        inventory = read_repository(Path(arguments.path), datetime.now(UTC), bar)
    except RepositoryError as error:
        raise Problem(str(error)) from error
    finally:
        bar.clear()
    return assess(inventory, policy, finished_at=datetime.now(UTC))
