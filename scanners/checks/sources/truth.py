"""Whether each Secret that people own has a source of truth outside the Secret object, or encrypted in Git."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from scanners.checks import inputs
from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.wording import listed, quoted, shown
from scanners.context import Context
from scanners.inventory import Secret
from scanners.sources import EXTERNAL_OR_ENCRYPTED, MACHINE_MADE

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

    def remediation(self) -> str:
        return _source_remediation(self.secret)


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
        what = f"is applied by Flux ({shown(source.object)}) without decryption: its source is no encrypted one"
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
            remediation=owned.remediation,
        )
    ]


def _source_evidence(secret: Secret) -> str:
    owned = "no ownerReference, no object that names it as its target, no operator's mark"
    writers = f"; written by {listed(secret.managers)}" if secret.managers else ""
    return f"type {shown(secret.type)}; {owned}{writers}"


def _source_remediation(secret: Secret) -> str:
    """An ExternalSecret for this very Secret, and the way without a store."""
    data = "".join(
        f"""\
      - secretKey: {key}
        remoteRef: {{key: PATH-IN-THE-STORE, property: {key}}}
"""
        for key in map(json.dumps, (secret.keys or ("KEY",))[:KEYS_IN_A_MANIFEST])
    )
    namespace, name = json.dumps(secret.namespace), json.dumps(secret.name)
    command_object = f"secret {quoted(secret.name)} -n {quoted(secret.namespace)}"
    return f"""\
Put the value into the store you use, then let External Secrets make this Secret from it:

  apiVersion: external-secrets.io/v1
  kind: ExternalSecret
  metadata: {{name: {name}, namespace: {namespace}}}
  spec:
    refreshInterval: 1h0m0s
    secretStoreRef: {{kind: SecretStore, name: STORE}}
    target: {{name: {name}, creationPolicy: Owner, deletionPolicy: Retain}}
    data:
{data}
Without an external store, seal it and keep the SealedSecret in Git (the value stays in the pipe):

  kubectl get {command_object} -o json | kubeseal --format yaml > {quoted(f"{secret.name}-sealed.yaml")}
  kubectl annotate {command_object} sealedsecrets.bitnami.com/managed=true

The advisor compares the tools for your cluster and writes the whole set of manifests."""


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
