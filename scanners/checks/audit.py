"""Whether the audit log tells who read a Secret, and whether it holds the Secrets itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scanners.audit_policy import Request, Share, shares
from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.wording import shown
from scanners.context import Context
from scanners.inventory import ApiServer, AuditPolicy, Cluster

API_SERVERS = "apiservers"
AUDIT_POLICY = "auditpolicy"
READING = ("get", "list", "watch")

_REFERENCES = (
    ("Auditing", "https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/"),
    ("Audit policy", "https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/"),
)


@dataclass(frozen=True, slots=True)
class _Body:
    """A request that carries values: in its own body, or in that of its answer."""

    request: Request
    in_request: bool
    in_answer: bool


@dataclass(frozen=True, slots=True)
class _Subject:
    """What an audit log must not hold, and the requests whose bodies hold it."""

    title: str
    bodies: tuple[_Body, ...]


def _object_bodies(resource: str) -> tuple[_Body, ...]:
    """`patch` answers with the whole object and `deletecollection` with all of them, as measured on 1.37."""
    return (
        *(_Body(Request(verb=verb, resource=resource), True, True) for verb in ("create", "update", "patch")),
        *(
            _Body(Request(verb=verb, resource=resource), False, True)
            for verb in ("get", "list", "watch", "deletecollection")
        ),
    )


_SUBJECTS = (
    _Subject("Secrets", _object_bodies("secrets")),
    _Subject("ConfigMaps", _object_bodies("configmaps")),
    _Subject(
        "service account tokens",
        (_Body(Request(verb="create", resource="serviceaccounts", subresource="token"), False, True),),
    ),
    _Subject(
        "tokens under review",
        (_Body(Request(verb="create", resource="tokenreviews", group="authentication.k8s.io"), True, True),),
    ),
)


def _select_cluster(context: Context) -> Iterable[Cluster]:
    return (context.inventory.cluster,)


def _judge_recorded(context: Context, cluster: Cluster) -> Judgement:
    """Flags that are seen come first: an API server without a policy or without a backend records nothing."""
    off = [fault for server in context.inventory.api_servers for fault in _switched_off(cluster, server)]
    policy = context.inventory.audit_policy
    if off or policy is None:
        return off or _policy_not_given(context)
    return list(_dropped(cluster, policy))


def _switched_off(cluster: Cluster, server: ApiServer) -> Iterator[Fault]:
    where = f"the API server in Pod {shown(server.pod)}"
    if server.audit_policy is None:
        yield _fault(cluster, f"{where} has no --audit-policy-file: no access to a Secret is recorded", server.pod)
    elif server.audit_log is None and server.audit_webhook is None:
        yield _fault(
            cluster,
            f"{where} has an audit policy, but neither --audit-log-path nor --audit-webhook-config-file: "
            "no event is written anywhere",
            server.pod,
        )


def _dropped(cluster: Cluster, policy: AuditPolicy) -> Iterator[Fault]:
    """Reads of Secrets that leave no trace: everybody's, or those of some."""
    decided = {verb: list(shares(policy, Request(verb=verb, resource="secrets"))) for verb in READING}
    everybody = [verb for verb, found in decided.items() if not found[-1].recorded]
    if everybody:
        verbs = " and ".join(everybody) if len(everybody) < 3 else "get, list and watch"
        some = any(share.recorded for verb in everybody for share in decided[verb])
        yield _fault(
            cluster,
            f"the audit policy records no {verbs} of Secrets{' but for some requests' if some else ''}: "
            f"{_by_rule(decided[everybody[0]][-1])}",
            _evidence(decided[everybody[0]]),
        )
        return
    unseen: dict[tuple[int | None, str], list[str]] = {}
    for verb, found in decided.items():
        for share in found[:-1]:
            if not share.recorded:
                unseen.setdefault((share.rule, share.whom), []).append(verb)
    for (rule, whom), verbs_of_rule in unseen.items():
        yield Fault(
            kind="Cluster",
            namespace="",
            name=cluster.name,
            field=f"rules[{rule}]",
            severity="low",
            message=f"The audit policy drops {', '.join(verbs_of_rule)} of Secrets {shown(whom)}.",
            evidence=f"rules[{rule}] has level None and comes before the rule that records Secrets",
        )


def _by_rule(share: Share) -> str:
    return "no rule matches them" if share.rule is None else f"rules[{share.rule}] drops them"


def _evidence(found: Sequence[Share]) -> str:
    parts = [
        f"rules[{share.rule}] {share.level}{f' {shown(share.whom)}' if share.whom else ''}"
        for share in found
        if share.rule is not None
    ]
    return "; ".join(parts) or "no rule is about Secrets"


def _fault(cluster: Cluster, message: str, evidence: str) -> Fault:
    return Fault(
        kind="Cluster",
        namespace="",
        name=cluster.name,
        message=f"{message[0].upper()}{message[1:]}.",
        evidence=evidence,
    )


def _policy_not_given(context: Context) -> Unknown:
    """What the flags tell, and the one step that tells the rest."""
    coverage = context.coverage(AUDIT_POLICY)
    if coverage.status == "error" and AUDIT_POLICY in context.inventory.coverage:
        known = f"the audit policy could not be read: {coverage.detail}"
    elif context.inventory.api_servers:
        known = "the API server has an audit policy, whose content is in no API"
    elif context.coverage(API_SERVERS).status in ("complete", "absent"):
        known = "the API server does not run as a Pod here, so that its flags cannot be seen"
    else:
        known = "the Pods of kube-system could not be listed, where the API server's flags stand"
    return Unknown(f"{known}. Give the policy with --audit-policy, or on the cluster's settings page")


def _select_subjects(context: Context) -> Iterable[_Subject] | Unknown:
    if context.inventory.audit_policy is not None:
        return _SUBJECTS
    servers = context.inventory.api_servers
    if servers and all(server.audit_policy is None for server in servers):
        return ()  # nothing is recorded at all: see audit-off
    return _policy_not_given(context)


def _judge_values(context: Context, subject: _Subject) -> Judgement:
    policy, cluster = context.inventory.audit_policy, context.inventory.cluster
    if policy is None:
        return _policy_not_given(context)
    found: dict[int, list[str]] = {}
    whom: dict[int, str] = {}
    for body in subject.bodies:
        for share in shares(policy, body.request):
            if share.rule is not None and share.recorded and _holds(share, body):
                found.setdefault(share.rule, []).append(body.request.verb)
                whom[share.rule] = share.whom
    return [_logged(cluster, subject, policy, rule, verbs, whom[rule]) for rule, verbs in sorted(found.items())]


def _holds(share: Share, body: _Body) -> bool:
    return share.level == "RequestResponse" or (share.level == "Request" and body.in_request)


def _logged(
    cluster: Cluster, subject: _Subject, policy: AuditPolicy, rule: int, verbs: Sequence[str], whom: str
) -> Fault:
    level = policy.rules[rule].level
    requests = f"on {', '.join(verbs)}{f' {shown(whom)}' if whom else ''}"
    return Fault(
        kind="Cluster",
        namespace="",
        name=cluster.name,
        field=f"rules[{rule}] {subject.title}",
        message=f"The audit log holds {subject.title}: rules[{rule}] records them at {level} {requests}.",
        evidence=f"rules[{rule}].level {level}",
    )


_POLICY = (
    "  apiVersion: audit.k8s.io/v1\n"
    "  kind: Policy\n"
    "  omitStages: [RequestReceived]\n"
    "  rules:\n"
    "    - level: Metadata\n"
    "      resources:\n"
    '        - group: ""\n'
    "          resources: [secrets, configmaps, serviceaccounts/token]\n"
    "        - group: authentication.k8s.io\n"
    "          resources: [tokenreviews]\n"
)

AUDIT_OFF = Check(
    id="audit-off",
    title="Access to Secrets is recorded in the audit log",
    severity="high",
    needs=(),
    checklist="audit-logging",
    what=(
        "The API server has no audit policy, or writes its events nowhere, or the policy drops get, list or watch "
        "of Secrets for everyone: the first rule that matches decides, and what no rule matches is not recorded. "
        "A rule that drops them for some is low, and named."
    ),
    why=("Without the log nobody can say who has read a Secret that leaked, nor when it began, nor that nobody did."),
    fix=(
        "Put a rule for Secrets before any rule of level None:\n\n"
        f"{_POLICY}\n"
        "and start every API server with it and with a place to write to:\n\n"
        "  --audit-policy-file=/etc/kubernetes/audit-policy.yaml\n"
        "  --audit-log-path=/var/log/kubernetes/audit.log\n\n"
        "On a managed cluster, switch its audit log on at the provider."
    ),
    blind_spots=(
        "The content of the policy is in no API: it is believed to be the file that was given. Whether the log is "
        "kept, and for how long, is not looked at. Reads through a controller's cache leave no event."
    ),
    references=_REFERENCES,
    mappings=(
        ("CIS Kubernetes Benchmark", "1.2.16 Ensure that the --audit-log-path argument is set"),
        ("CIS Kubernetes Benchmark", "3.2.1 Ensure that a minimal audit policy is created"),
        ("CIS Kubernetes Benchmark", "3.2.2 Ensure that the audit policy covers key security concerns"),
        ("NSA/CISA Kubernetes Hardening Guide", "Audit Logging and Threat Detection"),
    ),
    select=_select_cluster,
    judge=_judge_recorded,
)

AUDIT_LOGS_VALUES = Check(
    id="audit-logs-values",
    title="The audit log holds no Secrets",
    severity="critical",
    needs=(),
    checklist="audit-logging",
    what=(
        "The audit policy records Secrets, ConfigMaps or tokens at Request or RequestResponse, so that their "
        "values stand in the log. Request suffices for what is written, RequestResponse also for what is read."
    ),
    why=(
        "Audit logs are copied to places that were never meant to hold credentials, kept for years, and read by "
        "people who may not read a Secret. What once stood there must be rotated."
    ),
    fix=(
        "Put these before every rule of level Request or RequestResponse:\n\n"
        f"{_POLICY}\n"
        "Restart the API servers, rotate what was recorded, and let the old logs expire or remove them."
    ),
    blind_spots="Only the policy is read, not the log. A log that an older policy wrote may hold values still.",
    references=_REFERENCES,
    mappings=(
        ("CIS Kubernetes Benchmark", "3.2.2 Ensure that the audit policy covers key security concerns"),
        ("NSA/CISA Kubernetes Hardening Guide", "Audit Logging and Threat Detection"),
    ),
    select=_select_subjects,
    judge=_judge_values,
)

CHECKS = (AUDIT_OFF, AUDIT_LOGS_VALUES)
