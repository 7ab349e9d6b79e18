"""One question a step: why it is asked, what the cluster shows, the answer and how much it matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from advisor.forms import IMPORTANCE, NORMAL, QuestionForm
from advisor.models import Assessment
from advisor.questions import BY_ID, QUESTIONS, UNKNOWN, Question
from advisor.views.pages import advisor_page, visible_assessment, visible_assessments
from advisor.views.words import SHORT
from secretsui.accounts.decorators import viewers_may_post


@dataclass(frozen=True, slots=True)
class Step:
    """A question in the list beside: its short name and the answer so far; `seen` where the cluster gave it."""

    id: str
    name: str
    answer: str
    known: bool
    seen: bool
    current: bool


@viewers_may_post
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, assessment_id: UUID, question_id: str) -> HttpResponse:
    assessment = visible_assessment(request, assessment_id)
    asked = BY_ID.get(question_id)
    if asked is None:
        raise Http404("There is no such question.")
    if request.method != "POST":
        return _page(request, assessment, asked)
    form = QuestionForm(asked, request.POST)
    if not form.is_valid():
        return _page(request, assessment, asked, form)
    assessment = _save(request, assessment_id, asked.id, form.cleaned_data)
    if getattr(request, "htmx", None):
        return _page(request, assessment, asked)
    following = _neighbour(asked, +1)
    if following is None or request.POST.get("then") == "advice":
        return redirect(assessment)
    return redirect("advice-question", assessment.pk, following)


def _save(request: HttpRequest, assessment_id: UUID, question_id: str, data: dict[str, Any]) -> Assessment:
    """Writes one answer into the newest state of the row, so that two windows do not undo each other."""
    with transaction.atomic():
        rows = visible_assessments(request).select_related(None).select_for_update()
        assessment = rows.filter(pk=assessment_id).first()
        if assessment is None:
            raise Http404("There is no such assessment any more.")
        assessment.answers[question_id] = data["answer"]
        importance = int(data["importance"])
        if importance == NORMAL:
            assessment.importance.pop(question_id, None)
        else:
            assessment.importance[question_id] = importance
        assessment.save(update_fields=["answers", "importance", "changed_at"])
    return assessment


def _page(
    request: HttpRequest, assessment: Assessment, asked: Question, form: QuestionForm | None = None
) -> HttpResponse:
    facts = assessment.facts_by_question.get(asked.id, [])
    chosen = assessment.answer(asked.id)
    context = {
        "title": asked.text,
        "question": asked,
        "number": QUESTIONS.index(asked) + 1,
        "total": len(QUESTIONS),
        "facts": facts,
        "seen": assessment.seen(asked.id),
        "overruled": assessment.seen(asked.id) not in (UNKNOWN, chosen),
        "chosen": chosen,
        "importance": assessment.importance.get(asked.id, NORMAL),
        "importances": IMPORTANCE,
        "previous": _neighbour(asked, -1),
        "following": _neighbour(asked, +1),
        "steps": [_step(assessment, item, asked) for item in QUESTIONS],
        "known": len(assessment.given().answers),
        "form": form,
    }
    return advisor_page(request, "advisor/question.html", assessment, context, status=400 if form else 200)


def _neighbour(asked: Question, distance: int) -> str | None:
    place = QUESTIONS.index(asked) + distance
    return QUESTIONS[place].id if 0 <= place < len(QUESTIONS) else None


def _step(assessment: Assessment, item: Question, asked: Question) -> Step:
    answer = assessment.answer(item.id)
    given = item.id in assessment.answers
    return Step(
        id=item.id,
        name=SHORT[item.id],
        answer=item.label(answer) if given or answer != UNKNOWN else "",
        known=answer != UNKNOWN,
        seen=not given and answer != UNKNOWN,
        current=item is asked,
    )
