"""Inventory in, Report out: every check judged, graded, and every Secret described.

Pure: the time is the Inventory's, what earlier scans saw is handed in, and the same input gives the same
Report.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from scanners.ages import value_age
from scanners.checks import REGISTRY
from scanners.checks.check import Check, Fault, Unknown
from scanners.context import Context
from scanners.grade import checklist, grade
from scanners.history import History
from scanners.inventory import Coverage, Inventory, Secret
from scanners.policy import Policy
from scanners.report import (
    SEVERITIES,
    CheckLine,
    ClusterSummary,
    Consumer,
    CoverageLine,
    Finding,
    Readers,
    Report,
    RepositorySummary,
    SecretLine,
    Severity,
    SourceOfTruth,
    Status,
)

NOT_IN_A_CLUSTER = "a cluster shows nothing of Git: run `secretsui repo-scan PATH`"
SECRET_VALUES = "secretvalues"


@dataclass(slots=True)
class CheckResult:
    """One check over one Context.

    `evaluated` counts the objects that were judged, `failed` those at fault; a system object's folded faults are
    among the findings and do not count as failed. `unjudged` are the (namespace, name) of objects that could not
    be judged; `incomplete` means that not even these are known, so that nothing of an earlier scan is disproved.
    A check that is not `applicable` looks at what this kind of scan never sees.
    """

    check: Check
    severity: Severity
    status: Status
    reason: str
    evaluated: int = 0
    failed: int = 0
    findings: list[Finding] = field(default_factory=list)
    unjudged: set[tuple[str, str]] = field(default_factory=set)
    incomplete: bool = False
    applicable: bool = True


def finding_id(check: str, kind: str, namespace: str, name: str, path: str) -> str:
    """The same 24 hex digits for the same fault in every scan: check, object and field decide."""
    text = "\0".join((check, kind, namespace, name, path))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:24]


def missing_inputs_reason(missing: Iterable[Coverage]) -> str:
    """Which inputs were not seen, and the permission or step that would resolve them; one clause per reason."""
    by_reason: dict[str, list[str]] = {}
    for row in missing:
        by_reason.setdefault(_why_missing(row), []).append(_resource(row))
    return "; ".join(reason.format(inputs=", ".join(dict.fromkeys(names))) for reason, names in by_reason.items())


def _resource(row: Coverage) -> str:
    """The input, or what a role must name to allow it: values are read by listing Secrets."""
    return "secrets" if row.status == "denied" and row.input == SECRET_VALUES else row.input


def _why_missing(row: Coverage) -> str:
    detail = f": {row.detail.replace('{', '(').replace('}', ')')}" if row.detail else ""
    if row.status == "denied":
        return f"needs {row.verb} on {{inputs}}, which this identity may not do"
    if row.status == "partial":
        return f"{{inputs}} could be read only in part{detail}"
    return f"{{inputs}} could not be read{detail}"


def assess_check(check: Check, context: Context) -> CheckResult:
    """Run one check. A judgement that raises leaves its object not assessed and nothing else.

    What fails fails even where part of the input was denied; without a fault, a missing input or an object
    that could not be judged makes the check not-assessed, since nothing unseen may pass.
    """
    severity = context.policy.severity.get(check.id, check.severity)
    result = CheckResult(check, severity, "pass", "")
    unknown: list[str] = []
    said: dict[str, str] = {}
    missing = missing_inputs_reason(context.inventory.missing(check.needs))
    try:
        selected = check.select(context)
        if isinstance(selected, Unknown):
            reason = "; ".join(filter(None, (selected.reason, missing)))
            asked = not _values_not_asked(check, context)
            return CheckResult(check, severity, "not-assessed", reason, incomplete=True, applicable=asked)
        for item in selected:
            if isinstance(item, Unknown):
                result.incomplete = True
                unknown.append(item.reason)
                continue
            faults = _judge(check, context, item, unknown)
            if faults is None:
                result.unjudged.add((getattr(item, "namespace", ""), getattr(item, "name", "")))
                continue
            result.evaluated += 1
            if not faults:
                continue
            if any(not fault.folded for fault in faults):
                result.failed += 1
            result.findings.extend(_finding(check, severity, fault, context, said) for fault in faults)
    except Exception as error:  # noqa: BLE001 (one check's fault must not silence the others)
        result.incomplete = True
        unknown.append(f"the check stopped with {type(error).__name__}, a defect of secretsui: please report it")
    result.findings = list({finding.id: finding for finding in result.findings}.values())
    reasons = list(dict.fromkeys(filter(None, [missing, *unknown])))
    result.reason = "; ".join(reasons[:3]) + (f"; and {len(reasons) - 3} more reasons" if len(reasons) > 3 else "")
    if result.failed:
        result.status = "fail"
    elif reasons:
        result.status = "not-assessed"
        result.applicable = not _values_not_asked(check, context)
    return result


def _values_not_asked(check: Check, context: Context) -> bool:
    """Whether the check judges values, and nobody asked this scan to read them."""
    return check.deep and context.coverage(SECRET_VALUES).status == "absent"


def _judge(check: Check, context: Context, item: object, unknown: list[str]) -> list[Fault] | None:
    """The faults of one object, or None where it could not be judged; the reason is added to `unknown`."""
    try:
        judgement = check.judge(context, item)
        if isinstance(judgement, Unknown):
            unknown.append(judgement.reason)
            return None
        return list(judgement)
    except Exception as error:  # noqa: BLE001 (decision 2: a check that raises is not-assessed for that object)
        where = "/".join(filter(None, (getattr(item, "namespace", ""), getattr(item, "name", ""))))
        unknown.append(f"judging {where or 'an object'} stopped with {type(error).__name__}, a defect of secretsui")
        return None


def _finding(check: Check, severity: Severity, fault: Fault, context: Context, said: dict[str, str]) -> Finding:
    """`said` keeps one copy of evidence that thousands of findings share."""
    overridden = check.id in context.policy.severity
    return Finding(
        id=finding_id(check.id, fault.kind, fault.namespace, fault.name, fault.field),
        check=check.id,
        severity=severity if overridden else fault.severity or severity,
        kind=fault.kind,
        namespace=fault.namespace,
        name=fault.name,
        field=fault.field,
        message=fault.message,
        evidence=said.setdefault(fault.evidence, fault.evidence),
        remedy=fault.remediation or remediation(check, fault),
        folded=fault.folded,
        line=fault.line,
        owner=context.owner_of(fault.kind, fault.namespace, fault.name),
    )


def remediation(check: Check, fault: Fault) -> str:
    """The check's fix with this object's names in place, quoted as a shell needs it.

    RBAC names may hold nearly anything, and a person will paste this.
    """
    text = check.fix
    for placeholder, value in (("{namespace}", fault.namespace), ("{name}", fault.name)):
        text = text.replace(placeholder, shlex.quote(value) if value else value)
    return text.replace("{kind}", fault.kind).replace("{field}", fault.field)


def assess(
    inventory: Inventory,
    policy: Policy | None = None,
    history: History | None = None,
    *,
    finished_at: datetime | None = None,
) -> Report:
    """Judge an Inventory with every check. `finished_at` defaults to its `collected_at`."""
    context = Context(inventory, policy, history)
    return report(context, run_checks(context), finished_at=finished_at)


def run_checks(context: Context, checks: tuple[Check, ...] = REGISTRY) -> list[CheckResult]:
    """Every check's result, in the registry's order.

    A repository is judged by the checks of repositories alone. In a cluster these are listed with what to run
    instead: they are out of its sight for good, so they count neither way.
    """
    if context.inventory.repository is not None:
        return [assess_check(check, context) for check in checks if check.scope == "repository"]
    return [
        assess_check(check, context) if check.scope == "cluster" else _elsewhere(check, context) for check in checks
    ]


def _elsewhere(check: Check, context: Context) -> CheckResult:
    severity = context.policy.severity.get(check.id, check.severity)
    return CheckResult(check, severity, "not-assessed", NOT_IN_A_CLUSTER, incomplete=True, applicable=False)


def report(
    context: Context, results: list[CheckResult], *, finished_at: datetime | None = None, secrets: bool = True
) -> Report:
    """The Report of results that `run_checks` gave for the same Context.

    Without `secrets` for whoever takes them one by one, by `secret_line`.
    """
    inventory = context.inventory
    return Report(
        started_at=inventory.started_at,
        finished_at=finished_at or inventory.collected_at,
        cluster=_cluster(context),
        coverage=tuple(
            CoverageLine(input=row.input, status=row.status, detail=row.detail)
            for _, row in sorted(inventory.coverage.items())
        ),
        grade=grade(results),
        checklist=checklist(results, concerned_only=inventory.repository is not None),
        checks=tuple(
            CheckLine(
                id=result.check.id,
                title=result.check.title,
                severity=result.severity,
                status=result.status,
                reason=result.reason,
                evaluated=result.evaluated,
                failed=result.failed,
                applicable=result.applicable,
            )
            for result in results
        ),
        findings=tuple(_in_order(results)),
        secrets=tuple(secret_lines(context)) if secrets else (),
        repository=_repository(inventory),
    )


def _in_order(results: Iterable[CheckResult]) -> list[Finding]:
    """Grave ones first, folded ones last; those of one check by namespace, name and field."""
    rank = {severity: number for number, severity in enumerate(SEVERITIES)}
    found: list[Finding] = []
    for result in sorted(results, key=lambda result: result.check.id):
        found += sorted(result.findings, key=lambda item: (item.namespace, item.name, item.field))
    return sorted(found, key=lambda item: rank[item.severity] + len(rank) * item.folded)


def _cluster(context: Context) -> ClusterSummary:
    inventory = context.inventory
    return ClusterSummary(
        name=inventory.cluster.name,
        server=inventory.cluster.server,
        version=inventory.cluster.version,
        distribution=inventory.cluster.distribution,
        namespaces=_count(context, "namespaces", len(inventory.namespaces)),
        secrets=_count(context, "secrets", len(inventory.secrets)),
    )


def _repository(inventory: Inventory) -> RepositorySummary | None:
    repository = inventory.repository
    if repository is None:
        return None
    return RepositorySummary(
        name=repository.name,
        files=len(repository.files),
        manifests=sum(file.manifests for file in repository.files),
        pipelines=repository.pipelines,
    )


def _count(context: Context, name: str, count: int) -> int | None:
    """A count of what was read whole, None where some of it was not seen."""
    return count if context.coverage(name).status == "complete" else count or None


def secret_lines(context: Context) -> Iterator[SecretLine]:
    """Every Secret with its age, source, consumers and readers, in namespace and name order."""
    for secret in sorted(context.inventory.secrets, key=lambda item: (item.namespace, item.name)):
        yield secret_line(context, secret)


def secret_line(context: Context, secret: Secret) -> SecretLine:
    """One Secret with its age, source, consumers and readers."""
    rotation = context.rotation(secret)
    source = context.source(secret)
    certificate = context.certificate(secret)
    return SecretLine(
        namespace=secret.namespace,
        name=secret.name,
        type=secret.type,
        keys=secret.keys,
        key_count=secret.key_count,
        created_at=secret.created_at,
        value_age=value_age(rotation.age, context.now),
        rotation=rotation.state,
        rotation_max_days=rotation.maximum_days,
        rotation_exempt=rotation.exempt,
        source=SourceOfTruth(kind=source.kind, object=source.object, healthy=source.healthy),
        consumers=consumer_lines(context, secret),
        readers=Readers(
            direct=context.direct_readers(secret),
            indirect=None,
        ),
        uid=secret.uid,
        owner=context.owner(secret),
        environment=context.environment(secret),
        certificate_expires_at=certificate.not_after if certificate is not None else None,
    )


def consumer_lines(context: Context, secret: Secret) -> tuple[Consumer, ...]:
    """Every reference to the Secret, and whether what runs there still has an older value."""
    return tuple(
        Consumer(
            kind=item.kind,
            namespace=item.namespace,
            name=item.name,
            how=item.how,
            keys=item.keys,
            stale=context.stale(item),
            field=item.field,
        )
        for item in context.consumers.of(secret.namespace, secret.name)
    )
