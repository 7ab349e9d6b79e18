"""Accepting findings with a reason until a day, and taking that back: what is chosen is shown, then it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from scanners.checks import BY_ID
from scanners.forms.acceptance import AcceptanceForm
from scanners.models import Cluster, FindingRecord
from scanners.selection import Selection
from scanners.store.acceptance import ACCEPTABLE, accept, expire, lock, withdraw
from scanners.views.pages import cluster_page, visible_cluster
from scanners.words import day_words, plural
from secretsui.accounts.audit import record
from secretsui.accounts.decorators import administrator_required

SHOWN = 20
SHOWN_CHECKS = 8

CHANGED = (
    "Nothing was done: a scan, or somebody else, changed these findings after you looked. "
    "Here they are as they are now."
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person chose, and how they came to it: `ticked` fingerprints, or all that `query` lists."""

    selection: Selection
    ticked: list[str]
    query: QueryDict
    all: bool
    back: str
    confirmed: bool
    seen: str

    @property
    def is_as_seen(self) -> bool:
        return self.confirmed and self.seen == self.selection.seen


@require_POST
@administrator_required
@transaction.atomic
def findings_accept(request: HttpRequest, cluster_id: UUID) -> HttpResponse:
    """Accept the chosen findings. Without a confirmation, show what they are and ask why and until when."""
    cluster = visible_cluster(request, cluster_id)
    lock(cluster.pk)
    expire(timezone.now())
    chosen = _chosen(request, cluster, ACCEPTABLE)
    form = AcceptanceForm(request.POST if chosen.confirmed else None)
    if chosen.is_as_seen and chosen.selection.count and form.is_valid():
        reason, until = form.cleaned_data["reason"], form.cleaned_data["until"]
        count = accept(
            cluster,
            chosen.selection.findings,
            by=request.user,  # type: ignore[arg-type]  # nobody anonymous is an administrator
            reason=reason,
            until=until,
            now=timezone.now(),
        )
        record(request, "finding.accept", cluster.name, findings=count, until=day_words(until), reason=reason)
        messages.success(request, f"{plural(count, 'finding')} accepted until {day_words(until)}.")
        return redirect(chosen.back)
    return _ask(request, cluster, chosen, "scanners/findings_accept.html", {"form": form})


@require_POST
@administrator_required
@transaction.atomic
def findings_withdraw(request: HttpRequest, cluster_id: UUID) -> HttpResponse:
    """Take the acceptance of the chosen findings back. Without a confirmation, show what they are."""
    cluster = visible_cluster(request, cluster_id)
    lock(cluster.pk)
    expire(timezone.now())
    chosen = _chosen(request, cluster, (FindingRecord.State.ACCEPTED,))
    if chosen.is_as_seen and chosen.selection.count:
        count = withdraw(
            cluster,
            chosen.selection.findings,
            by=request.user,  # type: ignore[arg-type]  # nobody anonymous is an administrator
            now=timezone.now(),
        )
        record(request, "finding.withdraw", cluster.name, findings=count)
        messages.success(request, f"{plural(count, 'finding is', 'findings are')} open again.")
        return redirect(chosen.back)
    return _ask(request, cluster, chosen, "scanners/findings_withdraw.html", {})


def _chosen(request: HttpRequest, cluster: Cluster, states: tuple[str, ...]) -> Chosen:
    """The choice in the form. The query is the list's own, so it may say anything that an address may."""
    query = QueryDict(request.POST.get("query", "").removeprefix("?")[:5000])
    ticked, everything = request.POST.getlist("finding"), "all" in request.POST
    selection = Selection.listed(cluster, query, states) if everything else Selection.ticked(cluster, ticked, states)
    back = reverse("findings", args=[cluster.pk])
    if len(ticked) == 1 and "alone" in request.POST:
        back = reverse("finding", args=[cluster.pk, ticked[0]]) if selection.count else back
    elif query:
        back = f"{back}?{query.urlencode()}"
    return Chosen(selection, ticked, query, everything, back, "seen" in request.POST, request.POST.get("seen", ""))


def _ask(request: HttpRequest, cluster: Cluster, chosen: Chosen, page: str, context: dict[str, Any]) -> HttpResponse:
    """The page that shows the choice before anything is done with it; a typed reason stays."""
    selection = chosen.selection
    refused = chosen.confirmed and bool(selection.count) and not chosen.is_as_seen
    checks = [
        (BY_ID[check_id].title if check_id in BY_ID else check_id, count)
        for check_id, count in selection.checks.items()
    ]
    shown = selection.findings.order_by("rank", "check_id", "namespace", "name", "pk").defer("evidence", "remediation")
    shared = {
        "chosen": chosen,
        "selection": selection,
        "checks": checks[:SHOWN_CHECKS],
        "more_checks": max(0, len(checks) - SHOWN_CHECKS),
        "rows": list(shown[:SHOWN]),
        "more": max(0, selection.count - SHOWN),
        "refused": CHANGED if refused else "",
        "alone": "alone" in request.POST,
    }
    response = cluster_page(request, page, cluster, "findings", shared | context)
    response.status_code = 409 if refused else 422 if chosen.confirmed or not selection.count else 200
    return response
