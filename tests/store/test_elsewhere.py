"""Values that other clusters hold: found by digest, only there, and only the present ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scanners.inventory import Cluster as ClusterRecord
from scanners.inventory import Inventory, KeyFacts, Secret
from scanners.models import Cluster
from scanners.store.elsewhere import digests_elsewhere
from tests.pages import rows

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def deep(*digests: str, credential: str = "password") -> Inventory:
    values = tuple(KeyFacts(key=f"k{digest}", digest=digest, credential=credential) for digest in digests)
    secret = Secret(namespace="shop", name="db", values=values)
    return Inventory(started_at=NOW, collected_at=NOW, cluster=ClusterRecord(name="here"), secrets=(secret,), deep=True)


def holds(cluster: Cluster, name: str, **digests: list[str]) -> None:
    history = {key: [{"digest": digest} for digest in held] for key, held in digests.items()}
    rows.secret(cluster, name, "payments", key_history=history)


def test_only_other_clusters_and_only_present_values_count() -> None:
    here, there = rows.cluster("here"), rows.cluster("there")
    holds(here, "own", password=["d1"])
    holds(there, "now", password=["d0", "d1"], other=["d1"])
    holds(there, "before", password=["d1", "d2"])
    holds(there, "never", password=[])
    rows.secret(there, "not-deep", "payments")
    assert digests_elsewhere(here, deep("d1", "d3")) == {"d1": ("there/payments/now",)}
    assert digests_elsewhere(there, deep("d1")) == {"d1": ("here/payments/own",)}


def test_what_is_no_credential_is_not_looked_for() -> None:
    here, there = rows.cluster("here"), rows.cluster("there")
    holds(there, "now", username=["d1"])
    assert digests_elsewhere(here, deep("d1", credential="")) == {}
