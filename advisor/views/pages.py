"""What every page of the advisor begins with: the assessment, if the person may see it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from advisor.models import Assessment, AssessmentQuerySet
from scanners.models import Cluster


def visible_assessments(request: HttpRequest) -> AssessmentQuerySet:
    assessments = Assessment.objects.visible_to(request.user)  # type: ignore[arg-type]
    return assessments.select_related("owner")


def visible_assessment(request: HttpRequest, assessment_id: UUID) -> Assessment:
    """Raises Http404 alike for what does not exist and what is another's."""
    assessment = visible_assessments(request).filter(pk=assessment_id).first()
    if assessment is None:
        raise Http404("There is no such assessment, or it is another person's.")
    return assessment


def source_cluster(request: HttpRequest, assessment: Assessment) -> Cluster | None:
    """The cluster that the facts come from, where the person may see it (still)."""
    if assessment.cluster_id is None:
        return None
    clusters = Cluster.objects.visible_to(request.user)  # type: ignore[arg-type]
    return clusters.filter(pk=assessment.cluster_id).only("name").first()


def advisor_page(
    request: HttpRequest, template: str, assessment: Assessment, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page of one assessment."""
    shared = {"assessment": assessment, "source": source_cluster(request, assessment), "section": "advisor"}
    return render(request, template, shared | context, status=status)
