"""Routes of the pages: those that show, and those that act."""

from __future__ import annotations

from django.urls import path, register_converter

from scanners.converters import ObjectName
from scanners.views import checks, cluster, connect, findings, overview, scans, secrets, settings

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

acting = [
    path("clusters/connect/", connect.connect, name="connect"),
    path("clusters/<uuid:cluster_id>/scans/", scans.scans, name="scans"),
    path("clusters/<uuid:cluster_id>/scans/start/", scans.start, name="scan-start"),
    path("clusters/<uuid:cluster_id>/scans/<int:scan_id>/", scans.scan, name="scan"),
    path("clusters/<uuid:cluster_id>/scans/<int:scan_id>/cancel/", scans.cancel, name="scan-cancel"),
    path("clusters/<uuid:cluster_id>/settings/", settings.cluster_settings, name="cluster-settings"),
    path("clusters/<uuid:cluster_id>/remove/", settings.cluster_remove, name="cluster-remove"),
    path("settings/", settings.settings_page, name="settings"),
]

urlpatterns = [*reading, *acting]
