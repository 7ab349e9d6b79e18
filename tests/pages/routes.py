"""The address of every reading page of a cluster."""

from __future__ import annotations

from django.urls import reverse

from scanners.models import Cluster


def cluster_pages(cluster: Cluster) -> list[str]:
    """One address for each page of a cluster, and one for each variant of its lists."""
    secrets, findings = reverse("secrets", args=[cluster.pk]), reverse("findings", args=[cluster.pk])
    rotation = reverse("rotation", args=[cluster.pk])
    found = [
        reverse("cluster", args=[cluster.pk]),
        rotation,
        secrets,
        f"{secrets}?rotation=overdue&sort=-age&per=25&q=over",
        f"{secrets}?q=nothing-is-called-this",
        f"{secrets}?export=csv",
        findings,
        f"{findings}?view=list&severity=low&severity=critical",
        f"{findings}?state=resolved&system=yes&system=no",
        f"{findings}?state=accepted&severity=low",
        f"{findings}?export=csv&system=yes",
        f"{findings}?export=json",
        f"{findings}?export=sarif",
        f"{findings}?export=html",
        f"{rotation}?due=overdue&per=25",
        f"{rotation}?export=csv",
        f"{secrets}?due=30",
        f"{secrets}?certificate=expired",
        f"{secrets}?export=json",
        f"{secrets}?export=html",
    ]
    found += [f"{findings}?scan={scan.pk}" for scan in cluster.scans.all()]
    found += [secret.get_absolute_url() for secret in cluster.secrets.all()]
    found += [finding.get_absolute_url() for finding in cluster.findings.all()]
    return found


def all_pages(cluster: Cluster) -> list[str]:
    return [reverse("overview"), reverse("checks"), *cluster_pages(cluster)]
