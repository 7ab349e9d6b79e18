"""Scans: history, one scan with its live progress, start and cancel."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from scanners.models import Cluster, Scan
from scanners.requests import request_cancel, request_scan, worker_is_running
from scanners.views.visible import visible_cluster
from secretsui.accounts.audit import record
from secretsui.accounts.decorators import administrator_required

PAGE_SIZE = 25


@require_GET
def scans(request: HttpRequest, cluster_id: uuid.UUID) -> HttpResponse:
    """Is it working? The cluster's scans, newest first."""
    cluster = visible_cluster(request, cluster_id)
    page = Paginator(cluster.scans.select_related("requested_by"), PAGE_SIZE).get_page(request.GET.get("page"))
    live = cluster.scans.filter(state__in=Scan.LIVE).first()
    context = {"cluster": cluster, "page": page, "live": live, "worker": worker_is_running()}
    return render(request, "scanners/scans.html", context)


@require_GET
def scan(request: HttpRequest, cluster_id: uuid.UUID, scan_id: int) -> HttpResponse:
    """One scan; while it runs, htmx asks for the progress part again every second."""
    cluster = visible_cluster(request, cluster_id)
    found = get_object_or_404(cluster.scans.select_related("requested_by"), pk=scan_id)
    context = {"cluster": cluster, "scan": found, "worker": worker_is_running(), "steps": steps(found)}
    if request.headers.get("HX-Request") and request.headers.get("HX-Target") == "scan-progress":
        return render(request, "scanners/scan_progress.html", context)
    return render(request, "scanners/scan.html", context)


def steps(scan: Scan) -> list[tuple[str, int]]:
    """The inputs read so far, with the number of objects of each."""
    inputs: dict[str, int] = scan.progress.get("inputs", {})
    return sorted(inputs.items())


@require_POST
@administrator_required
def start(request: HttpRequest, cluster_id: uuid.UUID) -> HttpResponse:
    """Queue a scan now; if one runs already, show that one."""
    cluster = visible_cluster(request, cluster_id)
    queued = request_scan(cluster, request.user)  # type: ignore[arg-type]
    record(request, "scan.start", cluster.name, scan=queued.pk)
    return redirect(queued)


@require_POST
@administrator_required
def cancel(request: HttpRequest, cluster_id: uuid.UUID, scan_id: int) -> HttpResponse:
    """Stop a scan at its next page. What earlier scans found stays."""
    cluster = visible_cluster(request, cluster_id)
    found = get_object_or_404(cluster.scans, pk=scan_id)
    request_cancel(found)
    record(request, "scan.cancel", cluster.name, scan=found.pk)
    messages.info(request, "The scan is being cancelled. What earlier scans found stays.")
    return redirect(found)


def last_finished(cluster: Cluster) -> Scan | None:
    return cluster.scans.filter(state__in=Scan.FINISHED).first()
