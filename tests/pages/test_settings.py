"""A cluster's settings, the list of clusters, and several clusters scanned at once."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from scanners.models import Cluster, Scan
from secretsui.accounts.decorators import CONFIRMED_AT
from secretsui.accounts.models import AuditEvent
from tests.pages import rows
from tests.pages.html import page, words


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    ids: list[int] = []
    monkeypatch.setattr("scanners.requests.send", ids.append)
    return ids


def text(client: Client, name: str, *arguments: Any) -> str:
    return words(page(client.get(reverse(name, args=arguments))).text)


def change(client: Client, cluster: Cluster, part: str, **fields: str) -> Any:
    return client.post(reverse("cluster-settings", args=[cluster.pk]), {"part": part} | fields)


# --- the schedule


@pytest.mark.parametrize("hours", [1, 6, 12, 24, 168])
def test_another_interval(ada: Client, posture: Cluster, hours: int) -> None:
    assert change(ada, posture, "schedule", hours=str(hours)).status_code == 302
    posture.refresh_from_db()
    assert posture.scan_every_hours == hours
    assert posture.next_scan_at is not None and posture.next_scan_at <= timezone.now() + timedelta(hours=hours * 1.1)
    assert AuditEvent.objects.get(action="schedule.change").detail == {"hours": hours}


def test_no_schedule_at_all(ada: Client, posture: Cluster) -> None:
    assert change(ada, posture, "schedule", hours="").status_code == 302
    posture.refresh_from_db()
    assert (posture.scan_every_hours, posture.next_scan_at) == (None, None)
    assert "scanned only when asked" in text(ada, "scans", posture.pk)


@pytest.mark.parametrize("hours", ["2", "-1", "99999", "x", "1; DROP"])
def test_an_interval_that_is_not_offered(ada: Client, posture: Cluster, hours: str) -> None:
    answer = change(ada, posture, "schedule", hours=hours)
    assert answer.status_code == 400 and "Select a valid choice" in answer.content.decode()
    posture.refresh_from_db()
    assert posture.scan_every_hours == 24


def test_the_pages_say_when_the_next_scan_is(ada: Client, posture: Cluster) -> None:
    Cluster.objects.update(next_scan_at=timezone.now() + timedelta(hours=5))
    for name in ("scans", "cluster", "cluster-settings"):
        found = page(ada.get(reverse(name, args=[posture.pk])))
        assert "scanned every day, next" in words(found.text), name
        assert any(element.attributes.get("data-form") == "until" for element in found.all("time")), name
    assert "scanned every day, next" in text(ada, "settings")


def test_what_does_not_change_has_no_schedule_to_set(ada: Client, db: None) -> None:
    snapshot = rows.cluster("air", connection=Cluster.Connection.SNAPSHOT)
    assert "not scanned by itself" in text(ada, "cluster-settings", snapshot.pk)
    assert 'name="hours"' not in ada.get(reverse("cluster-settings", args=[snapshot.pk])).content.decode()


def test_a_scheduled_scan_is_nobodys(ada: Client, posture: Cluster) -> None:
    scan = rows.scan(posture, state=Scan.State.FAILED, scheduled=True, error="The API server did not answer.")
    found = text(ada, "scans", posture.pk)
    assert "failedThe API server did not answer." in found and "schedule" in found
    assert "The last attempt failed: The API server did not answer." in text(ada, "settings")
    rows.scan(posture)
    assert "The last attempt failed" not in text(ada, "settings")
    assert scan.requested_by is None


@pytest.mark.parametrize(("hours", "age", "stale"), [(24, 27, False), (24, 30, True), (168, 180, False), (1, 3, True)])
def test_stale_is_what_is_older_than_its_schedule(ada: Client, db: None, hours: int, age: int, stale: bool) -> None:
    cluster = rows.cluster("c", scan_every_hours=hours)
    rows.scan(cluster, hours_ago=age)
    assert ("What you see is stale" in text(ada, "cluster", cluster.pk)) is stale
    assert ("stale: scanned" in text(ada, "overview")) is stale


# --- the rest of the settings


def test_a_name_that_is_taken_comes_back_with_the_reason(ada: Client, posture: Cluster) -> None:
    rows.cluster("other")
    answer = change(ada, posture, "cluster", name="other")
    assert answer.status_code == 400
    assert "There is a cluster of this name already" in words(page(answer).text)
    assert "Settings of prod-eu" in words(page(answer).text), "the page still speaks of this cluster"
    posture.refresh_from_db()
    assert posture.name == "prod-eu"


def test_another_name(ada: Client, posture: Cluster) -> None:
    assert change(ada, posture, "cluster", name="prod-west", shared_with_everyone="on").status_code == 302
    posture.refresh_from_db()
    assert (posture.name, posture.shared_with_everyone) == ("prod-west", True)


def test_settings_do_not_undo_what_a_scan_writes_meanwhile(ada: Client, posture: Cluster) -> None:
    """Each form writes its own columns; `last_scan` is the worker's."""
    sql = []
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for part, fields in (("schedule", {"hours": "6"}), ("encryption-remove", {})):
        with CaptureQueriesContext(connection) as queries:
            assert change(ada, posture, part, **fields).status_code == 302
        sql += [query["sql"] for query in queries if query["sql"].startswith('UPDATE "scanners_cluster"')]
    assert len(sql) == 2 and not any("last_scan_id" in each or "credential" in each for each in sql)


def test_the_credential_is_nowhere_on_the_page(ada: Client, posture: Cluster) -> None:
    Cluster.objects.update(credential=b"sealed-canary", credential_fingerprint="0123456789abcdef")
    for name in ("settings", "cluster-settings"):
        arguments = [posture.pk] if name == "cluster-settings" else []
        found = ada.get(reverse(name, args=arguments)).content.decode()
        assert "0123456789abcdef" in found and "sealed-canary" not in found


def test_a_cluster_is_removed_only_by_its_name_and_a_recent_password(ada: Client, posture: Cluster) -> None:
    address = reverse("cluster-remove", args=[posture.pk])
    assert ada.post(address, {"name": "prod-eu"})["Location"].startswith(reverse("confirm-password"))
    session = ada.session
    session[CONFIRMED_AT] = int(time.time())
    session.save()
    ada.post(address, {"name": "prod"})
    assert Cluster.objects.exists()
    ada.post(address, {"name": "prod-eu"})
    assert not Cluster.objects.exists()


# --- several clusters at once


def several(client: Client, *clusters: Any) -> str:
    """Sends the chosen clusters, and returns what the next page says."""
    answer = client.post(reverse("scan-several"), {"clusters": [str(each) for each in clusters]}, follow=True)
    return words(page(answer).text)


@pytest.mark.django_db(transaction=True)
def test_the_chosen_clusters_are_scanned(ada: Client, posture: Cluster, sent: list[int]) -> None:
    others = [rows.cluster(f"other-{number}") for number in range(3)]
    assert "Scans of other-0 and prod-eu are under way" in several(ada, posture.pk, others[0].pk)
    scans = Scan.objects.filter(state=Scan.State.QUEUED)
    assert {scan.cluster for scan in scans} == {posture, others[0]} and len(sent) == 2
    assert {scan.requested_by.username for scan in scans if scan.requested_by} == {"ada"}
    assert AuditEvent.objects.filter(action="scan.start").count() == 2
    several(ada, posture.pk)
    assert Scan.objects.filter(state=Scan.State.QUEUED).count() == 2, "the one that is under way will do"


@pytest.mark.parametrize("chosen", [[], ["x"], ["00000000-0000-0000-0000-000000000000"], ["' OR 1=1"]])
def test_a_choice_that_is_none_starts_nothing(ada: Client, posture: Cluster, chosen: list[str]) -> None:
    assert "Nothing was started" in several(ada, *chosen)
    assert not Scan.objects.filter(state=Scan.State.QUEUED).exists()


def test_a_snapshot_cannot_be_chosen(ada: Client, posture: Cluster) -> None:
    snapshot = rows.cluster("air", connection=Cluster.Connection.SNAPSHOT)
    assert "Nothing was started" in several(ada, posture.pk, snapshot.pk)
    rows.cluster("other")
    boxes = page(ada.get(reverse("overview"))).all("input", name="clusters")
    chosen = {box.attributes["value"] for box in boxes}
    assert str(posture.pk) in chosen and str(snapshot.pk) not in chosen and len(chosen) == 2


def test_a_viewer_has_nothing_to_choose(vera: Client, posture: Cluster) -> None:
    Cluster.objects.update(shared_with_everyone=True)
    rows.cluster("other", shared_with_everyone=True)
    assert not page(vera.get(reverse("overview"))).all("input", name="clusters")
    assert vera.post(reverse("scan-several"), {"clusters": [str(posture.pk)]}).status_code == 403


# --- facets of the Secrets page


def test_facets_by_team_environment_and_consumers(ada: Client, posture: Cluster) -> None:
    posture.secrets.filter(namespace="payments").update(owner="Payments", environment="production")
    posture.secrets.filter(name="overdue").update(stale_consumers=1, consumer_count=2)
    posture.secrets.filter(name="due").update(stale_consumers=0, consumer_count=1)
    posture.secrets.filter(name="unknown").update(stale_consumers=None, consumer_count=1)

    def listed(query: str) -> set[str]:
        found = page(ada.get(reverse("secrets", args=[posture.pk]) + f"?{query}"))
        return {element.text for element in found.with_class("row-link")}

    assert listed("owner=Payments") == listed("environment=production") == {"overdue", "due", "unknown"}
    assert listed("owner=") == listed("environment=") == {"fresh", "exempt", "undated"}
    assert listed("stale=stale") == {"overdue"} and listed("stale=current") == {"due"}
    assert listed("stale=unknown") == {"unknown"} and listed("stale=unused") == {"fresh", "exempt", "undated"}
    assert listed("owner=Payments&stale=stale&stale=current") == {"overdue", "due"}
    found = text(ada, "secrets", posture.pk)
    for words_of_a_choice in ("Payments3", "(no team)3", "production3", "Run with an older value1", "None seen3"):
        assert words_of_a_choice in found.replace(" 3", "3").replace(" 1", "1"), words_of_a_choice
