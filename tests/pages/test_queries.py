"""No page asks the database more for more rows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scanners.models import Cluster, FindingRecord, SecretRecord
from tests.pages import rows

EXPECTED = {
    "overview": 9,
    "cluster": 10,
    "secrets": 7,
    "secrets-searched": 8,
    "findings": 7,
    "findings-list": 7,
    "secret": 7,
    "finding": 10,
    "checks": 4,
}


def addresses(cluster: Cluster) -> dict[str, str]:
    secret, finding = cluster.secrets.get(name="overdue"), cluster.findings.get(name="overdue")
    findings, secrets = reverse("findings", args=[cluster.pk]), reverse("secrets", args=[cluster.pk])
    return {
        "overview": reverse("overview"),
        "cluster": reverse("cluster", args=[cluster.pk]),
        "secrets": secrets,
        "secrets-searched": f"{secrets}?q=e&namespace=payments&sort=-age",
        "findings": findings,
        "findings-list": f"{findings}?view=list",
        "secret": secret.get_absolute_url(),
        "finding": finding.get_absolute_url(),
        "checks": reverse("checks"),
    }


def counted(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize("page", EXPECTED)
def test_query_count(ada: Client, posture: Cluster, page: str) -> None:
    few = counted(ada, addresses(posture)[page])
    SecretRecord.objects.bulk_create(
        rows.secret(posture, f"s{index}", f"namespace-{index % 40}", save=False) for index in range(400)
    )
    FindingRecord.objects.bulk_create(
        rows.finding(posture, name=f"s{index}", namespace=f"namespace-{index % 40}", save=False) for index in range(400)
    )
    assert counted(ada, addresses(posture)[page]) == few == EXPECTED[page]


def test_more_clusters_ask_no_more(ada: Client, posture: Cluster) -> None:
    few = counted(ada, reverse("overview"))
    for index in range(12):
        other = rows.cluster(f"other-{index}")
        rows.scan(other)
        rows.secret(other)
    # Of one cluster alone the namespaces are drawn, which is a query more.
    assert counted(ada, reverse("overview")) == few - 1
    assert counted(ada, reverse("checks")) == EXPECTED["checks"]
