"""References are folded onto the object a person would change, and none is lost by it."""

from __future__ import annotations

from scanners.consumers import Consumers
from scanners.inventory import (
    CsiMount,
    Owner,
    Reference,
    SecretUse,
    ServiceAccount,
    SyncObject,
    Workload,
)
from tests.core.build import deployment, inventory

USE = SecretUse(
    secret="db",
    how="env",
    field="spec.template.spec.containers[0].env[0]",
    keys=("password",),
    container="api",
)


def pod(name: str, owner: Owner | None, *uses: SecretUse, **fields: object) -> Workload:
    return Workload(kind="Pod", namespace="shop", name=name, owner=owner, uses=uses, **fields)  # type: ignore[arg-type]


def replica_set(name: str, replicas: int, *uses: SecretUse) -> Workload:
    owner = Owner(kind="Deployment", name="api", group="apps", controller=True)
    return Workload(
        kind="ReplicaSet",
        group="apps",
        namespace="shop",
        name=name,
        owner=owner,
        uses=uses,
        replicas=replicas,
    )


BY_SET = Owner(kind="ReplicaSet", name="api-1", group="apps", controller=True)


def test_a_pod_and_its_replica_set_say_nothing_that_the_deployment_does_not() -> None:
    in_pod = SecretUse(secret="db", how="env", field="spec.containers[0].env[0]", keys=("password",), container="api")
    consumers = Consumers(
        inventory(
            workloads=(
                pod("api-1-x", BY_SET, in_pod),
                replica_set("api-1", 1, USE),
                deployment("api", "shop", USE),
            )
        )
    )
    (only,) = consumers.of("shop", "db")
    assert (only.kind, only.name, only.field) == ("Deployment", "api", USE.field)


def test_what_only_the_live_pod_has_is_reported_on_the_deployment() -> None:
    debug = SecretUse(secret="db", how="env", field="spec.ephemeralContainers[0].env[0]", container="debug")
    consumers = Consumers(
        inventory(workloads=(pod("api-1-x", BY_SET, debug), replica_set("api-1", 1), deployment("api", "shop")))
    )
    (only,) = consumers.of("shop", "db")
    assert (only.kind, only.name, only.field) == ("Deployment", "api", "spec.ephemeralContainers[0].env[0]")


def test_a_controller_that_is_not_known_is_named_by_its_owner_reference() -> None:
    rollout = Owner(kind="Rollout", name="web", group="argoproj.io", controller=True)
    (only,) = Consumers(inventory(workloads=(pod("web-1", rollout, USE),))).of("shop", "db")
    assert (only.kind, only.name) == ("Rollout", "web")


def test_a_bare_pod_is_its_own_consumer() -> None:
    (only,) = Consumers(inventory(workloads=(pod("job", None, USE),))).of("shop", "db")
    assert (only.kind, only.name) == ("Pod", "job")


def test_a_rolled_back_revision_uses_nothing() -> None:
    old = SecretUse(secret="old", how="env", field="spec.template.spec.containers[0].env[0]")
    consumers = Consumers(inventory(workloads=(replica_set("api-0", 0, old), deployment("api", "shop", USE))))
    assert not consumers.of("shop", "old")


def test_a_cycle_of_owners_ends() -> None:
    one = Owner(kind="Job", name="b", controller=True)
    two = Owner(kind="Job", name="a", controller=True)
    jobs = (
        Workload(kind="Job", namespace="shop", name="a", owner=one, uses=(USE,)),
        Workload(kind="Job", namespace="shop", name="b", owner=two),
    )
    assert Consumers(inventory(workloads=jobs)).of("shop", "db")


def test_the_same_name_in_another_namespace_is_another_secret() -> None:
    consumers = Consumers(inventory(workloads=(deployment("api", "shop", USE),)))
    assert not consumers.of("staging", "db")


def test_a_csi_mount_consumes_the_secrets_that_its_provider_class_syncs() -> None:
    provider = SyncObject(
        kind="SecretProviderClass",
        group="secrets-store.csi.x-k8s.io",
        namespace="shop",
        name="vault",
        targets=("db",),
    )
    mounting = deployment("api", "shop", csi=(CsiMount(provider_class="vault", field="spec.template.spec.volumes[0]"),))
    (only,) = Consumers(inventory(workloads=(mounting,), sync_objects=(provider,))).of("shop", "db")
    assert (only.how, only.name, only.optional) == ("csi", "api", True)


def test_service_accounts_and_references_count() -> None:
    account = ServiceAccount(namespace="shop", name="runner", secrets=("token",), image_pull_secrets=("registry",))
    ingress = Reference(
        kind="Ingress", group="networking.k8s.io", namespace="shop", name="web", field="spec.tls[0].secretName",
        secret="tls", secret_namespace="shop", how="ingress-tls",
    )  # fmt: skip
    consumers = Consumers(inventory(service_accounts=(account,), references=(ingress,)))
    assert [item.how for item in consumers.of("shop", "token")] == ["service-account"]
    assert [item.how for item in consumers.of("shop", "registry")] == ["image-pull"]
    assert [item.kind for item in consumers.of("shop", "tls")] == ["Ingress"]


def test_a_provider_class_that_syncs_several_secrets_is_an_object_for_each() -> None:
    """A SecretProviderClass gives a SyncObject for each Secret, since each has keys of its own: none may be lost."""
    provided = tuple(
        SyncObject(
            kind="SecretProviderClass",
            group="secrets-store.csi.x-k8s.io",
            namespace="shop",
            name="vault",
            targets=(name,),
        )
        for name in ("first", "second")
    )
    mounting = deployment("api", "shop", csi=(CsiMount(provider_class="vault", field="spec.template.spec.volumes[0]"),))
    consumers = Consumers(inventory(workloads=(mounting,), sync_objects=provided))
    assert [len(consumers.of("shop", name)) for name in ("first", "second")] == [1, 1]
