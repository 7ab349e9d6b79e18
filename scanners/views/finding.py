"""One finding: why is it a fault, how is it fixed, and what became of it?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from scanners.checks import BY_ID
from scanners.forms.acceptance import AcceptanceForm
from scanners.gains import gains
from scanners.models import Cluster, FindingRecord, Scan, SecretRecord
from scanners.selection import seen
from scanners.store.acceptance import ACCEPTABLE, expire
from scanners.views.pages import cluster_page, visible_cluster
from scanners.words import visible_lines

SHOWN_ELSEWHERE = 8


@require_safe
def finding(request: HttpRequest, cluster_id: UUID, fingerprint: str) -> HttpResponse:
    cluster = visible_cluster(request, cluster_id)
    expire(timezone.now())
    known = FindingRecord.objects.filter(cluster=cluster, fingerprint=fingerprint)
    record = known.select_related("first_scan", "accepted_by").first()
    if record is None:
        raise Http404("There is no such finding in this cluster.")
    elsewhere = FindingRecord.objects.filter(cluster=cluster, state__in=FindingRecord.ACTIVE).exclude(pk=record.pk)
    others = elsewhere.filter(check_id=record.check_id, folded=False)
    same_object = elsewhere.filter(kind=record.kind, namespace=record.namespace, name=record.name)
    return cluster_page(
        request,
        "scanners/finding.html",
        cluster,
        "findings",
        {
            "finding": record,
            "check": BY_ID.get(record.check_id),
            "line": _check_line(cluster, record.check_id),
            "gain": next((gain for gain in gains(cluster.last_scan.checks) if gain.check_id == record.check_id), None)
            if cluster.last_scan
            else None,
            "about_secret": _secret_of(cluster, record),
            "same_object": list(same_object[:SHOWN_ELSEWHERE]),
            "others": list(others[:SHOWN_ELSEWHERE]),
            "other_count": others.count(),
            "events": list(record.events.select_related("by").order_by("id")),
            **_acceptance(request, record),
        },
    )


def _acceptance(request: HttpRequest, record: FindingRecord) -> dict[str, Any]:
    """The form, for who may accept this."""
    if record.state not in ACCEPTABLE or not getattr(request.user, "is_administrator", False):
        return {}
    initial = {"reason": visible_lines(record.accepted_reason)} if record.accepted_reason else {}
    return {
        "acceptance_form": AcceptanceForm(initial=initial),
        "seen": seen([(record.fingerprint, record.state, record.binding)]),
    }


def _check_line(cluster: Cluster, check_id: str) -> Mapping[str, Any] | None:
    scan: Scan | None = cluster.last_scan
    return next((line for line in scan.checks if line["id"] == check_id), None) if scan is not None else None


def _secret_of(cluster: Cluster, record: FindingRecord) -> SecretRecord | None:
    """The Secret that the finding is about, if its object is one and it still exists."""
    if record.kind != "Secret":
        return None
    return SecretRecord.objects.filter(cluster=cluster, namespace=record.namespace, name=record.name).first()
