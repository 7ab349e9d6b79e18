"""Whether a Secret that follows a store still does: by when it was last refreshed, and by whether it is at all."""

from __future__ import annotations

from collections.abc import Iterator

from scanners.checks import inputs
from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.wording import listed, quoted, shown
from scanners.context import Context
from scanners.inventory import SyncObject
from scanners.spans import span

TOLERATED_INTERVALS = 2
"""A refresh may be late by an interval: the operator works through a queue, and tries again after an error."""

ON_PURPOSE = {
    "CreatedOnce": "fetches the value once, when the Secret is made",
    "OnChange": "fetches the value when the ExternalSecret itself changes",
}
"""Values of refreshPolicy by which somebody asked for no refresh, and what the operator does then.

https://external-secrets.io/latest/api/externalsecret/#update-behavior-with-3-different-refresh-policies
"""


def _select_refreshing(context: Context) -> Iterator[SyncObject]:
    """ExternalSecrets, which tell when they were refreshed last. What is not ready is a matter of sync-failing."""
    for item in context.inventory.sync_objects:
        external = (item.group, item.kind) == ("external-secrets.io", "ExternalSecret")
        if external and (item.ready is not False or _never_refreshes(item)):
            yield item


def _never_refreshes(item: SyncObject) -> bool:
    if item.refresh_policy in ON_PURPOSE:
        return False
    return item.refresh_seconds is None or item.refresh_seconds <= 0


def _judge_refresh(context: Context, item: SyncObject) -> Judgement:
    if item.refresh_policy in ON_PURPOSE:
        return []
    if item.refresh_seconds is None:
        return [_fault(item, "has a refreshInterval that is no duration, so the operator cannot read it", _INTERVAL)]
    if item.refresh_seconds <= 0:
        return [_fault(item, "has the refreshInterval 0 and never fetches the value again", _INTERVAL)]
    if item.ready is None:
        return Unknown("some ExternalSecrets carry no status yet: see whether their operator runs")
    if item.refreshed_at is None:
        return Unknown("some ExternalSecrets do not tell when they were refreshed (status.refreshTime)")
    late = (context.now - item.refreshed_at).total_seconds()
    if late <= TOLERATED_INTERVALS * item.refresh_seconds:
        return []
    if item.refresh_limited:
        return Unknown("windows of time keep some ExternalSecrets from refreshing: look at their spec.syncWindows")
    what = f"is ready, but was last refreshed {span(late)} ago, though it asks for every {span(item.refresh_seconds)}"
    return [_fault(item, what, _OPERATOR)]


_INTERVAL = (
    "If nobody wants it refreshed, say so with refreshPolicy: CreatedOnce. Otherwise give it an interval; a Secret "
    "that is already there follows from then on:\n\n"
    "  kubectl patch externalsecret {name} -n {namespace} --type=merge \\\n"
    '    -p \'{{"spec": {{"refreshPolicy": "Periodic", "refreshInterval": "1h0m0s"}}}}\''
)
_OPERATOR = (
    "Ready is what the last refresh left behind: see whether the operator runs, and what it says of this object:\n\n"
    "  kubectl get pods -A -l app.kubernetes.io/name=external-secrets\n"
    "  kubectl describe externalsecret {name} -n {namespace}\n\n"
    "Then refresh it now:\n\n"
    '  kubectl annotate externalsecret {name} -n {namespace} force-sync="$(date +%s)" --overwrite'
)


def _fault(item: SyncObject, what: str, remediation: str) -> Fault:
    return Fault(
        kind=item.kind,
        namespace=item.namespace,
        name=item.name,
        message=f"{item.kind} {shown(item.namespace)}/{shown(item.name)} {what}.",
        evidence="; ".join(_evidence(item)),
        remediation=remediation.format(name=quoted(item.name), namespace=quoted(item.namespace)),
    )


def _evidence(item: SyncObject) -> Iterator[str]:
    if item.targets:
        yield f"Secret {listed(item.targets)}"
    yield f"refreshPolicy {shown(item.refresh_policy) or 'not given, which is Periodic'}"
    if item.refreshed_at is not None:
        yield f"last refresh {item.refreshed_at:%Y-%m-%d %H:%M} UTC"
    if item.store:
        yield f"from {shown(item.store_kind)} {shown(item.store)}"


SYNC_STALE = Check(
    id="sync-stale",
    title="What follows a store is refreshed from it",
    severity="medium",
    needs=(inputs.EXTERNAL_SECRETS,),
    checklist="rotation",
    what=(
        f"An ExternalSecret is ready, but its last refresh is more than {TOLERATED_INTERVALS} of its intervals ago; or "
        "its refreshInterval is 0 or cannot be read, and no refreshPolicy says that this is on purpose."
    ),
    why=(
        "A rotation in the store does not arrive here, and the condition still says Ready. Whoever revokes the old "
        "credential breaks what reads this Secret."
    ),
    fix="See whether the operator runs, and what it says:\n\n  kubectl describe externalsecret {name} -n {namespace}",
    blind_spots=(
        "The last refresh says that the store was asked, not that the value is new. Vault's operator, Flux and the CSI "
        "driver do not tell in their objects when they last looked, so these are not judged."
    ),
    references=(
        ("ExternalSecret", "https://external-secrets.io/latest/api/externalsecret/"),
        ("refreshInterval 0", "https://github.com/external-secrets/external-secrets/issues/4167"),
    ),
    select=_select_refreshing,
    judge=_judge_refresh,
)

CHECKS = (SYNC_STALE,)
