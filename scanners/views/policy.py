"""The policy of the installation, or of one cluster: as rows, as YAML, and what each row matches."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from scanners.forms.policy import PolicyForm, PolicyYamlForm, fits_form
from scanners.models import Cluster, InstallationPolicy
from scanners.policy import Policy, PolicyError, parse_policy, policy_yaml
from scanners.policy_effect import effects, population
from scanners.requests import request_scan
from scanners.views.pages import cluster_page, visible_cluster
from secretsui.accounts.audit import record
from secretsui.accounts.decorators import administrator_required


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose policy is shown. `text` is what applies now; `save` stores another, "" for the one above it."""

    title: str
    text: str
    save: Callable[[str], None]
    governed: list[Cluster]
    url: str
    cluster: Cluster | None = None
    own: bool = False


@require_http_methods(["GET", "POST"])
@administrator_required
def installation_policy(request: HttpRequest) -> HttpResponse:
    """The policy of every cluster that has none of its own."""
    stored = InstallationPolicy.objects.first() or InstallationPolicy()

    def save(text: str) -> None:
        stored.yaml, stored.changed_by = text, request.user  # type: ignore[assignment]
        stored.save()

    return _answer(
        request,
        Subject(
            title="The policy of all clusters",
            text=stored.yaml,
            save=save,
            governed=list(Cluster.objects.filter(policy="").only("name")),
            url=reverse("policy"),
        ),
    )


@require_http_methods(["GET", "POST"])
@administrator_required
def cluster_policy(request: HttpRequest, cluster_id: uuid.UUID) -> HttpResponse:
    """One cluster's own policy, or the installation's as a start for it."""
    cluster = visible_cluster(request, cluster_id)

    def save(text: str) -> None:
        cluster.policy = text
        cluster.save(update_fields=["policy"])

    return _answer(
        request,
        Subject(
            title=f"The policy of {cluster.name}",
            text=cluster.policy or installation_yaml(),
            save=save,
            governed=[cluster],
            url=reverse("cluster-policy", args=[cluster.pk]),
            cluster=cluster,
            own=bool(cluster.policy),
        ),
    )


def installation_yaml() -> str:
    return InstallationPolicy.objects.values_list("yaml", flat=True).first() or ""


def _answer(request: HttpRequest, subject: Subject) -> HttpResponse:
    part = request.POST.get("part", "")
    policy, problem = _parsed(subject.text)
    form = PolicyForm(policy, request.POST if part == "rows" else None)
    yaml_form = PolicyYamlForm(
        request.POST if part == "yaml" else None, initial={"yaml": subject.text or policy_yaml(policy)}
    )
    if part == "remove" and subject.cluster is not None:
        return _saved(request, subject, "")
    if form.saving and not problem and form.is_valid():
        return _saved(request, subject, policy_yaml(form.changed()))
    if part == "yaml" and yaml_form.is_valid():
        return _saved(request, subject, yaml_form.cleaned_data["yaml"])
    refused = form.saving or part == "yaml"
    return _page(request, subject, form, yaml_form, problem, status=400 if refused else 200)


def _parsed(text: str) -> tuple[Policy, str]:
    """The stored policy, or the default and why the stored one cannot be used."""
    try:
        return parse_policy(text), ""
    except PolicyError as error:
        return Policy(), str(error)


def _page(
    request: HttpRequest, subject: Subject, form: PolicyForm, yaml_form: PolicyYamlForm, problem: str, status: int
) -> HttpResponse:
    among = population([cluster.name for cluster in subject.governed])
    by_table = {table.name: effects(rules, among) for table, rules in form.rules()}
    context = {
        "title": subject.title,
        "section": "cluster-settings" if subject.cluster else "settings",
        "subject": subject,
        "form": form,
        "tables": [
            (table, formset, list(zip(formset, by_table[table.name], strict=True))) for table, formset in form.tables
        ],
        "secrets": sum(crowd.count for crowd in among.own),
        "problem": problem,
        "in_rows": not problem and fits_form(form.policy),
        "yaml_form": yaml_form,
        "has_comments": "#" in subject.text,
    }
    if subject.cluster is None:
        return render(request, "scanners/policy.html", context, status=status)
    response = cluster_page(request, "scanners/policy.html", subject.cluster, "cluster-settings", context)
    response.status_code = status
    return response


def _saved(request: HttpRequest, subject: Subject, text: str) -> HttpResponse:
    subject.save(text)
    name = subject.cluster.name if subject.cluster else "installation"
    record(request, "policy.change" if text or not subject.cluster else "policy.remove", name)
    for cluster in subject.governed:
        request_scan(cluster, request.user)  # type: ignore[arg-type]
    asked = "a scan was queued" if len(subject.governed) == 1 else f"{len(subject.governed)} scans were queued"
    messages.success(request, f"The policy is saved. It shows with the next scan; {asked}.")
    return redirect(subject.url)
