"""The advice and the decision record say what the engine found, in full."""

from __future__ import annotations

import random

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from advisor.advice import advise
from advisor.answers import Answers
from advisor.matrix import MATRIX, TITLES
from advisor.models import Assessment
from advisor.questions import QUESTIONS, UNKNOWN
from advisor.views.words import PARTS, SHORT
from secretsui.accounts.models import User
from tests.pages import rows
from tests.pages.html import page, words

PROFILES = {
    "external-secrets": {
        "external-store": "aws",
        "clusters": "many",
        "rotation": "monthly",
        "gitops": "argo-cd",
        "outside-kubernetes": "yes",
        "tenancy": "untrusting",
        "workload-identity": "yes",
        "kubernetes-secrets": "allowed",
        "read-audit": "store",
        "cluster-scoped-installs": "allowed",
    },
    "sops": {
        "external-store": "none",
        "gitops": "flux",
        "clusters": "few",
        "secret-count": "up-to-20",
        "capacity": "none",
        "outside-kubernetes": "yes",
        "key-backup": "tested",
        "air-gapped": "yes",
        "cluster-scoped-installs": "forbidden",
    },
    "vault-csi": {
        "external-store": "vault",
        "kubernetes-secrets": "forbidden",
        "dynamic-credentials": "required",
        "consumption": "files",
        "read-audit": "per-identity",
        "capacity": "team",
        "non-pod-consumers": "no",
        "start-without-store": "no",
        "privileged-daemonsets": "allowed",
        "cluster-scoped-installs": "allowed",
    },
}


def made(owner: User, **fields: object) -> Assessment:
    return Assessment.objects.create(name="Shop", owner=owner, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("tool", PROFILES)
def test_the_title_states_the_winner_and_the_page_the_reasons(owner: User, olga: Client, tool: str) -> None:
    assessment = made(owner, answers=PROFILES[tool])
    found = page(olga.get(assessment.get_absolute_url()))
    best = assessment.advice.ranking[0]
    assert found.all("h1")[0].text == f"{TITLES[best.tool]} fits best: {best.fit} of 100"
    assert best.tool == tool
    text = words(found.text)
    for line in assessment.advice.ranking:
        assert TITLES[line.tool] in text
        for contribution in line.contributions:
            if contribution.effect:
                assert contribution.because in text
        assert (line.ruled_out or "") in text
        assert words(line.why_not or "") in text
    for requirement in MATRIX:
        for cell in requirement.cells.values():
            assert cell.reason in text
            assert found.all("a", href=cell.source)
    for item in (*assessment.advice.stack, *assessment.advice.also_consider):
        assert item.because in text
    links = {link.attributes["href"] for link in found.all("a") if "href" in link.attributes}
    for question in QUESTIONS:
        assert reverse("advice-question", args=[assessment.pk, question.id]) in links


@pytest.mark.parametrize("tool", PROFILES)
def test_pieces_add_up_to_the_score_and_stay_in_the_drawing(owner: User, olga: Client, tool: str) -> None:
    assessment = made(owner, answers=PROFILES[tool])
    context = olga.get(assessment.get_absolute_url()).context
    for place in context["places"]:
        gates = sum(item.effect for item in place.line.contributions if item.gate)
        drawn = sum(-piece.number if piece.against else piece.number for piece in place.bar.pieces)
        assert drawn == place.line.score - gates
        for piece in place.bar.pieces:
            assert piece.x >= -0.1 and piece.x + piece.width <= 100.1
            assert abs(piece.width - piece.number * context["scale"].point) < 0.02


def test_rows_that_decide_are_lit_and_others_not(owner: User, olga: Client) -> None:
    assessment = made(owner, answers={"capacity": "none", "read-audit": "none"})
    context = olga.get(assessment.get_absolute_url()).context
    lit = {row.question for row in context["matrix"] if row.decides}
    assert lit == {"capacity"}
    assessment.importance = {"capacity": 0}
    assessment.save()
    context = olga.get(assessment.get_absolute_url()).context
    assert not [row for row in context["matrix"] if row.decides]


def test_with_nothing_known_there_is_no_winner_and_three_things_to_find_out(owner: User, olga: Client) -> None:
    assessment = made(owner)
    found = page(olga.get(assessment.get_absolute_url()))
    assert found.all("h1")[0].text == "No confident winner yet: find out these three things first"
    first = assessment.advice.confidence.find_out_first[:3]
    for line in first:
        assert line.why in found.text
    assert "recommended" not in found.text.replace("recommendation", "")


def test_a_weak_lead_is_not_called_a_fit(owner: User, olga: Client) -> None:
    assessment = made(owner, answers={"gitops": "flux"})
    assert assessment.advice.confidence.level == "low"
    title = page(olga.get(assessment.get_absolute_url())).all("h1")[0].text
    assert "but not by enough to rely on" in title


def test_where_all_are_ruled_out_the_page_says_what_has_to_give(owner: User, olga: Client) -> None:
    assessment = made(owner, answers={"external-store": "none", "ciphertext-in-git": "forbidden"})
    found = page(olga.get(assessment.get_absolute_url()))
    assert found.all("h1")[0].text == "None of the four tools can meet all of it: one answer has to give"
    assert "What has to give" in found.text
    for line in assessment.advice.ranking:
        assert (line.ruled_out or "?") in words(found.text)


def test_a_tool_that_the_cluster_has_is_not_ruled_out_by_what_may_be_installed(
    owner: User, assessment: Assessment, olga: Client
) -> None:
    Assessment.objects.update(answers={"cluster-scoped-installs": "forbidden"})
    elsewhere = made(owner, answers={"cluster-scoped-installs": "forbidden"})
    ruled_out = [
        {place.tool for place in olga.get(each.get_absolute_url()).context["places"] if place.line.ruled_out}
        for each in (assessment, elsewhere)
    ]
    assert ruled_out[1] - ruled_out[0] == {"sealed-secrets"}


def test_the_record_has_the_decision_its_reasons_and_every_answer(assessment: Assessment, olga: Client) -> None:
    Assessment.objects.update(answers=PROFILES["external-secrets"] | {"gitops": "argo-cd"})
    found = page(olga.get(reverse("advice-record", args=[assessment.pk])))
    for question in QUESTIONS:
        assert question.text in found.text
    assert "answered; the cluster shows otherwise" in found.text
    assert "Sealed Secrets is in use." in found.text
    assert found.all("h1")[0].text.startswith("External Secrets Operator fits best")


def test_names_are_hostile(owner: User, olga: Client, ada: Client) -> None:
    for name in rows.HOSTILE_NAMES:
        Assessment.objects.create(name=name[:100], owner=owner)
    for assessment in Assessment.objects.all():
        for route in ("advice", "advice-record", "manifests"):
            source = ada.get(reverse(route, args=[assessment.pk])).content.decode()
            for raw in ("<img src=x", "<script>alert", "<svg/onload", "\u202e", "\u200b"):
                assert raw not in source
            assert "14{% now" not in source
    source = ada.get("/advisor/").content.decode()
    assert "<img src=x" not in source and "<script>alert" not in source


def test_nothing_is_inline_and_every_field_has_a_label(assessment: Assessment, olga: Client) -> None:
    Assessment.objects.update(answers=PROFILES["vault-csi"])
    addresses = [reverse(name, args=[assessment.pk]) for name in ("advice", "advice-record", "manifests")]
    addresses += ["/advisor/", reverse("advice-question", args=[assessment.pk, "gitops"])]
    for address in addresses:
        found = page(olga.get(address))
        assert len(found.all("h1")) == 1
        labels = {label.attributes.get("for") for label in found.all("label")}
        for element in found.elements:
            assert element.tag != "style" and "style" not in element.attributes
            assert not [name for name in element.attributes if name.startswith(("on", "hx-on"))]
            assert element.tag != "script" or "src" in element.attributes
            if element.tag in ("input", "select", "textarea"):
                kind = element.attributes.get("type")
                assert kind in ("hidden", "radio") or element.attributes["id"] in labels, (address, element)
        ids = [element.attributes["id"] for element in found.elements if "id" in element.attributes]
        assert len(ids) == len(set(ids)), address


def test_every_question_and_part_has_a_name() -> None:
    assert set(SHORT) == {question.id for question in QUESTIONS}
    chance = random.Random(7)
    named = set()
    for _ in range(400):
        answers = {question.id: chance.choice(question.values) for question in QUESTIONS}
        found = advise(Answers(answers={name: value for name, value in answers.items() if value != UNKNOWN}))
        named |= {line.tool for line in (*found.stack, *found.also_consider)}
    assert len(named) > 20
    assert named <= set(PARTS)


def counted(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_the_number_of_queries_does_not_grow(assessment: Assessment, owner: User, olga: Client) -> None:
    addresses = ["/advisor/", assessment.get_absolute_url(), reverse("manifests", args=[assessment.pk])]
    before = [counted(olga, address) for address in addresses]
    Assessment.objects.bulk_create(Assessment(name=f"A {number}", owner=owner) for number in range(60))
    Assessment.objects.update(answers=PROFILES["vault-csi"])
    after = [counted(olga, address) for address in addresses]
    assert after == before
    assert max(before) <= 7
    assert olga.get("/advisor/?page=3").content.decode().count("row-link") == 11
