"""Whether GitOps applies Secrets whose values stand in plain in Git."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scanners.checks import inputs
from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.sources.syncing import BY_FLUX
from scanners.checks.wording import quoted, shown
from scanners.context import Context
from scanners.inventory import Secret, SyncObject
from scanners.sources import FLUX_GROUP

GIT = "GitRepository"


@dataclass(frozen=True, slots=True)
class Applied:
    """A Secret that a GitOps tool applied. `substituting` are the Kustomizations that fill in values of Secrets."""

    secret: Secret
    substituting: frozenset[tuple[str, str]]

    @property
    def namespace(self) -> str:
        return self.secret.namespace

    @property
    def name(self) -> str:
        return self.secret.name


def _select_applied(context: Context) -> Iterator[Applied]:
    """Secrets that Flux or Argo CD applied themselves, not those that something they applied makes."""
    substituting = frozenset(
        (item.namespace, item.name)
        for item in context.inventory.references
        if (item.group, item.kind) == (FLUX_GROUP, "Kustomization") and item.field.startswith("spec.postBuild.")
    )
    for secret in context.inventory.secrets:
        if context.source(secret).kind in BY_FLUX | {"argo-cd"}:
            yield Applied(secret, substituting)


def _judge_applied(context: Context, applied: Applied) -> Judgement:
    secret, source = applied.secret, context.source(applied.secret)
    if source.kind == "argo-cd":
        return Unknown(
            "Argo CD applies some Secrets, and whether a plugin decrypts or fetches them is not visible in the "
            "cluster; look at the Application's source"
        )
    if source.kind == "sops-flux" or secret.key_count == 0 or _is_ciphertext(secret):
        return []
    kustomization = context.sources.kustomization(secret)
    if kustomization is None:
        return Unknown(_unseen(context, source.object))
    if kustomization.source_kind != GIT:
        return Unknown(
            f"some Secrets come from {shown(kustomization.source_kind) or 'a source of unknown kind'} "
            f"{shown(kustomization.store)}, and whether their values stand in plain in the Git behind it is not "
            "visible in the cluster; look at what builds it"
        )
    if (kustomization.namespace, kustomization.name) in applied.substituting:
        return Unknown(
            f"Kustomization {shown(kustomization.namespace)}/{shown(kustomization.name)} fills in values from Secrets "
            "of the cluster (postBuild.substituteFrom), so that what it applies may stand in Git without them; look at "
            "its manifests"
        )
    return [_fault(secret, kustomization)]


def _is_ciphertext(secret: Secret) -> bool:
    """Whether what stands in it, and so in Git, is SOPS ciphertext: a matter of sops-not-decrypted."""
    values = secret.values or ()
    return secret.applied_encrypted or (bool(values) and all(facts.encrypted for facts in values))


def _unseen(context: Context, reference: str) -> str:
    row = context.coverage(inputs.KUSTOMIZATIONS)
    if context.inventory.scope and reference.split("/")[1] not in context.inventory.scope:
        return f"{shown(reference)}, which applies some Secrets, lies outside the namespaces of this scan"
    if row.status in ("complete", "absent"):
        return f"{shown(reference)} is gone, and whether it decrypted what it applied cannot be told any more"
    return f"whether Flux decrypts what it applies cannot be told without {inputs.in_words([row])}"


def _fault(secret: Secret, item: SyncObject) -> Fault:
    where = f"{GIT} {shown(item.store_namespace or item.namespace)}/{shown(item.store)}"
    return Fault(
        kind="Secret",
        namespace=secret.namespace,
        name=secret.name,
        message=(
            f"Secret {shown(secret.namespace)}/{shown(secret.name)} stands in plain in Git: Flux applies it from "
            f"{where}, and its Kustomization does not decrypt."
        ),
        evidence=(
            f"label {FLUX_GROUP}/name={shown(item.name)}; Kustomization {shown(item.namespace)}/{shown(item.name)} "
            f"without spec.decryption, from {where}"
        ),
        remediation=_remediation(secret, item),
    )


def _remediation(secret: Secret, item: SyncObject) -> str:
    file = quoted(f"{secret.name}.yaml")
    return "\n".join(
        [
            "Whoever read the repository has the value: issue a new one first, and revoke the old one. Then encrypt",
            "the new one before it is committed, with a key that the cluster has:",
            "",
            f"  sops encrypt --age RECIPIENT --encrypted-regex '^(data|stringData)$' --in-place {file}",
            f"  kubectl patch kustomization {quoted(item.name)} -n {quoted(item.namespace)} --type=merge \\",
            '    -p \'{"spec": {"decryption": {"provider": "sops", "secretRef": {"name": "sops-age"}}}}\'',
            "",
            "Set the same in the Kustomization's manifest in Git, or Flux undoes the patch. An ExternalSecret or a",
            "SealedSecret in its place needs no decryption. The old value stays in Git's history whatever you do now.",
        ]
    )


GITOPS_PLAINTEXT = Check(
    id="gitops-plaintext",
    title="No Secret is applied in plain from Git",
    severity="high",
    needs=("secrets", inputs.KUSTOMIZATIONS),
    checklist="no-plaintext-in-git",
    what=(
        "A Secret was applied by a Flux Kustomization that decrypts nothing and takes its manifests from a "
        "GitRepository: the value stands in that repository."
    ),
    why=(
        "Everybody who may read the repository, its clones, its backups and its CI logs has the credential, now and "
        "for as long as the history is kept. base64 is no encryption."
    ),
    fix="Issue a new value for {namespace}/{name}, encrypt it with SOPS before it is committed, and let Flux decrypt.",
    blind_spots=(
        "A Kustomization that decrypts may apply plain files as well: repo-scan looks at these. Secrets that Argo CD "
        "tracks, that come from a bucket or an OCI artifact, or into which Flux substitutes values, are not judged: "
        "the cluster does not show what stands in Git. A Secret that stands in Git without its value, and is filled in "
        "by something else later, looks the same. Git history is not looked at."
    ),
    references=(
        ("Manage Kubernetes secrets with SOPS", "https://fluxcd.io/flux/guides/mozilla-sops/"),
        ("Kustomization decryption", "https://fluxcd.io/flux/components/kustomize/kustomizations/#decryption"),
        ("Argo CD secret management", "https://argo-cd.readthedocs.io/en/stable/operator-manual/secret-management/"),
    ),
    mappings=(("CIS Kubernetes Benchmark", "5.4.2 Consider external secret storage"),),
    select=_select_applied,
    judge=_judge_applied,
)

CHECKS = (GITOPS_PLAINTEXT,)
