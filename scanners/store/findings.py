"""Findings and their life: new, open, reopened, resolved. What a scan did not look at, it does not resolve."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from scanners.assess import CheckResult
from scanners.inventory import Inventory
from scanners.models import FindingRecord, Scan
from scanners.report import SEVERITIES, Finding
from scanners.store.changes import Changes, looked_at
from scanners.store.plain import BATCH, clean

RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}


def save_findings(
    scan: Scan,
    inventory: Inventory,
    results: list[CheckResult],
    findings: Iterable[Finding],
    changes: Changes,
) -> None:
    """Give every finding its next state: new, open, reopened, or resolved where the scan disproved it."""
    State = FindingRecord.State
    now = inventory.collected_at
    existing = {row.fingerprint: row for row in scan.cluster.findings.all()}
    created: list[FindingRecord] = []
    rewritten: list[FindingRecord] = []
    seen_again: list[int] = []
    for item in findings:
        row = existing.pop(item.id, None)
        if row is None:
            created.append(_finding_record(scan, item, now))
            continue
        if row.state == State.RESOLVED:
            row.state, row.resolved_at, row.changed_at = State.REOPENED, None, now
            changes.findings_reopened += 1
            _describe(row, item)
            rewritten.append(row)
        elif _describe(row, item):
            row.state = State.OPEN
            rewritten.append(row)
        elif row.state != State.OPEN:
            seen_again.append(row.pk)
    disproved = _disproved(inventory, results)
    resolved = [row.pk for row in existing.values() if row.state != State.RESOLVED and disproved(row)]
    FindingRecord.objects.bulk_create(created, batch_size=BATCH)
    FindingRecord.objects.bulk_update(
        rewritten,
        [
            "state",
            "resolved_at",
            "changed_at",
            "severity",
            "rank",
            "message",
            "evidence",
            "remediation",
            "folded",
        ],
        batch_size=200,
    )
    _update(seen_again, state=State.OPEN)
    _update(resolved, state=State.RESOLVED, resolved_at=now, changed_at=now)
    changes.findings_new, changes.findings_resolved = len(created), len(resolved)


def _update(keys: list[int], **values: object) -> None:
    for start in range(0, len(keys), BATCH):
        FindingRecord.objects.filter(pk__in=keys[start : start + BATCH]).update(**values)


def _finding_record(scan: Scan, item: Finding, now: datetime) -> FindingRecord:
    row = FindingRecord(
        cluster=scan.cluster,
        fingerprint=item.id,
        check_id=item.check,
        kind=clean(item.kind),
        namespace=clean(item.namespace),
        name=clean(item.name),
        field=clean(item.field),
        first_seen_at=now,
        first_scan=scan,
        changed_at=now,
    )
    _describe(row, item)
    return row


def _describe(row: FindingRecord, item: Finding) -> bool:
    """Take over what the finding says today; True if that differs from what the row said."""
    values: Mapping[str, object] = {
        "severity": item.severity,
        "rank": RANK[item.severity],
        "message": clean(item.message),
        "evidence": clean(item.evidence),
        "remediation": clean(item.remediation),
        "folded": item.folded,
    }
    differs = any(getattr(row, name, None) != value for name, value in values.items())
    for name, value in values.items():
        setattr(row, name, value)
    return differs


def _disproved(inventory: Inventory, results: list[CheckResult]) -> Any:
    """Whether a finding that this scan does not report was looked at, and so is gone."""
    by_check = {result.check.id: result for result in results}

    def disproved(row: FindingRecord) -> bool:
        result = by_check.get(row.check_id)
        if result is None or result.incomplete or (row.namespace, row.name) in result.unjudged:
            return False
        return all(looked_at(coverage, row.namespace) for coverage in inventory.missing(result.check.needs))

    return disproved
