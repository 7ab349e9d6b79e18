"""The rotation page: its numbers against a hand-made set of Secrets, and every number against the list it links to."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from scanners.due import Due, due_dates, laid_out
from scanners.models import Cluster, SecretRecord
from tests.pages import rows
from tests.pages.html import Page, page, words

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
USE = {"kind": "Deployment", "namespace": "payments", "name": "api", "how": "env", "keys": [], "field": "f"}


def scanned(cluster: Cluster, at: datetime = NOW, **fields: object) -> Cluster:
    scan = rows.scan(cluster, **fields)  # type: ignore[arg-type]
    scan.collected_at = at
    scan.save()
    return cluster


@pytest.fixture
def plan(db: None) -> Cluster:
    """Ages in days at a maximum of 90: two overdue, due in 6, 21, 21 and 81 days, one unknown, one exempt."""
    cluster = scanned(rows.cluster())
    for name, age, owner in (
        ("o200", 200, "payments"), ("o100", 100, ""), ("d85", 85, "shop"), ("d70", 70, "shop"), ("e70", 70, ""),
        ("d10", 10, "payments"),
    ):  # fmt: skip
        rows.secret(cluster, name, written_days_ago=age, created_days_ago=400, owner=owner)
    rows.secret(cluster, "untold", written_days_ago=None, created_days_ago=400)
    rows.secret(cluster, "release", written_days_ago=900, created_days_ago=900, exempt="a Helm release")
    return cluster


def shown(client: Client, cluster: Cluster, query: str = "") -> Page:
    response = client.get(reverse("rotation", args=[cluster.pk]) + query)
    assert response.status_code == 200
    return page(response)


def listed(client: Client, address: str) -> int:
    """How many rows the list at an address has."""
    return client.get(address).context["table"].paginator.count  # type: ignore[no-any-return]


def test_the_title_states_the_finding(ada: Client, plan: Cluster) -> None:
    assert words(shown(ada, plan).all("h1")[0].text) == "2 of 8 Secrets are overdue, 3 more within 30 days"
    SecretRecord.objects.filter(certainly_over_at__lte=NOW).delete()
    assert words(shown(ada, plan).all("h1")[0].text) == (
        "None of 6 Secrets is certainly overdue, 4 may be, 3 will be within 30 days"
    )


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["d85", "d70", "e70"]),
        ("?due=14", ["d85"]),
        ("?due=90", ["d85", "d70", "e70", "d10"]),
        ("?due=overdue", ["o200", "o100"]),
        ("?due=90&sort=-due", ["d10", "d70", "e70", "d85"]),
        ("?due=nonsense", ["d85", "d70", "e70"]),
    ],
)
def test_the_due_list(ada: Client, plan: Cluster, query: str, names: list[str]) -> None:
    found = ada.get(reverse("rotation", args=[plan.pk]) + query).context["table"]
    assert [row.record.name for row in found.shown()] == names
    assert found.paginator.count == len(names)


def test_the_tabs_count_what_they_list(ada: Client, plan: Cluster) -> None:
    address = reverse("rotation", args=[plan.pk])
    tabs = ada.get(address).context["tabs"]
    assert [(tab.label, tab.count) for tab in tabs] == [
        ("Overdue now", 2), ("In 14 days", 1), ("In 30 days", 3), ("In 90 days", 4),
    ]  # fmt: skip
    for tab in tabs:
        assert len(list(ada.get(f"{address}?due={tab.value}").context["table"].shown())) == tab.count


def test_every_linked_number_is_the_number_of_rows_behind_it(ada: Client, plan: Cluster) -> None:
    rows.secret(plan, "changed", stale_consumers=1, consumer_count=1, consumers=[USE | {"stale": True}])
    rows.secret(plan, "old-tls", certificate_expires_at=NOW - timedelta(days=3))
    rows.secret(plan, "next-tls", certificate_expires_at=NOW + timedelta(days=3))
    checked = set()
    for link in shown(ada, plan).all("a"):
        address = link.attributes["href"]
        figures = words(link.text).split(" ")[0]
        if urlsplit(address).path == reverse("secrets", args=[plan.pk]) and figures.isdigit():
            assert listed(ada, address) == int(figures), (address, words(link.text))
            checked |= set(parse_qs(urlsplit(address).query))
    assert checked >= {"rotation", "owner", "due", "stale", "certificate"}


def test_a_day_of_the_calendar_links_to_the_secrets_due_then(ada: Client, plan: Cluster) -> None:
    calendar = due_dates(plan)
    assert {day.day.isoformat(): day.count for day in calendar.busy} == {
        "2026-11-29": 1, "2026-12-14": 2, "2027-02-12": 1,
    }  # fmt: skip
    assert (calendar.first, calendar.last, calendar.count) == (date(2026, 11, 23), date(2027, 2, 21), 4)
    cells = [element for element in shown(ada, plan).all("a") if "?due=20" in element.attributes["href"]]
    in_grid = [words(cell.text) for cell in cells if "due" in cell.text]
    assert in_grid == [
        "291Sun 29 Nov 2026: 1 Secret due", "142Mon 14 Dec 2026: 2 Secrets due", "121Fri 12 Feb 2027: 1 Secret due",
    ]  # fmt: skip
    for day in calendar.busy:
        assert listed(ada, f"{reverse('secrets', args=[plan.pk])}?due={day.parameter}") == day.count


def test_a_calendar_has_each_day_once_from_monday_on() -> None:
    found = laid_out(date(2026, 11, 23), date(2027, 2, 21), {date(2026, 12, 31): 1, date(2027, 1, 1): 9})
    days = [day.day for month in found.months for day in month.days]
    assert days == [date(2026, 11, 23) + timedelta(days=index) for index in range(91)]
    for month in found.months:
        for week in month.weeks:
            assert len(week) == 7
            assert all(day.day.weekday() == index for index, day in enumerate(week) if day is not None)
    assert [day.level for day in found.busy] == [1, 4]


def test_what_is_overdue_on_the_day_of_the_scan_is_not_due_on_it(plan: Cluster) -> None:
    rows.secret(plan, "morning", written_days_ago=91.25, created_days_ago=400)
    rows.secret(plan, "evening", written_days_ago=90.75, created_days_ago=400)
    found = SecretRecord.objects.filter(Due(on=NOW.date()).condition(NOW))
    assert [row.name for row in found] == ["evening"]
    assert due_dates(plan).busy[0].count == 1


def test_the_export_is_the_list(ada: Client, plan: Cluster) -> None:
    address = reverse("rotation", args=[plan.pk])
    response = ada.get(f"{address}?due=90&export=csv")
    assert response["Content-Disposition"] == 'attachment; filename="prod-eu-due.csv"'
    table = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))
    assert [(row["name"], row["overdue_at"], row["owner"], row["source"]) for row in table][:2] == [
        ("d85", "2026-11-29T12:00:00Z", "shop", "manual"), ("d70", "2026-12-14T12:00:00Z", "shop", "manual"),
    ]  # fmt: skip
    document = json.loads(b"".join(ada.get(f"{address}?due=overdue&export=json").streaming_content))
    assert document["schema"] == "secretsui.due/v1" and document["filters"] == ["Overdue"]
    assert [row["name"] for row in document["due"]] == ["o200", "o100"]


def test_without_any_team_it_says_so_and_where_to_name_them(ada: Client, vera: Client, plan: Cluster) -> None:
    policy = reverse("cluster-policy", args=[plan.pk])
    assert "For 3 of the Secrets under policy no rule names a team" in words(shown(ada, plan).text)
    plan.secrets.update(owner="")
    found = shown(ada, plan)
    assert "nobody in particular answers for the 7 Secrets under policy: 2 overdue, 3 more within 30 days" in words(
        found.text
    )
    assert found.all("a", href=policy) and not [
        e for e in found.elements if e.attributes.get("id") == "rotation-by-team"
    ]
    plan.shared_with_everyone = True
    plan.save()
    assert not shown(vera, plan).all("a", href=policy)


def test_an_unfinished_rotation_is_shown_with_the_command_of_its_finding(ada: Client, plan: Cluster) -> None:
    uses = [USE | {"stale": True}, USE | {"stale": False, "name": "web"}, USE | {"stale": True, "kind": "StatefulSet"}]
    rows.secret(plan, "changed", stale_consumers=2, consumer_count=3, consumers=uses)
    command = "kubectl rollout restart deployment api -n payments"
    finding = rows.finding(
        plan, "stale-consumer", "api", severity="high", kind="Deployment", field="f", remediation=f"Do:\n\n  {command}"
    )
    other = rows.finding(plan, "stale-consumer", "api", severity="high", kind="Deployment", field="another Secret's")
    found = shown(ada, plan)
    text = words(found.text)
    assert "1 rotation is not finished" in text
    assert found.all("a", href=finding.get_absolute_url()) and not found.all("a", href=other.get_absolute_url())
    assert [element.text for element in found.all("pre")] == [
        command, "kubectl rollout restart statefulset api -n payments",
    ]  # fmt: skip
    assert "payments/web" not in text


def test_rehearsals(ada: Client, plan: Cluster) -> None:
    reason = "the policy names no production and staging namespaces"
    line = rows.check_line("rotation-not-rehearsed", "not-assessed", reason=reason)
    scanned(plan, checks=[line])
    assert f"Not assessed: {reason}." in words(shown(ada, plan).text)
    scanned(plan, checks=[rows.check_line("rotation-not-rehearsed", "pass", evaluated=4)])
    assert "Of 4 production Secrets with a twin in staging, none" in words(shown(ada, plan).text)
    finding = rows.finding(plan, "rotation-not-rehearsed", severity="low")
    found = shown(ada, plan)
    assert "1 rotation was not rehearsed in staging" in words(found.text)
    assert found.all("a", href=finding.get_absolute_url())


def test_certificates(ada: Client, plan: Cluster) -> None:
    assert "knows no certificate’s dates" in words(shown(ada, plan).text)
    for name, days in (("gone", -1), ("soon", 30), ("later", 31)):
        expires = NOW + timedelta(days=days)
        rows.secret(plan, name, certificate_expires_at=expires, exempt="cert-manager renews it")
    text = words(shown(ada, plan).text)
    assert "1 certificate has expired" in text
    assert "1 expired, 1 within 30 days, 1 later, of 3 Secrets whose certificates are known." in text


def test_empty_states_say_what_to_do(ada: Client) -> None:
    cluster = rows.cluster("new")
    assert "has not been scanned yet" in shown(ada, cluster).text
    scanned(cluster)
    assert "there was none" in shown(ada, cluster).text
    scanned(cluster, cluster_facts={"name": "new", "secrets": None}, coverage=[rows.coverage_line("secrets", "denied")])
    found = shown(ada, cluster)
    assert "which are overdue is not assessed" in words(found.text)
    assert found.all("a", href=f"{cluster.get_absolute_url()}#coverage")
    assert "may not read secrets" in words(found.text), "the notice of what was not seen"


def test_an_old_scan_says_that_it_is_stale(ada: Client, plan: Cluster) -> None:
    assert "What you see is stale" not in shown(ada, scanned(plan, datetime.now(UTC))).text
    assert "What you see is stale" in shown(ada, scanned(plan, datetime.now(UTC) - timedelta(days=30))).text


def test_a_tab_swaps_the_list_alone(ada: Client, plan: Cluster) -> None:
    address = reverse("rotation", args=[plan.pk])
    part = ada.get(f"{address}?due=14", headers={"HX-Request": "true"})
    assert b"<h1" not in part.content and b'id="results"' in part.content and "HX-Request" in part["Vary"]


@pytest.mark.parametrize("odd", ["due=-1", "due=2026-13-01", "due=99999", "certificate=x", "due=%00", "due=٣"])
def test_a_filter_that_is_not_understood_is_said(ada: Client, plan: Cluster, odd: str) -> None:
    response = ada.get(f"{reverse('secrets', args=[plan.pk])}?{odd}")
    assert response.status_code == 200
    assert "was left out" in response.content.decode()
    assert response.context["table"].paginator.count == 8


def test_the_page_of_a_secret_tells_how_to_rotate_it(ada: Client, plan: Cluster) -> None:
    secret = rows.secret(
        plan,
        "synced",
        source_kind="external-secrets",
        source_object="ExternalSecret/payments/synced",
        consumers=[USE | {"stale": True}],
    )
    found = page(ada.get(secret.get_absolute_url()))
    assert next(element.text for element in found.all("pre")).startswith("kubectl annotate externalsecret synced")
    assert "kubectl rollout restart deployment api -n payments" in [element.text for element in found.all("pre")]
    assert "Now on an older value: Deployment payments/api." in found.text and "scan again" in found.text
