"""What every command that prints a Report shares: its options, writing it, and the exit code."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from scanners.formats import FORMATS, Terminal
from scanners.formats.amounts import count
from secretsui.command import arguments as shared
from secretsui.command import output
from secretsui.command.messages import Problem, say

if TYPE_CHECKING:
    from scanners.policy import Policy
    from scanners.report import Report

DONE, FOUND, UNSEEN = 0, 1, 2
NEVER = "never"
SEVERITIES = ("critical", "high", "medium", "low")


def add_report(parser: argparse.ArgumentParser) -> None:
    """`--format`, `--fail-on`, `--min-assessed`, `-o` and `--force`."""
    parser.add_argument(
        "--format", choices=FORMATS, default="text", help="how to print the report (default: %(default)s)"
    )
    parser.add_argument(
        "--fail-on",
        choices=(*SEVERITIES, NEVER),
        default=NEVER,
        help="exit with 1 on findings of this severity or graver, but for those of the system itself "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--min-assessed",
        metavar="SHARE",
        type=shared.share,
        default=0.0,
        help="exit with 2 if less than this share of the checks, 0 to 1, could be assessed (default: %(default)g)",
    )
    shared.add_output(parser, required=False, what="the report")


def printed(arguments: argparse.Namespace, make: Callable[[], Report]) -> int:
    """Makes the report, writes it where `-o` says, and returns the exit code. Raises Problem."""
    with output.opened(arguments.output, force=arguments.force) as stream:
        report = make()
        with output.writing(arguments.output):
            for piece in FORMATS[arguments.format].write(report, _terminal(arguments.output)):
                stream.write(piece)
            stream.flush()
    if arguments.output not in (None, output.STANDARD):
        from scanners.formats.outline import headline

        say(f"wrote {arguments.output}: {headline(report)}.")
    return _verdict(arguments, report)


def policy_from(path: str | None) -> Policy | None:
    """The policy in a file, None for none. Raises Problem."""
    if path is None:
        return None
    from scanners.checks import BY_ID
    from scanners.policy import PolicyError, parse_policy

    try:
        return parse_policy(text_of(path), frozenset(BY_ID))
    except PolicyError as error:
        raise Problem(f"{path}: {error}") from error


def text_of(path: str) -> str:
    """The text of a small file, or of standard input."""
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return data.decode()
    except OSError as error:
        raise Problem(f"cannot read {path}: {error.strerror}; check its name and its mode.") from error
    except UnicodeDecodeError as error:
        raise Problem(f"cannot read {path}: it is not UTF-8 text.") from error


def _terminal(path: str | None) -> Terminal:
    """The terminal that standard output is; for anything else the defaults."""
    if path not in (None, output.STANDARD) or not sys.stdout.isatty():
        return Terminal()
    colour = "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    return Terminal(shutil.get_terminal_size().columns, colour)


def _verdict(arguments: argparse.Namespace, report: Report) -> int:
    """The exit code, with a line that says why where it is not 0."""
    if report.grade.assessed < arguments.min_assessed:
        missing = "which permissions are missing" if report.repository is None else "what could not be read"
        say(
            f"only {report.grade.assessed:.2f} of the checks could be assessed, and --min-assessed asks for "
            f"{arguments.min_assessed:g}; the report's coverage says {missing}."
        )
        return UNSEEN
    if arguments.fail_on == NEVER:
        return DONE
    grave = SEVERITIES[: SEVERITIES.index(arguments.fail_on) + 1]
    number = sum(finding.severity in grave and not finding.folded for finding in report.findings)
    if number:
        say(f"{count(number, 'finding')} at or above {arguments.fail_on}.")
    return FOUND if number else DONE
