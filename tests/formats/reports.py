"""Reports for the tests of the formats: an ordinary one, a hostile one, an empty one and a large one."""

from __future__ import annotations

from datetime import UTC, datetime

from scanners.grade import CHECKLIST
from scanners.report import (
    CheckLine,
    ChecklistLine,
    ClusterSummary,
    Consumer,
    CoverageLine,
    Finding,
    Grade,
    Readers,
    Report,
    SecretLine,
    Severity,
    SourceOfTruth,
    ValueAge,
)

NOW = datetime(2026, 11, 23, 17, 30, 5, tzinfo=UTC)


def finding(number: int, check: str = "plaintext-env", severity: Severity = "high", **changes: object) -> Finding:
    fields: dict[str, object] = {
        "id": f"{number:024x}",
        "check": check,
        "severity": severity,
        "kind": "Deployment",
        "namespace": "shop",
        "name": f"api-{number}",
        "field": "spec.template.spec.containers[0].env[2].value",
        "message": "The environment variable DB_PASSWORD holds a password in plain text.",
        "evidence": "password, 12 characters",
        "remedy": f"kubectl -n shop set env deployment/api-{number} --from=secret/db",
    }
    return Finding(**(fields | changes))  # type: ignore[arg-type]


def check(check_id: str, severity: Severity, status: str, **changes: object) -> CheckLine:
    fields: dict[str, object] = {
        "id": check_id,
        "title": f"The title of {check_id}",
        "severity": severity,
        "status": status,
        "reason": "",
        "evaluated": 40,
        "failed": 0,
    }
    return CheckLine(**(fields | changes))  # type: ignore[arg-type]


def secret(number: int) -> SecretLine:
    return SecretLine(
        namespace="shop",
        name=f"credentials-{number}",
        type="Opaque",
        keys=("password", "username"),
        created_at=NOW,
        value_age=ValueAge(
            at_least_days=120, at_most_days=400, evidence="managed-fields", changed_at=None, changed_after=NOW
        ),
        rotation="overdue",
        source=SourceOfTruth(kind="manual", object="", healthy=None),
        consumers=(
            Consumer(kind="Deployment", namespace="shop", name="api", how="env", keys=("password",), stale=None),
        ),
        readers=Readers(direct=3, indirect=None),
        uid=f"uid-{number}",
        key_count=2,
        rotation_max_days=90,
    )


def ordinary(**changes: object) -> Report:
    """Three failing checks, one passed, one not assessed; a system object's finding; two refused inputs."""
    findings = (
        finding(1),
        finding(2),
        finding(3, "rbac-wildcard", "critical", kind="ClusterRoleBinding", namespace="", name="ops", field=""),
        finding(4, "unused-secret", "low", kind="Secret", name="old", field=""),
        finding(
            5,
            "rbac-wildcard",
            "critical",
            kind="ClusterRoleBinding",
            namespace="",
            name="system:x",
            folded=True,
        ),
    )
    fields: dict[str, object] = {
        "started_at": NOW,
        "finished_at": NOW,
        "cluster": ClusterSummary(
            name="prod-eu",
            server="https://10.0.0.1:6443",
            version="v1.37.2",
            distribution="kubeadm",
            namespaces=9,
            secrets=148,
        ),
        "coverage": (
            CoverageLine(input="externalsecrets.external-secrets.io", status="denied", detail="list is refused"),
            CoverageLine(input="ingresses", status="absent", detail=""),
            CoverageLine(input="metrics", status="denied", detail="get /metrics is refused"),
            CoverageLine(input="secrets", status="complete", detail=""),
        ),
        "grade": Grade(letter="D", score=71.4, assessed=0.82),
        "checklist": tuple(
            ChecklistLine(slug=slug, status="partial" if number == 1 else "pass", detail="2 of 40 at fault.")
            for number, (slug, _) in enumerate(CHECKLIST)
        ),
        "checks": (
            check("plaintext-env", "high", "fail", failed=2),
            check("rbac-wildcard", "critical", "fail", failed=2, evaluated=50),
            check("unused-secret", "low", "fail", failed=1, evaluated=148),
            check("missing-secret", "high", "pass"),
            check("sync-failing", "high", "not-assessed", evaluated=0, reason="needs list on externalsecrets"),
        ),
        "findings": findings,
        "secrets": (secret(1), secret(2)),
    }
    return Report(**(fields | changes))  # type: ignore[arg-type]


def nothing_found() -> Report:
    return ordinary(
        findings=(),
        secrets=(),
        coverage=(),
        checks=(check("missing-secret", "high", "pass"),),
        grade=Grade(letter="A", score=100.0, assessed=1.0),
        cluster=ClusterSummary(name="", server="", version="", distribution="unknown", namespaces=None, secrets=0),
    )


HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b31m",
    "\rGrade A",
    "\u202egnp.exe",
    "line\nFindings: none",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=cmd|'/c calc'!A1",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\uff1d1+1",
    "../../etc/passwd",
    "{0} [click](https://evil.example)",
)


def hostile() -> Report:
    """Every text that a cluster decides is one of HOSTILE."""
    findings = tuple(
        finding(
            number,
            kind=words,
            namespace=words,
            name=words,
            field=words,
            message=words,
            evidence=words,
            remedy=words,
            folded=number % 5 == 4,
        )
        for number, words in enumerate(HOSTILE)
    )
    words = "".join(HOSTILE)
    return ordinary(
        findings=findings,
        cluster=ClusterSummary(name=words, server=words, version=words, distribution=words, namespaces=1, secrets=1),
        coverage=(CoverageLine(input=words, status="denied", detail=words),),
        checks=(
            check("plaintext-env", "high", "fail", failed=2, title=words, reason=words),
            check("sync-failing", "high", "not-assessed", title=words, reason=words),
        ),
        checklist=(ChecklistLine(slug=words, status="fail", detail=words),),
        secrets=(
            SecretLine(
                namespace=words,
                name=words,
                type=words,
                keys=(words,),
                created_at=None,
                value_age=None,
                rotation="overdue",
                source=SourceOfTruth(kind=words, object=words, healthy=None),
                consumers=(),
                readers=Readers(direct=None, indirect=None),
            ),
        ),
    )
