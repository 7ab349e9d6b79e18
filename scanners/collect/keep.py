"""Which labels and annotations of an object are kept, and in what form: the door that values do not pass.

Annotations may hold anything, Secret values included (`last-applied-configuration` does), so only those that
an operator writes to say what it owns are kept. Labels of a Secret are kept by the same kind of list. All text
is cut to a length and freed of control and invisible characters, since it comes from a cluster.
"""

from __future__ import annotations

from collections.abc import Mapping

from scanners.collect.pool import Pool

MAX_VALUE = 256
"""Characters kept of a label's or an annotation's value."""
MAX_ENTRIES = 48
"""Labels or annotations kept of one object."""

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
DATA_HASH = "reconcile.external-secrets.io/data-hash"

LABELS = frozenset(
    {
        # Helm's own release records (helm.sh/helm/v3/pkg/storage/driver) and the recommended labels
        # (kubernetes.io/docs/concepts/overview/working-with-objects/common-labels).
        "name",
        "version",
        "status",
        "helm.sh/chart",
        "app.kubernetes.io/name",
        "app.kubernetes.io/instance",
        "app.kubernetes.io/version",
        "app.kubernetes.io/component",
        "app.kubernetes.io/part-of",
        "app.kubernetes.io/managed-by",
        # Who owns it, and which environment it belongs to.
        "app.kubernetes.io/environment",
        "env",
        "environment",
        "owner",
        "team",
        # GitOps.
        "kustomize.toolkit.fluxcd.io/name",
        "kustomize.toolkit.fluxcd.io/namespace",
        "helm.toolkit.fluxcd.io/name",
        "helm.toolkit.fluxcd.io/namespace",
        "argocd.argoproj.io/instance",
        "argocd.argoproj.io/secret-type",
        # Operators that write Secrets.
        "reconcile.external-secrets.io/managed",
        "reconcile.external-secrets.io/created-by",
        "secrets-store.csi.k8s.io/managed",
        "secrets.hashicorp.com/vso-ownerRefUID",
        "secrets.doppler.com/subtype",
        "kubed.appscode.com/origin.namespace",
        "kubed.appscode.com/origin.name",
        "generate.kyverno.io/policy-name",
        "generate.kyverno.io/source-namespace",
        "generate.kyverno.io/source-name",
        # Service account tokens (KEP-2799).
        "kubernetes.io/legacy-token-last-used",
        "kubernetes.io/legacy-token-invalid-since",
        # Secrets that a sidecar reads through the API by their label (Grafana's charts).
        "grafana_dashboard",
        "grafana_datasource",
    }
)
LABEL_PREFIXES = (
    "cert-manager.io/",
    "controller.cert-manager.io/",
    "sealedsecrets.bitnami.com/",
    "cnpg.io/",
)

ANNOTATIONS = frozenset(
    {
        "meta.helm.sh/release-name",
        "meta.helm.sh/release-namespace",
        "argocd.argoproj.io/tracking-id",
        "kubernetes.io/service-account.name",
        "kubernetes.io/service-account.uid",
        "sealedsecrets.bitnami.com/managed",
        "sealedsecrets.bitnami.com/patch",
        "operator.1password.io/item-path",
        "operator.1password.io/item-version",
        # Copies of another Secret (emberstack reflector, mittwald replicator).
        "reflector.v1.k8s.emberstack.com/reflects",
        "replicator.v1.mittwald.de/replicate-from",
        "replicator.v1.mittwald.de/replicated-from-version",
        # OpenShift's service authority and its registry's pull Secrets.
        "service.beta.openshift.io/originating-service-name",
        "service.alpha.openshift.io/originating-service-name",
        "openshift.io/internal-registry-auth-token.service-account",
    }
)
ANNOTATION_PREFIXES = ("cert-manager.io/",)

NOTHING: dict[str, str] = {}
"""Shared by the many objects of which no label or annotation is kept; never changed."""

_TEMPLATE_HASHES = frozenset(
    {"pod-template-hash", "controller-revision-hash", "controller-uid", "pod-template-generation"}
)


def clean(text: str, limit: int = MAX_VALUE) -> str:
    """The text cut to `limit` characters, with U+FFFD for whatever does not print (controls, bidi marks, NUL)."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def kept_labels(found: Mapping[str, str] | None, pool: Pool) -> dict[str, str]:
    """The labels of the allow-list, and those that this collection's policy asks for."""
    return _kept(found, LABELS, LABEL_PREFIXES, pool, pool.labels)


def kept_annotations(found: Mapping[str, str] | None, pool: Pool) -> dict[str, str]:
    """The annotations of the allow-list."""
    return _kept(found, ANNOTATIONS, ANNOTATION_PREFIXES, pool)


def all_labels(found: Mapping[str, str] | None, pool: Pool) -> dict[str, str]:
    """Every label, for objects that selectors and owner rules look at: Namespaces and Pod templates."""
    if not found:
        return NOTHING
    kept = {
        pool.one(clean(name, 317)): pool.one(clean(value, 63))
        for name, value in found.items()
        if name not in _TEMPLATE_HASHES
    }
    return dict(list(kept.items())[:MAX_ENTRIES])


def _kept(
    found: Mapping[str, str] | None,
    names: frozenset[str],
    prefixes: tuple[str, ...],
    pool: Pool,
    more: frozenset[str] = frozenset(),
) -> dict[str, str]:
    if not found:
        return NOTHING
    kept = {
        pool.one(clean(name, 317)): pool.one(clean(value))
        for name, value in found.items()
        if name in names or name in more or name.startswith(prefixes)
    }
    if len(kept) > MAX_ENTRIES:
        return dict(list(kept.items())[:MAX_ENTRIES])
    return kept or NOTHING
