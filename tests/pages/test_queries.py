"""No page asks the database more for more rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scanners.models import Cluster, FindingEvent, FindingRecord, SecretRecord
from secretsui.accounts.models import User
from tests.pages import rows

EXPECTED = {
    "overview": 12,
    "cluster": 13,
    "secrets": 7,
    "secrets-searched": 8,
    "rotation": 17,
    "findings": 9,
    "findings-list": 8,
    "secret": 8,
    "finding": 12,
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
        "rotation": reverse("rotation", args=[cluster.pk]),
        "findings": findings,
        "findings-list": f"{findings}?view=list",
        "secret": secret.get_absolute_url(),
        "finding": finding.get_absolute_url(),
        "checks": reverse("checks"),
    }


def counted(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        response: Any = client.get(address)
        assert response.status_code == 200
        if response.streaming:
            assert b"".join(response.streaming_content)
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


def test_unfinished_rotations_ask_no_more(ada: Client, posture: Cluster) -> None:
    address = addresses(posture)["rotation"]
    unfinished(posture, 1)
    few = counted(ada, address)
    unfinished(posture, 60)
    assert counted(ada, address) == few == EXPECTED["rotation"] + 1


def unfinished(cluster: Cluster, count: int) -> None:
    """So many more Secrets that changed, each with a consumer on the old value and the finding of it."""
    for index in range(count):
        name = f"changed-{count}-{index}"
        use = {"kind": "Deployment", "namespace": "payments", "name": name, "how": "env", "keys": [], "field": "f"}
        rows.secret(cluster, name, stale_consumers=1, consumer_count=1, consumers=[use | {"stale": True}])
        rows.finding(cluster, "stale-consumer", name, severity="high", kind="Deployment", field="f")


def accept(cluster: Cluster, names: Iterable[str]) -> None:
    """Findings that somebody accepted and the last scan found, as many as there are names."""
    until, somebody = datetime.now(UTC) + timedelta(days=9), User.objects.get()
    made = FindingRecord.objects.bulk_create(
        rows.finding(
            cluster, name=name, state="accepted", accepted_until=until, accepted_by=somebody, owner="team", save=False
        )
        for name in names
    )  # fmt: skip
    FindingEvent.objects.bulk_create(
        FindingEvent(finding=finding, state="new", at=until, scan=cluster.last_scan) for finding in made
    )


@pytest.mark.parametrize("query", ["state=accepted&view=list", "scan={scan}&view=list", "state=accepted&export=csv"])
def test_accepted_and_changed_findings_ask_no_more(ada: Client, posture: Cluster, query: str) -> None:
    address = reverse("findings", args=[posture.pk]) + "?" + query.format(scan=posture.last_scan_id)
    accept(posture, ["one"])
    few = counted(ada, address)
    accept(posture, (f"more-{index}" for index in range(300)))
    assert counted(ada, address) == few < 10


def test_accepting_many_asks_no_more_for_each(ada: Client, posture: Cluster) -> None:
    address = reverse("findings-accept", args=[posture.pk])
    few = counted_post(ada, address)
    FindingRecord.objects.bulk_create(rows.finding(posture, name=f"f{index}", save=False) for index in range(300))
    assert counted_post(ada, address) == few


def counted_post(client: Client, address: str) -> int:
    client.get(reverse("checks"))
    with CaptureQueriesContext(connection) as queries:
        assert client.post(address, {"all": "1", "query": "?"}).status_code == 200
    return len(queries)


def test_more_clusters_ask_no_more(ada: Client, posture: Cluster) -> None:
    few = counted(ada, reverse("overview"))
    for index in range(12):
        other = rows.cluster(f"other-{index}")
        rows.scan(other)
        rows.secret(other)
    # Of one cluster alone the namespaces are drawn, which is a query more.
    assert counted(ada, reverse("overview")) == few - 1
    assert counted(ada, reverse("checks")) == EXPECTED["checks"]
