"""How long a value may stay: what is certainly too old, and what may be.

An age is an interval (scanners.ages): only what is certain is a finding of rotation-overdue, and what nothing
proves is one of rotation-unproven. A Secret is evaluated by one of the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from scanners.ages import RotationState
from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.wording import counted, listed, quoted, shown
from scanners.consumers import reads_at_start
from scanners.context import Context
from scanners.inventory import Secret
from scanners.report import Severity

GRAVE_MULTIPLE = 2
"""Past this many times the maximum, an overdue value is of high severity."""
RESTARTS_IN_A_COMMAND = 6

_RESTARTABLE = {"Deployment": "deployment", "StatefulSet": "statefulset", "DaemonSet": "daemonset"}
_PROVEN_BY = {
    "managed-fields": "the newest write by a field manager that owns its data",
    "created": "its creation, the only time it carries",
    "observed": "scans that compared the value itself",
    "data-hash": "a change of External Secrets' data-hash",
    "certificate": "the certificate's own dates",
}


def _under_policy(context: Context) -> Iterator[tuple[Secret, RotationState]]:
    for secret in context.inventory.secrets:
        state = context.rotation(secret)
        if state.exempt is None:
            yield secret, state


def _select_not_overdue(context: Context) -> Iterable[tuple[Secret, RotationState]]:
    return ((secret, state) for secret, state in _under_policy(context) if state.state != "overdue")


def _judge_overdue(context: Context, item: tuple[Secret, RotationState]) -> Judgement:
    secret, state = item
    if state.age is None or state.maximum_days is None:
        return Unknown(_without_times(secret))
    if state.state != "overdue":
        return []
    at_least = state.age.at_least_days(context.now)
    severity: Severity = "high" if at_least > GRAVE_MULTIPLE * state.maximum_days else "medium"
    what = f"has held its value for at least {counted(at_least, 'day')}, and {state.maximum_days} are allowed"
    return [_fault(context, secret, state, what, severity)]


def _judge_unproven(context: Context, item: tuple[Secret, RotationState]) -> Judgement:
    secret, state = item
    if state.age is None or state.maximum_days is None:
        return Unknown(_without_times(secret))
    if state.state == "fresh":
        return []
    at_most = state.age.at_most_days(context.now)
    older = f"up to {counted(at_most, 'day')}" if at_most is not None else "any time"
    what = f"may have held its value for {older}, {state.maximum_days} are allowed, and nothing proves a change"
    return [_fault(context, secret, state, what, "low")]


def _without_times(secret: Secret) -> str:
    return f"some Secrets carry no time at all, such as {shown(secret.namespace)}/{shown(secret.name)}"


def _fault(context: Context, secret: Secret, state: RotationState, what: str, severity: Severity) -> Fault:
    return Fault(
        kind="Secret",
        namespace=secret.namespace,
        name=secret.name,
        message=f"Secret {shown(secret.namespace)}/{shown(secret.name)} {what}.",
        evidence=_evidence(context, secret, state),
        severity=severity,
        remediation=partial(_remediation, context, secret),
    )


def _evidence(context: Context, secret: Secret, state: RotationState) -> str:
    assert state.age is not None
    at_least, at_most = state.age.at_least_days(context.now), state.age.at_most_days(context.now)
    interval = f"in this Secret for at least {counted(at_least, 'day')}"
    if at_most is not None:
        interval += f", at most {counted(at_most, 'day')}"
    parts = [interval, f"known from {_PROVEN_BY[state.age.evidence]}"]
    if secret.managers:
        parts.append(f"written by {listed(secret.managers)}")
    owner = context.owner(secret)
    if owner:
        parts.append(f"{shown(owner)} answers for it")
    parts.append(f"the policy allows {counted(state.maximum_days or 0, 'day')} for its namespace and type")
    return "; ".join(parts)


def _remediation(context: Context, secret: Secret) -> str:
    return "\n".join(
        [
            "Make a new credential beside the old one, and let the application accept both. Then change the value:",
            "",
            *(f"  {line}" for line in _new_value(context, secret)),
            "",
            *_restarts(context, secret),
            "Take the old credential away when nothing uses it any more.",
        ]
    )


def _new_value(context: Context, secret: Secret) -> list[str]:
    """The commands that bring a new value into this Secret, by what makes it."""
    name, namespace = quoted(secret.name), quoted(secret.namespace)
    source = context.source(secret)
    maker = quoted(source.object.rpartition("/")[2]) if source.object else name
    create = f"kubectl create secret generic {name} -n {namespace} {_files(secret)} --dry-run=client -o yaml"
    if source.kind == "external-secrets":
        return [
            f"# in the store first, then at once rather than at the next refresh of ExternalSecret {maker}:",
            f'kubectl annotate externalsecret {maker} -n {namespace} force-sync="$(date +%s)" --overwrite',
        ]
    if source.kind == "sealed-secrets":
        return [
            f"{create} | kubeseal --format yaml > {quoted(f'{secret.name}-sealed.yaml')}",
            "# commit it, or apply it if nothing applies it for you",
        ]
    if source.kind in ("sops-flux", "flux"):
        return [
            "sops edit FILE.yaml  # the file of this Secret in Git",
            "git commit -m 'Rotate it' FILE.yaml && git push",
        ]
    if source.kind == "manual":
        return [f"{create} | kubectl apply --server-side --force-conflicts -f -"]
    return [f"# in what makes it: {shown(source.kind)} {shown(source.object)}".rstrip()]


def _files(secret: Secret) -> str:
    """Values from files: on a command line they would stand in the shell's history."""
    keys = secret.keys or ("KEY",)
    return " ".join(f"--from-file={quoted(f'{key}=PATH')}" for key in keys)


def _restarts(context: Context, secret: Secret) -> list[str]:
    """The workloads that read it once, at their start."""
    found = {
        (item.kind, item.name)
        for item in context.consumers.of(secret.namespace, secret.name)
        if item.kind in _RESTARTABLE and reads_at_start(item.how, item.sub_path)
    }
    if not found:
        return []
    commands = [
        f"  kubectl rollout restart {_RESTARTABLE[kind]} {quoted(name)} -n {quoted(secret.namespace)}"
        for kind, name in sorted(found)[:RESTARTS_IN_A_COMMAND]
    ]
    more = len(found) - len(commands)
    return [
        "These read it only when they start:",
        "",
        *commands,
        *([f"  # and {more} more"] if more else []),
        "",
    ]


_NOT_MEANT = (
    "Helm's release records, service account tokens, cert-manager's Secrets, sealing keys, bootstrap tokens and "
    "certificates made by controllers are not meant."
)
_BLIND_SPOTS = (
    "The age is that of the value in this object: a Secret that was copied or restored may hold an older credential. "
    "A change of a label by the manager that owns the data looks like a change of the value, but to scans with --deep."
)
_REFERENCES = (
    ("NIST SP 800-57, cryptoperiods", "https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final"),
    ("Field management", "https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management"),
)

ROTATION_OVERDUE = Check(
    id="rotation-overdue",
    title="No value is certainly older than the policy allows",
    severity="medium",
    needs=("secrets",),
    checklist="rotation",
    what=f"A value has certainly been in its Secret for longer than its maximum. {_NOT_MEANT}",
    why=(
        "The longer a credential lives, the more places it has leaked to: old backups, logs, laptops of people who "
        "have left. Rotation makes every such copy worthless."
    ),
    fix="Rotate the credential behind {namespace}/{name}, then change the value where it is made.",
    blind_spots=_BLIND_SPOTS,
    references=_REFERENCES,
    select=_under_policy,
    judge=_judge_overdue,
)

ROTATION_UNPROVEN = Check(
    id="rotation-unproven",
    title="Every value is proven to be within the policy",
    severity="low",
    needs=("secrets",),
    checklist="rotation",
    what=f"A value may be older than its maximum, and nothing proves that it was changed. {_NOT_MEANT}",
    why=(
        "A time of last change that cannot be proven is no answer to an auditor. Something wrote to the Secret, which "
        "may have been a rotation or only a label."
    ),
    fix="Rotate {namespace}/{name} once; from then on its age is known.",
    blind_spots=_BLIND_SPOTS,
    references=_REFERENCES,
    select=_select_not_overdue,
    judge=_judge_unproven,
)

CHECKS = (ROTATION_OVERDUE, ROTATION_UNPROVEN)
