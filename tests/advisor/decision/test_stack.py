"""What is put beside the chosen tool, and what is named outside the four."""

from __future__ import annotations

import pytest

from advisor.matrix import EXTERNAL_SECRETS, SEALED_SECRETS, SOPS, VAULT_CSI
from tests.advisor.decision.build import advice, tools

FILES_FROM_VAULT = {"external_store": "vault", "consumption": "files", "capacity": "team"}
ON_AWS = {"external_store": "aws", "clusters": "many"}
ON_FLUX = {"external_store": "none", "gitops": "flux", "clusters": "few", "capacity": "part-time"}


def role(name: str, **answers: str) -> list[str]:
    return [item.tool for item in advice(**answers).stack if item.role == name]


def alternatives(**answers: str) -> list[str]:
    return tools(advice(**answers).also_consider)


def test_the_foundations_hold_with_every_recommendation() -> None:
    for answers in ({}, ON_AWS, ON_FLUX, FILES_FROM_VAULT):
        assert {"encryption-at-rest", "rbac-by-name", "audit-logging", "network-policy", "ci-scanning"} <= set(
            role("foundation", **answers)
        )


def test_leased_credentials_from_vault_name_the_operator_beside_the_driver() -> None:
    given = advice(external_store="vault", dynamic_credentials="required")
    assert given.winner == VAULT_CSI
    assert {"vault-secrets-operator", "vault-agent"} <= set(tools(given.also_consider))


def test_without_busl_the_driver_gets_openbao_s_provider() -> None:
    answers = {**FILES_FROM_VAULT, "read_audit": "per-identity", "busl_licence": "not-acceptable"}
    assert advice(**answers).winner == VAULT_CSI
    assert role("provider", **answers) == ["secrets-store-csi-driver", "openbao-csi-provider"]
    assert "vault-secrets-operator" not in alternatives(**answers)
    assert "openbao" in alternatives(**answers)


def test_the_provider_is_that_of_the_store() -> None:
    assert role("provider", **FILES_FROM_VAULT) == ["secrets-store-csi-driver", "vault-csi-provider"]
    on_openbao = {**FILES_FROM_VAULT, "external_store": "openbao"}
    assert role("provider", **on_openbao) == ["secrets-store-csi-driver", "openbao-csi-provider"]
    assert "vault-secrets-operator" not in alternatives(**on_openbao)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({**ON_AWS, "workload_identity": "yes"}, []),
        (ON_AWS, []),
        ({**ON_AWS, "workload_identity": "no"}, [SOPS]),
        ({**ON_AWS, "workload_identity": "no", "ciphertext_in_git": "forbidden"}, ["manual-bootstrap-secret"]),
        ({"external_store": "vault", "clusters": "many", "gitops": "argo-cd", "workload_identity": "no"},
         ["vault-kubernetes-auth"]),
    ],
)  # fmt: skip
def test_the_first_credential_has_a_way_in(answers: dict[str, str], expected: list[str]) -> None:
    assert advice(**answers).winner == EXTERNAL_SECRETS
    assert role("bootstrap", **answers) == expected


@pytest.mark.parametrize(("gitops", "expected"), [("flux", "flux-kustomize-controller"), ("ci", "ci-pipeline")])
def test_sops_says_who_decrypts(gitops: str, expected: str) -> None:
    answers = {**ON_FLUX, "gitops": gitops}
    assert advice(**answers).winner == SOPS
    assert role("decryption", **answers) == [expected]


def test_sops_in_argo_cd_is_a_plugin_and_the_operator_is_named() -> None:
    answers = {"cluster_scoped_installs": "allowed", "external_store": "none", "gitops": "argo-cd", "clusters": "many",
               "outside_kubernetes": "yes", "air_gapped": "yes"}  # fmt: skip
    assert advice(**answers).winner == SOPS
    assert role("decryption", **answers) == ["ksops"]
    assert "sops-secrets-operator" in alternatives(**answers)


def test_variables_need_something_that_restarts() -> None:
    assert role("reload", **ON_AWS, consumption="env") == ["reloader"]
    assert role("reload", **ON_AWS, consumption="files") == []
    guest = {**ON_AWS, "consumption": "env", "cluster_scoped_installs": "forbidden"}
    assert role("reload", **guest) == ["kubectl-rollout-restart"]


def test_what_the_driver_cannot_serve_gets_a_companion() -> None:
    answers = {**FILES_FROM_VAULT, "dynamic_credentials": "required", "non_pod_consumers": "yes"}
    assert advice(**answers).winner == VAULT_CSI
    assert role("companion", **answers) == [EXTERNAL_SECRETS]
    assert role("companion", **answers, kubernetes_secrets="forbidden") == []
    assert "cert-manager" in alternatives(**answers)


def test_keys_that_everything_hangs_on_are_to_be_backed_up_and_tried() -> None:
    untested = {"external_store": "none", "gitops": "argo-cd", "clusters": "one", "key_backup": "untested"}
    assert advice(**untested).winner == SEALED_SECRETS
    assert "key-backup" in role("foundation", **untested)
    assert "key-backup" not in role("foundation", **{**untested, "key_backup": "tested"})
    assert "key-backup" not in role("foundation", **ON_AWS)


@pytest.mark.parametrize(
    ("store", "expected"),
    [
        ("aws", "aws-secrets-store-csi-provider"),
        ("gcp", "gcp-secrets-store-csi-provider"),
        ("azure", "azure-key-vault-csi-provider"),
    ],
)
def test_files_from_a_cloud_name_its_own_driver(store: str, expected: str) -> None:
    assert expected in alternatives(external_store=store, kubernetes_secrets="avoid")
    assert expected not in alternatives(
        external_store=store, kubernetes_secrets="avoid", privileged_daemonsets="forbidden"
    )
    assert expected not in alternatives(external_store=store, consumption="env")


def test_no_secret_at_all_comes_first() -> None:
    assert alternatives(**ON_AWS)[0] == "workload-identity"
    assert alternatives(**ON_AWS, workload_identity="no")[0] == "pod-certificates"


def test_a_store_is_named_where_it_would_change_the_answer() -> None:
    assert "external-store" in alternatives(external_store="none", clusters="many", gitops="argo-cd", rotation="daily")
    assert "external-store" not in alternatives(external_store="none", air_gapped="yes", gitops="flux", clusters="one")
    assert "openbao" in alternatives(external_store="none", dynamic_credentials="required")
    assert "vendor-operator" in alternatives(external_store="other")
