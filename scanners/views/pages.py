"""What every page begins with: the cluster if the person may see it, and what is to be said about its scan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from scanners.models import Cluster, ClusterQuerySet, Scan
from scanners.schedule import stale_after
from scanners.words import listed, visible

LARGE_COLUMNS = ("credential", "snapshot", "encryption_config", "policy")
"""Columns of a Cluster that no reading page needs; a snapshot may be megabytes."""


def visible_clusters(request: HttpRequest) -> ClusterQuerySet:
    """The clusters this person may see, each with its last scan."""
    clusters = Cluster.objects.visible_to(request.user)  # type: ignore[arg-type]
    return clusters.select_related("last_scan").defer(*LARGE_COLUMNS, "last_scan__coverage", "last_scan__changes")


def visible_cluster(request: HttpRequest, cluster_id: UUID) -> Cluster:
    """The cluster with its last scan. Raises Http404 alike for what does not exist and what is another's."""
    clusters = Cluster.objects.visible_to(request.user)  # type: ignore[arg-type]
    cluster = clusters.filter(pk=cluster_id).select_related("last_scan").defer(*LARGE_COLUMNS).first()
    if cluster is None:
        raise Http404("There is no such cluster, or it is not shared with you.")
    return cluster


def not_scanned(cluster: Cluster) -> str:
    """The title of a cluster's page before its first scan."""
    return f"{visible(cluster.name)} has not been scanned yet"


def is_stale(cluster: Cluster, now: datetime) -> bool:
    """Whether the last scan is older than the cluster's schedule lets it become."""
    scan = cluster.last_scan
    return bool(
        cluster.is_live and scan is not None and scan.collected_at and now - scan.collected_at > stale_after(cluster)
    )


@dataclass(frozen=True, slots=True)
class Notice:
    """A line at the top of a page: `kind` decides its look; `scan` is the scan it speaks of."""

    kind: Literal["info", "warning"]
    text: str
    route: str = ""
    link: str = ""
    anchor: str = ""
    scan: Scan | None = None
    since: Any = None


def notices(cluster: Cluster) -> list[Notice]:
    """What limits the trust in this cluster's pages: demo, snapshot, stale, partial, a scan that failed or runs."""
    found: list[Notice] = []
    scan = cluster.last_scan
    if cluster.is_demo:
        found.append(
            Notice("info", "This is the demo: a made-up company on a real API server.", "connect", "Connect a cluster")
        )
    latest = Scan.objects.filter(cluster=cluster).only("state", "error", "finished_at", "queued_at").first()
    if latest is not None and latest.is_live:
        found.append(Notice("info", "A scan of this cluster is under way.", "scan", "Watch it", scan=latest))
    elif latest is not None and latest.state == Scan.State.FAILED:
        why = f": {latest.error}" if latest.error else "."
        found.append(
            Notice("warning", f"The last attempt to scan this cluster failed{why}", "scan", "See it", scan=latest)
        )
    if scan is None or scan.collected_at is None:
        return found
    if cluster.connection == Cluster.Connection.SNAPSHOT:
        found.append(Notice("info", "This is a snapshot; it shows the cluster as it was on", since=scan.collected_at))
    elif is_stale(cluster, timezone.now()):
        found.append(
            Notice(
                "warning",
                "What you see is stale. This cluster was last scanned",
                "scans",
                "Scan it again",
                since=scan.collected_at,
            )
        )
    found += _unseen(scan)
    return found


def _unseen(scan: Scan) -> list[Notice]:
    """One line for what the scan could not see; nothing unseen has passed."""
    unseen = [line for line in scan.coverage if line["status"] in ("denied", "partial", "error")]
    if not unseen:
        return []
    names = listed([visible(line["input"]) for line in unseen])
    if all(line["status"] == "denied" for line in unseen):
        text = f"This identity may not read {names}. What that hides is not assessed."
    else:
        text = f"The last scan saw only part: {names} could not be read whole. What that hides is not assessed."
    return [Notice("warning", text, "cluster", "What was not seen", anchor="coverage")]


def secrets_seen(scan: Scan | None) -> bool:
    """Whether the scan could list Secrets at all: where it could not, none seen is not none there."""
    return scan is not None and scan.cluster_facts.get("secrets") is not None


def cluster_page(
    request: HttpRequest, template: str, cluster: Cluster, section: str, context: dict[str, Any]
) -> HttpResponse:
    """A page of one cluster. `section` is the tab it stands under."""
    shared = {"cluster": cluster, "scan": cluster.last_scan, "section": section, "notices": notices(cluster)}
    return render(request, template, shared | context)


def list_page(
    request: HttpRequest, page: str, results: str, cluster: Cluster, section: str, context: dict[str, Any]
) -> HttpResponse:
    """A page with a list: whole, or for htmx just the part that filters change."""
    htmx = getattr(request, "htmx", None)
    if htmx and not htmx.history_restore_request:
        response = render(request, results, {"cluster": cluster, "scan": cluster.last_scan} | context)
    else:
        response = cluster_page(request, page, cluster, section, context)
    patch_vary_headers(response, ["HX-Request"])
    return response
