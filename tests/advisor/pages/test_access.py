"""Who may see and change an assessment: its owner and administrators; for everyone else it is not there."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from advisor.models import Assessment
from scanners.models import Cluster
from secretsui.accounts.models import AuditEvent, User
from tests.pages import rows

READING = ("advice", "advice-record", "advice-question", "manifests", "manifests-zip", "answers-file")
POSTING = ("advice-question", "manifests", "assessment-facts", "assessment-remove")


def path(name: str, assessment_id: uuid.UUID) -> str:
    more = ["gitops"] if name == "advice-question" else []
    return reverse(name, args=[assessment_id, *more])


@pytest.mark.parametrize("name", sorted({*READING, *POSTING}))
def test_a_stranger_is_sent_to_sign_in(assessment: Assessment, name: str) -> None:
    for method in ("get", "post"):
        answer = getattr(Client(), method)(path(name, assessment.pk))
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/sign-in/")
    assert Assessment.objects.filter(pk=assessment.pk).exists()


@pytest.mark.parametrize("name", READING)
def test_owner_and_administrator_read_it_and_nobody_else(
    assessment: Assessment, olga: Client, vera: Client, ada: Client, name: str
) -> None:
    assert olga.get(path(name, assessment.pk)).status_code == 200
    assert ada.get(path(name, assessment.pk)).status_code == 200
    hidden, absent = vera.get(path(name, assessment.pk)), vera.get(path(name, uuid.uuid4()))
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert b"Payments" not in hidden.content


@pytest.mark.parametrize("name", POSTING)
def test_another_viewer_changes_nothing(assessment: Assessment, vera: Client, name: str) -> None:
    before = Assessment.objects.values().get()
    answer = vera.post(path(name, assessment.pk), {"answer": "flux", "namespace": "shop"})
    assert answer.status_code == 404
    assert Assessment.objects.values().get() == before


@pytest.mark.parametrize("name", ["advice", "advice-record", "manifests-zip", "answers-file"])
def test_what_only_shows_takes_no_post(assessment: Assessment, ada: Client, name: str) -> None:
    assert ada.post(path(name, assessment.pk)).status_code == 405


@pytest.mark.parametrize("name", ["assessment-facts", "assessment-remove"])
def test_what_only_acts_takes_no_get(assessment: Assessment, ada: Client, name: str) -> None:
    assert ada.get(path(name, assessment.pk)).status_code == 405


def test_the_list_shows_a_viewer_their_own_and_an_administrator_all(
    assessment: Assessment, olga: Client, vera: Client, ada: Client
) -> None:
    assert "Payments" in olga.get("/advisor/").content.decode()
    assert "Payments" in ada.get("/advisor/").content.decode()
    empty = vera.get("/advisor/").content.decode()
    assert "Payments" not in empty
    assert "see which tool fits" in empty


def test_a_viewer_starts_from_a_cluster_they_may_see_only(scanned: Cluster, olga: Client, vera: Client) -> None:
    form = {"name": "Mine", "cluster": scanned.pk}
    assert scanned.name not in vera.get("/advisor/").content.decode()
    refused, absent = vera.post("/advisor/", form), vera.post("/advisor/", form | {"cluster": uuid.uuid4()})
    assert (refused.status_code, absent.status_code) == (400, 400)
    assert "not shared with you" in refused.content.decode()
    assert not Assessment.objects.exists()
    started = olga.post("/advisor/", form)
    assert started["Location"].endswith("/questions/external-store/")
    made = Assessment.objects.get()
    assert (made.owner.username, made.cluster, made.facts) == ("olga", scanned, scanned.last_scan.advice_facts)  # type: ignore[union-attr]
    assert AuditEvent.objects.get(action="assessment.start").object == "Mine"


def test_facts_of_a_cluster_that_was_withdrawn_are_not_renewed_and_its_name_is_gone(
    assessment: Assessment, scanned: Cluster, owner: User, olga: Client
) -> None:
    assert scanned.name in olga.get(assessment.get_absolute_url()).content.decode()
    scanned.viewers.clear()
    rows.scan(scanned, advice_facts=[])
    page = olga.post(path("assessment-facts", assessment.pk), follow=True).content.decode()
    assert "not shared with you any more" in page
    assert scanned.name not in page
    assessment.refresh_from_db()
    assert assessment.facts


def test_the_owner_removes_it(assessment: Assessment, olga: Client) -> None:
    assert olga.post(path("assessment-remove", assessment.pk))["Location"] == "/advisor/"
    assert not Assessment.objects.exists()
    assert AuditEvent.objects.filter(action="assessment.remove", object="Payments").exists()


def test_an_assessment_outlives_its_cluster(assessment: Assessment, scanned: Cluster, olga: Client) -> None:
    scanned.delete()
    page = olga.get(assessment.get_absolute_url())
    assert page.status_code == 200
    assert "Flux deploys to this cluster" in page.content.decode()


@pytest.mark.parametrize("odd", ["no-such-question", "x" * 5000, "..%2f"])
def test_a_question_that_is_none_is_not_found(assessment: Assessment, olga: Client, odd: str) -> None:
    assert olga.get(f"{assessment.get_absolute_url()}questions/{odd}/").status_code == 404
