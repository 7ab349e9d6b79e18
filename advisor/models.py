"""Assessments: one team's answers, the facts of a cluster beside them, and the parameters of its manifests."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.urls import reverse

from advisor.advice import Advice, advise
from advisor.answers import Answers
from advisor.facts import Fact
from advisor.questions import BY_ID, QUESTIONS, UNKNOWN
from scanners.models import Cluster

if TYPE_CHECKING:
    from secretsui.accounts.models import User


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def visible_to(self, user: User) -> AssessmentQuerySet:
        """All assessments for an administrator, else the person's own."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.is_administrator else self.filter(owner=user)


class Assessment(models.Model):
    """One walk through the questionnaire.

    `answers` is question id → value as the person saved it, `unknown` among them; a question that is not in it was
    not come to yet, and there the cluster's fact stands. `importance` holds only what is not 1. `parameters` are those
    of the answers file. `facts` are the lines of `Scan.advice_facts` as they were at `facts_at`: a copy, so that a
    decision stays explained when the cluster has changed or is gone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    cluster = models.ForeignKey(Cluster, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assessments")
    answers = models.JSONField(default=dict)
    importance = models.JSONField(default=dict)
    parameters = models.JSONField(default=dict)
    facts = models.JSONField(default=list)
    facts_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["-changed_at"]
        indexes = [models.Index(fields=["owner", "-changed_at"])]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("advice", args=[self.id])

    @cached_property
    def facts_by_question(self) -> Mapping[str, list[dict[str, Any]]]:
        """The facts that bear on each question; at most one of a question's has a value."""
        found: dict[str, list[dict[str, Any]]] = {}
        for fact in self.facts:
            if fact["question"] in BY_ID:
                found.setdefault(fact["question"], []).append(fact)
        return found

    @property
    def other_facts(self) -> list[dict[str, Any]]:
        """What was seen and answers no question: the tools that are there."""
        return [fact for fact in self.facts if fact["question"] not in BY_ID]

    def seen(self, question: str) -> str:
        """The answer that the cluster gives, `unknown` where it gives none."""
        values = (fact["value"] for fact in self.facts_by_question.get(question, ()))
        return next((value for value in values if value in BY_ID[question].values), UNKNOWN)

    def answer(self, question: str) -> str:
        """The answer that counts: the person's, even where it is `unknown`, else the cluster's."""
        given = self.answers.get(question)
        return given if given in BY_ID[question].values else self.seen(question)

    def given(self) -> Answers:
        """What the answers file says: every answer that counts, the importance and the parameters."""
        counted = {question.id: self.answer(question.id) for question in QUESTIONS}
        return Answers(
            answers={name: value for name, value in counted.items() if value != UNKNOWN},
            importance=dict(self.importance),
            parameters=dict(self.parameters),
        )

    @cached_property
    def advice(self) -> Advice:
        """The advice for the answers that count. Of the facts only the tools that are there are passed on: those that
        answer a question are in the answers already, unless the person overruled them with `unknown`."""
        tools = (Fact(None, fact["value"], fact["fact"], fact["from"]) for fact in self.other_facts)
        return advise(self.given(), tuple(tools))
