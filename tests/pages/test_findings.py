"""The Findings page: what a scan changed, facets of the whole life, and exports that are exactly the view."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from scanners.filters import finding_filter
from scanners.models import Cluster, FindingEvent, FindingRecord
from tests.pages import rows
from tests.pages.html import page, words

State = FindingRecord.State


@pytest.fixture
def lived(posture: Cluster) -> Cluster:
    """The posture, after a scan that found one anew, one again and no longer one; another is accepted."""
    scan = posture.last_scan
    assert scan is not None
    scan.changes = {"findings_new": 1, "findings_reopened": 1, "findings_resolved": 1}
    scan.save()
    rows.finding(posture, "sync-failing", "again", state="reopened", owner="payments-team")
    until = datetime.now(UTC) + timedelta(days=30)
    rows.finding(
        posture,
        "store-open",
        "=known",
        state="accepted",
        accepted_until=until,
        accepted_reason="=1+1",
        owner="platform",
    )
    steps = {"ci-admin": State.NEW, "again": State.REOPENED, "gone": State.RESOLVED}
    for name, state in steps.items():
        FindingEvent.objects.create(
            finding=posture.findings.get(name=name), state=state, at=scan.collected_at or datetime.now(UTC), scan=scan
        )
    older = posture.scans.order_by("id").first()
    FindingEvent.objects.create(
        finding=posture.findings.get(name="gone"), state=State.NEW, at=datetime.now(UTC), scan=older
    )
    return posture


def address(cluster: Cluster, query: str = "") -> str:
    return reverse("findings", args=[cluster.pk]) + query


def names(client: Client, cluster: Cluster, query: str) -> set[str]:
    return {line["name"] for line in exported(client, cluster, query, "json")["findings"]}


def body(client: Client, cluster: Cluster, query: str, form: str, of: str = "findings") -> str:
    response: Any = client.get(reverse(of, args=[cluster.pk]) + f"?{query.removeprefix('?')}&export={form}")
    assert response.status_code == 200
    assert response["Content-Disposition"] == f'attachment; filename="prod-eu-{of}.{form}"'
    return b"".join(response.streaming_content).decode()


def exported(client: Client, cluster: Cluster, query: str, form: str) -> Any:
    return json.loads(body(client, cluster, query, form))


def test_what_the_last_scan_changed_is_one_click_away(ada: Client, lived: Cluster) -> None:
    found = page(ada.get(address(lived)))
    (line,) = found.with_class("changes")
    assert words(line.text) == "The last scan changed: 1 new, 1 reopened, 1 resolved"
    links = [each.attributes["href"] for each in found.all("a") if "change=" in each.attributes["href"]]
    listed = [names(ada, lived, link.partition("?")[2]) for link in links]
    assert listed == [{"ci-admin"}, {"again"}, {"gone"}], "low and resolved ones are there: each number is its rows"


def test_a_scans_changes_are_its_own(ada: Client, lived: Cluster) -> None:
    scan = lived.last_scan
    assert scan is not None
    assert names(ada, lived, f"scan={scan.pk}") == {"ci-admin", "again", "gone"}
    assert names(ada, lived, f"scan={scan.pk}&severity=low") == {"gone"}
    older = lived.scans.order_by("id").first()
    assert older is not None and names(ada, lived, f"scan={older.pk}&change=new") == {"gone"}
    title = page(ada.get(address(lived, f"?scan={scan.pk}"))).all("h1")[0].text
    assert title.startswith("The scan of ") and title.endswith(" changed 1 new, 1 reopened and 1 resolved")


def test_the_changes_of_another_clusters_scan_are_not_shown(ada: Client, lived: Cluster) -> None:
    other = rows.scan(rows.cluster("other"))
    assert names(ada, lived, f"scan={other.pk}") == names(ada, lived, "")
    for odd in ("x", "-1", "9" * 40, "%00", ""):
        assert ada.get(address(lived, f"?scan={odd}")).status_code == 200


def facets(cluster: Cluster, query: str = "") -> dict[str, dict[str, int]]:
    filters = finding_filter(QueryDict(query), cluster)
    return {facet.name: {choice.value: choice.count for choice in choices} for facet, choices in filters.choices()}


def test_every_facet_counts_what_its_link_lists(ada: Client, lived: Cluster) -> None:
    last = lived.last_scan
    assert last is not None
    for base in ("", "severity=low", "state=accepted", "namespace=payments&q=at+fault", f"scan={last.pk}"):
        found = facets(lived, base)
        assert {"severity", "state", "check", "namespace", "owner", "kind", "system"} >= set(found) - {"change"}
        for name, choices in found.items():
            given = QueryDict(base, mutable=True)
            given.pop(name, None)
            for value, count in choices.items():
                wanted = given.copy()
                wanted.setlist(name, [value])
                assert finding_filter(wanted, lived).qs.count() == count, (base, name, value)


def headers(client: Client, cluster: Cluster) -> list[str]:
    found = page(client.get(address(cluster, "?view=list")))
    return [words(each.text) for each in found.all("th", scope="col")]


def test_teams_are_a_facet_where_there_are_any(ada: Client, lived: Cluster) -> None:
    assert facets(lived)["owner"] == {"": 2, "payments-team": 1}
    assert "Team" in headers(ada, lived)
    lived.findings.update(owner="")
    assert "owner" not in facets(lived)
    assert "Team" not in headers(ada, lived) and "Severity" in headers(ada, lived)


def test_checks_are_ordered_by_what_they_gain_but_critical_first(ada: Client, posture: Cluster) -> None:
    scan = posture.last_scan
    assert scan is not None
    scan.checks = [
        rows.check_line("rbac-wildcard", severity="critical", evaluated=1000, failed=1),
        rows.check_line("audit-off", severity="high", evaluated=100, failed=1),
        rows.check_line("rotation-overdue", severity="medium", evaluated=10, failed=10),
    ]
    scan.save()
    rows.finding(posture, "audit-off", "cluster", severity="high")
    groups = ada.get(address(posture)).context["groups"]
    assert [group.check_id for group in groups] == ["rbac-wildcard", "rotation-overdue", "audit-off"]


QUERIES = (
    "",
    "severity=low",
    "state=accepted",
    "namespace=payments&sort=-seen",
    "system=yes",
    "check=unused-secret&state=resolved",
)


@pytest.mark.parametrize("query", QUERIES)
def test_every_export_is_exactly_the_view(ada: Client, lived: Cluster, query: str) -> None:
    expected = list(finding_filter(QueryDict(query), lived).qs.values_list("fingerprint", flat=True))
    sheet = list(csv.DictReader(io.StringIO(body(ada, lived, query, "csv"))))
    document = exported(ada, lived, query, "json")
    sarif = exported(ada, lived, query, "sarif")
    assert sorted(row["id"] for row in sheet) == sorted(expected)
    assert [row["id"] for row in document["findings"]] == [row["id"] for row in sheet]
    results = sarif["runs"][0]["results"]
    assert [each["partialFingerprints"]["secretsuiFinding/v1"] for each in results] == [row["id"] for row in sheet]
    assert body(ada, lived, query, "html").count("<tr>") == len(expected) + 1


def test_json_says_which_view_it_is_and_null_for_nothing(ada: Client, lived: Cluster) -> None:
    document = exported(ada, lived, "severity=medium&namespace=payments&columns=state", "json")
    assert document["schema"] == "secretsui.findings/v1" and document["cluster"] == "prod-eu"
    assert document["filters"] == [
        "Severity: Medium",
        "Namespace: payments",
        "Active findings only",
        "System objects are left out",
    ]
    assert exported(ada, lived, "", "json")["filters"] == [
        "Active findings only",
        "Low findings are left out",
        "System objects are left out",
    ]
    assert exported(ada, lived, "state=accepted&q=known&system=yes", "json")["filters"] == [
        "Search: known",
        "State: Accepted",
        "System: System objects",
    ]
    last = lived.last_scan
    assert last is not None
    (only,) = exported(ada, lived, f"scan={last.pk}", "json")["filters"]
    assert only.startswith("Changed by the scan of ")
    (line, _) = document["findings"]
    assert set(line) == {
        "id", "check", "message", "state", "system", "resolved_at", "accepted_until", "accepted_by", "accepted_reason",
    }  # fmt: skip
    assert line["accepted_by"] is None and line["system"] is False


def test_sarif_suppresses_what_is_accepted_and_passes_what_is_resolved(ada: Client, lived: Cluster) -> None:
    (accepted,) = exported(ada, lived, "state=accepted", "sarif")["runs"][0]["results"]
    assert accepted["suppressions"] == [{"kind": "external", "status": "accepted", "justification": "=1+1"}]
    (resolved,) = exported(ada, lived, "state=resolved&severity=low", "sarif")["runs"][0]["results"]
    assert (resolved["kind"], resolved["level"], resolved["suppressions"]) == ("pass", "none", [])
    (system,) = exported(ada, lived, "system=yes", "sarif")["runs"][0]["results"]
    assert (
        system["level"] == "error" and system["suppressions"][0]["justification"] == "It belongs to the system itself."
    )


def test_cells_of_a_sheet_are_no_formulas(ada: Client, lived: Cluster) -> None:
    (row,) = csv.DictReader(io.StringIO(body(ada, lived, "state=accepted", "csv")))
    assert (row["name"], row["accepted_reason"]) == ("'=known", "'=1+1")


class Scripts(HTMLParser):
    found: list[str]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "img", "svg", "b", "i") or any(name.startswith("on") for name, _ in attrs):
            self.found.append(tag)


@pytest.mark.parametrize("of", ["findings", "secrets"])
def test_a_printable_list_takes_no_markup(ada: Client, posture: Cluster, of: str) -> None:
    for name in rows.HOSTILE_NAMES:
        rows.finding(posture, name[:60], name, owner=name[:63], message=name, field=name, kind=name[:120])
        rows.secret(posture, name, type=name, source_object=name)
    text = body(ada, posture, "", "html", of)
    parser = Scripts()
    parser.found = []
    parser.feed(text)
    assert parser.found == [] and "default-src &#x27;none&#x27;" in text
    assert "\u202e" not in text and text.count("<tr>") > len(rows.HOSTILE_NAMES)


def test_secrets_are_exported_as_they_are_listed(ada: Client, posture: Cluster) -> None:
    query = "namespace=payments&sort=-age"
    sheet = list(csv.DictReader(io.StringIO(body(ada, posture, query, "csv", "secrets"))))
    document = json.loads(body(ada, posture, query, "json", "secrets"))
    assert (
        [row["name"] for row in document["secrets"]] == [row["name"] for row in sheet] == ["overdue", "due", "unknown"]
    )
    unknown = document["secrets"][2]
    assert unknown["direct_readers"] is None and sheet[2]["direct_readers"] == "unknown"
    assert document["secrets"][0]["at_least_days"] == 200
    printed = body(ada, posture, query, "html", "secrets")
    assert printed.count("<tr>") == 4 and "not assessed" in printed
    response: Any = ada.get(reverse("secrets", args=[posture.pk]) + "?export=sarif")
    assert not response.streaming, "SARIF is of findings"


def test_a_cluster_that_was_never_scanned_exports_nothing(ada: Client) -> None:
    cluster = rows.cluster()
    for form in ("csv", "json", "sarif", "html"):
        assert body(ada, cluster, "", form)


def test_a_finding_tells_every_step(ada: Client, lived: Cluster) -> None:
    gone = lived.findings.get(name="gone")
    found = page(ada.get(gone.get_absolute_url()))
    steps = [words(each.text) for each in found.all("li") if each.attributes.get("class", "").startswith("step-")]
    assert [step.partition("UTC")[2] for step in steps] == [
        "resolved: a scan that looked no longer saw it",
        "first seen",
    ]
    again = words(page(ada.get(lived.findings.get(name="again").get_absolute_url())).text)
    assert "reopened: a scan saw it again" in again and "Teampayments-team" in again.replace("Team ", "Team")


def test_the_grade_is_explained(ada: Client, posture: Cluster) -> None:
    text = words(page(ada.get(reverse("cluster", args=[posture.pk]))).text)
    assert "How the grade comes about86% assessed, 60% needed for a grade" in text
    assert "What would raise it most" in text
    assert "rolebindings" in text and "could be read whole" in text
    scan = posture.last_scan
    assert scan is not None
    scan.grade_letter, scan.grade_score, scan.grade_assessed = "", None, 0.34
    scan.save()
    text = words(page(ada.get(reverse("cluster", args=[posture.pk]))).text)
    assert "Why there is no grade34% assessed, 60% needed for a grade" in text
    assert "which is enough for a grade" in text or "still too little for a grade" in text
