"""Where else in the installation the values of a cluster's Secrets are held, by the digests of deep scans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from scanners.inventory import Inventory
from scanners.models import Cluster, SecretRecord


def digests_elsewhere(cluster: Cluster, inventory: Inventory) -> Mapping[str, tuple[str, ...]]:
    """`History.digests_elsewhere`: Secrets of other clusters in which the last deep scan saw a credential of this one.

    Which value a Secret had before does not count.
    """
    wanted = {facts.digest for secret in inventory.secrets for facts in secret.values or () if facts.credential}
    if not wanted:
        return {}
    found: dict[str, list[str]] = defaultdict(list)
    others = SecretRecord.objects.exclude(cluster=cluster).exclude(key_history={})
    rows = others.order_by("cluster", "namespace", "name")
    columns = ("cluster__name", "namespace", "name", "key_history")
    for other, namespace, name, keys in rows.values_list(*columns).iterator(chunk_size=2000):
        for digest in {sightings[-1]["digest"] for sightings in keys.values() if sightings} & wanted:
            found[digest].append(f"{other}/{namespace}/{name}")
    return {digest: tuple(places) for digest, places in found.items()}
