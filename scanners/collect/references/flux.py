"""Flux's kinds that name Secrets (https://fluxcd.io/flux/components/); all in the object's own namespace."""

from __future__ import annotations

from scanners.collect.references.pointer import Pointer
from scanners.collect.references.table import ReferringKind, names, selectors, strings

_SOURCE = "https://fluxcd.io/flux/components/"
_FLUX_OPERATOR = "https://fluxoperator.dev/docs/crd/"
_OF_KIND_SECRET = (("kind", ("Secret",)),)


def _kind(
    toolkit: str, name: str, plural: str, versions: tuple[str, ...], pointers: tuple[Pointer, ...]
) -> ReferringKind:
    return ReferringKind(
        group=f"{toolkit}.toolkit.fluxcd.io",
        kind=name,
        plural=plural,
        versions=versions,
        pointers=pointers,
        source=f"{_SOURCE}{toolkit}/",
    )


KINDS = (
    _kind(
        "source",
        "GitRepository",
        "gitrepositories",
        ("v1", "v1beta2"),
        names("spec.secretRef", "spec.proxySecretRef", "spec.verify.secretRef"),
    ),
    _kind(
        "source",
        "HelmRepository",
        "helmrepositories",
        ("v1", "v1beta2"),
        names("spec.secretRef", "spec.certSecretRef"),
    ),
    _kind(
        "source",
        "OCIRepository",
        "ocirepositories",
        ("v1", "v1beta2"),
        names(
            "spec.secretRef",
            "spec.certSecretRef",
            "spec.proxySecretRef",
            "spec.verify.secretRef",
            "spec.verify.trustedRootSecretRef",
        ),
    ),
    _kind(
        "source",
        "Bucket",
        "buckets",
        ("v1", "v1beta2"),
        names(
            "spec.secretRef",
            "spec.certSecretRef",
            "spec.proxySecretRef",
            "spec.sts.secretRef",
            "spec.sts.certSecretRef",
        ),
    ),
    _kind("source", "HelmChart", "helmcharts", ("v1", "v1beta2"), names("spec.verify.secretRef")),
    _kind(
        "kustomize",
        "Kustomization",
        "kustomizations",
        ("v1", "v1beta2"),
        names("spec.decryption.secretRef")
        + selectors("spec.kubeConfig.secretRef")
        + names("spec.postBuild.substituteFrom[]", when=_OF_KIND_SECRET, optional="optional"),
    ),
    _kind(
        "helm",
        "HelmRelease",
        "helmreleases",
        ("v2", "v2beta2", "v2beta1"),
        (
            Pointer(path="spec.valuesFrom[].name", key="valuesKey", optional="optional", when=_OF_KIND_SECRET),
            *selectors("spec.kubeConfig.secretRef"),
            *names("spec.chart.spec.verify.secretRef"),
        ),
    ),
    _kind(
        "image",
        "ImageRepository",
        "imagerepositories",
        ("v1", "v1beta2"),
        names("spec.secretRef", "spec.certSecretRef", "spec.proxySecretRef"),
    ),
    _kind(
        "image",
        "ImageUpdateAutomation",
        "imageupdateautomations",
        ("v1", "v1beta2", "v1beta1"),
        names("spec.git.commit.signingKey.secretRef"),
    ),
    _kind(
        "notification",
        "Provider",
        "providers",
        ("v1beta3", "v1beta2"),
        names("spec.secretRef", "spec.certSecretRef", "spec.proxySecretRef"),
    ),
    _kind("notification", "Receiver", "receivers", ("v1", "v1beta2"), names("spec.secretRef")),
    ReferringKind(
        group="fluxcd.controlplane.io",
        kind="FluxInstance",
        plural="fluxinstances",
        versions=("v1",),
        pointers=strings("spec.distribution.imagePullSecret", "spec.distribution.artifactPullSecret")
        + strings("spec.sync.pullSecret"),
        source=_FLUX_OPERATOR,
    ),
    ReferringKind(
        group="fluxcd.controlplane.io",
        kind="ResourceSetInputProvider",
        plural="resourcesetinputproviders",
        versions=("v1",),
        pointers=names("spec.secretRef", "spec.certSecretRef"),
        source=_FLUX_OPERATOR,
    ),
)
