"""The way from a store, or from Git, to a Secret."""

from __future__ import annotations

from typing import Any

from scanners.chains import Link, chain
from scanners.context import Context
from scanners.inventory import Inventory, Owner, PodMount, Secret, SecretStore, SyncObject
from tests.core.build import NOW, complete, inventory, secret

ESO, FLUX, SOURCES = "external-secrets.io", "kustomize.toolkit.fluxcd.io", "source.toolkit.fluxcd.io"
BY_FLUX = {f"{FLUX}/name": "apps", f"{FLUX}/namespace": "flux-system"}


def sync(kind: str, group: str, name: str = "it", **fields: Any) -> SyncObject:
    return SyncObject(**{"kind": kind, "group": group, "namespace": "shop", "name": name, "targets": ("db",), **fields})


def kustomization(**fields: Any) -> SyncObject:
    return sync(
        "Kustomization",
        FLUX,
        "apps",
        **{"namespace": "flux-system", "targets": (), "store_kind": "GitRepository", "store": "platform", **fields},
    )


def links(seen: Inventory, of: Secret | None = None) -> list[Link]:
    return list(chain(Context(seen), of or secret("db")))


END = Link("Secret", "shop", "db", detail="Opaque")


def test_from_a_provider_through_a_store() -> None:
    external = sync(
        "ExternalSecret", ESO, store_kind="ClusterSecretStore", store="vault", ready=True, refresh_seconds=3600
    )
    store = SecretStore(kind="ClusterSecretStore", namespace="", name="vault", provider="vault", ready=True)
    assert links(inventory(sync_objects=(external,), stores=(store,))) == [
        Link("Provider", "", "vault"),
        Link("ClusterSecretStore", "", "vault", ESO, True, "open to every namespace"),
        Link("ExternalSecret", "shop", "it", ESO, True, "every 1 hour"),
        END,
    ]


def test_a_store_that_was_not_read_is_a_link_of_unknown_health() -> None:
    external = sync(
        "ExternalSecret", ESO, store_kind="SecretStore", store="vault", ready=False, reason="SecretSyncedError"
    )
    assert links(inventory(sync_objects=(external,)))[:2] == [
        Link("SecretStore", "shop", "vault", ESO),
        Link("ExternalSecret", "shop", "it", ESO, False, "SecretSyncedError"),
    ]


def test_from_git_through_what_decrypts() -> None:
    applied = kustomization(decryption="sops", ready=True, store_namespace="sources")
    sealed = sync("SealedSecret", "bitnami.com", applied_by="flux-system/apps", ready=True)
    git = Link("GitRepository", "sources", "platform", SOURCES)
    flux = Link("Kustomization", "flux-system", "apps", FLUX, True, "decrypts with sops")
    assert links(inventory(sync_objects=(applied,)), secret("db", labels=BY_FLUX)) == [git, flux, END]
    assert links(inventory(sync_objects=(applied, sealed))) == [
        git,
        flux,
        Link("SealedSecret", "shop", "it", "bitnami.com", True),
        END,
    ]


def test_a_kustomization_that_is_gone_and_one_that_was_not_read() -> None:
    labelled = secret("db", labels=BY_FLUX)
    name = f"kustomizations.{FLUX}"
    assert links(inventory(coverage=complete(name)), labelled)[0].detail == "not found"
    assert links(inventory(), labelled)[0].detail == "not read"


def test_from_an_issuer() -> None:
    certificate = sync(
        "Certificate", "cert-manager.io", store_kind="ClusterIssuer", store="public", ready=True, not_after=NOW
    )
    assert links(inventory(sync_objects=(certificate,)))[:2] == [
        Link("ClusterIssuer", "", "public", "cert-manager.io"),
        Link("Certificate", "shop", "it", "cert-manager.io", True, "certificate until 2026-11-23 12:00 UTC"),
    ]


def test_through_the_csi_driver_s_mounts() -> None:
    provider = sync("SecretProviderClass", "secrets-store.csi.x-k8s.io", store_kind="provider", store="vault")
    mounts = tuple(
        PodMount(namespace="shop", name=f"m{n}", pod=f"p{n}", provider_class="it", mounted=bool(n)) for n in (0, 1)
    )
    assert links(inventory(sync_objects=(provider,), pod_mounts=mounts)) == [
        Link("Provider", "", "vault"),
        Link("SecretProviderClass", "shop", "it", "secrets-store.csi.x-k8s.io", False),
        Link("Mount", "shop", "it", healthy=False, detail="mounted in 1 of 2 Pods"),
        END,
    ]


def test_objects_that_a_mark_names() -> None:
    owned = secret("db", owners=(Owner(kind="Cluster", name="pg", group="postgresql.cnpg.io"),))
    assert links(inventory(), owned)[0] == Link("Cluster", "shop", "pg")
    token = secret(
        "db",
        type="kubernetes.io/service-account-token",
        annotations={"kubernetes.io/service-account.name": "app"},
    )
    assert links(inventory(), token)[0] == Link("ServiceAccount", "shop", "app")
    tracked = secret("db", annotations={"argocd.argoproj.io/tracking-id": "shop:/Secret:shop/db"})
    assert links(inventory(), tracked)[0] == Link("Application", "", "shop", "argoproj.io")


def test_a_copy_leads_on_to_its_original_s_source_and_ends_with_circles() -> None:
    copy = secret("db", annotations={"reflector.v1.k8s.emberstack.com/reflects": "bank/db"})
    external = sync("ExternalSecret", ESO, namespace="bank")
    original = secret("db", "bank")
    seen = inventory(sync_objects=(external,), secrets=(copy, original))
    assert [(link.kind, link.namespace) for link in links(seen, copy)] == [
        ("ExternalSecret", "bank"),
        ("Secret", "bank"),
        ("Secret", "shop"),
    ]
    circle = secret("db", "bank", annotations={"reflector.v1.k8s.emberstack.com/reflects": "shop/db"})
    assert len(links(inventory(secrets=(copy, circle)), copy)) < 10


def test_nothing_is_known_of_a_secret_made_by_hand() -> None:
    assert links(inventory()) == [END]
