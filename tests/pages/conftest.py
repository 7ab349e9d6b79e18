"""A signed-in administrator, a signed-in viewer, and a cluster with something on every page."""

from __future__ import annotations

import pytest
from django.test import Client

from scanners.models import Cluster
from tests.pages import rows


def signed_in(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


@pytest.fixture
def ada(db: None) -> Client:
    return signed_in(rows.administrator())


@pytest.fixture
def vera(db: None) -> Client:
    return signed_in(rows.viewer())


@pytest.fixture
def posture(db: None) -> Cluster:
    """A scanned cluster: a Secret in each rotation state, findings in each state, two past scans."""
    cluster = rows.cluster()
    rows.scan(cluster, hours_ago=80, grade_score=60.0)
    rows.scan(cluster, hours_ago=40, grade_score=None, grade_letter="", grade_assessed=0.4)
    rows.scan(
        cluster,
        coverage=[
            rows.coverage_line("secrets"),
            rows.coverage_line("rolebindings", "denied", read=0),
            rows.coverage_line("externalsecrets.external-secrets.io", "absent", read=0),
        ],
        checks=[
            rows.check_line("rbac-wildcard", severity="critical", failed=1),
            rows.check_line("rotation-overdue", severity="medium"),
            rows.check_line("secret-in-env", severity="low"),
            rows.check_line("rbac-list-watch", "not-assessed", reason="needs list on rolebindings"),
            rows.check_line("missing-secret", "pass"),
        ],
    )
    consumer = {"kind": "Deployment", "namespace": "payments", "name": "api", "how": "env", "keys": ["password"]}
    rows.secret(
        cluster,
        "overdue",
        written_days_ago=200,
        created_days_ago=300,
        worst_severity=2,
        finding_count=1,
        consumers=[consumer | {"stale": None, "field": "spec.template.spec.containers[0].env[0]"}],
        consumer_count=1,
        source_kind="external-secrets",
        source_object="ExternalSecret/payments/overdue",
        source_healthy=False,
    )
    rows.secret(cluster, "due", written_days_ago=80, created_days_ago=200)
    rows.secret(cluster, "unknown", written_days_ago=10, created_days_ago=200, keys=None, direct_readers=None)
    rows.secret(cluster, "fresh", "storefront", written_days_ago=10, created_days_ago=20)
    rows.secret(cluster, "exempt", "storefront", exempt="cert-manager renews it", type="kubernetes.io/tls")
    rows.secret(cluster, "undated", "storefront", written_days_ago=None, created_days_ago=None)
    rows.finding(cluster, name="overdue")
    rows.finding(cluster, "rbac-wildcard", "ci-admin", "", severity="critical", kind="ClusterRoleBinding", state="new")
    rows.finding(cluster, "secret-in-env", "api", severity="low", kind="Deployment", field="spec.x")
    rows.finding(cluster, "rbac-wildcard", "system:x", "", severity="critical", kind="ClusterRoleBinding", folded=True)
    rows.finding(cluster, "unused-secret", "gone", severity="low", state="resolved")
    return cluster
