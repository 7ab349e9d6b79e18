"""How long a value has been in its Secret: an interval with its evidence, and what the policy makes of it.

A field manager's entry that owns part of the data moves its time when the value changes, and also when only a
label of its changes: it bounds the last change from below in age. creationTimestamp bounds it from above, in
this object: a copied or restored Secret may hold an older credential, so fresh never means "was rotated".
(Measured on a 1.37 API server; KEP-555 for managedFields.) What proves a change is in scanners.observations.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from scanners.inventory import Secret
from scanners.observations import Evidence, Look, Observation, observe
from scanners.policy import Place, RotationPolicy
from scanners.report import Rotation, ValueAge
from scanners.sources import BOOTSTRAP, HELM_RELEASE, TOKEN, Source

DUE_WITHIN_DAYS = 14


class AgeInterval(msgspec.Struct, frozen=True, gc=False):
    """The last change of the value lies at or after `changed_after` and at or before `changed_before`.

    `changed_after` is None where nothing bounds it. Both in UTC. `proven`: it is a change of the value for certain,
    by `evidence`, rather than the making of the object or a write that may have been one.
    """

    changed_after: datetime | None
    changed_before: datetime
    evidence: Evidence
    proven: bool = False

    def at_least_days(self, now: datetime) -> int:
        return whole_days(now - self.changed_before)

    def at_most_days(self, now: datetime) -> int | None:
        return whole_days(now - self.changed_after) if self.changed_after is not None else None


class RotationState(msgspec.Struct, frozen=True, gc=False):
    """A Secret's age under the policy. `exempt` says why no maximum applies, None where one does.

    `certainly_over_at` and `possibly_over_at` are when the value is certainly, and may be, older than the
    maximum; None where exempt or unbounded.
    """

    age: AgeInterval | None
    maximum_days: int | None
    exempt: str | None
    state: Rotation
    certainly_over_at: datetime | None = None
    possibly_over_at: datetime | None = None


def whole_days(span: timedelta) -> int:
    """Full days in a span, never below zero: a clock that runs behind the cluster's makes no negative age."""
    return max(0, span.days)


def age_interval(secret: Secret, now: datetime, observed: Observation | None = None) -> AgeInterval | None:
    """Between when and when the value last changed, `observed` being what earlier scans knew.

    None where the Secret carries no time at all.
    """
    return interval(observe(secret, Look(now, now), observed), now)


def interval(known: Observation, now: datetime) -> AgeInterval | None:
    """The age of a value by what is known of it at the end of a scan, `now`; None where nothing bounds it."""
    if known.evidence is None:
        return None
    return AgeInterval(known.changed_after, known.changed_before or now, known.evidence, known.proven)


_EXEMPT_TYPES = {
    TOKEN: "a service account token: see legacy-token",
    BOOTSTRAP: "a bootstrap token, which expires by itself",
    HELM_RELEASE: "a Helm release record, not a credential",
}
_EXEMPT_SOURCES = {
    "cert-manager": "cert-manager renews it",
    "sealing-key": "a sealing key, which its controller renews",
    "bootstrap": "a bootstrap token, which expires by itself",
    "control-plane": "made by the control plane",
}


def rotation_exemption(secret: Secret, source: Source) -> str | None:
    """Why the rotation policy does not apply to this Secret, None where it does (checks.md: rotation-overdue)."""
    if secret.type in _EXEMPT_TYPES:
        return _EXEMPT_TYPES[secret.type]
    if secret.key_count == 0:
        return "it holds nothing"
    if source.kind in _EXEMPT_SOURCES:
        return _EXEMPT_SOURCES[source.kind]
    if source.kind == "operator" and secret.type == "kubernetes.io/tls":
        return "a certificate made by a controller, which renews it"
    return None


def rotation_state(
    secret: Secret,
    source: Source,
    policy: RotationPolicy,
    now: datetime,
    age: AgeInterval | None,
    place: Place | None = None,
) -> RotationState:
    """Judge one Secret's age: fresh, overdue, due within 14 days, or unknown (contract.md).

    `place` is the Secret's, with its namespace's labels where they are known.
    """
    exempt = rotation_exemption(secret, source)
    if exempt is not None:
        return RotationState(age, None, exempt, "unknown")
    maximum = policy.maximum_days(place or Place(secret.namespace, secret.labels), secret.type)
    if age is None:
        return RotationState(None, maximum, None, "unknown")
    # Whole days: at 90 full days under a maximum of 90 the value is not older than the maximum yet.
    allowed = timedelta(days=maximum + 1)
    certainly = age.changed_before + allowed
    possibly = age.changed_after + allowed if age.changed_after is not None else None
    return RotationState(age, maximum, None, rotation_at(now, certainly, possibly), certainly, possibly)


def rotation_at(now: datetime, certainly_over_at: datetime, possibly_over_at: datetime | None) -> Rotation:
    """The rotation state at a time, from the two dates that a scan keeps."""
    if possibly_over_at is not None and now < possibly_over_at:
        return "fresh"
    if now >= certainly_over_at:
        return "overdue"
    if now + timedelta(days=DUE_WITHIN_DAYS) >= certainly_over_at:
        return "due"
    return "unknown"


def value_age(age: AgeInterval | None, now: datetime) -> ValueAge | None:
    """The interval as the report shows it, in whole days."""
    if age is None:
        return None
    exact = age.changed_after is not None and age.changed_before - age.changed_after <= timedelta(seconds=2)
    return ValueAge(
        at_least_days=age.at_least_days(now),
        at_most_days=age.at_most_days(now),
        evidence=age.evidence,
        changed_at=age.changed_before if exact else None,
        changed_after=age.changed_after,
        changed_before=age.changed_before,
    )
