"""Scans: history, one scan with its live progress, start and cancel."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from scanners.filters import CHANGES
from scanners.forms.cluster import SeveralClustersForm
from scanners.models import Cluster, Scan
from scanners.requests import request_cancel, request_scan, worker_is_running
from scanners.views.pages import cluster_page, visible_cluster
from scanners.words import listed, visible
from secretsui.accounts.audit import record
from secretsui.accounts.decorators import administrator_required

PAGE_SIZE = 25


@require_safe
def scans(request: HttpRequest, cluster_id: uuid.UUID) -> HttpResponse:
    """Is it working? The cluster's scans, newest first."""
    cluster = visible_cluster(request, cluster_id)
    rows = cluster.scans.select_related("requested_by").defer("coverage", "checks", "checklist", "progress")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    latest = page.object_list[0] if page.object_list and page.number == 1 else rows.first()
    context = {"title": history_title(latest, page.paginator.count), "page": page, "worker": worker_is_running()}
    return cluster_page(request, "scanners/scans.html", cluster, "scans", context)


def history_title(latest: Scan | None, count: int) -> str:
    """What the history says, as a sentence."""
    if latest is None:
        return "This cluster was never scanned"
    if latest.is_live:
        return "A scan is under way"
    words = {
        Scan.State.DONE: "The last scan saw all that this identity may see",
        Scan.State.PARTIAL: "The last scan saw only part of the cluster",
        Scan.State.FAILED: "The last scan failed",
        Scan.State.CANCELLED: "The last scan was cancelled",
    }
    return f"{words[Scan.State(latest.state)]} ({count} in all)" if count > 1 else words[Scan.State(latest.state)]


@require_safe
def scan(request: HttpRequest, cluster_id: uuid.UUID, scan_id: int) -> HttpResponse:
    """One scan; while it runs, htmx asks for the progress part again every second."""
    cluster = visible_cluster(request, cluster_id)
    found = get_object_or_404(cluster.scans.select_related("requested_by"), pk=scan_id)
    context = {
        "title": scan_title(found),
        "shown": found,
        "worker": worker_is_running(),
        "steps": steps(found),
        "changes": finding_changes(found),
        "unseen": [line for line in found.coverage if line["status"] in ("denied", "partial", "error")],
    }
    if request.headers.get("HX-Target") == "scan-progress":
        response = render(request, "scanners/scan_progress.html", {"cluster": cluster, **context})
        if not found.is_live:
            # The page around it shows the outcome too, so it is fetched anew.
            response["HX-Refresh"] = "true"
        return response
    return cluster_page(request, "scanners/scan.html", cluster, "scans", context)


def scan_title(scan: Scan) -> str:
    """How the scan stands, as a sentence."""
    if scan.state == Scan.State.RUNNING:
        return "The scan is running"
    if scan.is_live:
        return "The scan is waiting for a worker"
    return {
        Scan.State.DONE: "The scan is done",
        Scan.State.PARTIAL: "The scan saw only part of the cluster",
        Scan.State.FAILED: "The scan failed",
        Scan.State.CANCELLED: "The scan was cancelled",
    }[Scan.State(scan.state)]


def finding_changes(scan: Scan | None) -> list[tuple[str, int]]:
    """What a scan changed among the findings, in the words of their filter; nothing where it changed nothing."""
    found = scan.changes if scan is not None else {}
    return [(name, found[f"findings_{name}"]) for name in CHANGES if found.get(f"findings_{name}")]


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
def start_several(request: HttpRequest) -> HttpResponse:
    """Queue a scan of each chosen cluster. Snapshots are left out: they do not change."""
    form = SeveralClustersForm(request.POST, clusters=Cluster.objects.visible_to(request.user))  # type: ignore[arg-type]
    if not form.is_valid():
        why = "one of them is a snapshot, or is gone" if request.POST.getlist("clusters") else "choose clusters first"
        messages.error(request, f"Nothing was started: {why}.")
        return redirect("overview")
    for cluster in form.cleaned_data["clusters"]:
        queued = request_scan(cluster, request.user)  # type: ignore[arg-type]
        record(request, "scan.start", cluster.name, scan=queued.pk)
    names = listed([visible(cluster.name) for cluster in form.cleaned_data["clusters"]])
    messages.success(request, f"Scans of {names} are under way; the overview shows what they find.")
    return redirect("overview")


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
