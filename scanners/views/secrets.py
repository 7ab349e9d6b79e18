"""Secrets: which need care? And what is known about one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from scanners.aged import aged
from scanners.checks import BY_ID
from scanners.evidence import evidence
from scanners.exports import OF_SECRETS, View, export
from scanners.filters import SecretFilter
from scanners.models import Cluster, FindingRecord, SecretRecord
from scanners.rotations import LABELS, as_of, rotation_counts
from scanners.runbooks import Runbook, Subject, readers_of, runbook
from scanners.store.acceptance import expire
from scanners.tables import PAGE_SIZES, SecretTable
from scanners.views.pages import cluster_page, list_page, not_scanned, secrets_seen, visible_cluster
from scanners.words import number, plural


@require_safe
def secrets(request: HttpRequest, cluster_id: UUID) -> HttpResponseBase:
    cluster = visible_cluster(request, cluster_id)
    moment = as_of(cluster)
    filters = SecretFilter(request.GET, SecretRecord.objects.filter(cluster=cluster), moment)
    table = SecretTable(filters.qs, request.GET, filters.total, moment)
    counts = rotation_counts(cluster) if filters.is_narrowed else filters.tally.by("rotation", {})
    title, applied = rotation_title(cluster, counts), filters.applied()
    view = View(cluster, "secrets", title, [item.label for item in applied], table)
    if (file := export(request.GET.get("export", ""), view, OF_SECRETS)) is not None:
        return file
    context = {
        "title": title,
        "table": table,
        "secrets_seen": secrets_seen(cluster.last_scan),
        "page_sizes": PAGE_SIZES,
        "applied": applied,
        "problems": filters.problems(),
        "facets": list(filters.choices()),
        "exports": OF_SECRETS,
    }
    return list_page(request, "scanners/secrets.html", "scanners/secrets_results.html", cluster, "secrets", context)


def rotation_title(cluster: Cluster, counts: Mapping[str, int]) -> str:
    """What is overdue, of all Secrets of a cluster; `counts` are those by rotation state."""
    if cluster.last_scan is None:
        return not_scanned(cluster)
    total = sum(counts.values())
    if not total:
        return "There is no Secret" if secrets_seen(cluster.last_scan) else "Secrets could not be listed"
    of_all = f"of {plural(total, 'Secret')}"
    overdue, unknown = counts.get("overdue", 0), counts.get("unknown", 0)
    if overdue:
        return f"{number(overdue)} {of_all} {'is' if overdue == 1 else 'are'} overdue"
    if unknown:
        return f"None {of_all} is certainly overdue, {number(unknown)} may be"
    return f"None {of_all} is overdue"


@require_safe
def secret(request: HttpRequest, cluster_id: UUID, namespace: str, name: str) -> HttpResponse:
    cluster = visible_cluster(request, cluster_id)
    record = SecretRecord.objects.filter(cluster=cluster, namespace=namespace, name=name).first()
    if record is None:
        raise Http404("The last scan saw no such Secret in this cluster.")
    expire(timezone.now())
    moment = as_of(cluster)
    age = aged(record, moment)
    findings = list(
        FindingRecord.objects.filter(cluster=cluster, kind="Secret", namespace=namespace, name=name).order_by(
            "folded", "rank", "check_id", "field"
        )
    )
    return cluster_page(
        request,
        "scanners/secret.html",
        cluster,
        "secrets",
        {
            "secret": record,
            "age": age,
            "rotation_label": LABELS[age.state],
            "consumers": _by_object(record),
            "way": [link for link in record.chain if link["kind"] != "Secret" or link["name"] != record.name],
            "key_changes": _key_changes(record),
            "certificate_expired": (record.certificate_expires_at or moment) < moment,
            "findings": [row for row in findings if row.state != FindingRecord.State.RESOLVED],
            "resolved": [row for row in findings if row.state == FindingRecord.State.RESOLVED],
            "checks": BY_ID,
            "evidence": evidence(record.age_evidence),
            "runbook": _runbook(record),
        },
    )


def _runbook(record: SecretRecord) -> Runbook:
    return runbook(
        Subject(
            namespace=record.namespace,
            name=record.name,
            type=record.type,
            keys=tuple(record.keys) if record.keys is not None else None,
            source_kind=record.source_kind,
            source_object=record.source_object,
            readers=readers_of(record.consumers),
        )
    )


@dataclass(frozen=True, slots=True)
class KeyChange:
    """When a key's value last changed, as far as it is known, and how many of its values scans have told apart."""

    key: str
    after: datetime | None
    before: datetime | None
    seen: int


def _key_changes(record: SecretRecord) -> list[KeyChange]:
    """One for each key, those of an unknown history included; none where no scan has looked at values."""
    if not record.key_history or record.keys is None:
        return []
    return [_key_change(key, record.key_history.get(key) or []) for key in record.keys]


def _key_change(key: str, sightings: list[dict[str, str]]) -> KeyChange:
    last = sightings[-1] if sightings else {}
    return KeyChange(key, _time(last.get("after")), _time(last.get("before")), len(sightings))


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _by_object(record: SecretRecord) -> list[tuple[dict[str, str], list[dict[str, object]]]]:
    """The consumers, each once, with every place in it that reads the Secret."""
    found: dict[tuple[str, str, str], list[dict[str, object]]] = {}
    for use in record.consumers:
        found.setdefault((use["kind"], use["namespace"], use["name"]), []).append(use)
    return [
        ({"kind": kind, "namespace": namespace, "name": name}, uses)
        for (kind, namespace, name), uses in sorted(found.items())
    ]
