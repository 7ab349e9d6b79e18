"""Settings: clusters and who may see them, the rotation policy, what a cluster cannot tell by itself."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from scanners.forms import (
    ClusterForm,
    EncryptionConfigurationForm,
    PolicyYamlForm,
    RotationForm,
    RotationRules,
    policy_with_rotation,
    rotation_initial,
)
from scanners.models import Cluster, InstallationPolicy
from scanners.policy import Policy, PolicyError, parse_policy, policy_yaml
from scanners.requests import request_scan
from scanners.views.pages import cluster_page, visible_cluster, visible_clusters
from secretsui.accounts.audit import record
from secretsui.accounts.decorators import administrator_required, recently_confirmed


@require_http_methods(["GET", "POST"])
@administrator_required
def settings_page(request: HttpRequest) -> HttpResponse:
    """The installation's policy, and the clusters."""
    stored = InstallationPolicy.objects.first() or InstallationPolicy()
    forms = _policy_forms(request, stored.yaml)
    if request.method == "POST":
        text = _submitted(forms)
        if text is not None:
            stored.yaml, stored.changed_by = text, request.user  # type: ignore[assignment]
            stored.save()
            record(request, "policy.change", "installation")
            clusters = Cluster.objects.filter(policy="")
            for cluster in clusters:
                request_scan(cluster, request.user)  # type: ignore[arg-type]
            messages.success(
                request,
                f"The policy is saved. It shows with the next scan; {len(clusters)} scans were queued.",
            )
            return redirect("settings")
    context = {
        "title": "Settings",
        "section": "settings",
        "clusters": visible_clusters(request),
        **forms,
    }
    return render(request, "scanners/settings.html", context, status=_status(request))


@require_http_methods(["GET", "POST"])
@administrator_required
def cluster_settings(request: HttpRequest, cluster_id: uuid.UUID) -> HttpResponse:
    """One cluster: name, audience, its own policy, its EncryptionConfiguration, and removing it."""
    cluster = visible_cluster(request, cluster_id)
    part = request.POST.get("part", "")
    name_form = ClusterForm(request.POST if part == "cluster" else None, instance=cluster)
    encryption_form = EncryptionConfigurationForm(
        request.POST if part == "encryption" else None, request.FILES if part == "encryption" else None
    )
    forms = _policy_forms(request, cluster.policy or _installation_yaml(), only=part in ("rotation", "yaml"))
    if part == "cluster" and name_form.is_valid():
        name_form.save()
        record(request, "cluster.change", cluster.name)
        messages.success(request, "Saved.")
        return redirect("cluster-settings", cluster.id)
    if part == "encryption" and encryption_form.is_valid():
        cluster.encryption_config = msgspec.to_builtins(encryption_form.cleaned_data["entries"])
        return _changed(request, cluster, "encryption-configuration.set")
    if part == "encryption-remove":
        cluster.encryption_config = None
        return _changed(request, cluster, "encryption-configuration.remove")
    if part == "policy-remove":
        cluster.policy = ""
        return _changed(request, cluster, "policy.remove")
    if part in ("rotation", "yaml") and (text := _submitted(forms)) is not None:
        cluster.policy = text
        return _changed(request, cluster, "policy.change")
    context = {
        "title": f"Settings of {cluster.name}",
        "cluster_form": name_form,
        "encryption_form": encryption_form,
        "encryption_given": cluster.encryption_config is not None,
        "own_policy": bool(cluster.policy),
        **forms,
    }
    response = cluster_page(request, "scanners/cluster_settings.html", cluster, "cluster-settings", context)
    response.status_code = _status(request)
    return response


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


def _changed(request: HttpRequest, cluster: Cluster, action: str) -> HttpResponse:
    cluster.save()
    record(request, action, cluster.name)
    request_scan(cluster, request.user)  # type: ignore[arg-type]
    messages.success(request, "Saved. It shows with the next scan, which was queued.")
    return redirect("cluster-settings", cluster.id)


def _installation_yaml() -> str:
    return InstallationPolicy.objects.values_list("yaml", flat=True).first() or ""


def _policy_forms(request: HttpRequest, text: str, *, only: bool = True) -> dict[str, Any]:
    """The policy as a form and as YAML; the submitted one is bound."""
    part = request.POST.get("part", "") if only else ""
    try:
        policy = parse_policy(text)
    except PolicyError:
        policy = Policy()
    days, rules = rotation_initial(policy)
    bound = request.POST if part == "rotation" else None
    return {
        "policy": policy,
        "rotation_form": RotationForm(bound, initial=days),
        "rotation_rules": RotationRules(bound, initial=rules, prefix="rules"),
        "yaml_form": PolicyYamlForm(
            request.POST if part == "yaml" else None, initial={"yaml": text or policy_yaml(policy)}
        ),
    }


def _submitted(forms: dict[str, Any]) -> str | None:
    """The policy that was submitted, as YAML; None if nothing valid was."""
    form, rules, text = forms["rotation_form"], forms["rotation_rules"], forms["yaml_form"]
    if form.is_bound and form.is_valid() and rules.is_valid():
        return policy_with_rotation(forms["policy"], form.cleaned_data["default_days"], rules.cleaned_data)
    if text.is_bound and text.is_valid():
        submitted: str = text.cleaned_data["yaml"]
        return submitted
    return None


def _status(request: HttpRequest) -> int:
    """A form that comes back was refused."""
    return 400 if request.method == "POST" else 200
