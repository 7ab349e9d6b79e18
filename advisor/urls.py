"""Routes of the advisor: assessments, their questions, the advice, and the manifests."""

from __future__ import annotations

from django.urls import path

from advisor.views import advice, assessments, manifests, questions

urlpatterns = [
    path("advisor/", assessments.assessments, name="advisor"),
    path("advisor/<uuid:assessment_id>/", advice.advice, name="advice"),
    path("advisor/<uuid:assessment_id>/record/", advice.record_page, name="advice-record"),
    path("advisor/<uuid:assessment_id>/questions/<slug:question_id>/", questions.question, name="advice-question"),
    path("advisor/<uuid:assessment_id>/manifests/", manifests.manifests, name="manifests"),
    path("advisor/<uuid:assessment_id>/manifests.zip", manifests.archive, name="manifests-zip"),
    path("advisor/<uuid:assessment_id>/answers.yaml", manifests.answers_file, name="answers-file"),
    path("advisor/<uuid:assessment_id>/facts/", assessments.renew_facts, name="assessment-facts"),
    path("advisor/<uuid:assessment_id>/remove/", assessments.remove, name="assessment-remove"),
]
