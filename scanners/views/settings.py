"""Settings: the installation's, and a cluster's, a section for each thing that can be set."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scanners.forms.cluster import AuditPolicyForm, ClusterForm, EncryptionConfigurationForm, ScheduleForm
from scanners.models import Cluster, Scan
from scanners.requests import request_scan
from scanners.schedule import set_schedule
from scanners.views.pages import cluster_page, visible_cluster, visible_clusters
from secretsui.accounts.audit import record
from secretsui.accounts.decorators import administrator_required, recently_confirmed

Forms = dict[str, Any]

ENCRYPTION_COLUMNS = ("encryption_config", "encryption_config_hash")


@require_safe
@administrator_required
def settings_page(request: HttpRequest) -> HttpResponse:
    """The clusters, and where everything else is set."""
    latest = Scan.objects.filter(cluster=OuterRef("pk")).order_by("-pk")
    clusters = visible_clusters(request).annotate(
        latest_state=Subquery(latest.values("state")[:1]), latest_error=Subquery(latest.values("error")[:1])
    )
    context = {"title": "Settings", "section": "settings", "connected": clusters}
    return render(request, "scanners/settings.html", context)


@require_http_methods(["GET", "POST"])
@administrator_required
def cluster_settings(request: HttpRequest, cluster_id: uuid.UUID) -> HttpResponse:
    """One cluster: connection, schedule, name and audience, what it cannot tell by itself, and removing it."""
    cluster = visible_cluster(request, cluster_id)
    part = request.POST.get("part", "")
    forms: Forms = {
        "cluster_form": ClusterForm(request.POST if part == "cluster" else None, instance=cluster),
        "schedule_form": ScheduleForm(
            request.POST if part == "schedule" else None, initial={"hours": cluster.scan_every_hours or ""}
        ),
        "encryption_form": EncryptionConfigurationForm(
            *((request.POST, request.FILES) if part == "encryption" else ())
        ),
        "audit_policy_form": AuditPolicyForm(*((request.POST, request.FILES) if part == "audit-policy" else ())),
    }
    if part in PARTS and (answer := PARTS[part](request, cluster, forms)) is not None:
        return answer
    context = {
        "title": f"Settings of {cluster.name}",
        "encryption_given": cluster.encryption_config is not None,
        "audit_policy_given": cluster.audit_policy is not None,
        "own_policy": bool(cluster.policy),
        **forms,
    }
    response = cluster_page(request, "scanners/cluster_settings.html", cluster, "cluster-settings", context)
    response.status_code = 400 if request.method == "POST" else 200
    return response


def _name(request: HttpRequest, cluster: Cluster, forms: Forms) -> HttpResponse | None:
    form: ClusterForm = forms["cluster_form"]
    if not form.is_valid():
        cluster.refresh_from_db(fields=["name"])  # the page still speaks of the cluster by its present name
        return None
    form.save()
    return _saved(request, cluster, "cluster.change")


def _schedule(request: HttpRequest, cluster: Cluster, forms: Forms) -> HttpResponse | None:
    form: ScheduleForm = forms["schedule_form"]
    if not form.is_valid():
        return None
    set_schedule(cluster, form.cleaned_data["hours"], timezone.now())
    return _saved(request, cluster, "schedule.change", hours=cluster.scan_every_hours)


def _encryption(request: HttpRequest, cluster: Cluster, forms: Forms) -> HttpResponse | None:
    form: EncryptionConfigurationForm = forms["encryption_form"]
    if not form.is_valid():
        return None
    cluster.encryption_config = msgspec.to_builtins(form.cleaned_data["entries"])
    cluster.encryption_config_hash = form.cleaned_data["hash"]
    return _scanned_anew(request, cluster, ENCRYPTION_COLUMNS, "encryption-configuration.set")


def _encryption_remove(request: HttpRequest, cluster: Cluster, forms: Forms) -> HttpResponse:
    cluster.encryption_config, cluster.encryption_config_hash = None, ""
    return _scanned_anew(request, cluster, ENCRYPTION_COLUMNS, "encryption-configuration.remove")


def _audit_policy(request: HttpRequest, cluster: Cluster, forms: Forms) -> HttpResponse | None:
    form: AuditPolicyForm = forms["audit_policy_form"]
    if not form.is_valid():
        return None
    cluster.audit_policy = msgspec.to_builtins(form.cleaned_data["policy"])
    return _scanned_anew(request, cluster, ("audit_policy",), "audit-policy.set")


def _audit_policy_remove(request: HttpRequest, cluster: Cluster, forms: Forms) -> HttpResponse:
    cluster.audit_policy = None
    return _scanned_anew(request, cluster, ("audit_policy",), "audit-policy.remove")


PARTS: Mapping[str, Callable[[HttpRequest, Cluster, Forms], HttpResponse | None]] = {
    "cluster": _name,
    "schedule": _schedule,
    "encryption": _encryption,
    "encryption-remove": _encryption_remove,
    "audit-policy": _audit_policy,
    "audit-policy-remove": _audit_policy_remove,
}
"""What each section's form does, by its hidden field `part`; None where the form was refused and comes back."""


def _saved(request: HttpRequest, cluster: Cluster, action: str, **detail: Any) -> HttpResponse:
    record(request, action, cluster.name, **detail)
    messages.success(request, "Saved.")
    return redirect("cluster-settings", cluster.id)


def _scanned_anew(request: HttpRequest, cluster: Cluster, columns: Sequence[str], action: str) -> HttpResponse:
    """Saves these columns, which show only with a scan."""
    cluster.save(update_fields=columns)
    record(request, action, cluster.name)
    request_scan(cluster, request.user)  # type: ignore[arg-type]
    messages.success(request, "Saved. It shows with the next scan, which was queued.")
    return redirect("cluster-settings", cluster.id)


@require_POST
@administrator_required
@recently_confirmed
def cluster_remove(request: HttpRequest, cluster_id: uuid.UUID) -> HttpResponse:
    """Remove a cluster with all that is known of it; the name must be typed."""
    cluster = visible_cluster(request, cluster_id)
    if request.POST.get("name") != cluster.name:
        messages.error(request, f"Nothing was removed: type the cluster's name, {cluster.name}, to remove it.")
        return redirect("cluster-settings", cluster.id)
    record(request, "cluster.remove", cluster.name)
    cluster.delete()
    messages.success(request, f"{cluster.name} and its history were removed.")
    return redirect("settings")
