"""The pinned versions of everything the real test cluster is made of, as data.

A version is changed here and nowhere else. Binaries carry it in their file name, so a bump builds anew.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Module:
    """A Go module and how to require it.

    `staging` is the version of the modules that the module's own go.mod replaces by folders of its repository
    (k8s.io/kubernetes does that with every `k8s.io/X`; they are published as v0.MINOR.PATCH). `served_as` is the
    path under which the proxies have it, where that is not the one the module declares.
    """

    path: str
    version: str
    staging: str | None = None
    served_as: str | None = None


@dataclass(frozen=True)
class Program:
    """One binary: `package` of `module`, linked with `variables` (Go's `-ldflags -X`)."""

    name: str
    module: Module
    package: str
    minutes: float
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class CrdGroup:
    """The CustomResourceDefinitions of one tool: files of `folder` in `module` whose name is in `files`.

    `beside_repository` says whether `../shared/crds` may have them too, at the version that folder holds.
    """

    name: str
    module: Module
    folder: str
    files: tuple[str, ...]
    beside_repository: bool = False


KUBERNETES = Module("k8s.io/kubernetes", "v1.37.2", staging="v0.37.2")
ETCD = Module("go.etcd.io/etcd/server/v3", "v3.7.3")
SOPS = Module("github.com/getsops/sops/v3", "v3.13.3")
AGE = Module("filippo.io/age", "v1.3.2")
SEALED_SECRETS = Module(
    "github.com/bitnami/sealed-secrets", "v0.40.0", served_as="github.com/bitnami-labs/sealed-secrets"
)

_KUBERNETES_VERSION = tuple(
    (f"k8s.io/component-base/version.{variable}", value)
    for variable, value in (("gitVersion", "v1.37.2"), ("gitMajor", "1"), ("gitMinor", "37"))
)

PROGRAMS: dict[str, Program] = {
    program.name: program
    for program in (
        Program("etcd", ETCD, "go.etcd.io/etcd/server/v3", 0.5),
        Program("kube-apiserver", KUBERNETES, "k8s.io/kubernetes/cmd/kube-apiserver", 6, _KUBERNETES_VERSION),
        Program(
            "kube-controller-manager",
            KUBERNETES,
            "k8s.io/kubernetes/cmd/kube-controller-manager",
            2,
            _KUBERNETES_VERSION,
        ),
        Program("kubectl", KUBERNETES, "k8s.io/kubernetes/cmd/kubectl", 1.5, _KUBERNETES_VERSION),
        Program("sops", SOPS, "github.com/getsops/sops/v3/cmd/sops", 2),
        Program("age-keygen", AGE, "filippo.io/age/cmd/age-keygen", 0.1),
        Program(
            "kubeseal",
            SEALED_SECRETS,
            "github.com/bitnami/sealed-secrets/cmd/kubeseal",
            1.5,
            (("main.VERSION", "v0.40.0"),),
        ),
    )
}

CRD_GROUPS: dict[str, CrdGroup] = {
    group.name: group
    for group in (
        CrdGroup(
            "external-secrets",
            Module("github.com/external-secrets/external-secrets", "v1.3.2"),
            "config/crds/bases",
            (
                "external-secrets.io_clusterexternalsecrets.yaml",
                "external-secrets.io_clustersecretstores.yaml",
                "external-secrets.io_externalsecrets.yaml",
                "external-secrets.io_secretstores.yaml",
            ),
            beside_repository=True,
        ),
        CrdGroup(
            "sealed-secrets",
            Module("github.com/bitnami-labs/sealed-secrets", "v0.40.0"),
            "helm/sealed-secrets/crds",
            ("bitnami.com_sealedsecrets.yaml",),
            beside_repository=True,
        ),
        CrdGroup(
            "secrets-store-csi",
            Module("sigs.k8s.io/secrets-store-csi-driver", "v1.5.3"),
            "config/crd/bases",
            (
                "secrets-store.csi.x-k8s.io_secretproviderclasses.yaml",
                "secrets-store.csi.x-k8s.io_secretproviderclasspodstatuses.yaml",
            ),
            beside_repository=True,
        ),
        CrdGroup(
            "flux",
            Module("github.com/fluxcd/kustomize-controller", "v1.6.0"),
            "config/crd/bases",
            ("kustomize.toolkit.fluxcd.io_kustomizations.yaml",),
            beside_repository=True,
        ),
        CrdGroup(
            "flux-sources",
            Module("github.com/fluxcd/source-controller", "v1.7.0"),
            "config/crd/bases",
            ("source.toolkit.fluxcd.io_gitrepositories.yaml",),
        ),
        CrdGroup(
            "cert-manager",
            Module("github.com/cert-manager/cert-manager", "v1.21.2"),
            "deploy/crds",
            (
                "cert-manager.io_certificates.yaml",
                "cert-manager.io_clusterissuers.yaml",
                "cert-manager.io_issuers.yaml",
            ),
        ),
        CrdGroup(
            "gateway-api",
            Module("sigs.k8s.io/gateway-api", "v1.4.1"),
            "config/crd/standard",
            (
                "gateway.networking.k8s.io_gatewayclasses.yaml",
                "gateway.networking.k8s.io_gateways.yaml",
                "gateway.networking.k8s.io_httproutes.yaml",
            ),
        ),
        CrdGroup(
            "argo-cd",
            Module("github.com/argoproj/argo-cd/v3", "v3.1.9"),
            "manifests/crds",
            ("application-crd.yaml",),
        ),
    )
}
