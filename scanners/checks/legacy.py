"""Service account tokens that live in Secrets and never expire."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

from scanners.checks.check import Check, Fault, Judgement
from scanners.checks.wording import counted, quoted, shown
from scanners.context import Context
from scanners.inventory import Secret

TOKEN_TYPE = "kubernetes.io/service-account-token"
ACCOUNT = "kubernetes.io/service-account.name"
LAST_USED = "kubernetes.io/legacy-token-last-used"
INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since"

UNUSED_AFTER_DAYS = 90
"""Without use for so long, a token counts as unused. The control plane itself waits a year."""

TRACKED_SINCE = (1, 27)
"""From this version on the API server records the last use by default (KEP-2799: beta in 1.27, stable in 1.28)."""


def _select_secrets(context: Context) -> Iterable[Secret]:
    return context.inventory.secrets


def _judge(context: Context, secret: Secret) -> Judgement:
    if secret.type != TOKEN_TYPE:
        return []
    account = secret.annotations.get(ACCOUNT, "")
    use, unused = _use(context, secret)
    return [
        Fault(
            kind="Secret",
            namespace=secret.namespace,
            name=secret.name,
            severity="medium" if unused else None,
            message=(
                f"Secret {shown(secret.namespace)}/{shown(secret.name)} holds a token of ServiceAccount "
                f"{shown(account) or 'unknown'} that never expires: {use}."
            ),
            evidence=_evidence(context, secret, account),
            remediation=_remediation(secret, account, unused=unused),
        )
    ]


def _use(context: Context, secret: Secret) -> tuple[str, bool]:
    """Whether the token is in use, in words, and whether it counts as unused."""
    if invalid := _day(secret.labels.get(INVALID_SINCE, "")):
        return f"the control plane has refused it since {invalid} and will delete it", True
    last_used = _day(secret.labels.get(LAST_USED, ""))
    if last_used is not None:
        days = (context.now.date() - last_used).days
        if days > UNUSED_AFTER_DAYS:
            return f"last used {counted(days, 'day')} ago", True
        return f"in use, the last time on {last_used}", False
    if _tracks_use(context.inventory.cluster.version):
        return "not used since the API server records it", True
    return "whether it is used is not recorded in this version", False


def _evidence(context: Context, secret: Secret, account: str) -> str:
    parts = [f"type {TOKEN_TYPE}"]
    generated = _auto_generated(context, secret, account)
    if generated is not None:
        parts.append("generated automatically, before Kubernetes 1.24" if generated else "made by hand")
    parts += [
        f"label {label}={day}" for label in (LAST_USED, INVALID_SINCE) if (day := _day(secret.labels.get(label, "")))
    ]
    return "; ".join(parts)


def _auto_generated(context: Context, secret: Secret, account: str) -> bool | None:
    """Whether the ServiceAccount lists it, as the control plane itself tells them apart; None where not known."""
    for item in context.inventory.service_accounts:
        if (item.namespace, item.name) == (secret.namespace, account):
            return secret.name in item.secrets
    return None


def _day(text: str) -> date | None:
    """The day of a label such as 2026-08-01; None where there is none, or anything else stands there."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def _tracks_use(version: str) -> bool:
    found = re.match(r"v?(\d{1,4})\.(\d{1,4})", version)
    return found is not None and (int(found[1]), int(found[2])) >= TRACKED_SINCE


def _remediation(secret: Secret, account: str, *, unused: bool) -> str:
    name, namespace = quoted(secret.name), quoted(secret.namespace)
    remove = f"  kubectl delete secret {name} -n {namespace}"
    if unused:
        return f"Nothing uses it; deleting the Secret revokes the token:\n\n{remove}"
    return (
        "Give those who use it a token that expires. In a Pod, the projected one that Kubernetes mounts by itself "
        "does; outside the cluster, ask for one where it is used:\n\n"
        f"  kubectl create token {quoted(account) if account else 'SERVICE-ACCOUNT'} -n {namespace} "
        "--duration=1h\n\n"
        f"The label {LAST_USED} of the Secret stops moving when the last user has changed. Then delete the Secret, "
        f"which revokes the token:\n\n{remove}"
    )


LEGACY_TOKEN = Check(
    id="legacy-token",
    title="No service account token lives in a Secret",
    severity="high",
    needs=("secrets",),
    checklist="rotation",
    what=(
        f"A Secret of type {TOKEN_TYPE} holds a token that is valid until the Secret or its ServiceAccount is "
        f"deleted. It is medium rather than high when the token is unused: for more than {UNUSED_AFTER_DAYS} days, "
        "or never since the API server records the use."
    ),
    why=(
        "Such a token is bound to no Pod, no audience and no time. Copied once, from a backup, a pipeline or a "
        "laptop, it opens the API server for years with all rights of the ServiceAccount."
    ),
    fix=(
        "Move its users to tokens that expire (projected volumes in Pods, kubectl create token elsewhere), "
        "then:\n\n"
        "  kubectl delete secret {name} -n {namespace}"
    ),
    blind_spots=(
        "The API server records the day of the last use, not who used it; the audit log tells that. How long it "
        "has recorded is not looked at."
    ),
    references=(
        ("Service accounts", "https://kubernetes.io/docs/concepts/security/service-accounts/"),
        (
            "Managing Service Accounts: legacy tokens",
            "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/",
        ),
        ("KEP-2799", "https://github.com/kubernetes/enhancements/issues/2799"),
    ),
    mappings=(
        ("CIS Kubernetes Benchmark", "5.1.6 Ensure that Service Account Tokens are only mounted where necessary"),
        ("NSA/CISA Kubernetes Hardening Guide", "Authentication and authorization"),
    ),
    select=_select_secrets,
    judge=_judge,
)

CHECKS = (LEGACY_TOKEN,)
