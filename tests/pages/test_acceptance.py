"""Accepting findings from the pages: what is shown is what is done, by whom it may be done, and what no page shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from scanners.models import Cluster, FindingRecord, Scan
from secretsui.accounts.models import AuditEvent, User
from tests.pages import rows
from tests.pages.html import Page, page, words

State = FindingRecord.State


def post(client: Client, cluster: Cluster, action: str = "accept", **fields: Any) -> Any:
    return client.post(reverse(f"findings-{action}", args=[cluster.pk]), fields)


def hidden(shown: Page) -> dict[str, Any]:
    """What the confirming form carries along."""
    found: dict[str, Any] = {}
    for field in shown.all("input", type="hidden"):
        name = field.attributes["name"]
        if name != "csrfmiddlewaretoken":
            found.setdefault(name, []).append(field.attributes.get("value", ""))
    return found


def ask(client: Client, cluster: Cluster, action: str = "accept", **fields: Any) -> dict[str, Any]:
    response = post(client, cluster, action, **fields)
    assert response.status_code == 200, response.status_code
    return hidden(page(response))


def fingerprints(cluster: Cluster, *names: str) -> list[str]:
    return list(cluster.findings.filter(name__in=names).values_list("fingerprint", flat=True))


def states(cluster: Cluster) -> dict[str, str]:
    return dict(cluster.findings.values_list("name", "state"))


def accepted_for(cluster: Cluster, name: str, days: float = 10, **fields: Any) -> FindingRecord:
    """A finding that somebody accepted already."""
    until = timezone.now() + timedelta(days=days)
    cluster.findings.filter(name=name).update(
        **{"state": State.ACCEPTED, "accepted_until": until, "accepted_reason": "known", "binding": "2-x"} | fields
    )
    return cluster.findings.get(name=name)


def test_ticked_findings_are_shown_and_then_accepted(ada: Client, posture: Cluster) -> None:
    ticked = fingerprints(posture, "overdue", "ci-admin")
    shown = post(ada, posture, finding=ticked, query="?severity=critical&severity=medium")
    text = words(page(shown).text)
    assert "Accept 2 findings" in text and "1 critical" in text and "payments/overdue is at fault." in text
    assert states(posture)["overdue"] == State.OPEN, "nothing is done before it was shown"
    answer = post(ada, posture, **hidden(page(shown)), reason="Known until the move.", period="30")
    assert answer["Location"] == reverse("findings", args=[posture.pk]) + "?severity=critical&severity=medium"
    row = posture.findings.get(name="overdue")
    assert (row.state, row.accepted_reason, row.accepted_by) == (
        State.ACCEPTED,
        "Known until the move.",
        User.objects.get(),
    )
    assert row.accepted_until is not None
    assert timedelta(days=29) < row.accepted_until - timezone.now() <= timedelta(days=30)
    assert states(posture)["api"] == State.OPEN
    event = AuditEvent.objects.get(action="finding.accept")
    assert (event.object, event.detail["findings"], event.detail["reason"]) == ("prod-eu", 2, "Known until the move.")


def test_all_that_a_filter_lists_is_accepted_and_no_more(ada: Client, posture: Cluster) -> None:
    for index in range(70):
        rows.finding(posture, "unused-secret", f"idle-{index}", severity="low")
    query = "?check=unused-secret&q=idle&page=2"
    listed = page(ada.get(reverse("findings", args=[posture.pk]) + query))
    button = next(each for each in listed.all("button", name="all") if "Accept all" in each.text)
    assert words(button.text) == "Accept all 70…"
    carried = hidden(listed)["query"]
    form = ask(ada, posture, all="1", query=carried)
    answer = post(ada, posture, **form, reason="They are spare.", period="7")
    assert answer.status_code == 302
    assert posture.findings.filter(state=State.ACCEPTED).count() == 70
    assert posture.findings.exclude(check_id="unused-secret").filter(state=State.ACCEPTED).count() == 0


def test_what_the_default_inbox_leaves_out_is_not_accepted_with_all(ada: Client, posture: Cluster) -> None:
    form = ask(ada, posture, all="1", query="?")
    post(ada, posture, **form, reason="All of them.", period="7")
    assert states(posture) == {
        "overdue": State.ACCEPTED, "ci-admin": State.ACCEPTED, "api": State.OPEN, "system:x": State.OPEN,
        "gone": State.RESOLVED,
    }  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"binding": "0-another"},
        {"state": State.RESOLVED},
        {"state": State.ACCEPTED, "accepted_until": datetime(2099, 1, 1, tzinfo=UTC)},
    ],
)
def test_what_changed_after_it_was_shown_is_not_accepted(ada: Client, posture: Cluster, change: dict[str, Any]) -> None:
    form = ask(ada, posture, finding=fingerprints(posture, "overdue", "ci-admin"))
    posture.findings.filter(name="overdue").update(**change)
    answer = post(ada, posture, **form, reason="I looked before.", period="7")
    assert answer.status_code == 409
    shown = page(answer)
    assert "Nothing was done" in shown.text and "I looked before." in shown.all("textarea")[0].text
    assert posture.findings.get(name="ci-admin").state == State.NEW
    again = post(ada, posture, **hidden(shown), reason="I looked again.", period="7")
    assert again.status_code == 302


def test_a_new_finding_of_the_filter_is_not_accepted_unseen(ada: Client, posture: Cluster) -> None:
    form = ask(ada, posture, all="1", query="?check=rotation-overdue")
    rows.finding(posture, "rotation-overdue", "came-later")
    assert post(ada, posture, **form, reason="All of these.", period="7").status_code == 409
    assert posture.findings.filter(state=State.ACCEPTED).count() == 0


def day(ahead: int) -> str:
    return (timezone.now().astimezone(UTC).date() + timedelta(days=ahead)).isoformat()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reason": "", "period": "30"}, "Say why."),
        ({"reason": "  \n ", "period": "30"}, "Say why."),
        ({"reason": "known"}, "Choose for how long."),
        ({"reason": "known", "period": "3650"}, "Select a valid choice"),
        ({"reason": "known", "period": "date"}, "Choose the day on which it ends."),
        ({"reason": "known", "period": "date", "day": "soon"}, "Write the day as 2026-12-31."),
        ({"reason": "known", "period": "date", "day": "2020-01-01"}, "That day is over."),
        ({"reason": "known", "period": "date", "day": "9999-12-31"}, "within the next 365 days"),
        ({"reason": "x" * 1001, "period": "7"}, "at most 1000 characters"),
    ],
)
def test_a_reason_and_a_day_are_required(ada: Client, posture: Cluster, fields: dict[str, str], sentence: str) -> None:
    form = ask(ada, posture, finding=fingerprints(posture, "overdue"))
    answer = post(ada, posture, **form, **fields)
    assert answer.status_code == 422
    shown = page(answer)
    assert sentence in words(shown.text)
    assert hidden(shown) == form, "the choice is not lost"
    assert states(posture)["overdue"] == State.OPEN


def test_an_acceptance_until_a_day_ends_with_that_day(ada: Client, posture: Cluster) -> None:
    form = ask(ada, posture, finding=fingerprints(posture, "overdue"))
    post(ada, posture, **form, reason="known", period="date", day=day(365))
    until = posture.findings.get(name="overdue").accepted_until
    assert until is not None and until.isoformat() == f"{day(365)}T23:59:59+00:00"


def test_an_acceptance_is_taken_back(ada: Client, posture: Cluster) -> None:
    accepted_for(posture, "overdue", accepted_by=User.objects.get())
    accepted_for(posture, "ci-admin")
    shown = post(ada, posture, "withdraw", finding=fingerprints(posture, "overdue", "api"), query="?state=accepted")
    assert "Take back the acceptance of 1 finding" in words(page(shown).text)
    answer = post(ada, posture, "withdraw", **hidden(page(shown)))
    assert answer["Location"].endswith("?state=accepted")
    row = posture.findings.get(name="overdue")
    assert (row.state, row.accepted_by, row.accepted_until, row.accepted_reason) == (State.OPEN, None, None, "")
    assert states(posture)["ci-admin"] == State.ACCEPTED
    assert row.events.get().note == "The acceptance was taken back."
    assert AuditEvent.objects.get(action="finding.withdraw").detail == {"findings": 1}


def test_an_empty_choice_says_what_to_do(ada: Client, posture: Cluster) -> None:
    for action, fields in (
        ("accept", {}),
        ("accept", {"finding": ["nothing"]}),
        ("withdraw", {"all": "1", "query": "?"}),
    ):
        answer = post(ada, posture, action, **fields)
        assert answer.status_code == 422
        assert "Tick the findings in the list first" in page(answer).text
        assert not AuditEvent.objects.exists()


def test_one_finding_is_accepted_on_its_own_page(ada: Client, posture: Cluster) -> None:
    finding = posture.findings.get(name="overdue")
    shown = page(ada.get(finding.get_absolute_url()))
    answer = post(ada, posture, **hidden(shown), reason="known", period="180")
    assert answer["Location"] == finding.get_absolute_url()
    text = words(page(ada.get(finding.get_absolute_url())).text)
    assert "accepted by ada" in text and ": known" in text and "Accepted until" in text
    assert "the grade still counts it" in text
    assert "Take it back" in text and "Another reason or day" in text


def test_a_viewer_sees_acceptances_and_changes_none(vera: Client, ada: Client, posture: Cluster) -> None:
    posture.viewers.add(User.objects.get(username="vera"))
    finding = accepted_for(posture, "overdue", accepted_by=User.objects.get(username="ada"))
    shown = page(vera.get(finding.get_absolute_url()))
    assert "known" in shown.text and "By ada" in words(shown.text)
    assert not shown.all("textarea") and "Take it back" not in shown.text
    listed = page(vera.get(reverse("findings", args=[posture.pk]) + "?view=list"))
    assert not listed.all("input", name="finding") and not listed.all("form", id="choice")
    for action in ("accept", "withdraw"):
        assert post(vera, posture, action, finding=[finding.fingerprint], seen="x").status_code == 403
    assert states(posture)["overdue"] == State.ACCEPTED


def test_another_clusters_finding_is_not_accepted_through_this_one(ada: Client, posture: Cluster) -> None:
    other = rows.cluster("other")
    rows.scan(other)
    theirs = rows.finding(other, name="theirs", fingerprint="f" * 24)
    answer = post(ada, posture, finding=[theirs.fingerprint])
    assert answer.status_code == 422 and "theirs" not in answer.content.decode()


def test_a_forged_request_is_refused(posture: Cluster) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(rows.administrator("eve"))
    assert post(client, posture, finding=fingerprints(posture, "overdue")).status_code == 403


@pytest.mark.parametrize("name", ["overview", "cluster", "findings", "finding", "secret"])
def test_no_page_shows_an_acceptance_that_is_over(ada: Client, posture: Cluster, name: str) -> None:
    scan = posture.last_scan
    assert scan is not None
    Scan.objects.filter(pk=scan.pk).update(severity_counts={})
    finding = accepted_for(posture, "overdue", days=-0.01)
    addresses = {
        "overview": reverse("overview"),
        "finding": finding.get_absolute_url(),
        "secret": posture.secrets.get(name="overdue").get_absolute_url(),
    }
    response = ada.get(addresses.get(name) or reverse(name, args=[posture.pk]))
    finding.refresh_from_db()
    assert finding.state == State.REOPENED
    scan.refresh_from_db()
    assert scan.severity_counts == {"critical": 1, "medium": 1, "low": 1}
    text = words(page(response).text)
    assert "accepted until" not in text.lower()
    if name in ("overview", "cluster"):
        assert "1 medium" in text, "the page that ended it counts it already"


def test_accepted_findings_are_out_of_inbox_and_of_fix_first(ada: Client, posture: Cluster) -> None:
    overview = words(page(ada.get(reverse("overview"))).text)
    assert "4 of 10 fail" in overview
    accepted_for(posture, "overdue")
    listed = words(page(ada.get(reverse("findings", args=[posture.pk]))).text)
    assert "overdue is at fault" not in listed and "Accepted1" in listed.replace(" ", "")
    overview = words(page(ada.get(reverse("overview"))).text)
    assert "3 of 10 fail" in overview
    explained = words(page(ada.get(reverse("cluster", args=[posture.pk]))).text)
    assert "1 accepted object still counts here" in explained
    assert "3 of 10 fail, 1 more is accepted" in explained
    for index in range(3):
        rows.finding(posture, name=f"also-{index}")
    posture.findings.filter(check_id="rotation-overdue").update(
        state=State.ACCEPTED, accepted_until=timezone.now() + timedelta(days=1)
    )
    assert "Rotation overdue" not in words(page(ada.get(reverse("overview"))).text)


def test_a_hostile_reason_is_text(ada: Client, posture: Cluster) -> None:
    for reason in rows.HOSTILE_NAMES:
        form = ask(ada, posture, finding=fingerprints(posture, "overdue"))
        answer = post(ada, posture, **form, reason=f"a {reason} b", period="7")
        assert answer.status_code == 302, reason
        for address in (posture.findings.get(name="overdue").get_absolute_url(), reverse("audit-log")):
            shown = page(ada.get(address))
            assert not shown.all("img") and "\u202e" not in shown.text
        assert "known" not in shown.text
