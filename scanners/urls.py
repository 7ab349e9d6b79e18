"""Routes of the pages: those that show, and those that act."""

from __future__ import annotations

from django.urls import path, register_converter

from scanners.converters import ObjectName
from scanners.views import (
    acceptance,
    checks,
    cluster,
    connect,
    deep,
    finding,
    findings,
    overview,
    policy,
    rotation,
    scans,
    secrets,
    settings,
)

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
    path("clusters/<uuid:cluster_id>/rotation/", rotation.rotation, name="rotation"),
    path("clusters/<uuid:cluster_id>/findings/", findings.findings, name="findings"),
    path("clusters/<uuid:cluster_id>/findings/<slug:fingerprint>/", finding.finding, name="finding"),
    path("checks/", checks.checks, name="checks"),
    path("checks/<slug:check_id>/", checks.check, name="check"),
]

acting = [
    path("clusters/<uuid:cluster_id>/accept-findings/", acceptance.findings_accept, name="findings-accept"),
    path("clusters/<uuid:cluster_id>/withdraw-acceptance/", acceptance.findings_withdraw, name="findings-withdraw"),
    path("clusters/connect/", connect.connect, name="connect"),
    path("clusters/scan/", scans.start_several, name="scan-several"),
    path("clusters/<uuid:cluster_id>/connection/", connect.reconnect, name="cluster-connection"),
    path("clusters/<uuid:cluster_id>/policy/", policy.cluster_policy, name="cluster-policy"),
    path("clusters/<uuid:cluster_id>/scans/", scans.scans, name="scans"),
    path("clusters/<uuid:cluster_id>/scans/start/", scans.start, name="scan-start"),
    path("clusters/<uuid:cluster_id>/scans/<int:scan_id>/", scans.scan, name="scan"),
    path("clusters/<uuid:cluster_id>/scans/<int:scan_id>/cancel/", scans.cancel, name="scan-cancel"),
    path("clusters/<uuid:cluster_id>/settings/", settings.cluster_settings, name="cluster-settings"),
    path("clusters/<uuid:cluster_id>/deep/", deep.cluster_deep, name="cluster-deep"),
    path("clusters/<uuid:cluster_id>/remove/", settings.cluster_remove, name="cluster-remove"),
    path("settings/", settings.settings_page, name="settings"),
    path("settings/policy/", policy.installation_policy, name="policy"),
]

urlpatterns = [*reading, *acting]
