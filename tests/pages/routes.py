"""The address of every reading page of a cluster."""

from __future__ import annotations

from django.urls import reverse

from scanners.models import Cluster


def cluster_pages(cluster: Cluster) -> list[str]:
    """One address for each page of a cluster, and one for each variant of its lists."""
    secrets, findings = reverse("secrets", args=[cluster.pk]), reverse("findings", args=[cluster.pk])
    found = [
        reverse("cluster", args=[cluster.pk]),
        secrets,
        f"{secrets}?rotation=overdue&sort=-age&per=25&q=over",
        f"{secrets}?q=nothing-is-called-this",
        f"{secrets}?export=csv",
        findings,
        f"{findings}?view=list&severity=low&severity=critical",
        f"{findings}?state=resolved&folded=show",
        f"{findings}?export=csv&folded=show",
    ]
    found += [secret.get_absolute_url() for secret in cluster.secrets.all()]
    found += [finding.get_absolute_url() for finding in cluster.findings.all()]
    return found


def all_pages(cluster: Cluster) -> list[str]:
    return [reverse("overview"), reverse("checks"), *cluster_pages(cluster)]
