"""Whether what makes Secrets says that it works."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanners.checks import inputs
from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.wording import counted, listed, quoted, shown
from scanners.context import Context
from scanners.inventory import PodMount, SyncObject
from scanners.sources import SILENT_KINDS, SYNC_KINDS


@dataclass(frozen=True, slots=True)
class Mounts:
    """What the driver said of one SecretProviderClass: its status in each Pod that mounts it."""

    namespace: str
    name: str
    statuses: tuple[PodMount, ...]


Syncing = SyncObject | Mounts

BY_FLUX = frozenset({"flux", "sops-flux"})
"""Sources of Secrets that a Kustomization applied itself. An operator may copy its labels to a Secret of its own."""


def _select_syncing(context: Context) -> Iterable[Syncing | Unknown]:
    """Every object that makes Secrets and reports how that went.

    A Kustomization counts where it decrypts or where a Secret carries its labels; others apply no Secret that is
    known of. A SecretProviderClass has no status of its own: its Pods' statuses stand for it.
    """
    applied = {
        (found.namespace, found.name)
        for secret in context.inventory.secrets
        if context.source(secret).kind in BY_FLUX and (found := context.sources.kustomization(secret)) is not None
    }
    told: set[tuple[str, ...]] = set()
    for item in context.inventory.sync_objects:
        if item.kind == "Kustomization":
            if item.decryption or (item.namespace, item.name) in applied:
                yield item
            elif context.coverage("secrets").status != "complete":
                yield Unknown("which Kustomizations apply Secrets stands in the labels of these: needs list on secrets")
        elif _tells_of_itself(item) and (key := (item.group, item.kind, item.namespace, item.name)) not in told:
            told.add(key)  # an object with several Secrets is read as one for each
            yield item
    statuses: dict[tuple[str, str], list[PodMount]] = defaultdict(list)
    for mount in context.inventory.pod_mounts:
        statuses[mount.namespace, mount.provider_class].append(mount)
    for (namespace, name), mounts in statuses.items():
        yield Mounts(namespace, name, tuple(mounts))
    yield from inputs.untold(context, SYNC_FAILING.needs, _tells)


def _tells(name: str) -> bool:
    return name == inputs.CLUSTER_EXTERNAL_SECRETS or inputs.may_make_secrets(name)


def _tells_of_itself(item: SyncObject) -> bool:
    kind = (item.group, item.kind)
    return kind in SYNC_KINDS and kind not in SILENT_KINDS and item.kind != "SecretProviderClass"


def _judge_syncing(context: Context, item: Syncing) -> Judgement:
    if isinstance(item, Mounts):
        return _judge_mounts(item)
    if item.ready is None:
        return Unknown(
            f"some objects carry no status yet, or are being reconciled just now, such as {item.kind} "
            f"{_place(item)}: see whether their operator runs, and scan again"
        )
    if item.ready:
        return []
    targets = f" Secret {listed(item.targets)} keeps its last value, or is not there." if item.targets else ""
    return [
        Fault(
            kind=item.kind,
            namespace=item.namespace,
            name=item.name,
            message=f"{item.kind} {_place(item)} is not ready.{targets}",
            evidence="; ".join(_sync_evidence(item)),
            remediation=_sync_remediation(item),
        )
    ]


def _place(item: SyncObject) -> str:
    return f"{shown(item.namespace)}/{shown(item.name)}" if item.namespace else shown(item.name)


def _sync_evidence(item: SyncObject) -> Iterator[str]:
    yield f"reason {shown(item.reason)}" if item.reason else "its condition gives no reason"
    if item.store:
        yield f"from {shown(item.store_kind)} {shown(item.store)}"
    if item.refreshed_at is not None:
        yield f"last successful sync {item.refreshed_at:%Y-%m-%d %H:%M} UTC"
    if item.suspended:
        yield "suspended"


_RETRY = {
    "ExternalSecret": 'kubectl annotate externalsecret {name} -n {namespace} force-sync="$(date +%s)" --overwrite',
    "SealedSecret": "kubectl logs -n kube-system -l app.kubernetes.io/name=sealed-secrets --tail=50",
    "Certificate": "kubectl get certificaterequests,orders,challenges -n {namespace}",
    "Kustomization": "flux reconcile kustomization {name} -n {namespace} --with-source",
}
"""The second step for each kind: try again, or look where its operator says why."""


def _sync_remediation(item: SyncObject) -> str:
    resource = quoted(f"{item.kind.lower()}.{item.group}" if item.group else item.kind.lower())
    name, namespace = quoted(item.name), quoted(item.namespace)
    within = f" -n {namespace}" if item.namespace else ""
    lines = ["Its conditions and events say what failed:", "", f"  kubectl describe {resource} {name}{within}"]
    if item.kind == "ExternalSecret" and item.store:
        scope = "" if item.store_kind == "ClusterSecretStore" else f" -n {namespace}"
        lines.append(f"  kubectl describe {quoted(item.store_kind.lower())} {quoted(item.store)}{scope}")
    if item.kind in _RETRY:
        lines += ["", "Then:", "", "  " + _RETRY[item.kind].format(name=name, namespace=namespace)]
    return "\n".join(lines)


def _judge_mounts(item: Mounts) -> Judgement:
    failed = [status for status in item.statuses if not status.mounted]
    if not failed:
        return []
    pods = listed(status.pod for status in failed)
    of_all = f"{len(failed)} of {counted(len(item.statuses), 'Pod')}"
    return [
        Fault(
            kind="SecretProviderClass",
            namespace=item.namespace,
            name=item.name,
            message=f"SecretProviderClass {shown(item.namespace)}/{shown(item.name)} is not mounted in {of_all}.",
            evidence=f"SecretProviderClassPodStatus {listed(status.name for status in failed)}; Pods {pods}",
            remediation=(
                "The Pod's events and the driver on its node say why:\n\n"
                f"  kubectl describe pod {quoted(failed[0].pod)} -n {quoted(item.namespace)}\n"
                "  kubectl logs -n kube-system -l app=secrets-store-csi-driver -c secrets-store --tail=50"
            ),
        )
    ]


SYNC_FAILING = Check(
    id="sync-failing",
    title="Everything that makes Secrets is ready",
    severity="high",
    needs=(*inputs.SYNCING, inputs.MOUNT_STATUSES),
    checklist="source-of-truth",
    what=(
        "An ExternalSecret, SealedSecret, Certificate or other object that makes a Secret, or the Flux Kustomization "
        "that applies one, is not ready; or a SecretProviderClass could not be mounted into a Pod."
    ),
    why=(
        "The Secret keeps its old value while everyone believes it is managed: a rotation in the store does not "
        "arrive, and what is missing is not made. It shows at the next restart, often at the worst time."
    ),
    fix="Its conditions say what failed:\n\n  kubectl describe {kind} {name} -n {namespace}",
    blind_spots="An object without a status is not judged: its operator has said nothing about it.",
    references=(
        ("ExternalSecret status", "https://external-secrets.io/latest/api/externalsecret/"),
        ("Flux Kustomization conditions", "https://fluxcd.io/flux/components/kustomize/kustomizations/#conditions"),
        ("cert-manager troubleshooting", "https://cert-manager.io/docs/troubleshooting/"),
    ),
    select=_select_syncing,
    judge=_judge_syncing,
)
