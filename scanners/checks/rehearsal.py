"""Rotations in production that were not done in staging before, by the pairs of namespaces that the policy names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from scanners.ages import AgeInterval
from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.wording import moment, shown
from scanners.context import Context
from scanners.inventory import Secret
from scanners.observations import changed_before_that
from scanners.policy import RehearsalPair

LOOKED_BACK = timedelta(days=30)
"""Rotations of production that are judged; older ones can no longer be rehearsed."""
REHEARSED_WITHIN = timedelta(days=30)
"""How long before production the same Secret of staging may have been changed for it to count as its rehearsal."""
_AT_ONCE = timedelta(seconds=2)

_NO_PAIRS = (
    "the policy names no production and staging namespaces: add them under rehearsals, such as "
    "{production: prod-*, staging: staging-*}"
)
_UNPROVEN = (
    "nothing proves whether some production Secrets were rotated lately, or their twins in staging before them: scan "
    "with --deep regularly, and two scans tell"
)
_ELSEWHERE = (
    "staging is in cluster {cluster}, which is not connected here, was not scanned yet, or is hidden from people who "
    "see this one"
)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A production Secret and the age of its twin in staging, None where nothing tells it."""

    secret: Secret
    twin: str
    twin_age: AgeInterval | None

    @property
    def namespace(self) -> str:
        return self.secret.namespace

    @property
    def name(self) -> str:
        return self.secret.name


def _select(context: Context) -> Iterable[Rehearsal | Unknown] | Unknown:
    return _rehearsals(context) if context.policy.rehearsals else Unknown(_NO_PAIRS)


def _rehearsals(context: Context) -> Iterator[Rehearsal | Unknown]:
    """A Secret without a twin cannot be rehearsed there, and is not judged."""
    unknown: set[str] = set()
    for secret in context.inventory.secrets:
        pair = context.policy.rehearsal(secret.namespace)
        if pair is None or context.rotation(secret).exempt is not None:
            continue
        namespace = pair.twin_of(secret.namespace)
        found = _twin(context, pair, namespace, secret.name)
        if isinstance(found, Unknown):
            if found.reason not in unknown:
                unknown.add(found.reason)
                yield found
        elif found is not None:
            yield Rehearsal(secret, *found)


def _twin(
    context: Context, pair: RehearsalPair, namespace: str, name: str
) -> tuple[str, AgeInterval | None] | Unknown | None:
    """How the twin is called and its age; None where there certainly is none."""
    cluster = pair.staging_cluster
    if cluster and cluster != context.inventory.cluster.name:
        if cluster not in context.history.clusters:
            return Unknown(_ELSEWHERE.format(cluster=shown(cluster)))
        key = (cluster, namespace, name)
        known = key in context.history.elsewhere
        return (f"{cluster}: {namespace}/{name}", context.history.elsewhere[key]) if known else None
    twin = context.secrets.get((namespace, name))
    if twin is not None:
        return f"{namespace}/{name}", context.rotation(twin).age
    if not context.sees("secrets", namespace):
        return Unknown("needs list on secrets in the staging namespaces, which this identity may not do")
    return None


def _judge(context: Context, item: Rehearsal) -> Judgement:
    age = context.rotation(item.secret).age
    if age is None:
        return Unknown(_UNPROVEN)
    if age.changed_before < context.now - LOOKED_BACK or _never_changed(age):
        return []
    if not age.proven or age.changed_after is None or item.twin_age is None:
        return Unknown(_UNPROVEN)
    if _certainly_not_before(context, item, age, item.twin_age):
        return [_fault(item, age, item.twin_age)]
    return [] if _certainly_before(age, item.twin_age) else Unknown(_UNPROVEN)


def _never_changed(age: AgeInterval) -> bool:
    """Since it was made: the making is no rotation."""
    made = age.changed_after
    return not age.proven and made is not None and age.changed_before - made <= _AT_ONCE


def _certainly_not_before(context: Context, item: Rehearsal, age: AgeInterval, twin: AgeInterval) -> bool:
    """Whether the twin's last change is none, too old, or older than production's change before this one."""
    assert age.changed_after is not None
    if twin.changed_before > age.changed_after:
        return False  # its last change may be later, and says nothing of the one before
    previous = changed_before_that(context.observed(item.secret))
    return (
        _never_changed(twin)
        or twin.changed_before < age.changed_after - REHEARSED_WITHIN
        or (previous is not None and twin.changed_before < previous)
    )


def _certainly_before(age: AgeInterval, twin: AgeInterval) -> bool:
    assert age.changed_after is not None
    return (
        twin.proven
        and twin.changed_after is not None
        and age.changed_before - REHEARSED_WITHIN <= twin.changed_after
        and twin.changed_before <= age.changed_after
    )


def _fault(item: Rehearsal, age: AgeInterval, twin: AgeInterval) -> Fault:
    secret = item.secret
    assert age.changed_after is not None
    last = "was last changed by" if not _never_changed(twin) else "has its first value, of"
    return Fault(
        kind="Secret",
        namespace=secret.namespace,
        name=secret.name,
        message=(
            f"Secret {shown(secret.namespace)}/{shown(secret.name)} was rotated in production, and {shown(item.twin)} "
            "in staging was not before it."
        ),
        evidence=(
            f"changed after {moment(age.changed_after)} and by {moment(age.changed_before)}; "
            f"{shown(item.twin)} {last} {moment(twin.changed_before)}"
        ),
    )


ROTATION_NOT_REHEARSED = Check(
    id="rotation-not-rehearsed",
    title="Rotations are rehearsed in staging",
    severity="low",
    needs=("secrets",),
    checklist="staging-rehearsal",
    what=(
        "A Secret of production was changed, for certain, within the last 30 days, and the Secret of the same name in "
        "staging was certainly not changed within the 30 days before. Which namespaces are production and staging is "
        "told by the rehearsals of the policy; without any, nothing is judged."
    ),
    why=(
        "A rotation that fails, fails where it is done first: a consumer that nobody knew of, a pool that keeps old "
        "connections, a value with a character that a template bends. Staging is where that costs nothing."
    ),
    fix=(
        "Rotate the twin of {namespace}/{name} in staging now and watch its consumers; next time do it first. Both "
        "have values of their own, so they are rotated by the same steps, not by copying."
    ),
    blind_spots=(
        "Only proven changes count: two scans that saw different values (--deep), External Secrets' hash, or a "
        "certificate's dates. What was tried in staging without changing the Secret is not seen. Staging in another "
        "cluster is looked at only where everybody who sees this cluster may see that one."
    ),
    references=(
        (
            "OWASP Secrets Management Cheat Sheet, section 2.6",
            "https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html",
        ),
    ),
    mappings=(("NIST SP 800-53", "CM-4(1) Separate test environments"),),
    select=_select,
    judge=_judge,
)

CHECKS = (ROTATION_NOT_REHEARSED,)
