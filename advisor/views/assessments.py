"""The list of assessments; starting one, renewing its facts, removing it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from advisor.forms import StartForm
from advisor.matrix import TITLES
from advisor.models import Assessment
from advisor.questions import QUESTIONS, UNKNOWN
from advisor.views.pages import source_cluster, visible_assessment, visible_assessments
from scanners.models import Cluster
from scanners.words import plural, visible
from secretsui.accounts.audit import record
from secretsui.accounts.decorators import viewers_may_post

PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class Line:
    """One assessment in the list, with the tool that is first so far ("" for none) and whether that is weak."""

    assessment: Assessment
    first: str
    weak: bool
    known: int


@viewers_may_post
@require_http_methods(["GET", "HEAD", "POST"])
def assessments(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        form = StartForm(request.user, request.POST)
        if form.is_valid():
            return _start(request, form.cleaned_data["name"], form.cleaned_data["cluster"])
    else:
        form = StartForm(request.user)
    page = Paginator(visible_assessments(request).select_related("owner"), PER_PAGE).get_page(request.GET.get("page"))
    lines = [_line(assessment) for assessment in page]
    context = {
        "title": _title(lines, page.paginator.count),
        "form": form,
        "lines": lines,
        "page": page,
        "questions": len(QUESTIONS),
        "section": "advisor",
    }
    return render(request, "advisor/assessments.html", context, status=400 if form.errors else 200)


def _start(request: HttpRequest, name: str, cluster: Cluster | None) -> HttpResponse:
    assessment = Assessment(name=name, cluster=cluster, owner=request.user)  # type: ignore[misc]
    if cluster is not None:
        _take_facts(assessment, cluster)
    assessment.save(force_insert=True)
    record(request, "assessment.start", name, cluster=cluster.name if cluster else "")
    return redirect("advice-question", assessment.pk, QUESTIONS[0].id)


def _take_facts(assessment: Assessment, cluster: Cluster) -> None:
    """What the cluster's last scan saw, as it is now."""
    scan = cluster.last_scan
    assessment.facts = scan.advice_facts if scan else []
    assessment.facts_at = scan.collected_at if scan else None


def _line(assessment: Assessment) -> Line:
    found = assessment.advice
    known = sum(answer != UNKNOWN for answer in found.answers.values())
    return Line(assessment, TITLES[found.winner] if found.winner else "", found.confidence.level == "low", known)


def _title(lines: list[Line], count: int) -> str:
    if not count:
        return "Which tool should manage your secrets is not assessed yet"
    newest = lines[0]
    said = f"{'puts' if newest.weak else 'recommends'} {newest.first}{' ahead' if newest.weak else ''}"
    said = said if newest.first else "has no winner yet"
    which = "it" if count == 1 else f"{visible(newest.assessment.name)}, the last one changed,"
    return f"{plural(count, 'assessment')}: {which} {said}"


@viewers_may_post
@require_POST
def renew_facts(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """The facts of the cluster's newest scan in place of the older ones; answers of the person stay."""
    assessment = visible_assessment(request, assessment_id)
    cluster = source_cluster(request, assessment)
    if cluster is None:
        messages.error(request, "Its cluster is gone, or not shared with you any more. The facts stay as they were.")
        return redirect(assessment)
    before = {question.id: assessment.answer(question.id) for question in QUESTIONS}
    _take_facts(assessment, cluster)
    del assessment.facts_by_question
    assessment.save(update_fields=["facts", "facts_at", "changed_at"])
    changed = [name for name, value in before.items() if value != UNKNOWN and assessment.answer(name) != value]
    record(request, "assessment.renew-facts", assessment.name, cluster=cluster.name)
    said = f" {plural(len(changed), 'answer')} changed by it: {', '.join(changed)}." if changed else ""
    messages.success(request, f"The facts are those of the last scan now.{said}")
    return redirect(assessment)


@viewers_may_post
@require_POST
def remove(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    assessment = visible_assessment(request, assessment_id)
    record(request, "assessment.remove", assessment.name)
    assessment.delete()
    messages.success(request, f"The assessment {visible(assessment.name)} was removed, with its answers.")
    return redirect("advisor")
