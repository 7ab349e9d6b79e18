"""Whether SOPS ciphertext was stored where its plaintext should be."""

from __future__ import annotations

from collections.abc import Iterator

from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.wording import listed, quoted, shown
from scanners.context import Context
from scanners.inventory import Secret
from scanners.sources import EXTERNAL_OR_ENCRYPTED, MACHINE_MADE

FROM_MANIFESTS = frozenset({"sops-flux"})
"""Sources with encrypted values whose Secrets were applied from manifests all the same."""


def _select_applied(context: Context) -> Iterator[Secret]:
    """Secrets that were applied from manifests, and all whose values or manifests tell.

    What an operator writes it has decrypted itself: its Secret never held the ciphertext.
    """
    for secret in context.inventory.secrets:
        made = context.source(secret).kind in (MACHINE_MADE | EXTERNAL_OR_ENCRYPTED) - FROM_MANIFESTS
        if not made or secret.values is not None or secret.applied_encrypted:
            yield secret


def _judge_ciphertext(context: Context, secret: Secret) -> Judgement:
    keys = [facts.key for facts in secret.values or () if facts.encrypted == "sops"]
    if secret.values is not None and not keys:
        return []
    if keys or secret.applied_encrypted:
        return [_fault(context, secret, keys)]
    if secret.last_applied == "with-values":
        return []
    return Unknown(
        "whether the values are ciphertext is seen only in the values, or where kubectl left the manifest it applied; "
        "scan with --deep"
    )


def _fault(context: Context, secret: Secret, keys: list[str]) -> Fault:
    what = f"holds SOPS ciphertext in {listed(keys)}" if keys else "was applied with SOPS ciphertext in its manifest"
    evidence = (
        f"ENC[AES256_GCM stands in the values of {listed(keys)}"
        if keys
        else "its manifest has ENC[AES256_GCM values or a mapping sops"
    )
    return Fault(
        kind="Secret",
        namespace=secret.namespace,
        name=secret.name,
        message=(
            f"Secret {shown(secret.namespace)}/{shown(secret.name)} {what}: what reads it gets the ciphertext, not the "
            "value."
        ),
        evidence=evidence,
        remediation=_remediation(context, secret),
    )


def _remediation(context: Context, secret: Secret) -> str:
    item = context.sources.kustomization(secret)
    if context.source(secret).kind == "flux" and item is not None:
        return (
            f"Let Flux decrypt what it applies (the key in Secret sops-age of {shown(item.namespace)}):\n\n"
            f"  kubectl patch kustomization {quoted(item.name)} -n {quoted(item.namespace)} --type=merge \\\n"
            '    -p \'{"spec": {"decryption": {"provider": "sops", "secretRef": {"name": "sops-age"}}}}\'\n\n'
            "Set the same in the Kustomization's manifest in Git."
        )
    return (
        "Decrypt on the way into the cluster, so that the plaintext touches no disk; server-side apply refuses a file "
        "that is still encrypted:\n\n"
        f"  sops decrypt {quoted(f'{secret.name}.yaml')} | kubectl apply --server-side -n {quoted(secret.namespace)} "
        "-f -\n\n"
        "In GitOps let Flux decrypt (spec.decryption), or the SOPS operator."
    )


SOPS_NOT_DECRYPTED = Check(
    id="sops-not-decrypted",
    title="No Secret holds SOPS ciphertext",
    severity="high",
    needs=("secrets",),
    checklist="no-plaintext-in-git",
    deep=True,
    what=(
        "A Secret's value is SOPS ciphertext (ENC[AES256_GCM,…), or the manifest that kubectl applied was still "
        "encrypted."
    ),
    why=(
        "What reads the Secret gets the ciphertext for a password: it fails, or worse, takes it for one. And somebody "
        "believes that a credential was delivered which was not."
    ),
    fix=(
        "Decrypt on the way:\n\n  sops decrypt FILE | kubectl apply --server-side -n {namespace} -f -\n\n"
        "or let Flux or the SOPS operator do it."
    ),
    blind_spots=(
        "Without --deep only manifests that kubectl applied on the client's side are seen: it leaves them in an "
        "annotation. Secrets that an operator writes are looked at in deep scans alone."
    ),
    references=(
        ("SOPS", "https://getsops.io/docs/"),
        ("Manage Kubernetes secrets with SOPS", "https://fluxcd.io/flux/guides/mozilla-sops/"),
        ("A Kustomization without decryption", "https://github.com/fluxcd/flux2/issues/3367"),
    ),
    mappings=(("CIS Kubernetes Benchmark", "5.4.2 Consider external secret storage"),),
    select=_select_applied,
    judge=_judge_ciphertext,
)

CHECKS = (SOPS_NOT_DECRYPTED,)
