"""Secrets: rows of those that changed are written, those certainly gone are deleted, all others stay untouched."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from scanners.chains import chain
from scanners.context import Context
from scanners.models import Cluster, SecretRecord
from scanners.report import SEVERITIES, Finding, Report, SecretLine
from scanners.store.changes import Changes, looked_at
from scanners.store.findings import RANK
from scanners.store.observations import observation_columns, stale_count
from scanners.store.plain import BATCH, clean, plain
from scanners.store.rows import insert


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


_COLUMNS = tuple(
    field.attname
    for field in SecretRecord._meta.concrete_fields
    if field.attname not in ("id", "cluster_id", "namespace", "name")
)


def _upsert(rows: list[SecretRecord]) -> None:
    insert(rows, unique=("cluster_id", "namespace", "name"), update=_COLUMNS)


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
    known = context.observed(secret)
    # An interval that ends at the scan itself would change the row on every scan.
    bounded = known.changed_before is not None
    row = SecretRecord(
        cluster=cluster,
        namespace=clean(line.namespace),
        name=clean(line.name),
        uid=clean(line.uid),
        type=clean(line.type),
        keys=clean(list(line.keys)) if line.keys is not None else None,
        key_count=line.key_count,
        created_at=line.created_at,
        newest_data_write=known.newest_data_write,
        changed_after=known.changed_after,
        changed_before=known.changed_before if known.evidence else None,
        age_evidence=known.evidence or "",
        maximum_days=rotation.maximum_days,
        exempt=rotation.exempt or "",
        certainly_over_at=rotation.certainly_over_at if bounded else None,
        possibly_over_at=rotation.possibly_over_at,
        source_kind=line.source.kind,
        source_object=clean(line.source.object),
        source_healthy=line.source.healthy,
        chain=[plain(link) for link in chain(context, secret)],
        consumers=[plain(item) for item in line.consumers],
        consumer_count=len({(item.kind, item.namespace, item.name) for item in line.consumers}),
        direct_readers=line.readers.direct,
        stale_consumers=stale_count(line.consumers),
        owner=clean(line.owner),
        environment=clean(line.environment),
        certificate_expires_at=line.certificate_expires_at,
        **observation_columns(known),
        finding_count=faults[0],
        worst_severity=faults[1],
    )
    row.digest = _digest(getattr(row, column) for column in _COLUMNS if column != "digest")
    return row


def _digest(values: Iterable[object]) -> str:
    return hashlib.blake2b(msgspec.json.encode(list(values)), digest_size=20).hexdigest()
