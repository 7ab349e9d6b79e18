"""What a cluster shows answers questions; what it does not show is not concluded from silence."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.advice import advise
from advisor.answers import Answers
from advisor.facts import POD_INPUTS, Fact, answers_of, facts, installed
from advisor.matrix import EXTERNAL_SECRETS, SEALED_SECRETS, SOPS, VAULT_CSI
from scanners.inventory import (
    Cluster,
    CsiMount,
    Inventory,
    PodMount,
    Reference,
    SecretUse,
    SyncObject,
    Workload,
)
from tests.core.build import complete, deployment, inventory, secret


def about(question: str, found: Inventory) -> Fact | None:
    return next((fact for fact in facts(found) if fact.question == question), None)


def value(question: str, found: Inventory) -> str | None:
    return answers_of(facts(found)).get(question)


def external_secret(name: str = "db", store: str = "main", **fields: Any) -> SyncObject:
    return SyncObject(
        **{
            "kind": "ExternalSecret", "group": "external-secrets.io", "namespace": "shop", "name": name,
            "store_kind": "ClusterSecretStore", "store": store, **fields,
        }
    )  # fmt: skip


def cluster_store(provider: str, name: str = "main") -> Reference:
    return Reference(
        kind="ClusterSecretStore",
        group="external-secrets.io",
        namespace="",
        name=name,
        field=f"spec.provider.{provider}.auth.secretRef.accessKeyIDSecretRef.name",
        secret="credential",
        secret_namespace="external-secrets",
        how="custom-resource",
    )


def provider_class(provider: str) -> SyncObject:
    return SyncObject(
        kind="SecretProviderClass",
        group="secrets-store.csi.x-k8s.io",
        namespace="shop",
        name="db",
        store_kind="provider",
        store=provider,
    )


def kustomization(**fields: Any) -> SyncObject:
    return SyncObject(
        kind="Kustomization", group="kustomize.toolkit.fluxcd.io", namespace="flux-system", name="apps", **fields
    )


def with_groups(*groups: str) -> Inventory:
    return inventory(cluster=Cluster(name="test", api_groups=groups))


def env(name: str = "db") -> SecretUse:
    return SecretUse(secret=name, how="env", field="spec.template.spec.containers[0].env[0]")


def volume(name: str = "db") -> SecretUse:
    return SecretUse(secret=name, how="volume", field="spec.template.spec.volumes[0]")


def test_an_empty_inventory_answers_nothing() -> None:
    assert facts(inventory()) == ()
    assert installed(facts(inventory())) == frozenset()


def test_flux_is_seen_by_its_objects_or_its_api_group() -> None:
    assert value("gitops", inventory(sync_objects=(kustomization(),))) == "flux"
    seen = about("gitops", inventory(sync_objects=(kustomization(),)))
    assert seen is not None
    assert seen.seen == "Kustomization flux-system/apps"
    assert value("gitops", with_groups("kustomize.toolkit.fluxcd.io")) == "flux"


def test_argo_cd_is_seen_by_what_it_tracks_and_not_by_a_group_that_others_share() -> None:
    tracked = secret(annotations={"argocd.argoproj.io/tracking-id": "shop:/Secret:shop/db"})
    assert value("gitops", inventory(secrets=(tracked,))) == "argo-cd"
    running = deployment("argocd-server", "argocd", labels={"app.kubernetes.io/part-of": "argocd"})
    assert value("gitops", inventory(workloads=(running,))) == "argo-cd"
    assert about("gitops", with_groups("argoproj.io")) is None


def test_where_both_deploy_the_person_is_asked() -> None:
    tracked = secret(annotations={"argocd.argoproj.io/tracking-id": "shop:/Secret:shop/db"})
    both = about("gitops", inventory(secrets=(tracked,), sync_objects=(kustomization(),)))
    assert both is not None
    assert both.value is None
    assert "Kustomization flux-system/apps" in both.seen
    assert "Secret shop/db" in both.seen


@pytest.mark.parametrize(
    ("provider", "answer"),
    [
        ("aws", "aws"),
        ("gcpsm", "gcp"),
        ("azurekv", "azure"),
        ("vault", "vault"),
        ("openBao", "openbao"),
        ("doppler", "other"),
    ],
)
def test_a_store_is_known_by_the_provider_that_external_secrets_uses(provider: str, answer: str) -> None:
    found = inventory(sync_objects=(external_secret(),), references=(cluster_store(provider),))
    assert value("external-store", found) == answer


def test_a_store_whose_provider_was_not_seen_is_not_guessed_from_its_name() -> None:
    found = about("external-store", inventory(sync_objects=(external_secret(store="aws-secrets-manager"),)))
    assert found is not None
    assert found.value is None
    assert found.seen == "ExternalSecret shop/db"


def test_one_known_store_does_not_speak_for_another_that_is_not_known() -> None:
    objects = (external_secret(), external_secret("cache", store="second"))
    found = about("external-store", inventory(sync_objects=objects, references=(cluster_store("vault"),)))
    assert found is not None
    assert found.value is None
    assert "HashiCorp Vault and stores whose kind was not seen" in found.fact


def test_several_stores_leave_the_question_open() -> None:
    found = about(
        "external-store",
        inventory(sync_objects=(external_secret(), provider_class("vault")), references=(cluster_store("aws"),)),
    )
    assert found is not None
    assert found.value is None
    assert "AWS and HashiCorp Vault" in found.fact


@pytest.mark.parametrize("provider", ["fake", "kubernetes", "webhook"])
def test_a_provider_that_is_no_secrets_manager_is_no_store(provider: str) -> None:
    found = inventory(sync_objects=(external_secret(),), references=(cluster_store(provider),))
    assert about("external-store", found) is None


def test_vault_is_known_by_its_own_operator_and_by_the_driver() -> None:
    operator = SyncObject(kind="VaultStaticSecret", group="secrets.hashicorp.com", namespace="shop", name="db")
    assert value("external-store", inventory(sync_objects=(operator,))) == "vault"
    assert value("external-store", inventory(sync_objects=(provider_class("vault"),))) == "vault"
    assert value("external-store", inventory(sync_objects=(provider_class("aws"),))) == "aws"


def test_both_ways_of_reading_are_certain_however_little_was_seen() -> None:
    found = about(
        "consumption", inventory(workloads=(deployment("api", "shop", env()), deployment("job", "shop", volume())))
    )
    assert found is not None
    assert found.value == "both"
    assert found.fact == "1 workload reads Secrets from environment variables, 1 workload from files."
    assert found.seen == "Deployment shop/api, Deployment shop/job"


@pytest.mark.parametrize(("use", "answer"), [(env(), "env"), (volume(), "files")])
def test_one_way_alone_is_concluded_from_a_complete_reading_only(use: SecretUse, answer: str) -> None:
    workloads = (deployment("api", "shop", use),)
    assert value("consumption", inventory(workloads=workloads, coverage=complete(*POD_INPUTS))) == answer
    denied = about("consumption", inventory(workloads=workloads, coverage=complete(*POD_INPUTS[1:])))
    assert denied is not None
    assert denied.value is None
    assert denied.fact.endswith("Not all workloads could be seen.")
    scoped = inventory(workloads=workloads, coverage=complete(*POD_INPUTS), scope=("shop",))
    assert value("consumption", scoped) is None


def test_a_csi_volume_is_a_file_and_the_system_s_own_pods_do_not_count() -> None:
    mounting = deployment("api", "shop", csi=(CsiMount(provider_class="db", field="spec.template.spec.volumes[0]"),))
    system = deployment("proxy", "kube-system", env())
    found = inventory(workloads=(mounting, system), coverage=complete(*POD_INPUTS))
    assert value("consumption", found) == "files"


def ingress(namespace: str = "shop") -> Reference:
    return Reference(
        kind="Ingress",
        group="networking.k8s.io",
        namespace=namespace,
        name="web",
        field="spec.tls[0].secretName",
        secret="tls",
        secret_namespace=namespace,
        how="ingress-tls",
    )


def test_what_reads_secrets_besides_pods_is_counted_and_never_denied() -> None:
    found = about("non-pod-consumers", inventory(references=(ingress(),)))
    assert found is not None
    assert (found.value, found.seen) == ("yes", "Ingress shop/web")
    assert found.fact == "Secrets are read by Ingress TLS (1 reference)."
    everything = inventory(coverage=complete("secrets", "ingresses", *POD_INPUTS))
    assert about("non-pod-consumers", everything) is None


def test_a_tool_s_own_credential_and_the_system_s_are_no_such_reader() -> None:
    assert about("non-pod-consumers", inventory(references=(cluster_store("aws"), ingress("kube-system")))) is None


def secrets(number: int) -> tuple[Any, ...]:
    return tuple(secret(f"s{index}") for index in range(number))


@pytest.mark.parametrize(
    ("number", "answer"), [(0, "up-to-20"), (20, "up-to-20"), (21, "up-to-200"), (200, "up-to-200"), (201, "more")]
)
def test_secrets_are_counted_where_all_were_seen(number: int, answer: str) -> None:
    assert value("secret-count", inventory(secrets=secrets(number), coverage=complete("secrets"))) == answer


def test_what_machines_make_is_not_counted() -> None:
    tokens = tuple(secret(f"t{index}", type="kubernetes.io/service-account-token") for index in range(40))
    found = about("secret-count", inventory(secrets=(*secrets(3), *tokens), coverage=complete("secrets")))
    assert found is not None
    assert found.value == "up-to-20"
    assert found.fact == "3 Secrets are made by people or a secrets tool, besides 40 that machines make."


def test_a_partial_count_is_a_lower_bound() -> None:
    assert value("secret-count", inventory(secrets=secrets(30))) is None
    assert value("secret-count", inventory(secrets=secrets(201))) == "more"
    few = about("secret-count", inventory(secrets=secrets(30)))
    assert few is not None
    assert few.fact.startswith("At least 30 Secrets")
    assert about("secret-count", inventory()) is None


def test_a_mounted_volume_proves_that_daemon_sets_are_allowed() -> None:
    mount = PodMount(namespace="shop", name="api-shop-db", pod="api", provider_class="db", mounted=True)
    assert value("privileged-daemonsets", inventory(pod_mounts=(mount,))) == "allowed"
    failed = PodMount(namespace="shop", name="api-shop-db", pod="api", provider_class="db", mounted=False)
    assert about("privileged-daemonsets", inventory(pod_mounts=(failed,))) is None


def test_a_managed_cluster_offers_an_identity_without_proving_it() -> None:
    found = about(
        "workload-identity", inventory(cluster=Cluster(name="a", version="v1.33.4-eks-1", distribution="eks"))
    )
    assert found is not None
    assert found.value is None


def test_leases_that_are_there_ask_a_question_and_answer_none() -> None:
    leased = SyncObject(kind="VaultDynamicSecret", group="secrets.hashicorp.com", namespace="shop", name="db")
    found = about("dynamic-credentials", inventory(sync_objects=(leased,)))
    assert found is not None
    assert found.value is None


def test_the_tools_that_are_there_are_known() -> None:
    assert installed(facts(with_groups("external-secrets.io", "bitnami.com"))) == {EXTERNAL_SECRETS, SEALED_SECRETS}
    assert installed(facts(inventory(sync_objects=(provider_class("vault"),)))) == {VAULT_CSI}
    assert installed(facts(inventory(sync_objects=(provider_class("aws"),)))) == frozenset()
    assert installed(facts(inventory(sync_objects=(kustomization(decryption="sops"),)))) == {SOPS}
    assert installed(facts(inventory(sync_objects=(kustomization(),)))) == frozenset()


def test_what_is_installed_needs_no_right_to_install_it() -> None:
    answers = Answers({"cluster-scoped-installs": "forbidden", "external-store": "aws", "clusters": "many"})
    assert advise(answers).winner == SOPS
    assert advise(answers, facts(with_groups("external-secrets.io"))).winner == EXTERNAL_SECRETS


def test_the_person_overrules_the_cluster_and_both_are_told() -> None:
    found = facts(inventory(sync_objects=(kustomization(),)))
    taken = advise(Answers(), found)
    assert taken.answers["gitops"] == "flux"
    assert [(fact.value, fact.used) for fact in taken.facts if fact.question == "gitops"] == [("flux", True)]
    overruled = advise(Answers({"gitops": "argo-cd"}), found)
    assert overruled.answers["gitops"] == "argo-cd"
    assert [(fact.value, fact.used) for fact in overruled.facts if fact.question == "gitops"] == [("flux", False)]


def test_facts_do_not_depend_on_the_order_of_objects() -> None:
    objects = [external_secret(f"e{index}") for index in range(5)] + [kustomization(), provider_class("vault")]
    workloads: list[Workload] = [deployment(f"d{index}", "shop", env(), volume()) for index in range(5)]
    one = facts(inventory(sync_objects=tuple(objects), workloads=tuple(workloads)))
    other = facts(inventory(sync_objects=tuple(objects[::-1]), workloads=tuple(workloads[::-1])))
    assert one == other
