"""Ages of Secrets in other clusters of the installation, for rehearsals that go from one cluster to another.

Whoever sees a cluster sees its findings, and a finding about a rehearsal tells when a Secret of the other cluster
changed. So only a cluster that everybody who sees this one may see as well is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone

from scanners.ages import AgeInterval
from scanners.models import Cluster, SecretRecord
from scanners.observations import Evidence, is_proven
from scanners.policy import Policy, RehearsalPair

Ages = dict[tuple[str, str, str], AgeInterval | None]


def staging_elsewhere(cluster: Cluster, policy: Policy) -> tuple[Ages, frozenset[str]]:
    """`History.elsewhere` and `History.clusters`: the staging Secrets that rehearsals name in other clusters."""
    pairs = [pair for pair in policy.rehearsals if pair.staging_cluster and pair.staging_cluster != cluster.name]
    if not pairs:
        return {}, frozenset()
    named = Cluster.objects.filter(name__in={pair.staging_cluster for pair in pairs}).select_related("last_scan")
    clusters = {
        other.name: other for other in named if other.last_scan is not None and _seen_by_all_who_see(cluster, other)
    }
    ages: Ages = {}
    for name, other in clusters.items():
        for row in _rows(other, [pair for pair in pairs if pair.staging_cluster == name]):
            ages[name, row.namespace, row.name] = _age(row, other)
    return ages, frozenset(clusters)


def _seen_by_all_who_see(cluster: Cluster, other: Cluster) -> bool:
    """Administrators see every cluster, and nobody sees more of another one by a finding than on its own pages."""
    if other.shared_with_everyone:
        return True
    if cluster.shared_with_everyone:
        return False
    return not cluster.viewers.exclude(pk__in=other.viewers.values("pk")).exists()


def _rows(other: Cluster, pairs: Iterable[RehearsalPair]) -> Iterable[SecretRecord]:
    wanted = Q()
    for pair in pairs:
        start, star, end = pair.staging.partition("*")
        wanted |= Q(namespace__startswith=start, namespace__endswith=end) if star else Q(namespace=pair.staging)
    columns = ("namespace", "name", "created_at", "changed_after", "changed_before", "age_evidence")
    return SecretRecord.objects.filter(wanted, cluster=other).order_by().only(*columns).iterator(chunk_size=2000)


def _age(row: SecretRecord, other: Cluster) -> AgeInterval | None:
    if not row.age_evidence:
        return None
    scan = other.last_scan
    before = row.changed_before or (scan.collected_at if scan is not None else None) or timezone.now()
    evidence: Evidence = row.age_evidence  # type: ignore[assignment]  # written from an Evidence
    return AgeInterval(row.changed_after, before, evidence, is_proven(evidence, row.created_at, row.changed_after))
