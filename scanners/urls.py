"""Routes of the reading pages."""

from __future__ import annotations

from django.urls import path, register_converter

from scanners.converters import ObjectName
from scanners.views import checks, cluster, findings, overview, secrets

register_converter(ObjectName, "object_name")

reading = [
    path("", overview.overview, name="overview"),
    path("clusters/<uuid:cluster_id>/", cluster.cluster, name="cluster"),
    path("clusters/<uuid:cluster_id>/secrets/", secrets.secrets, name="secrets"),
    path(
        "clusters/<uuid:cluster_id>/secrets/<object_name:namespace>/<object_name:name>/",
        secrets.secret,
        name="secret",
    ),
    path("clusters/<uuid:cluster_id>/findings/", findings.findings, name="findings"),
    path("clusters/<uuid:cluster_id>/findings/<slug:fingerprint>/", findings.finding, name="finding"),
    path("checks/", checks.checks, name="checks"),
    path("checks/<slug:check_id>/", checks.check, name="check"),
]

urlpatterns = [*reading]
