"""Values that `kubectl apply` left in an annotation of the Secret."""

from __future__ import annotations

from collections.abc import Iterable

from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.wording import quoted, shown
from scanners.context import Context
from scanners.inventory import Secret

ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"


def _select_secrets(context: Context) -> Iterable[Secret]:
    return context.inventory.secrets


def _judge(_: Context, secret: Secret) -> Judgement:
    if secret.last_applied == "unreadable":
        return Unknown(
            f"the annotation {ANNOTATION} of some Secrets is not valid JSON, so whether it carries values is not "
            f"known: look at Secret {shown(secret.namespace)}/{shown(secret.name)}"
        )
    if secret.last_applied != "with-values":
        return []
    name, namespace = quoted(secret.name), quoted(secret.namespace)
    return [
        Fault(
            kind="Secret",
            namespace=secret.namespace,
            name=secret.name,
            field=f'metadata.annotations["{ANNOTATION}"]',
            message=f"Secret {shown(secret.namespace)}/{shown(secret.name)} carries its values in an annotation too.",
            evidence=f"{ANNOTATION} holds data or stringData",
            remediation=_REMEDIATION.replace("{name}", name).replace("{namespace}", namespace),
        )
    ]


_REMEDIATION = (
    "Take the annotation away:\n\n"
    f"  kubectl annotate secret {{name}} -n {{namespace}} {ANNOTATION}-\n\n"
    "It comes back with every client-side kubectl apply, so apply on the server from now on, and let no manifest "
    "with values be applied by hand:\n\n"
    "  kubectl apply --server-side --force-conflicts -f MANIFEST\n\n"
    "Who could read the Secret's metadata, or tools that copy annotations (dashboards, backups, logs), may have "
    "seen the values: rotate them."
)

VALUE_IN_ANNOTATION = Check(
    id="value-in-annotation",
    title="No Secret repeats its values in an annotation",
    severity="medium",
    needs=("secrets",),
    checklist="no-plaintext-in-git",
    what=(
        f"The annotation {ANNOTATION} holds the manifest as it was last applied on the client's side, with the "
        "values in data or stringData. What stood under stringData is there in plain text."
    ),
    why=(
        "Tools treat annotations as harmless: dashboards show them, scanners and log shippers store them, lists "
        "without values deliver them. The annotation also shows that a manifest with the values in plain exists, "
        "most likely in a Git repository."
    ),
    fix=_REMEDIATION,
    blind_spots="Other annotations are not looked at: they are dropped as they are read.",
    references=(
        (
            "Declarative management of objects",
            "https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/",
        ),
        ("Server-side apply", "https://kubernetes.io/docs/reference/using-api/server-side-apply/"),
    ),
    mappings=(
        ("CIS Kubernetes Benchmark", "5.4.2 Consider external secret storage"),
        ("NSA/CISA Kubernetes Hardening Guide", "Network separation and hardening: Secrets"),
    ),
    select=_select_secrets,
    judge=_judge,
)

CHECKS = (VALUE_IN_ANNOTATION,)
