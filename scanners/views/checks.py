"""Checks: what is looked for, why, and where each check stands in the clusters one may see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from scanners.checks import BY_ID, REGISTRY
from scanners.checks.check import Check
from scanners.grade import CHECKLIST
from scanners.models import Cluster
from scanners.report import SEVERITIES, WEIGHTS
from scanners.views.pages import visible_clusters
from scanners.words import number, plural


@require_safe
def checks(request: HttpRequest) -> HttpResponse:
    """The catalogue, by item of the checklist."""
    lines = _lines(list(visible_clusters(request)))
    failing = sum(any(line["status"] == "fail" for _, line in found) for found in lines.values())
    ordered = sorted(REGISTRY, key=lambda check: (SEVERITIES.index(check.severity), check.id))
    sections = [
        (title, [(check, _tally(lines.get(check.id, []))) for check in ordered if check.checklist == slug])
        for slug, title in (*CHECKLIST, ("", "Beyond the checklist"))
    ]
    return render(
        request,
        "scanners/checks.html",
        {
            "title": f"{number(failing) if failing else 'None'} of {plural(len(REGISTRY), 'check')} "
            f"{'fails' if failing == 1 else 'fail'} somewhere",
            "sections": [(title, found) for title, found in sections if found],
            "section": "checks",
        },
    )


Line = tuple[Cluster, Mapping[str, Any]]


def _lines(clusters: list[Cluster]) -> dict[str, list[Line]]:
    """For each check, its outcome in the last scan of each cluster."""
    found: dict[str, list[Line]] = {}
    for cluster in clusters:
        for line in cluster.last_scan.checks if cluster.last_scan is not None else ():
            found.setdefault(line["id"], []).append((cluster, line))
    return found


def _tally(lines: list[Line]) -> dict[str, int]:
    """In how many clusters a check fails, passes and is not assessed; what had nothing to evaluate passes idly."""
    tally = {"fail": 0, "not_assessed": 0, "pass": 0}
    for _, line in lines:
        tally[line["status"].replace("-", "_")] += 1
    return tally


@require_safe
def check(request: HttpRequest, check_id: str) -> HttpResponse:
    known: Check | None = BY_ID.get(check_id)
    if known is None:
        raise Http404("There is no such check.")
    lines = _lines(list(visible_clusters(request))).get(check_id, [])
    order = {"fail": 0, "not-assessed": 1, "pass": 2}
    return render(
        request,
        "scanners/check.html",
        {
            "check": known,
            "item": dict(CHECKLIST).get(known.checklist, ""),
            "weight": WEIGHTS[known.severity],
            "lines": sorted(lines, key=lambda found: (order[found[1]["status"]], found[0].name)),
            "section": "checks",
        },
    )
