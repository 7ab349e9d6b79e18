"""`secretsui scan`: one scan, in this process, without a database."""

from __future__ import annotations

import argparse
import gc
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from secretsui.command import arguments as shared
from secretsui.command import reporting, source
from secretsui.command.messages import Problem
from secretsui.command.stopping import stoppable

if TYPE_CHECKING:
    from scanners.digest import KeyedDigest
    from scanners.inventory import AuditPolicy, EncryptionEntry
    from scanners.report import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    shared.add_source(parser)
    shared.add_namespaces(parser)
    parser.add_argument(
        "--deep",
        action="store_true",
        help="read the values of Secrets too, in memory, reduced to facts and dropped: finds weak and shared ones",
    )
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
        "--audit-policy", metavar="F", type=shared.file, help="the API server's audit policy, which no API shows"
    )
    reporting.add_report(parser)


def run(arguments: argparse.Namespace) -> int:
    source.check(arguments)
    gc.disable()  # the process ends after one scan, and what it builds has no cycles
    with stoppable() as stopping:
        return reporting.printed(arguments, lambda: _report(arguments, stopping))


def _report(arguments: argparse.Namespace, stopping: threading.Event) -> Report:
    from scanners import given
    from scanners.assess import assess

    policy = reporting.policy_from(arguments.policy)
    encryption = _encryption(arguments.encryption_config)
    audit_policy = _audit_policy(arguments.audit_policy)
    labels = policy.labels if policy is not None else frozenset()
    inventory = source.read(arguments, datetime.now(UTC), stopping, labels, _digest() if arguments.deep else None)
    if encryption is not None:
        inventory = given.with_encryption(inventory, *encryption)
    if audit_policy is not None:
        inventory = given.with_audit_policy(inventory, audit_policy)
    # The report of a snapshot is of the snapshot's time alone, so that it is the same whenever it is made.
    finished_at = datetime.now(UTC) if arguments.snapshot is None else None
    return assess(inventory, policy, finished_at=finished_at)


def _digest() -> KeyedDigest:
    """Under a key of this run alone: equal values are found within the scan, and nothing can be compared later."""
    from scanners.digest import KeyedDigest

    return KeyedDigest.for_this_process()


def _encryption(path: str | None) -> tuple[tuple[EncryptionEntry, ...], str] | None:
    """The entries of the given EncryptionConfiguration, and the file's hash."""
    if path is None:
        return None
    from scanners.collect.encryption import EncryptionConfigError, configuration_hash, parse_encryption_config

    text = reporting.text_of(path)
    try:
        return parse_encryption_config(text), configuration_hash(text)
    except EncryptionConfigError as error:
        raise Problem(f"{path}: {error}") from error


def _audit_policy(path: str | None) -> AuditPolicy | None:
    if path is None:
        return None
    from scanners.collect.audit_policy import AuditPolicyError, parse_audit_policy

    try:
        return parse_audit_policy(reporting.text_of(path))
    except AuditPolicyError as error:
        raise Problem(f"{path}: {error}") from error
