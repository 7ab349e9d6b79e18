"""Switching deep scans on and off: who may, what is asked first, what is recorded, and what the pages then say."""

from __future__ import annotations

import time

import pytest
from django.test import Client
from django.urls import reverse

from scanners.models import Cluster, Scan
from secretsui.accounts.decorators import CONFIRMED_AT
from secretsui.accounts.models import AuditEvent
from tests.pages import rows


@pytest.fixture(autouse=True)
def nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanners.requests.send", lambda scan_id: None)


@pytest.fixture
def cluster(db: None) -> Cluster:
    return rows.cluster()


def confirm(client: Client) -> None:
    session = client.session
    session[CONFIRMED_AT] = int(time.time())
    session.save()


def switch(client: Client, cluster: Cluster, to: str) -> int:
    status: int = client.post(reverse("cluster-deep", args=[cluster.id]), {"deep": to}).status_code
    cluster.refresh_from_db()
    return status


def recorded() -> list[tuple[str, str]]:
    return list(AuditEvent.objects.order_by("id").values_list("action", "object"))


def settings_of(client: Client, cluster: Cluster) -> str:
    return client.get(reverse("cluster-settings", args=[cluster.id])).content.decode()


def test_no_cluster_is_read_deep_by_itself(cluster: Cluster, ada: Client) -> None:
    assert not cluster.deep
    assert "off: no value is read" in settings_of(ada, cluster)


def test_on_needs_the_password_and_is_recorded_and_scanned(cluster: Cluster, ada: Client) -> None:
    answer = ada.post(reverse("cluster-deep", args=[cluster.id]), {"deep": "on"})
    assert answer.headers["Location"].startswith(reverse("confirm-password"))
    cluster.refresh_from_db()
    assert not cluster.deep
    assert recorded() == []
    confirm(ada)
    assert switch(ada, cluster, "on") == 302
    assert cluster.deep
    assert recorded()[0] == ("deep.on", "prod-eu")
    assert Scan.objects.filter(cluster=cluster).count() == 1
    assert "on: scans read values" in settings_of(ada, cluster)


def test_off_needs_no_password_and_asking_twice_is_recorded_once(cluster: Cluster, ada: Client) -> None:
    Cluster.objects.update(deep=True)
    for _ in range(2):
        switch(ada, cluster, "off")
    assert not cluster.deep
    assert recorded() == [("deep.off", "prod-eu")]


def test_a_viewer_may_not(cluster: Cluster, vera: Client) -> None:
    Cluster.objects.update(shared_with_everyone=True)
    confirm(vera)
    assert switch(vera, cluster, "on") == 403
    assert not cluster.deep


@pytest.mark.parametrize(
    ("connection", "words"), [("snapshot", "there is nothing to read"), ("demo", "under a key that was thrown away")]
)
def test_a_snapshot_has_nothing_to_read(cluster: Cluster, ada: Client, connection: str, words: str) -> None:
    Cluster.objects.update(connection=connection)
    confirm(ada)
    assert words in settings_of(ada, cluster)
    switch(ada, cluster, "on")
    assert not cluster.deep
    assert recorded() == []


def test_the_pages_say_which_scans_read_values(cluster: Cluster, ada: Client) -> None:
    shallow, deep = rows.scan(cluster, hours_ago=9), rows.scan(cluster, deep=True)
    scans = ada.get(reverse("scans", args=[cluster.id])).content.decode()
    assert scans.count("done, deep") == 1
    assert "it read values" in ada.get(deep.get_absolute_url()).content.decode()
    assert "it read values" not in ada.get(shallow.get_absolute_url()).content.decode()
