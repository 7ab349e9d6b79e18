"""Secrets: which need care? And what is known about one."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from scanners.aged import aged
from scanners.checks import BY_ID
from scanners.evidence import evidence
from scanners.exports import csv_response
from scanners.filters import SecretFilter
from scanners.models import Cluster, FindingRecord, SecretRecord
from scanners.rotations import LABELS, as_of, rotation_counts
from scanners.tables import PAGE_SIZES, SecretTable
from scanners.views.pages import cluster_page, list_page, not_scanned, secrets_seen, visible_cluster
from scanners.words import number, plural


@require_safe
def secrets(request: HttpRequest, cluster_id: UUID) -> HttpResponseBase:
    cluster = visible_cluster(request, cluster_id)
    moment = as_of(cluster)
    filters = SecretFilter(request.GET, SecretRecord.objects.filter(cluster=cluster), moment)
    table = SecretTable(filters.qs, request.GET, filters.total, moment)
    if request.GET.get("export") == "csv":
        return csv_response(table.exported(), cluster.name, "secrets")
    counts = rotation_counts(cluster) if filters.is_narrowed else filters.tally.by("rotation", {})
    context = {
        "title": _title(cluster, counts),
        "table": table,
        "secrets_seen": secrets_seen(cluster.last_scan),
        "page_sizes": PAGE_SIZES,
        "applied": filters.applied(),
        "problems": filters.problems(),
        "facets": list(filters.choices()),
    }
    return list_page(request, "scanners/secrets.html", "scanners/secrets_results.html", cluster, "secrets", context)


def _title(cluster: Cluster, counts: Mapping[str, int]) -> str:
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
    age = aged(record, as_of(cluster))
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
            "findings": [row for row in findings if row.state in FindingRecord.ACTIVE],
            "resolved": [row for row in findings if row.state not in FindingRecord.ACTIVE],
            "checks": BY_ID,
            "evidence": evidence(record.age_evidence),
        },
    )


def _by_object(record: SecretRecord) -> list[tuple[dict[str, str], list[dict[str, object]]]]:
    """The consumers, each once, with every place in it that reads the Secret."""
    found: dict[tuple[str, str, str], list[dict[str, object]]] = {}
    for use in record.consumers:
        found.setdefault((use["kind"], use["namespace"], use["name"]), []).append(use)
    return [
        ({"kind": kind, "namespace": namespace, "name": name}, uses)
        for (kind, namespace, name), uses in sorted(found.items())
    ]
