"""`secretsui scan`: one scan, in this process, without a database."""

from __future__ import annotations

import argparse
import gc
import os
import shutil
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scanners.formats import FORMATS, Terminal
from scanners.formats.amounts import count
from secretsui.command import arguments as shared
from secretsui.command import output, source
from secretsui.command.messages import Problem, say
from secretsui.command.stopping import stoppable

if TYPE_CHECKING:
    from scanners.inventory import EncryptionEntry, Inventory
    from scanners.policy import Policy
    from scanners.report import Report

DONE, FOUND, UNSEEN = 0, 1, 2
NEVER = "never"
SEVERITIES = ("critical", "high", "medium", "low")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    shared.add_source(parser)
    shared.add_namespaces(parser)
    parser.add_argument(
        "--policy", metavar="F", type=shared.file, help="the rotation policy, administrators and severities"
    )
    parser.add_argument(
        "--encryption-config",
        metavar="F",
        type=shared.file,
        help="the API server's EncryptionConfiguration, which no API shows; its keys are not kept",
    )
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


def run(arguments: argparse.Namespace) -> int:
    source.check(arguments)
    gc.disable()  # the process ends after one scan, and what it builds has no cycles
    with stoppable() as stopping, output.opened(arguments.output, force=arguments.force) as stream:
        report = _report(arguments, stopping)
        with output.writing(arguments.output):
            for piece in FORMATS[arguments.format].write(report, _terminal(arguments.output)):
                stream.write(piece)
            stream.flush()
    if arguments.output not in (None, output.STANDARD):
        from scanners.formats.outline import headline

        say(f"wrote {arguments.output}: {headline(report)}.")
    return _verdict(arguments, report)


def _report(arguments: argparse.Namespace, stopping: threading.Event) -> Report:
    from scanners.assess import assess

    policy = _policy(arguments.policy)
    encryption = _encryption(arguments.encryption_config)
    inventory = source.read(arguments, datetime.now(UTC), stopping)
    if encryption is not None:
        inventory = _given(inventory, encryption)
    # The report of a snapshot is of the snapshot's time alone, so that it is the same whenever it is made.
    finished_at = datetime.now(UTC) if arguments.snapshot is None else None
    return assess(inventory, policy, finished_at=finished_at)


def _policy(path: str | None) -> Policy | None:
    if path is None:
        return None
    from scanners.checks import BY_ID
    from scanners.policy import PolicyError, parse_policy

    try:
        return parse_policy(_text(path), frozenset(BY_ID))
    except PolicyError as error:
        raise Problem(f"{path}: {error}") from error


def _encryption(path: str | None) -> tuple[EncryptionEntry, ...] | None:
    if path is None:
        return None
    from scanners.collect.encryption import EncryptionConfigError, parse_encryption_config

    try:
        return parse_encryption_config(_text(path))
    except EncryptionConfigError as error:
        raise Problem(f"{path}: {error}") from error


def _given(inventory: Inventory, encryption: tuple[EncryptionEntry, ...]) -> Inventory:
    """The Inventory with the configuration that a person handed in."""
    import msgspec

    from scanners.inventory import Coverage

    given = Coverage(input="encryptionconfiguration", status="complete", verb="get", detail="given by a person")
    coverage = inventory.coverage | {given.input: given}
    return msgspec.structs.replace(inventory, encryption=encryption, coverage=coverage)


def _text(path: str) -> str:
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
        say(
            f"only {report.grade.assessed:.2f} of the checks could be assessed, and --min-assessed asks for "
            f"{arguments.min_assessed:g}; the report's coverage says which permissions are missing."
        )
        return UNSEEN
    if arguments.fail_on == NEVER:
        return DONE
    grave = SEVERITIES[: SEVERITIES.index(arguments.fail_on) + 1]
    number = sum(finding.severity in grave and not finding.folded for finding in report.findings)
    if number:
        say(f"{count(number, 'finding')} at or above {arguments.fail_on}.")
    return FOUND if number else DONE
