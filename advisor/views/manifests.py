"""The starter manifests of an assessment: parameters, files with notes in order, and the same as a zip."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import yaml
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from advisor.advice import Advice
from advisor.answers import AnswersError
from advisor.forms import ParametersForm, initial_of
from advisor.manifests import ManifestFile, ManifestSet, zip_bytes
from advisor.matrix import TITLES, TOOLS, Tool
from advisor.models import Assessment
from advisor.parameters import STORE_OF_ANSWER, ParameterError
from advisor.questions import BY_ID, UNKNOWN
from advisor.starter import starter_set
from advisor.views.pages import advisor_page, visible_assessment, visible_assessments
from scanners.words import plural
from secretsui.accounts.decorators import viewers_may_post


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file; `notes` are the numbers of those that speak of it, in words for the margin."""

    text: str
    notes: str


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file with its notes numbered; `anchor` is its id on the page."""

    anchor: str
    file: ManifestFile
    lines: list[Line]
    open: bool


@viewers_may_post
@require_http_methods(["GET", "HEAD", "POST"])
def manifests(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    assessment = visible_assessment(request, assessment_id)
    if request.method == "POST":
        tool = _tool(request.POST.get("tool", ""), assessment)
        form = ParametersForm(_store_kind(assessment), request.POST)
        if not form.is_valid():
            return _page(request, assessment, tool, form)
        _save(request, assessment_id, form.mapping())
        return redirect(f"{reverse('manifests', args=[assessment.pk])}?{urlencode({'tool': tool})}")
    tool = _tool(request.GET.get("tool", ""), assessment)
    return _page(request, assessment, tool, None)


@require_safe
def archive(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """The zip that `secretsui manifests` writes for the same answers file and tool."""
    assessment = visible_assessment(request, assessment_id)
    tool = _tool(request.GET.get("tool", ""), assessment)
    try:
        content = zip_bytes(manifest_set(assessment, tool))
    except (AnswersError, ParameterError):
        return redirect(f"{reverse('manifests', args=[assessment.pk])}?{urlencode({'tool': tool})}")
    return _download(content, "application/zip", f"{_file_name(assessment)}-{tool}.zip")


@require_safe
def answers_file(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    assessment = visible_assessment(request, assessment_id)
    return _download(answers_yaml(assessment).encode(), "application/yaml", f"{_file_name(assessment)}-answers.yaml")


def answers_yaml(assessment: Assessment) -> str:
    """The answers file that gives the same advice and manifests on the command line."""
    given = assessment.given()
    parts = {
        "answers": dict(given.answers),
        "importance": dict(given.importance),
        "parameters": dict(given.parameters),
    }
    return yaml.safe_dump(parts, sort_keys=False, allow_unicode=True, width=1000)


def manifest_set(assessment: Assessment, tool: Tool) -> ManifestSet:
    """Raises AnswersError and ParameterError, whose message is for the person."""
    return starter_set(tool, assessment.given(), assessment.advice)


def _tool(name: str, assessment: Assessment) -> Tool:
    """The tool that was asked for, else the recommended one, else the first that is not ruled out."""
    if name in TOOLS:
        return next(tool for tool in TOOLS if tool == name)
    if name:
        raise Http404("There is no such tool.")
    found = assessment.advice
    return found.winner or found.ranking[0].tool


def _store_kind(assessment: Assessment) -> Any:
    return STORE_OF_ANSWER.get(assessment.advice.answers["external-store"], "vault")


def _save(request: HttpRequest, assessment_id: UUID, parameters: dict[str, Any]) -> None:
    with transaction.atomic():
        rows = visible_assessments(request).select_related(None).select_for_update()
        assessment = rows.filter(pk=assessment_id).first()
        if assessment is None:
            raise Http404("There is no such assessment any more.")
        assessment.parameters = parameters
        assessment.save(update_fields=["parameters", "changed_at"])


def _page(request: HttpRequest, assessment: Assessment, tool: Tool, wrong: ParametersForm | None) -> HttpResponse:
    found, problem = None, ""
    try:
        found = manifest_set(assessment, tool) if wrong is None else None
    except (AnswersError, ParameterError) as error:
        problem = str(error).removeprefix("parameters: ")
    kind = _store_kind(assessment)
    form = wrong or ParametersForm(kind, initial=initial_of(assessment.parameters, kind))
    files = {file.path: file for file in found.files} if found else {}
    shown = [_shown(index, files[path]) for index, path in enumerate(found.order)] if found else []
    context = {
        "title": _title(found, tool, wrong, assessment),
        "tool": tool,
        "tool_title": TITLES[tool],
        "choices": _choices(assessment.advice),
        "against": _against(assessment.advice, tool),
        "form": form,
        "groups": list(form.groups()),
        "problem": problem,
        "set": found,
        "read": [item for item in shown if not item.file.applied and "/" not in item.file.path],
        "applied": [item for item in shown if item.file.applied],
        "not_applied": [item for item in shown if "/" in item.file.path],
        "files": shown,
        "delivery": BY_ID["gitops"].label(assessment.advice.answers["gitops"]),
        "delivery_known": assessment.advice.answers["gitops"] != UNKNOWN,
        "command": f"secretsui manifests --answers {_file_name(assessment)}-answers.yaml --tool {tool} -o manifests",
    }
    return advisor_page(request, "advisor/manifests.html", assessment, context, status=400 if wrong else 200)


def _title(found: ManifestSet | None, tool: Tool, wrong: ParametersForm | None, assessment: Assessment) -> str:
    if wrong is not None:
        count = sum(len(errors) for errors in wrong.errors.values())
        return f"{plural(count, 'parameter')} cannot be used; nothing was saved"
    if found is None:
        return f"{TITLES[tool]} cannot do this"
    applied = sum(file.applied for file in found.files)
    parameters = assessment.given().parsed_parameters(assessment.advice.answers["external-store"])
    return f"{plural(applied, 'file')} to apply for {parameters.namespace}/{parameters.secret} with {TITLES[tool]}"


def _choices(found: Advice) -> list[dict[str, Any]]:
    return [
        {
            "tool": line.tool,
            "title": TITLES[line.tool],
            "fit": line.fit,
            "ruled_out": bool(line.ruled_out),
            "wins": line.tool == found.winner,
            "word": "ahead" if found.confidence.level == "low" else "recommended",
        }
        for line in found.ranking
    ]


def _against(found: Advice, tool: Tool) -> str:
    """What is to be said where the chosen tool is not the recommended one."""
    line = next(item for item in found.ranking if item.tool == tool)
    if line.ruled_out:
        return f"Your answers rule {TITLES[tool]} out: {line.ruled_out}"
    if found.winner is not None and found.winner != tool:
        verb = "put" if found.confidence.level == "low" else "recommend"
        return f"Your answers {verb} {TITLES[found.winner]} {'ahead' if verb == 'put' else 'instead'}."
    return ""


def _shown(index: int, file: ManifestFile) -> ShownFile:
    by_line: dict[int, list[int]] = {}
    for number, note in enumerate(file.notes, 1):
        by_line.setdefault(note.line, []).append(number)
    lines = [
        Line(text, ", ".join(map(str, by_line.get(number, ()))))
        for number, text in enumerate(file.content.splitlines(), 1)
    ]
    return ShownFile(f"file-{index + 1}", file, lines, file.applied)


def _file_name(assessment: Assessment) -> str:
    """The assessment's name as letters that every system takes in a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", assessment.name.lower()).strip("-")[:60] or "assessment"


def _download(content: bytes, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
