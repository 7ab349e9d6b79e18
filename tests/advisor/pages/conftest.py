"""A viewer with an assessment of their own, another viewer, an administrator, and a cluster whose scan knew facts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from advisor.models import Assessment
from scanners.models import Cluster
from secretsui.accounts.models import User
from tests.pages import rows

FACTS: list[dict[str, Any]] = [
    {"question": None, "value": "sealed-secrets", "fact": "Sealed Secrets is in use.", "from": "SealedSecret shop/db"},
    {"question": "gitops", "value": "flux", "fact": "Flux deploys to this cluster.", "from": "Kustomization flux/apps"},
    {
        "question": "external-store",
        "value": None,
        "fact": "Secrets come from AWS and HashiCorp Vault: say which of them you mean.",
        "from": "ClusterSecretStore <script>alert(1)</script>\u202e",
    },
    {"question": "consumption", "value": "both", "fact": "3 workloads read files.", "from": "Deployment shop/web"},
]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def owner(db: None) -> User:
    return rows.viewer("olga")


@pytest.fixture
def olga(owner: User) -> Client:
    return signed_in(owner)


@pytest.fixture
def vera(db: None) -> Client:
    return signed_in(rows.viewer("vera"))


@pytest.fixture
def ada(db: None) -> Client:
    return signed_in(rows.administrator("ada"))


@pytest.fixture
def scanned(owner: User) -> Cluster:
    """A cluster that the owner may see."""
    cluster = rows.cluster("prod-eu")
    rows.scan(cluster, advice_facts=FACTS)
    cluster.viewers.add(owner)
    return cluster


@pytest.fixture
def assessment(owner: User, scanned: Cluster) -> Assessment:
    return Assessment.objects.create(
        name="Payments", owner=owner, cluster=scanned, facts=FACTS, facts_at=datetime(2026, 11, 1, tzinfo=UTC)
    )
