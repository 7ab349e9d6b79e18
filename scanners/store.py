"""Keeps a Report: Secrets that changed, findings with their life, and what the scan row shows.

A scan that changed nothing writes no Secret row. What a scan did not look at, it neither deletes nor resolves.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone

from scanners.ages import Observation
from scanners.assess import CheckResult
from scanners.context import Context
from scanners.history import History
from scanners.inventory import Coverage, Inventory
from scanners.models import Cluster, FindingRecord, Scan, SecretRecord
from scanners.report import SEVERITIES, Finding, Report, SecretLine

BATCH = 500
RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}


class LeaseLost(Exception):
    """Another worker has taken this scan over; what this one found must not be written."""


@dataclass(slots=True)
class Changes:
    """What a scan changed against the one before; kept as `Scan.changes`."""

    secrets_added: int = 0
    secrets_changed: int = 0
    secrets_removed: int = 0
    findings_new: int = 0
    findings_reopened: int = 0
    findings_resolved: int = 0


def history(cluster: Cluster) -> History:
    """What earlier scans of this cluster saw."""
    rows = cluster.secrets.exclude(uid="").values_list("uid", "newest_data_write")
    return History({uid: Observation(newest) for uid, newest in rows.iterator(chunk_size=2000)})


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
        save_secrets(scan.cluster, context, report, changes)
        save_findings(scan, context.inventory, results, report.findings, changes)
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
    scan.grade_letter = report.grade.letter or ""
    scan.grade_score = report.grade.score
    scan.grade_assessed = report.grade.assessed
    scan.checks = [plain(line) for line in report.checks]
    scan.checklist = [plain(line) for line in report.checklist]
    scan.severity_counts = dict(Counter(item.severity for item in report.findings if not item.folded))
    scan.changes = msgspec.to_builtins(changes)
    scan.progress = {}
    scan.error = ""
    scan.save()
    Cluster.objects.filter(pk=scan.cluster_id).update(last_scan=scan)


def plain(value: object) -> Any:
    """A report part as JSON-ready values that every database takes: PostgreSQL refuses NUL in text."""
    return clean(msgspec.to_builtins(value))


def clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\N{SYMBOL FOR NULL}")
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    return value


# Secrets


def save_secrets(cluster: Cluster, context: Context, report: Report, changes: Changes) -> None:
    """Insert new and changed Secrets, delete those that are certainly gone, leave all others untouched."""
    faults = _secret_faults(report.findings)
    existing = {
        (namespace, name): (pk, digest)
        for pk, namespace, name, digest in cluster.secrets.values_list("pk", "namespace", "name", "digest").iterator()
    }
    changed: list[SecretRecord] = []
    for line in report.secrets:
        row = secret_record(cluster, context, line, faults.get((line.namespace, line.name), (0, len(SEVERITIES))))
        _, digest = existing.pop((row.namespace, row.name), (None, None))
        if digest == row.digest:
            continue
        changes.secrets_added += digest is None
        changes.secrets_changed += digest is not None
        changed.append(row)
        if len(changed) >= BATCH:
            _upsert(changed)
            changed.clear()
    _upsert(changed)
    coverage = context.coverage("secrets")
    gone = [pk for (namespace, _), (pk, _) in existing.items() if looked_at(coverage, namespace)]
    for start in range(0, len(gone), BATCH):
        SecretRecord.objects.filter(pk__in=gone[start : start + BATCH]).delete()
    changes.secrets_removed = len(gone)


def looked_at(coverage: Coverage, namespace: str) -> bool:
    """Whether the input was read whole where this namespace is concerned."""
    return coverage.status in ("complete", "absent") or namespace in coverage.namespaces


_COLUMNS = tuple(
    field.attname
    for field in SecretRecord._meta.concrete_fields
    if field.attname not in ("id", "cluster_id", "namespace", "name")
)


def _upsert(rows: list[SecretRecord]) -> None:
    if rows:
        SecretRecord.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["cluster", "namespace", "name"],
            update_fields=list(_COLUMNS),
        )


def _secret_faults(findings: Iterable[Finding]) -> dict[tuple[str, str], tuple[int, int]]:
    """Per Secret, how many findings it has and the rank of the gravest."""
    faults: dict[tuple[str, str], tuple[int, int]] = {}
    for item in findings:
        if item.kind == "Secret" and not item.folded:
            count, worst = faults.get((item.namespace, item.name), (0, len(SEVERITIES)))
            faults[item.namespace, item.name] = (count + 1, min(worst, RANK[item.severity]))
    return faults


def secret_record(cluster: Cluster, context: Context, line: SecretLine, faults: tuple[int, int]) -> SecretRecord:
    """The row of one Secret, its digest over all that is shown of it."""
    secret = context.secrets[line.namespace, line.name]
    rotation = context.rotation(secret)
    age = rotation.age
    seen = context.history.secrets.get(secret.uid)
    writes = [time for time in (secret.data_written_at, seen and seen.newest_data_write) if time]
    # A "created" interval ends at the scan itself and would change the row on every scan.
    bounded = age is not None and age.evidence != "created"
    row = SecretRecord(
        cluster=cluster,
        namespace=clean(line.namespace),
        name=clean(line.name),
        uid=clean(line.uid),
        type=clean(line.type),
        keys=clean(list(line.keys)) if line.keys is not None else None,
        key_count=line.key_count,
        created_at=line.created_at,
        newest_data_write=max(writes) if writes else None,
        changed_after=age.changed_after if age else None,
        changed_before=age.changed_before if age and bounded else None,
        age_evidence=age.evidence if age else "",
        maximum_days=rotation.maximum_days,
        exempt=rotation.exempt or "",
        certainly_over_at=rotation.certainly_over_at if bounded else None,
        possibly_over_at=rotation.possibly_over_at,
        source_kind=line.source.kind,
        source_object=clean(line.source.object),
        source_healthy=line.source.healthy,
        consumers=[plain(item) for item in line.consumers],
        consumer_count=len({(item.kind, item.namespace, item.name) for item in line.consumers}),
        direct_readers=line.readers.direct,
        finding_count=faults[0],
        worst_severity=faults[1],
    )
    row.digest = _digest(getattr(row, column) for column in _COLUMNS if column != "digest")
    return row


def _digest(values: Iterable[object]) -> str:
    return hashlib.blake2b(msgspec.json.encode(list(values)), digest_size=20).hexdigest()


# Findings


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
