"""What makes a Secret is decided by what cannot be an accident."""

from __future__ import annotations

import pytest

from scanners.inventory import Owner, PodMount, Secret, SyncObject
from scanners.sources import Source, Sources
from tests.core.build import inventory, secret


def sync(kind: str, group: str, name: str = "it", targets: tuple[str, ...] = ("db",), **fields: object) -> SyncObject:
    return SyncObject(kind=kind, group=group, namespace="shop", name=name, targets=targets, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "group", "expected"),
    [
        ("ExternalSecret", "external-secrets.io", "external-secrets"),
        ("SealedSecret", "bitnami.com", "sealed-secrets"),
        ("Certificate", "cert-manager.io", "cert-manager"),
        ("VaultStaticSecret", "secrets.hashicorp.com", "vault-operator"),
        ("SopsSecret", "isindir.github.com", "sops-operator"),
    ],
)
def test_an_object_that_names_the_secret_is_its_source(kind: str, group: str, expected: str) -> None:
    sources = Sources(inventory(sync_objects=(sync(kind, group, ready=False),)))
    assert sources.of(secret("db")) == Source(expected, f"{kind}/shop/it", False)


def test_the_kind_alone_is_not_enough() -> None:
    """Anyone may define a kind called ExternalSecret in a group of their own."""
    assert Sources(inventory(sync_objects=(sync("ExternalSecret", "example.io"),))).of(secret("db")).kind == "manual"


def test_a_target_in_another_namespace_is_another_secret() -> None:
    sources = Sources(inventory(sync_objects=(sync("ExternalSecret", "external-secrets.io"),)))
    assert sources.of(secret("db", "staging")).kind == "manual"


def test_a_target_in_the_namespace_that_the_object_names_is_its_own() -> None:
    away = sync("DopplerSecret", "secrets.doppler.com", target_namespace="bank", ready=True)
    sources = Sources(inventory(sync_objects=(away,)))
    assert sources.of(secret("db", "bank")) == Source("doppler", "DopplerSecret/shop/it", True)
    assert sources.of(secret("db", "shop")).kind == "manual"


def test_the_maker_comes_before_one_that_merges_into_it() -> None:
    merging = sync("ExternalSecret", "external-secrets.io", "merge", creates=False)
    sealing = sync("SealedSecret", "bitnami.com", "seal", ready=True)
    assert Sources(inventory(sync_objects=(merging, sealing))).of(secret("db")).kind == "sealed-secrets"


def test_a_cluster_external_secret_comes_after_the_external_secret_it_makes() -> None:
    cluster = SyncObject(
        kind="ClusterExternalSecret", group="external-secrets.io", namespace="", name="all", targets=("db",),
        target_namespace="shop",
    )  # fmt: skip
    own = sync("ExternalSecret", "external-secrets.io", "own", ready=True)
    assert Sources(inventory(sync_objects=(cluster, own))).of(secret("db")).object == "ExternalSecret/shop/own"
    assert Sources(inventory(sync_objects=(cluster,))).of(secret("db")).kind == "external-secrets"


def test_a_csi_sync_is_healthy_when_every_mount_is() -> None:
    provider = sync("SecretProviderClass", "secrets-store.csi.x-k8s.io", "vault")
    mounts = [
        PodMount(namespace="shop", name=f"m{n}", pod=f"p{n}", provider_class="vault", mounted=n != 1) for n in (0, 1)
    ]
    assert Sources(inventory(sync_objects=(provider,), pod_mounts=(mounts[0],))).of(secret("db")).healthy is True
    assert Sources(inventory(sync_objects=(provider,), pod_mounts=tuple(mounts))).of(secret("db")).healthy is False
    assert Sources(inventory(sync_objects=(provider,))).of(secret("db")).healthy is None


FLUX = {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}


def test_a_copy_leads_to_its_original() -> None:
    found = secret("db", annotations={"replicator.v1.mittwald.de/replicate-from": "bank/credentials"})
    assert Sources(inventory()).of(found).object == "Secret/bank/credentials"
    here = secret("db", annotations={"replicator.v1.mittwald.de/replicate-from": "credentials"})
    assert Sources(inventory()).of(here).object == "Secret/shop/credentials"


@pytest.mark.parametrize(("decryption", "expected"), [("sops", "sops-flux"), ("", "flux")])
def test_flux_is_an_encrypted_source_only_with_decryption(decryption: str, expected: str) -> None:
    kustomization = SyncObject(
        kind="Kustomization", group="kustomize.toolkit.fluxcd.io", namespace="flux-system", name="apps",
        ready=True, decryption=decryption,
    )  # fmt: skip
    found = Sources(inventory(sync_objects=(kustomization,))).of(secret(labels=FLUX))
    assert found == Source(expected, "Kustomization/flux-system/apps", True)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (secret(type="helm.sh/release.v1"), "helm"),
        (secret(type="bootstrap.kubernetes.io/token"), "bootstrap"),
        (secret(type="kubernetes.io/service-account-token"), "service-account"),
        (secret(labels={"sealedsecrets.bitnami.com/sealed-secrets-key": "active"}), "sealing-key"),
        (secret(labels={"reconcile.external-secrets.io/managed": "true"}), "external-secrets"),
        (
            secret(owners=(Owner(kind="Cluster", name="pg", group="postgresql.cnpg.io", controller=True),)),
            "operator",
        ),
        (secret(annotations={"argocd.argoproj.io/tracking-id": "shop:/Secret:shop/db"}), "argo-cd"),
        (secret(labels={"app.kubernetes.io/managed-by": "Helm"}), "helm-chart"),
        (secret(labels={"app.kubernetes.io/managed-by": "cert-manager-webhook"}), "cert-manager"),
        (secret(labels={"helm.toolkit.fluxcd.io/name": "web", "helm.toolkit.fluxcd.io/namespace": "x"}), "helm-chart"),
        (secret(labels={"secrets.doppler.com/subtype": "dopplerSecret"}), "doppler"),
        (secret(labels={"secrets.hashicorp.com/vso-ownerRefUID": "1"}), "vault-operator"),
        (secret(annotations={"operator.1password.io/item-version": "3"}), "onepassword"),
        (secret(annotations={"service.beta.openshift.io/originating-service-name": "web"}), "operator"),
        (secret(type="connection.crossplane.io/v1alpha1"), "operator"),
        (secret(owners=(Owner(kind="SopsSecret", name="db", group="craftypath.github.io"),)), "sops-operator"),
        (secret(owners=(Owner(kind="ExternalSecret", name="db", group="kubernetes-client.io"),)), "external-secrets"),
        (secret(owners=(Owner(kind="ExternalSecret", name="db", group="example.io"),)), "operator"),
        (secret(annotations={"reflector.v1.k8s.emberstack.com/reflects": "bank/db"}), "copy"),
        (secret(annotations={"replicator.v1.mittwald.de/replicate-from": "bank/db"}), "copy"),
        (secret(annotations={"replicator.v1.mittwald.de/replicated-from-version": "7"}, labels=FLUX), "copy"),
        (
            secret(labels={"kubed.appscode.com/origin.namespace": "bank", "kubed.appscode.com/origin.name": "db"}),
            "copy",
        ),
        (secret(labels={"generate.kyverno.io/policy-name": "pull"}), "operator"),
        (secret(labels={"argocd.argoproj.io/instance": "shop"}), "argo-cd"),
        (
            secret(annotations={"argocd.argoproj.io/tracking-id": "shop:external-secrets.io/ExternalSecret:shop/db"}),
            "external-secrets",
        ),
        (secret(annotations={"argocd.argoproj.io/tracking-id": "shop:/Secret:bank/db"}), "copy"),
        (secret(managers=("postgres-operator",)), "operator"),
        (secret(managers=("postgres-operator", "kubectl-edit")), "manual"),
        (secret(managers=("kube-controller-manager",)), "control-plane"),
        (secret(managers=("kubectl-create",)), "manual"),
        (secret(), "manual"),
    ],
)
def test_marks_that_only_one_operator_leaves(item: Secret, expected: str) -> None:
    assert Sources(inventory()).of(item).kind == expected
