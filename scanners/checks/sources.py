"""Where Secrets come from, and whether that still works."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanners.checks import inputs
from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.wording import counted, listed, quoted, shown
from scanners.context import Context
from scanners.inventory import PodMount, Secret, SyncObject
from scanners.sources import EXTERNAL_OR_ENCRYPTED, MACHINE_MADE, SYNC_KINDS

MADE_FOR_PEOPLE = MACHINE_MADE | {"helm-chart"}
"""Sources that make the Secret again; of a Helm chart's Secrets that is the release."""

KEYS_IN_A_MANIFEST = 20


@dataclass(frozen=True, slots=True)
class Owned:
    """A Secret that people own, with what was not seen of the objects that could make it."""

    secret: Secret
    makers: inputs.Unseen

    @property
    def namespace(self) -> str:
        return self.secret.namespace

    @property
    def name(self) -> str:
        return self.secret.name


def _owned_by_people(context: Context) -> Iterator[Owned]:
    """Secrets that no machine makes. A source of a kind that is new here counts as people's until it is known."""
    makers = inputs.Unseen(context, inputs.SYNCING, inputs.may_make_secrets)
    for secret in context.inventory.secrets:
        if context.source(secret).kind not in MADE_FOR_PEOPLE:
            yield Owned(secret, makers)


def _judge_source(context: Context, owned: Owned) -> Judgement:
    secret, source = owned.secret, context.source(owned.secret)
    if source.kind in EXTERNAL_OR_ENCRYPTED:
        return []
    if source.kind == "argo-cd":
        return Unknown(
            "Argo CD applies some Secrets, and whether a plugin decrypts or fetches them is not visible in the "
            "cluster; look at the Application's source"
        )
    applied_by = context.sources.kustomization(secret)
    unseen = owned.makers.of(secret.namespace)
    if source.kind == "flux" and applied_by is None:
        unseen += owned.makers.of(secret.labels.get("kustomize.toolkit.fluxcd.io/namespace", ""))
    if unseen:
        return Unknown(f"whether something makes each Secret cannot be told without {inputs.in_words(unseen)}")
    if applied_by is not None:
        what = f"is applied by Flux ({shown(source.object)}) without decryption, so its value stands in the source"
    elif source.kind == "flux":
        what = f"was applied by Flux, but {shown(source.object)} is gone: nothing would make it again"
    else:
        what = "was made by hand: nothing would make it again, and only this object knows its value"
    return [
        Fault(
            kind="Secret",
            namespace=secret.namespace,
            name=secret.name,
            message=f"Secret {shown(secret.namespace)}/{shown(secret.name)} {what}.",
            evidence=_source_evidence(secret),
            remediation=_source_remediation(secret),
        )
    ]


def _source_evidence(secret: Secret) -> str:
    owned = "no ownerReference, no object that names it as its target, no operator's mark"
    writers = f"; written by {listed(secret.managers)}" if secret.managers else ""
    return f"type {shown(secret.type)}; {owned}{writers}"


def _source_remediation(secret: Secret) -> str:
    """An ExternalSecret for this very Secret, and the way without a store."""
    namespace, name = secret.namespace, secret.name
    data = [
        line
        for key in (secret.keys or ("KEY",))[:KEYS_IN_A_MANIFEST]
        for line in (
            f"    - secretKey: {json.dumps(key)}",
            f"      remoteRef: {{key: PATH-IN-THE-STORE, property: {json.dumps(key)}}}",
        )
    ]
    manifest = [
        "apiVersion: external-secrets.io/v1",
        "kind: ExternalSecret",
        f"metadata: {{name: {json.dumps(name)}, namespace: {json.dumps(namespace)}}}",
        "spec:",
        "  refreshInterval: 1h0m0s",
        "  secretStoreRef: {kind: SecretStore, name: STORE}",
        f"  target: {{name: {json.dumps(name)}, creationPolicy: Owner, deletionPolicy: Retain}}",
        "  data:",
        *data,
    ]
    secret_command = f"kubectl get secret {quoted(name)} -n {quoted(namespace)} -o json"
    return "\n".join(
        [
            "Put the value into the store you use, then let External Secrets make this Secret from it:",
            "",
            *(f"  {line}" for line in manifest),
            "",
            "Without an external store, seal it and keep the SealedSecret in Git (the value stays in the pipe):",
            "",
            f"  {secret_command} | kubeseal --format yaml > {quoted(f'{name}-sealed.yaml')}",
            f"  kubectl annotate secret {quoted(name)} -n {quoted(namespace)} sealedsecrets.bitnami.com/managed=true",
            "",
            "The advisor compares the tools for your cluster and writes the whole set of manifests.",
        ]
    )


@dataclass(frozen=True, slots=True)
class Mounts:
    """What the driver said of one SecretProviderClass: its status in each Pod that mounts it."""

    namespace: str
    name: str
    statuses: tuple[PodMount, ...]


Syncing = SyncObject | Mounts


def _select_syncing(context: Context) -> Iterable[Syncing | Unknown]:
    """Every object that makes Secrets and reports how that went.

    A Kustomization counts where it decrypts or where a Secret carries its labels; others apply no Secret that is
    known of. A SecretProviderClass has no status of its own: its Pods' statuses stand for it.
    """
    applied = {
        (found.namespace, found.name)
        for found in map(context.sources.kustomization, context.inventory.secrets)
        if found is not None
    }
    for item in context.inventory.sync_objects:
        if item.kind == "Kustomization":
            if item.decryption or (item.namespace, item.name) in applied:
                yield item
        elif (item.group, item.kind) in SYNC_KINDS and item.kind != "SecretProviderClass":
            yield item
    statuses: dict[tuple[str, str], list[PodMount]] = defaultdict(list)
    for mount in context.inventory.pod_mounts:
        statuses[mount.namespace, mount.provider_class].append(mount)
    for (namespace, name), found in statuses.items():
        yield Mounts(namespace, name, tuple(found))
    yield from inputs.untold(context, SYNC_FAILING.needs, inputs.may_make_secrets)


def _judge_syncing(context: Context, item: Syncing) -> Judgement:
    if isinstance(item, Mounts):
        return _judge_mounts(item)
    if item.ready is None:
        return Unknown(
            f"some objects carry no status yet, such as {item.kind} {shown(item.namespace)}/{shown(item.name)}: "
            "see whether their operator runs"
        )
    if item.ready:
        return []
    targets = f" Secret {listed(item.targets)} keeps its last value, or is not there." if item.targets else ""
    return [
        Fault(
            kind=item.kind,
            namespace=item.namespace,
            name=item.name,
            message=f"{item.kind} {shown(item.namespace)}/{shown(item.name)} is not ready.{targets}",
            evidence="; ".join(_sync_evidence(item)),
            remediation=_sync_remediation(item),
        )
    ]


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
    lines = [
        "Its conditions and events say what failed:",
        "",
        f"  kubectl describe {resource} {name} -n {namespace}",
    ]
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


NO_SOURCE_OF_TRUTH = Check(
    id="no-source-of-truth",
    title="Every Secret that people own comes from a store or from encrypted Git",
    severity="medium",
    needs=("secrets", *inputs.SYNCING),
    checklist="source-of-truth",
    what=(
        "A Secret that no operator, owner, certificate, service account, Helm release or bootstrap makes has no "
        "external source (External Secrets, Vault, CSI) and no encrypted one (Sealed Secrets, SOPS)."
    ),
    why=(
        "Such a Secret exists once, in this cluster: a lost namespace loses it, nobody can say who changed it, and it "
        "is rotated by hand or not at all."
    ),
    fix=(
        "Put the value into an external store or encrypt it in Git, and let an operator make {namespace}/{name} "
        "from there; the advisor writes the manifests."
    ),
    blind_spots=(
        "A tool that applies Secrets from outside and leaves no mark (a pipeline with kubectl, Terraform) looks like "
        "a person. Secrets applied by Argo CD are not judged: a plugin may decrypt them."
    ),
    references=(
        (
            "Good practices for Kubernetes Secrets",
            "https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
        ),
        ("External Secrets Operator", "https://external-secrets.io/latest/"),
        ("Sealed Secrets", "https://github.com/bitnami/sealed-secrets"),
    ),
    mappings=(("CIS Kubernetes Benchmark", "5.4.2 Consider external secret storage"),),
    select=_owned_by_people,
    judge=_judge_source,
)

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

CHECKS = (NO_SOURCE_OF_TRUTH, SYNC_FAILING)
