"""Rows for the pages' tests: a person, a cluster, a scan, Secrets and findings, each believable by default."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from scanners.grade import CHECKLIST
from scanners.models import Cluster, FindingRecord, Scan, SecretRecord
from scanners.report import SEVERITIES
from secretsui.accounts.models import User

RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}

HOSTILE_NAMES = (
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    '=HYPERLINK("http://evil.example")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "-2+3",
    "pay\u202egpj.exe",
    "ze\u200bro\u200dwidth\ufeff",
    "\u3164",
    "a/b",
    "..",
    "~",
    "%2e%2e%2f",
    "{{ 7|add:7 }}{% now %}",
    "</script><script>alert(1)</script>",
    "'\"><svg/onload=alert(1)>",
    "n" * 253,
)


def administrator(name: str = "ada") -> User:
    return User.objects.create_user(name, "correct horse battery", role=User.Role.ADMINISTRATOR)


def viewer(name: str = "vera") -> User:
    return User.objects.create_user(name, "correct horse battery", role=User.Role.VIEWER)


def cluster(name: str = "prod-eu", **fields: Any) -> Cluster:
    fields.setdefault("connection", Cluster.Connection.KUBECONFIG)
    return Cluster.objects.create(name=name, **fields)


def check_line(check_id: str, status: str = "fail", **fields: Any) -> dict[str, Any]:
    line = {
        "id": check_id,
        "title": check_id.replace("-", " ").capitalize(),
        "severity": "high",
        "status": status,
        "reason": "",
        "evaluated": 0 if status == "not-assessed" else 10,
        "failed": 4 if status == "fail" else 0,
    }
    return line | fields


def coverage_line(name: str, status: str = "complete", **fields: Any) -> dict[str, Any]:
    return {"input": name, "status": status, "detail": "", "verb": "list", "read": 12} | fields


def scan(of: Cluster, *, hours_ago: float = 1, **fields: Any) -> Scan:
    """A finished scan, and the cluster's last one."""
    at = datetime.now(UTC) - timedelta(hours=hours_ago)
    defaults: dict[str, Any] = {
        "state": Scan.State.DONE,
        "started_at": at - timedelta(seconds=4),
        "finished_at": at + timedelta(seconds=1),
        "collected_at": at,
        "cluster_facts": {
            "name": of.name,
            "server": "https://10.0.0.1:6443",
            "version": "v1.37.2",
            "distribution": "kubeadm",
            "namespaces": 9,
            "secrets": 148,
        },
        "coverage": [coverage_line("secrets"), coverage_line("pods")],
        "grade_letter": "C",
        "grade_score": 71.4,
        "grade_assessed": 0.86,
        "checks": [check_line("rotation-overdue", severity="medium"), check_line("secret-in-env", severity="low")],
        "checklist": [{"slug": slug, "status": "not-assessed", "detail": ""} for slug, _ in CHECKLIST],
        "severity_counts": {"high": 2, "medium": 5, "low": 11},
        "changes": {"findings_new": 3, "findings_resolved": 1},
    }
    row = Scan.objects.create(cluster=of, **(defaults | fields))
    Scan.objects.filter(pk=row.pk).update(queued_at=at - timedelta(seconds=6))
    if row.state in Scan.FINISHED:
        Cluster.objects.filter(pk=of.pk).update(last_scan=row)
        of.last_scan = row
    return row


def secret(
    of: Cluster,
    name: str = "database",
    namespace: str = "payments",
    *,
    written_days_ago: float | None = 20,
    created_days_ago: float | None = 40,
    maximum: int | None = 90,
    now: datetime | None = None,
    save: bool = True,
    **fields: Any,
) -> SecretRecord:
    """A Secret last written and created so many days before `now`, the cluster's last scan by default."""
    now = now or (of.last_scan.collected_at if of.last_scan and of.last_scan.collected_at else datetime.now(UTC))
    exempt = fields.get("exempt", "")
    written = now - timedelta(days=written_days_ago) if written_days_ago is not None else None
    created = now - timedelta(days=created_days_ago) if created_days_ago is not None else None
    allowed = timedelta(days=(maximum or 0) + 1)
    bounded = maximum is not None and not exempt
    defaults: dict[str, Any] = {
        "uid": hashlib.md5(f"{namespace}/{name}".encode()).hexdigest(),
        "type": "Opaque",
        "keys": ["password", "username"],
        "key_count": 2,
        "created_at": created,
        "newest_data_write": written,
        "changed_after": created,
        "changed_before": written,
        "age_evidence": "managed-fields" if written else "created" if created else "",
        "maximum_days": None if exempt else maximum,
        "certainly_over_at": written + allowed if written and bounded else None,
        "possibly_over_at": created + allowed if created and bounded else None,
        "source_kind": "manual",
        "direct_readers": 3,
        "digest": "0",
    }
    row = SecretRecord(cluster=of, namespace=namespace, name=name, **(defaults | fields))
    if save:
        row.save()
    return row


def finding(
    of: Cluster,
    check_id: str = "rotation-overdue",
    name: str = "database",
    namespace: str = "payments",
    *,
    severity: str = "medium",
    save: bool = True,
    **fields: Any,
) -> FindingRecord:
    now = datetime.now(UTC)
    path = fields.get("field", "")
    defaults: dict[str, Any] = {
        "fingerprint": hashlib.sha256(f"{check_id}\0{namespace}\0{name}\0{path}".encode()).hexdigest()[:24],
        "rank": RANK[severity],
        "kind": "Secret",
        "message": f"{namespace}/{name} is at fault.",
        "evidence": "the evidence",
        "remediation": f"kubectl -n {namespace} get secret {name}",
        "state": FindingRecord.State.OPEN,
        "first_seen_at": now - timedelta(days=9),
        "first_scan": of.last_scan,
        "changed_at": now - timedelta(days=9),
    }
    row = FindingRecord(
        cluster=of, check_id=check_id, severity=severity, namespace=namespace, name=name, **(defaults | fields)
    )
    if save:
        row.save()
    return row
