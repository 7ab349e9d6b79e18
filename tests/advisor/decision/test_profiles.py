"""Teams whose answer an expert knows, and for every question a team whose recommendation hangs on it alone."""

from __future__ import annotations

import pytest

from advisor.matrix import EXTERNAL_SECRETS, SEALED_SECRETS, SOPS, VAULT_CSI, Tool
from tests.advisor.decision.build import VALUES, advice, ids, line, standing, tools

PROFILES: dict[str, tuple[dict[str, str], Tool]] = {
    "Flux, no store, a small team, one cluster": (
        {"gitops": "flux", "external_store": "none", "capacity": "part-time", "clusters": "one"},
        SOPS,
    ),
    "a home laboratory on Flux": (
        {
            "gitops": "flux", "external_store": "none", "capacity": "none", "clusters": "one", "rotation": "rare",
            "secret_count": "up-to-20", "tenancy": "single", "read_audit": "none", "consumption": "env",
        },
        SOPS,
    ),
    "many clusters on AWS with Argo CD, and Lambda functions that need the same": (
        {"clusters": "many", "external_store": "aws", "gitops": "argo-cd", "outside_kubernetes": "yes"},
        EXTERNAL_SECRETS,
    ),
    "a start-up on GKE": (
        {
            "external_store": "gcp", "gitops": "argo-cd", "clusters": "few", "capacity": "part-time",
            "consumption": "env", "workload_identity": "yes", "non_pod_consumers": "yes",
        },
        EXTERNAL_SECRETS,
    ),
    "AKS with Flux and a Key Vault": (
        {"external_store": "azure", "gitops": "flux", "clusters": "few", "workload_identity": "yes"},
        EXTERNAL_SECRETS,
    ),
    "Fargate, where no DaemonSet runs": (
        {"external_store": "aws", "privileged_daemonsets": "forbidden", "consumption": "files", "clusters": "few"},
        EXTERNAL_SECRETS,
    ),
    "1Password, a few clusters": (
        {"external_store": "other", "clusters": "few", "consumption": "env", "gitops": "argo-cd"},
        EXTERNAL_SECRETS,
    ),
    "Vault and values that may not be Kubernetes Secrets": (
        {"external_store": "vault", "kubernetes_secrets": "forbidden"},
        VAULT_CSI,
    ),
    "a bank with Vault": (
        {
            "external_store": "vault", "kubernetes_secrets": "avoid", "read_audit": "per-identity", "capacity": "team",
            "consumption": "files", "tenancy": "untrusting", "ciphertext_in_git": "forbidden", "gitops": "argo-cd",
        },
        VAULT_CSI,
    ),
    "Vault that has to issue database users": (
        {"external_store": "vault", "dynamic_credentials": "required"},
        VAULT_CSI,
    ),
    "a cluster on Flux whose Vault has to issue credentials, beside Ingress TLS": (
        {
            "external_store": "vault", "dynamic_credentials": "required", "gitops": "flux", "consumption": "both",
            "non_pod_consumers": "yes", "secret_count": "up-to-200",
        },
        VAULT_CSI,
    ),
    "Vault, everything in environment variables, Ingress TLS too": (
        {
            "external_store": "vault", "consumption": "env", "non_pod_consumers": "yes", "gitops": "argo-cd",
            "clusters": "many", "capacity": "team",
        },
        EXTERNAL_SECRETS,
    ),
    "Vault that may be down when pods start": (
        {"external_store": "vault", "start_without_store": "required", "consumption": "files", "capacity": "team"},
        EXTERNAL_SECRETS,
    ),
    "an air-gapped cluster whose developers may only write": (
        {"air_gapped": "yes", "clusters": "one", "write_only_developers": "yes"},
        SEALED_SECRETS,
    ),
    "no store, Argo CD, one cluster": (
        {"external_store": "none", "gitops": "argo-cd", "clusters": "one", "capacity": "part-time"},
        SEALED_SECRETS,
    ),
    "teams that do not trust each other, no store, Argo CD": (
        {
            "external_store": "none", "gitops": "argo-cd", "clusters": "one", "tenancy": "untrusting",
            "write_only_developers": "yes", "key_backup": "tested",
        },
        SEALED_SECRETS,
    ),
    "edge sites that come and go, offline": (
        {"external_store": "none", "air_gapped": "yes", "clusters": "disposable", "gitops": "flux"},
        SOPS,
    ),
    "Terraform and CI beside the cluster, no store": (
        {"external_store": "none", "gitops": "ci", "outside_kubernetes": "yes", "clusters": "few"},
        SOPS,
    ),
    "a guest in somebody else's cluster": (
        {"cluster_scoped_installs": "forbidden", "external_store": "aws", "gitops": "argo-cd", "clusters": "many"},
        SOPS,
    ),
    "hundreds of values that change every day": (
        {"external_store": "aws", "rotation": "daily", "secret_count": "more", "gitops": "flux", "capacity": "none"},
        EXTERNAL_SECRETS,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("answers", "expected"), PROFILES.values(), ids=PROFILES)
def test_an_expert_would_say_the_same(answers: dict[str, str], expected: Tool) -> None:
    given = advice(**answers)
    assert given.winner == given.ranking[0].tool == given.stack[0].tool == expected
    assert given.stack[0].role == "primary"
    assert given.confidence.level != "none"


HANGS_ON: dict[str, tuple[dict[str, str], tuple[str, Tool], tuple[str, Tool]]] = {
    "external-store": (
        {"gitops": "flux", "clusters": "one", "capacity": "part-time"},
        ("none", SOPS),
        ("aws", EXTERNAL_SECRETS),
    ),
    "ciphertext-in-git": (
        {"gitops": "flux", "capacity": "team"},
        ("allowed", SOPS),
        ("forbidden", EXTERNAL_SECRETS),
    ),
    "kubernetes-secrets": (
        {"external_store": "vault", "consumption": "env"},
        ("allowed", EXTERNAL_SECRETS),
        ("forbidden", VAULT_CSI),
    ),
    "dynamic-credentials": (
        {"external_store": "openbao", "consumption": "env"},
        ("no", EXTERNAL_SECRETS),
        ("required", VAULT_CSI),
    ),
    "rotation": ({"gitops": "argo-cd", "clusters": "one"}, ("rare", SEALED_SECRETS), ("daily", EXTERNAL_SECRETS)),
    "clusters": (
        {"capacity": "part-time", "consumption": "files"},
        ("one", SEALED_SECRETS),
        ("many", EXTERNAL_SECRETS),
    ),
    "gitops": ({"external_store": "none", "clusters": "one"}, ("flux", SOPS), ("argo-cd", SEALED_SECRETS)),
    "consumption": ({"external_store": "vault", "capacity": "team"}, ("env", EXTERNAL_SECRETS), ("files", VAULT_CSI)),
    "non-pod-consumers": (
        {"external_store": "vault", "capacity": "team"},
        ("yes", EXTERNAL_SECRETS),
        ("no", VAULT_CSI),
    ),
    "start-without-store": (
        {"external_store": "vault", "consumption": "files"},
        ("no", VAULT_CSI),
        ("required", EXTERNAL_SECRETS),
    ),
    "air-gapped": ({"external_store": "gcp", "clusters": "one"}, ("no", EXTERNAL_SECRETS), ("yes", SOPS)),
    "outside-kubernetes": ({"clusters": "one", "consumption": "env"}, ("no", SEALED_SECRETS), ("yes", SOPS)),
    "read-audit": (
        {"external_store": "vault", "capacity": "team", "gitops": "argo-cd"},
        ("none", EXTERNAL_SECRETS),
        ("per-identity", VAULT_CSI),
    ),
    "capacity": (
        {"external_store": "vault", "consumption": "files"},
        ("none", EXTERNAL_SECRETS),
        ("team", VAULT_CSI),
    ),
    "tenancy": (
        {"gitops": "none", "clusters": "one", "external_store": "none"},
        ("single", SOPS),
        ("untrusting", SEALED_SECRETS),
    ),
    "write-only-developers": (
        {"external_store": "none", "clusters": "disposable"},
        ("no", SOPS),
        ("yes", SEALED_SECRETS),
    ),
    "privileged-daemonsets": (
        {"external_store": "vault", "consumption": "files"},
        ("allowed", VAULT_CSI),
        ("forbidden", EXTERNAL_SECRETS),
    ),
    "cluster-scoped-installs": (
        {"external_store": "aws", "clusters": "one"},
        ("allowed", EXTERNAL_SECRETS),
        ("forbidden", SOPS),
    ),
    "workload-identity": ({"gitops": "ci", "capacity": "team"}, ("yes", EXTERNAL_SECRETS), ("no", SOPS)),
    "busl-licence": (
        {"external_store": "vault", "consumption": "files"},
        ("acceptable", VAULT_CSI),
        ("not-acceptable", EXTERNAL_SECRETS),
    ),
    "key-backup": ({"gitops": "flux", "capacity": "team"}, ("tested", SOPS), ("untested", EXTERNAL_SECRETS)),
    "secret-count": (
        {"clusters": "few", "capacity": "part-time"},
        ("up-to-20", SOPS),
        ("more", EXTERNAL_SECRETS),
    ),
}
"""For each question: a team, and two answers with which another tool is recommended, nothing else being different."""


@pytest.mark.parametrize("question", VALUES)
def test_every_question_can_change_the_recommendation(question: str) -> None:
    base, *cases = HANGS_ON[question]
    assert question not in ids(base)
    for answer, expected in cases:
        assert advice(**base, **{question: answer}).winner == expected, answer


def test_with_nothing_known_no_tool_is_preferred_and_it_is_said_what_to_find_out() -> None:
    given = advice()
    assert given.winner is None
    assert {item.fit for item in given.ranking} == {50}
    assert given.confidence.level == "none"
    assert given.confidence.find_out_first[0].question == "external-store"
    assert all(item.why for item in given.confidence.find_out_first)
    assert {item.role for item in given.stack} == {"foundation"}


@pytest.mark.parametrize(
    "answers",
    [
        {"external_store": "vault"},
        {"external_store": "none"},
        {"privileged_daemonsets": "forbidden"},
        {"workload_identity": "no"},
        {"ciphertext_in_git": "allowed", "air_gapped": "no", "write_only_developers": "no"},
    ],
    ids=str,
)
def test_what_does_not_tell_the_tools_apart_recommends_none(answers: dict[str, str]) -> None:
    assert advice(**answers).winner is None


def test_where_nothing_fits_it_is_said_what_to_decide() -> None:
    given = advice(external_store="none", ciphertext_in_git="forbidden")
    assert given.winner is None
    assert all(item.ruled_out for item in given.ranking)
    assert given.confidence.level == "none"
    assert {item.question for item in given.confidence.find_out_first} == {"external-store", "ciphertext-in-git"}
    store = next(item for item in given.confidence.find_out_first if item.question == "external-store")
    assert "External Secrets Operator would fit" in store.why


def test_two_answers_that_exclude_each_other_are_both_named() -> None:
    given = advice(external_store="vault", kubernetes_secrets="forbidden", start_without_store="required")
    assert given.winner is None
    assert {item.question for item in given.confidence.find_out_first} == {"kubernetes-secrets", "start-without-store"}


def test_a_cloud_store_without_secret_objects_leads_outside_the_four() -> None:
    given = advice(external_store="aws", kubernetes_secrets="forbidden")
    assert given.winner is None
    assert "aws-secrets-store-csi-provider" in tools(given.also_consider)


def test_both_git_tools_fall_where_ciphertext_is_forbidden() -> None:
    given = advice(ciphertext_in_git="forbidden", external_store="aws")
    assert {item.tool for item in given.ranking if item.ruled_out} == {SEALED_SECRETS, SOPS, VAULT_CSI}
    assert all(line(given, tool).fit == 0 for tool in (SEALED_SECRETS, SOPS, VAULT_CSI))


def test_importance_weighs_arguments_and_not_impossibilities() -> None:
    base = {"gitops": "flux", "external_store": "aws", "capacity": "none"}
    assert advice(**base).winner == EXTERNAL_SECRETS
    assert advice({"external-store": 0}, **base).winner == SOPS
    assert advice({"gitops": 2}, **base).winner == SOPS
    assert line(advice({"external-store": 0}, **base), VAULT_CSI).ruled_out
    for weight in (0, 1, 2):
        (found,) = (
            item for item in line(advice({"gitops": weight}, **base), SOPS).contributions if item.question == "gitops"
        )
        assert (found.weight, found.effect) == (weight, 3 * weight)


def test_every_answered_question_is_accounted_for_in_every_tool() -> None:
    given = advice(gitops="flux", external_store="none", capacity="part-time", air_gapped="no")
    for item in given.ranking:
        assert [part.question for part in item.contributions] == ["external-store", "gitops", "air-gapped", "capacity"]
        assert sum(part.effect for part in item.contributions) == item.score
        assert all(part.because.endswith(".") for part in item.contributions)


def test_why_not_names_what_a_tool_falls_back_by() -> None:
    given = advice(external_store="vault", consumption="env", clusters="many")
    assert line(given, EXTERNAL_SECRETS).why_not is None
    reason = line(given, VAULT_CSI).why_not
    assert reason is not None
    assert "points of score behind External Secrets Operator" in reason
    assert "for variables it has to sync a Secret" in reason


def test_a_tie_goes_to_what_brings_least_and_is_called_one() -> None:
    tied = {"external_store": "none", "rotation": "rare", "key_backup": "tested"}
    assert standing(SEALED_SECRETS, **tied).score == standing(SOPS, **tied).score
    given = advice(**tied)
    assert given.winner == SOPS
    assert given.confidence.level == "low"
    assert "level with Sealed Secrets" in given.confidence.because
