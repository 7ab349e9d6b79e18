"""Secrets: rows of those that changed are written, those certainly gone are deleted, all others stay untouched."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import msgspec

from scanners.assess import consumer_lines
from scanners.chains import chain
from scanners.context import Context
from scanners.inventory import Secret
from scanners.models import Cluster, SecretRecord
from scanners.report import SEVERITIES, Finding
from scanners.store.changes import Changes, looked_at, within
from scanners.store.findings import RANK
from scanners.store.observations import observation_columns, stale_count
from scanners.store.plain import BATCH, clean, stored
from scanners.store.rows import insert


def save_secrets(cluster: Cluster, context: Context, findings: Iterable[Finding], changes: Changes) -> None:
    """Insert new and changed Secrets, delete those that are certainly gone, leave all others untouched."""
    describe = partial(_described, context, _secret_faults(findings))
    coverage = context.coverage("secrets")
    new = {(clean(secret.namespace), clean(secret.name)): secret for secret in context.inventory.secrets}
    changed: list[Secret] = []
    gone: list[int] = []
    # Stored rows pass by one at a time; nothing is written while they do.
    stored_rows = cluster.secrets.order_by().values_list("pk", "namespace", "name", "digest")
    for pk, namespace, name, digest in stored_rows.iterator(chunk_size=BATCH):
        secret = new.pop((namespace, name), None)
        if secret is not None:
            if _digest(describe(secret)) != digest:
                changed.append(secret)
        elif within(context.inventory.scope, namespace) and looked_at(coverage, namespace):
            gone.append(pk)
    rows: list[SecretRecord] = []
    for secret in (*changed, *new.values()):
        rows.append(_record(cluster, secret, describe(secret)))
        if len(rows) >= BATCH:
            _upsert(rows)
            rows.clear()
    _upsert(rows)
    for start in range(0, len(gone), BATCH):
        SecretRecord.objects.filter(pk__in=gone[start : start + BATCH]).delete()
    changes.secrets_added, changes.secrets_changed, changes.secrets_removed = len(new), len(changed), len(gone)


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


def _described(context: Context, faults: Mapping[tuple[str, str], tuple[int, int]], secret: Secret) -> dict[str, Any]:
    """All that is shown of one Secret, by column, as `stored` takes it: most Secrets are the same in every scan, and
    what is only compared need not be made fit for a database.
    """
    finding_count, worst_severity = faults.get((secret.namespace, secret.name), (0, len(SEVERITIES)))
    rotation, source, certificate = context.rotation(secret), context.source(secret), context.certificate(secret)
    consumers = consumer_lines(context, secret)
    known = context.observed(secret)
    # An interval that ends at the scan itself would change the row on every scan.
    bounded = known.changed_before is not None
    return {
        "uid": secret.uid,
        "type": secret.type,
        "keys": secret.keys,
        "key_count": secret.key_count,
        "created_at": secret.created_at,
        "newest_data_write": known.newest_data_write,
        "changed_after": known.changed_after,
        "changed_before": known.changed_before if known.evidence else None,
        "age_evidence": known.evidence or "",
        "maximum_days": rotation.maximum_days,
        "exempt": rotation.exempt or "",
        "certainly_over_at": rotation.certainly_over_at if bounded else None,
        "possibly_over_at": rotation.possibly_over_at,
        "source_kind": source.kind,
        "source_object": source.object,
        "source_healthy": source.healthy,
        "chain": chain(context, secret),
        "consumers": consumers,
        "consumer_count": len({(item.kind, item.namespace, item.name) for item in consumers}),
        "direct_readers": context.direct_readers(secret),
        "stale_consumers": stale_count(consumers),
        "owner": context.owner(secret),
        "environment": context.environment(secret),
        "certificate_expires_at": certificate.not_after if certificate is not None else None,
        **observation_columns(known),
        "finding_count": finding_count,
        "worst_severity": worst_severity,
    }


def _record(cluster: Cluster, secret: Secret, columns: Mapping[str, Any]) -> SecretRecord:
    return SecretRecord(
        cluster=cluster,
        namespace=clean(secret.namespace),
        name=clean(secret.name),
        digest=_digest(columns),
        **{column: stored(value) for column, value in columns.items()},
    )


def _digest(columns: Mapping[str, Any]) -> str:
    return hashlib.blake2b(_ENCODER.encode(list(columns.values())), digest_size=20).hexdigest()


_ENCODER = msgspec.json.Encoder()
