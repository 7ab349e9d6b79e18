"""Writes what a scan found, in one transaction, if the scan is still this worker's."""

from __future__ import annotations

import msgspec
from django.db import transaction
from django.utils import timezone

from scanners.assess import CheckResult
from scanners.checks.encryption_evidence import encryption_seen
from scanners.context import Context
from scanners.inventory import Inventory
from scanners.models import Cluster, Scan
from scanners.report import Report
from scanners.store.acceptance import active_counts
from scanners.store.changes import Changes
from scanners.store.encryption import encryption_columns
from scanners.store.findings import save_findings
from scanners.store.observations import secrets_read
from scanners.store.plain import plain
from scanners.store.secrets import save_secrets


class LeaseLost(Exception):
    """Another worker has taken this scan over; what this one found must not be written."""


def save(scan: Scan, context: Context, results: list[CheckResult], report: Report) -> Changes:
    """Write the Report of a running scan in one transaction.

    Raises LeaseLost, having written nothing, when the scan row no longer carries this scan's attempt.
    """
    changes = Changes()
    with transaction.atomic():
        held = Scan.objects.select_for_update().filter(
            pk=scan.pk, attempt=scan.attempt, state=Scan.State.RUNNING, cancel_requested=False
        )
        if not held.exists():
            raise LeaseLost(f"scan {scan.pk}")
        save_secrets(scan.cluster, context, report.findings, changes)
        save_findings(scan, context.inventory, results, report.findings, changes)
        scan.encryption_seen = encryption_columns(encryption_seen(context))
        _finish(scan, context.inventory, report, changes)
    return changes


def _finish(scan: Scan, inventory: Inventory, report: Report, changes: Changes) -> None:
    incomplete = any(row.status in ("error", "partial") for row in report.coverage)
    scan.state = Scan.State.PARTIAL if incomplete else Scan.State.DONE
    scan.finished_at = timezone.now()
    scan.collected_at = inventory.collected_at
    scan.cluster_facts = plain(report.cluster)
    scan.coverage = [
        plain(row) | {"verb": inventory.coverage[row.input].verb, "read": inventory.coverage[row.input].read}
        for row in report.coverage
    ]
    scan.secrets_read = secrets_read(inventory)
    scan.grade_letter = report.grade.letter or ""
    scan.grade_score = report.grade.score
    scan.grade_assessed = report.grade.assessed
    scan.checks = [plain(line) for line in report.checks]
    scan.checklist = [plain(line) for line in report.checklist]
    scan.severity_counts = active_counts(scan.cluster_id)
    scan.changes = msgspec.to_builtins(changes)
    scan.progress = {}
    scan.error = ""
    scan.save()
    Cluster.objects.filter(pk=scan.cluster_id).update(last_scan=scan)
