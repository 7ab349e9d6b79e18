"""The walk: every question, saved as one goes, facts pre-selected and overruled."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from advisor.models import Assessment
from advisor.questions import QUESTIONS
from scanners.models import Cluster
from tests.advisor.pages.conftest import FACTS
from tests.pages import rows
from tests.pages.html import Page, page, words


def step(assessment: Assessment, question: str) -> str:
    return reverse("advice-question", args=[assessment.pk, question])


def checked(found: Page, name: str) -> str:
    (chosen,) = (item for item in found.all("input", type="radio", name=name) if "checked" in item.attributes)
    return chosen.attributes["value"]


def test_a_walk_through_all_questions_ends_at_the_advice(assessment: Assessment, olga: Client) -> None:
    address = step(assessment, QUESTIONS[0].id)
    for number, question in enumerate(QUESTIONS, 1):
        assert address == step(assessment, question.id)
        found = page(olga.get(address))
        assert found.all("h1")[0].text == question.text
        assert question.why in found.text and question.hint in found.text
        assert f"Question {number} of {len(QUESTIONS)}" in found.text
        offered = [item.attributes["value"] for item in found.all("input", type="radio", name="answer")]
        assert offered == list(question.values)
        back = [link.attributes["href"] for link in found.all("a", rel="prev")]
        assert back == ([step(assessment, QUESTIONS[number - 2].id)] if number > 1 else [])
        answer = olga.post(address, {"answer": question.values[0], "importance": "2" if number == 1 else "1"})
        assert answer.status_code == 302
        address = answer["Location"]
    assert address == assessment.get_absolute_url()
    assessment.refresh_from_db()
    assert assessment.answers == {question.id: question.values[0] for question in QUESTIONS}
    assert assessment.importance == {QUESTIONS[0].id: 2}
    assert "22 of 22 answers known" in words(page(olga.get(address)).text)


def test_i_dont_know_is_the_default_and_a_fact_is_pre_selected(assessment: Assessment, olga: Client) -> None:
    assert checked(page(olga.get(step(assessment, "clusters"))), "answer") == "unknown"
    found = page(olga.get(step(assessment, "gitops")))
    assert checked(found, "answer") == "flux"
    assert "Flux deploys to this cluster." in found.text
    assert "Seen in prod-eu: Kustomization flux/apps" in words(found.text)
    assert assessment.advice.answers["gitops"] == "flux"


@pytest.mark.parametrize("answer", ["argo-cd", "unknown"])
def test_a_fact_is_overruled(assessment: Assessment, olga: Client, answer: str) -> None:
    olga.post(step(assessment, "gitops"), {"answer": answer, "importance": "1"})
    found = page(olga.get(step(assessment, "gitops")))
    assert checked(found, "answer") == answer
    assert "Your answer counts" in found.text
    assert Assessment.objects.get().advice.answers["gitops"] == answer


def test_a_fact_without_an_answer_is_told_and_answers_nothing(assessment: Assessment, olga: Client) -> None:
    found = page(olga.get(step(assessment, "external-store")))
    assert "say which of them you mean" in found.text
    assert checked(found, "answer") == "unknown"
    assert "<script>alert" not in found.source
    assert "\\u202e" in found.text


def test_a_choice_is_saved_by_htmx_and_the_list_beside_comes_back(assessment: Assessment, olga: Client) -> None:
    answer = olga.post(
        step(assessment, "clusters"), {"answer": "many", "importance": "0"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert "More than five" in page(answer).text
    saved = Assessment.objects.get()
    assert (saved.answers, saved.importance) == ({"clusters": "many"}, {"clusters": 0})
    olga.post(step(assessment, "clusters"), {"answer": "many", "importance": "1"})
    assert Assessment.objects.get().importance == {}


@pytest.mark.parametrize(
    "form", [{}, {"answer": "nonsense"}, {"answer": "many", "importance": "9"}, {"answer": "many", "importance": "x"}]
)
def test_what_is_no_answer_is_refused_with_a_sentence(
    assessment: Assessment, olga: Client, form: dict[str, str]
) -> None:
    answer = olga.post(step(assessment, "clusters"), form)
    assert answer.status_code == 400
    assert page(answer).with_class("error")
    assert Assessment.objects.get().answers == {}


def test_the_last_button_leads_to_the_advice(assessment: Assessment, olga: Client) -> None:
    answer = olga.post(step(assessment, "clusters"), {"answer": "one", "importance": "1", "then": "advice"})
    assert answer["Location"] == assessment.get_absolute_url()


def test_newer_facts_take_the_place_of_older_ones_but_not_of_answers(
    assessment: Assessment, scanned: Cluster, olga: Client
) -> None:
    olga.post(step(assessment, "consumption"), {"answer": "env", "importance": "1"})
    newer = [FACTS[1] | {"value": "argo-cd"}, FACTS[3] | {"value": "files"}]
    rows.scan(scanned, advice_facts=newer)
    said = olga.post(reverse("assessment-facts", args=[assessment.pk]), follow=True)
    assert "1 answer changed by it: gitops" in page(said).text
    saved = Assessment.objects.get()
    assert (saved.answer("gitops"), saved.answer("consumption")) == ("argo-cd", "env")


def test_a_stored_value_that_no_question_has_any_more_answers_nothing(assessment: Assessment, olga: Client) -> None:
    Assessment.objects.update(answers={"clusters": "gone", "no-question": "yes"}, facts=[FACTS[1] | {"value": "gone"}])
    saved = Assessment.objects.get()
    assert (saved.answer("clusters"), saved.answer("gitops")) == ("unknown", "unknown")
    assert olga.get(assessment.get_absolute_url()).status_code == 200
