"""RBAC that reaches more Secrets than it names: wildcards, and list or watch.

The finding's object is the binding: it is what gives a role's rules to somebody, and what can be changed
without touching others who use the role. One grant is one finding, under the strongest of the checks, and
each check evaluates the bindings that reach Secrets and of which no stronger one speaks already.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from scanners.access.rbac import ANY, COLLECTION_READ_VERBS, SECRET_VERBS, SECRETS, Grant, Permission
from scanners.access.system import Belonging, SystemGrants
from scanners.checks.check import Check, Fault, Judgement
from scanners.checks.wording import LONGEST_LIST, counted, listed, quoted, shown
from scanners.context import Context
from scanners.inventory import Binding, Rule, Subject
from scanners.report import Severity

NEEDS = ("roles", "clusterroles", "rolebindings", "clusterrolebindings")
SYSTEM_NAMESPACE = "kube-system"
BUILT_IN_WITH_SECRETS = frozenset({"admin", "edit", "cluster-admin"})
"""Built-in roles for people that include Secrets; `view` leaves them out on purpose.
https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles
"""

SUBJECTS_IN_A_COMMAND = 8
EMPTY_NAME = '"" (the empty name, which a list without a name matches)'

Strength = Literal["wildcard", "list-watch", "wildcard-by-name", "other"]

_GOOD_PRACTICES = "https://kubernetes.io/docs/concepts/security/rbac-good-practices/"
_REFERENCES = (
    ("Role Based Access Control Good Practices", _GOOD_PRACTICES),
    ("Using RBAC Authorization", "https://kubernetes.io/docs/reference/access-authn-authz/rbac/"),
    (
        "Good practices for Kubernetes Secrets",
        "https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
    ),
)
_BLIND_SPOTS = (
    "RBAC alone is judged: what the node authorizer, an authorization webhook or a cloud's IAM allow is not "
    "seen, and who belongs to a group is known to the identity provider only."
)


def strength(grant: Grant) -> Strength:
    """The strongest thing a grant does with Secrets.

    A resource `*` counts as a wildcard across the cluster only; in one namespace it takes the verb `*`. A
    rule of another API group reaches no Secret however it is written, so it is not among the permissions.
    """
    unnamed = [permission for permission in grant.permissions if permission.unnamed]
    if any(_is_wildcard(permission, grant) for permission in unnamed):
        return "wildcard"
    if any(permission.has_any(COLLECTION_READ_VERBS) for permission in unnamed):
        return "list-watch"
    if any(ANY in permission.verbs for permission in grant.permissions):
        return "wildcard-by-name"
    return "other"


def _is_wildcard(permission: Permission, grant: Grant) -> bool:
    if ANY in permission.verbs:
        return True
    every_resource = ANY in permission.rule.resources
    return every_resource and grant.namespace is None and permission.has_any(SECRET_VERBS)


@dataclass(frozen=True, slots=True)
class Judged:
    """A grant with what is asked of it more than once."""

    grant: Grant
    strength: Strength
    belonging: Belonging

    @property
    def namespace(self) -> str:
        return self.grant.binding.namespace

    @property
    def name(self) -> str:
        return self.grant.binding.name


def _reaching(context: Context) -> Iterator[Judged]:
    """Every binding that lets somebody read or write Secrets, by name or without.

    Bindings that reach no Secret say nothing about naming them, so they are not counted as passing.
    """
    system = SystemGrants(context.inventory.workloads, context.policy.administrators)
    for grant in context.grants.secrets:
        if any(permission.has_any(SECRET_VERBS) for permission in grant.permissions):
            found = strength(grant)
            yield Judged(grant, found, system.of(grant, wildcard=found == "wildcard"))


def _select_all(context: Context) -> Iterable[Judged]:
    return _reaching(context)


def _select_below_wildcard(context: Context) -> Iterable[Judged]:
    return (judged for judged in _reaching(context) if judged.strength != "wildcard")


def _judge_wildcard(context: Context, judged: Judged) -> Judgement:
    grant = judged.grant
    whole_cluster = grant.namespace is None
    if judged.strength == "wildcard":
        severity: Severity = "critical" if whole_cluster else "high"
        what = _wildcard_words(grant)
        return [_fault(judged, severity, f"lets {_who(grant)} {what} {_where(grant)}")]
    if judged.strength == "wildcard-by-name":
        names = sorted({name for item in grant.permissions if ANY in item.verbs for name in item.names or ()})
        what = f"lets {_who(grant)} do anything, deleting included, with the Secrets it names ({listed(names)})"
        return [_fault(judged, "low", what)]
    return []


def _judge_list_watch(context: Context, judged: Judged) -> Judgement:
    if judged.strength != "list-watch":
        return []
    grant = judged.grant
    wide = grant.namespace is None or grant.namespace == SYSTEM_NAMESPACE
    verbs = sorted({verb for item in grant.permissions if item.unnamed for verb in item.verbs & COLLECTION_READ_VERBS})
    what = f"lets {_who(grant)} {' and '.join(verbs)} Secrets without naming them, which reads every Secret"
    return [_fault(judged, "high" if wide else "medium", f"{what} {_where(grant)}")]


def _wildcard_words(grant: Grant) -> str:
    every_verb = any(ANY in item.verbs for item in grant.permissions if item.unnamed)
    if every_verb:
        return "do everything with every Secret"
    verbs = {verb for item in grant.permissions if _is_wildcard(item, grant) for verb in item.verbs & SECRET_VERBS}
    return f"{', '.join(sorted(verbs))} every kind of object, and so every Secret,"


def _where(grant: Grant) -> str:
    return "in the cluster" if grant.namespace is None else f"in namespace {shown(grant.namespace)}"


def _who(grant: Grant) -> str:
    if len(grant.subjects) == 1:
        return _subject(grant.subjects[0])
    return counted(len(grant.subjects), "subject")


def _subject(subject: Subject) -> str:
    if subject.kind == "ServiceAccount":
        return f"ServiceAccount {shown(subject.namespace)}/{shown(subject.name)}"
    return f"{subject.kind} {shown(subject.name)}"


def _fault(judged: Judged, severity: Severity, what: str) -> Fault:
    binding = judged.grant.binding
    return Fault(
        kind=binding.kind,
        namespace=binding.namespace,
        name=binding.name,
        message=f"{binding.kind} {shown(binding.name)} {what}.",
        evidence=_evidence(judged),
        severity=severity,
        remediation=_remediation(judged.grant),
        folded=bool(judged.belonging.system),
    )


def _evidence(judged: Judged) -> str:
    """Role, rules and subjects; ends in a digest of all of them, since long lists are cut."""
    grant = judged.grant
    parts = [
        f"role {grant.role.kind} {shown(grant.role.name)}",
        "it allows " + "; ".join(list(dict.fromkeys(_rule(item.rule) for item in grant.permissions))[:LONGEST_LIST]),
        "subjects: " + listed(_subject(subject) for subject in grant.subjects),
    ]
    if judged.belonging.system:
        parts.append(f"belongs to {judged.belonging.system}")
    if judged.belonging.doubt:
        parts.append(f"named like {judged.belonging.doubt}, but nothing was seen to run as it, so no image proves it")
    parts.append(f"grant {grant_digest(grant)}")
    return "; ".join(parts)


def grant_digest(grant: Grant) -> str:
    """Twelve hex digits that change with any subject, or any rule on Secrets: an acceptance is bound to them."""
    subjects = sorted((subject.kind, subject.namespace, subject.name) for subject in grant.subjects)
    rules = sorted({_on_secrets(permission.rule) for permission in grant.permissions})
    return hashlib.sha256(repr((subjects, rules)).encode(errors="surrogatepass")).hexdigest()[:12]


def _on_secrets(rule: Rule) -> tuple[tuple[str, ...], ...]:
    """The part of a rule that concerns Secrets: verbs, resources, API groups and names, sorted."""
    return (
        tuple(sorted(rule.verbs)),
        tuple(sorted({ANY, SECRETS.plural}.intersection(rule.resources))),
        tuple(sorted({ANY, SECRETS.group}.intersection(rule.api_groups))),
        tuple(sorted(rule.resource_names)),
    )


def _rule(rule: Rule) -> str:
    verbs, resources, groups, names = _on_secrets(rule)
    text = f"{listed(verbs)} on {listed(resources)}"
    if ANY in groups:
        text += " in every API group"
    if names:
        text += f" named {listed(name or EMPTY_NAME for name in names)}"
    return text


def _remediation(grant: Grant) -> str:
    binding = grant.binding
    namespace = quoted(binding.namespace) if binding.namespace else "NAMESPACE"
    role = quoted(f"{binding.name}-secrets")
    scope = f" -n {namespace}" if binding.namespace else ""
    lines = [
        "A Pod that mounts a Secret, or has it in an environment variable, needs no RBAC for it. First ask whether",
        "Secrets must be read through the API here at all. If so, give a Role that names them:",
        "",
        f"  {_create_role(role, namespace)}",
        f"  kubectl create rolebinding {role} -n {namespace} --role={role} {_flags(grant.subjects)}",
        "",
        "Repeat --resource-name for each Secret, and both commands for each namespace. The rule reads:",
        "",
        '  - apiGroups: [""]',
        "    resources: [secrets]",
        "    resourceNames: [SECRET]",
        "    verbs: [get]",
        "",
        *_without_secrets(binding),
        f"  kubectl delete {binding.kind.lower()} {quoted(binding.name)}{scope}",
    ]
    return "\n".join(lines)


def _create_role(role: str, namespace: str) -> str:
    return f"kubectl create role {role} -n {namespace} --verb=get --resource=secrets --resource-name=SECRET"


def _without_secrets(binding: Binding) -> list[str]:
    if binding.role_kind == "ClusterRole" and binding.role_name in BUILT_IN_WITH_SECRETS:
        role = binding.role_name
        return [
            f"The built-in role {role} always includes Secrets and cannot be narrowed. For the rest of what is",
            f"needed, bind the role view, or a copy of {role} without secrets. Then take this binding away:",
            "",
        ]
    return [
        "Bind the role's other rules, without secrets, if they are needed. Then take this binding away:",
        "",
    ]


def _flags(subjects: Iterable[Subject]) -> str:
    flags = []
    for subject in list(subjects)[:SUBJECTS_IN_A_COMMAND]:
        if subject.kind == "ServiceAccount":
            flags.append(f"--serviceaccount={quoted(f'{subject.namespace}:{subject.name}')}")
        else:
            flags.append(f"--{subject.kind.lower()}={quoted(subject.name)}")
    return " ".join(flags)


RBAC_WILDCARD = Check(
    id="rbac-wildcard",
    title="No wildcard reaches Secrets",
    severity="critical",
    needs=NEEDS,
    checklist="rbac-by-name",
    what=(
        "A binding gives somebody the verb * on Secrets or, across the cluster, access to the resource *, "
        "which includes Secrets. Wildcards of another API group reach no Secret and are not meant."
    ),
    why=(
        "A wildcard grows with the cluster: it covers every Secret there is and every one to come, and every "
        "verb that a later version adds. Whoever takes over one such subject has every credential it reaches."
    ),
    fix=(
        "Replace the binding by a Role that names its Secrets (resourceNames) with the verb get:\n  "
        + _create_role("{name}-secrets", "NAMESPACE")
    ),
    blind_spots=_BLIND_SPOTS,
    references=_REFERENCES,
    mappings=(
        ("CIS Kubernetes Benchmark", "5.1.3 Minimize wildcard use in Roles and ClusterRoles"),
        ("CIS Kubernetes Benchmark", "5.1.2 Minimize access to secrets"),
        (
            "NSA/CISA Kubernetes Hardening Guide",
            "Authentication and authorization: role-based access control",
        ),
    ),
    select=_select_all,
    judge=_judge_wildcard,
)

RBAC_LIST_WATCH = Check(
    id="rbac-list-watch",
    title="Nobody lists or watches Secrets without naming them",
    severity="high",
    needs=NEEDS,
    checklist="rbac-by-name",
    what=(
        "A binding gives somebody list or watch on Secrets without resourceNames. Both return whole objects, "
        "so this reads the value of every Secret in the namespace, or in the cluster."
    ),
    why=(
        "list is often granted as the lesser right, to see names. It is the greater one: one request returns "
        "all values, while get at least asks for a name. The built-in roles edit and admin include it."
    ),
    fix=(
        "Name the Secrets; a list or watch with resourceNames works too, with "
        "--field-selector=metadata.name=SECRET:\n  " + _create_role("{name}-secrets", "NAMESPACE")
    ),
    blind_spots=_BLIND_SPOTS,
    references=_REFERENCES,
    mappings=(
        ("CIS Kubernetes Benchmark", "5.1.2 Minimize access to secrets"),
        (
            "NSA/CISA Kubernetes Hardening Guide",
            "Authentication and authorization: role-based access control",
        ),
    ),
    select=_select_below_wildcard,
    judge=_judge_list_watch,
)

CHECKS = (RBAC_WILDCARD, RBAC_LIST_WATCH)
