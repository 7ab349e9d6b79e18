"""Containers that still have the value a Secret had before it was changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.inputs import CERTIFICATES
from scanners.checks.references import DOCUMENTATION, Pair, pairs, who
from scanners.checks.wording import counted, listed, moment, quoted, shown
from scanners.consumers import Consumption, reads_at_start
from scanners.context import Context

_RESTARTABLE = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
_UNPROVEN = (
    "some containers started before a write to a Secret that they read, and nothing proves whether its value changed "
    "then: scan again with --deep, and from then on two scans tell"
)
_PROVEN_BY = {
    "observed": "two scans saw different values",
    "data-hash": "External Secrets' hash of the data changed",
    "certificate": "it holds a certificate that was not valid before",
}


@dataclass(frozen=True, slots=True)
class Reads(Pair):
    """An object's references to one Secret by which running containers read it at their start."""

    stale: tuple[Consumption, ...]
    certain: bool


def _select(context: Context) -> Iterator[Reads]:
    """What no live Pod reads is not stale, and not judged; nor is a Secret that does not exist."""
    read = (
        item
        for item in context.consumers.all
        if reads_at_start(item.how, item.sub_path)
        and (item.secret_namespace, item.secret) in context.secrets
        and context.consumers.starts(item) is not None
    )
    for group in pairs(read):
        states = [context.stale(item) for item in group]
        stale = tuple(item for item, state in zip(group, states, strict=True) if state)
        yield Reads(group, stale, None not in states)


def _judge(context: Context, item: Reads) -> Judgement:
    if not item.stale:
        return [] if item.certain else Unknown(_unproven(context, item))
    first = item.stale[0]
    secret = context.secrets[first.secret_namespace, first.secret]
    place = f"{shown(secret.namespace)}/{shown(secret.name)}"
    return [
        Fault(
            kind=first.kind,
            namespace=first.namespace,
            name=first.name,
            field=first.field,
            message=f"{who(first)} runs containers with the value that Secret {place} had before it was changed.",
            evidence=_evidence(context, item),
            remediation=_remediation(first),
        )
    ]


def _unproven(context: Context, item: Reads) -> str:
    """A Certificate's dates may tell what is not proven otherwise, where it may be read."""
    if context.inventory.deep or context.sees(CERTIFICATES, item.first.secret_namespace):
        return _UNPROVEN
    return f"{_UNPROVEN}; for certificates, allow list on {CERTIFICATES}"


def _evidence(context: Context, item: Reads) -> str:
    first = item.stale[0]
    change = context.change(context.secrets[first.secret_namespace, first.secret], first.keys)
    keys = sorted({key for read in item.stale for key in read.keys})
    changed = f"changed after {moment(change.after)}" if change.after is not None else "changed"
    if change.before is not None:
        changed += f" and by {moment(change.before)}"
    starts = [start for start in context.consumers.starts(first) or () if start is not None]
    pods = counted(len(starts), "Pod")
    parts = [
        f"{_PROVEN_BY.get(change.evidence or '', 'its history shows a change')}: {changed}",
        f"container {shown(first.container)} of {pods}, the oldest started {moment(min(starts))}",
        f"read once, at the start, by {listed(dict.fromkeys(read.field for read in item.stale))}",
    ]
    return "; ".join([*parts, *([f"keys {listed(keys)}"] if keys else [])])


def _remediation(item: Consumption) -> str:
    name, namespace = quoted(item.name), quoted(item.namespace)
    if item.kind in _RESTARTABLE:
        command = f"kubectl rollout restart {item.kind.lower()} {name} -n {namespace}"
    elif item.kind == "Pod":
        command = f"kubectl delete pod {name} -n {namespace}  # and make it again: nothing else does"
    elif item.kind in ("Job", "CronJob"):
        command = f"kubectl get pods -n {namespace}  # those of {item.kind} {name} end by themselves, or delete them"
    else:
        command = f"kubectl get pods -n {namespace}  # delete those of {shown(item.kind)} {name}, one by one"
    return "\n".join(
        [
            "Start its containers anew, before the old credential is taken away:",
            "",
            f"  {command}",
            "",
            "Files mounted from a Secret, without subPath, follow it. Stakater's Reloader restarts workloads when a "
            "Secret changes.",
        ]
    )


STALE_CONSUMER = Check(
    id="stale-consumer",
    title="Running containers have the present values of their Secrets",
    severity="high",
    needs=("secrets", "pods"),
    checklist="rotation",
    what=(
        "A Secret's value was changed, for certain, after a running container had read it through env, envFrom or a "
        "subPath mount. Such a container keeps the old value until it is started anew. Where nothing proves the "
        "change, nothing is reported."
    ),
    why=(
        "The rotation is not done: the old credential is still in use, and when it is revoked the application fails. "
        "When it was leaked, it still works."
    ),
    fix="Start the containers of {kind} {namespace}/{name} anew.",
    blind_spots=(
        "A program may read a mounted file once and keep it, which nobody sees from outside. What an init container "
        "wrote into a volume is not seen. A value that was changed and changed back between two scans counts as the "
        "same."
    ),
    references=(
        DOCUMENTATION,
        (
            "Mounted Secrets are updated automatically, but for subPath",
            "https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod",
        ),
    ),
    mappings=(("NIST SP 800-53", "IA-5 Authenticator management"),),
    select=_select,
    judge=_judge,
)

CHECKS = (STALE_CONSUMER,)
