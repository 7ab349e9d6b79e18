"""Deep scans of a cluster: switched on by an administrator who has just typed their password, and off by any."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from scanners.models import Cluster
from scanners.requests import request_scan
from scanners.views.pages import visible_cluster
from secretsui.accounts.audit import record
from secretsui.accounts.decorators import administrator_required, recently_confirmed


@require_POST
@administrator_required
def cluster_deep(request: HttpRequest, cluster_id: uuid.UUID) -> HttpResponse:
    """Let scans of a cluster read values and reduce them to facts, or let them no longer."""
    wanted = request.POST.get("deep") == "on"
    return (_allow if wanted else _forbid)(request, cluster_id)


@recently_confirmed
def _allow(request: HttpRequest, cluster_id: uuid.UUID) -> HttpResponse:
    cluster = visible_cluster(request, cluster_id)
    if not cluster.is_live:
        messages.error(request, "Nothing was changed: a deep scan reads a cluster, and this is a snapshot.")
        return redirect("cluster-settings", cluster.id)
    if _set(request, cluster, deep=True):
        request_scan(cluster, request.user)  # type: ignore[arg-type]
        messages.success(request, "Deep scans are on. The first one was queued.")
    return redirect("cluster-settings", cluster.id)


def _forbid(request: HttpRequest, cluster_id: uuid.UUID) -> HttpResponse:
    cluster = visible_cluster(request, cluster_id)
    if _set(request, cluster, deep=False):
        messages.success(request, "Deep scans are off. From the next scan on, no value is read.")
    return redirect("cluster-settings", cluster.id)


def _set(request: HttpRequest, cluster: Cluster, *, deep: bool) -> bool:
    """Whether anything was to be changed; only that is recorded."""
    if cluster.deep == deep:
        return False
    cluster.deep = deep
    cluster.save(update_fields=["deep"])
    record(request, "deep.on" if deep else "deep.off", cluster.name)
    return True
