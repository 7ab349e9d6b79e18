"""Certificates in Secrets that have expired, or will soon.

Their dates are in the value, which only a deep scan reads, or in the status of the Certificate from which cert-manager
makes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scanners.certificates import TLS, CertificateDates
from scanners.checks import inputs
from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.usage import read_through_api, take_away
from scanners.checks.wording import counted, listed, moment, quoted, shown
from scanners.context import Context
from scanners.inventory import Secret
from scanners.report import Severity
from scanners.sources import MACHINE_MADE

WINDOW = timedelta(days=30)
SHARE_OF_LIFETIME = 3
"""A certificate is about to expire within the last 30 days of its life, or the last third of a short one."""
RENEWED_AT = 2 / 3
"""cert-manager renews when two thirds of a certificate's life are over, where nothing else is asked for.

https://cert-manager.io/docs/usage/certificate/#reissuance-triggered-by-expiry-renewal
"""

_RENEWED_BY_THEMSELVES = frozenset({"cert-manager", "operator", "control-plane"})
_IN_VALUE = "the dates of certificates in TLS Secrets such as {place} are in the value: scan with --deep{otherwise}"
_UNREAD = "the values of some TLS Secrets, such as {place}, could not be read"


def _select(context: Context) -> Iterator[Secret]:
    """Secrets with a certificate whose dates are known, and those that people own and must have one."""
    for secret in context.inventory.secrets:
        kind = context.source(secret).kind
        if kind == "sealing-key":
            continue  # it goes on decrypting after its certificate's last day: see sealed-secrets-outdated
        stated = kind == "cert-manager" and not context.sees(inputs.CERTIFICATES, secret.namespace)
        if context.certificate(secret) is not None or (secret.type == TLS and (stated or kind not in MACHINE_MADE)):
            yield secret


def _judge(context: Context, secret: Secret) -> Judgement:
    dates = context.certificate(secret)
    if dates is None:
        if secret.values is not None or secret.key_count == 0:
            return []  # there is no certificate in it that could expire
        return Unknown(_unknown(context, secret))
    if context.now < _due(context, secret, dates):
        return []
    unused = _is_unused(context, secret)
    severity: Severity | None = "low" if unused else None
    state = _state(dates.not_after, context.now)
    return [
        Fault(
            kind="Secret",
            namespace=secret.namespace,
            name=secret.name,
            severity=severity,
            message=f"The certificate in Secret {shown(secret.namespace)}/{shown(secret.name)} {state}.",
            evidence=_evidence(context, secret, dates, unused),
            remediation=_remediation(context, secret, unused),
        )
    ]


def _unknown(context: Context, secret: Secret) -> str:
    place = f"{shown(secret.namespace)}/{shown(secret.name)}"
    if context.inventory.deep:
        return _UNREAD.format(place=place)
    seen = context.sees(inputs.CERTIFICATES, secret.namespace)
    return _IN_VALUE.format(place=place, otherwise="" if seen else f", or allow list on {inputs.CERTIFICATES}")


def _due(context: Context, secret: Secret, dates: CertificateDates) -> datetime:
    """From when on the certificate is a fault.

    One that renews itself has had half of what was left of its life to do so.
    """
    lifetime = dates.not_after - dates.not_before if dates.not_before is not None else None
    short = lifetime is not None and lifetime / SHARE_OF_LIFETIME < WINDOW
    window = lifetime / SHARE_OF_LIFETIME if lifetime is not None and short else WINDOW
    due = dates.not_after - window
    if context.source(secret).kind not in _RENEWED_BY_THEMSELVES:
        return due
    left = lifetime * (1 - RENEWED_AT) if lifetime is not None else WINDOW
    if dates.renews_at is not None and dates.renews_at < dates.not_after:
        left = dates.not_after - dates.renews_at
    return max(due, dates.not_after - left / 2)


def _state(not_after: datetime, now: datetime) -> str:
    days = abs(not_after - now).days
    if not_after <= now:
        return f"expired {counted(days, 'day')} ago" if days else "has expired"
    return f"expires in {counted(days, 'day')}" if days else "expires within a day"


def _is_unused(context: Context, secret: Secret) -> bool:
    """Whether nothing that could use it does, and all that could was seen."""
    if context.consumers.of(secret.namespace, secret.name) or read_through_api(context, secret):
        return False
    return not inputs.Unseen(context, inputs.REFERRING, inputs.may_refer_to_secrets).of(secret.namespace)


def _evidence(context: Context, secret: Secret, dates: CertificateDates, unused: bool) -> str:
    source = context.source(secret)
    parts = [f"not valid after {moment(dates.not_after)}"]
    if dates.not_before is not None:
        parts.append(f"not before {moment(dates.not_before)}")
    parts.append(
        f"the first to expire of the chain in {shown(dates.key)}"
        if dates.key
        else f"stated by {shown(dates.stated_by)}"
    )
    if source.kind in _RENEWED_BY_THEMSELVES:
        parts.append(f"{shown(source.object or source.kind)} should have renewed it")
    users = {f"{item.kind} {item.name}" for item in context.consumers.of(secret.namespace, secret.name)}
    parts.append("nothing refers to it" if unused else f"used by {listed(sorted(users), 'what could not be seen')}")
    return "; ".join(parts)


def _remediation(context: Context, secret: Secret, unused: bool) -> str:
    name, namespace = quoted(secret.name), quoted(secret.namespace)
    source = context.source(secret)
    if unused:
        return f"Make sure that nothing reads it through the API either{take_away(context, secret)}"
    if source.kind == "cert-manager" and source.object:
        certificate = quoted(source.object.rpartition("/")[2])
        return (
            "Look at why cert-manager has not renewed it, mend that, and renew it:\n\n"
            f"  cmctl status certificate {certificate} -n {namespace}\n"
            f"  cmctl renew {certificate} -n {namespace}"
        )
    lines = ["Have a new certificate issued, with its whole chain, and put it in place:", ""]
    if source.kind in ("manual", "helm-chart", "argo-cd"):
        lines.append(
            f"  kubectl create secret tls {name} -n {namespace} --cert=CHAIN.pem --key=KEY.pem "
            "--dry-run=client -o yaml | kubectl apply --server-side --force-conflicts -f -"
        )
    else:
        lines.append(f"  # in what makes it: {shown(source.object or source.kind)}")
    return "\n".join([*lines, "", "A Certificate of cert-manager renews itself: https://cert-manager.io/docs/usage/"])


CERTIFICATE_EXPIRING = Check(
    id="certificate-expiring",
    title="No certificate has expired or is about to",
    severity="high",
    needs=("secrets",),
    checklist="rotation",
    what=(
        "The certificate in a Secret, or another one of its chain, has expired or is within the last 30 days of its "
        "life, or the last third of it where it lives less than 90 days. One that renews itself is reported when half "
        "of the time that was left for its renewal has gone by. Low where nothing uses it."
    ),
    why=(
        "On its last day every client refuses the connection at once. An intermediate certificate that expires takes "
        "all below it along."
    ),
    fix="Renew the certificate in Secret {namespace}/{name}, then restart what reads it only at its start.",
    blind_spots=(
        "Without a deep scan only the dates that a Certificate of cert-manager states are known. Bundles of trusted "
        "authorities are not judged outside TLS Secrets. Revocation is not looked at."
    ),
    references=(
        ("TLS Secrets", "https://kubernetes.io/docs/concepts/configuration/secret/#tls-secrets"),
        ("Certificates and their renewal", "https://cert-manager.io/docs/usage/certificate/"),
    ),
    mappings=(("NIST SP 800-53", "SC-17 Public key infrastructure certificates"),),
    select=_select,
    judge=_judge,
)

CHECKS = (CERTIFICATE_EXPIRING,)
