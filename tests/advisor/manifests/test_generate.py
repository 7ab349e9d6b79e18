"""Every set, without a cluster: references resolve, bytes repeat, YAML reads back, no value is in it."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import yaml

from advisor.manifests import TOOLS, ManifestSet, generate, zip_bytes
from advisor.manifests.consumers import environment_names
from advisor.manifests.rules import violations
from advisor.parameters import ParameterError, parse_parameters
from tests.advisor.manifests.sets import COMBINATIONS, HOSTILE_KEYS, hostile_variants, make_set, read, variants
from tests.advisor.manifests.test_parameters import RECIPIENT


def objects(manifests: ManifestSet, kind: str = "") -> list[dict[str, Any]]:
    """What `kubectl apply -f DIRECTORY` would apply, as a YAML 1.1 reader sees it."""
    found = []
    for file in manifests.files:
        if file.applied:
            found += [document for document in read(file.content) if not kind or document["kind"] == kind]
    return found


def document(manifests: ManifestSet, path: str) -> dict[str, Any]:
    (loaded,) = read(manifests.by_path()[path].content)
    return dict(loaded)


@pytest.mark.parametrize(("tool", "store", "gitops"), COMBINATIONS)
def test_the_same_input_gives_the_same_bytes(tool: Any, store: Any, gitops: Any) -> None:
    assert zip_bytes(make_set(tool, store, gitops)) == zip_bytes(make_set(tool, store, gitops))


@pytest.mark.parametrize(("tool", "store", "gitops"), COMBINATIONS)
def test_every_set_is_whole(tool: Any, store: Any, gitops: Any) -> None:
    for first in [*variants(tool, store, gitops), *hostile_variants(tool, store, gitops)]:
        assert violations(first) == []
        assert [file.path for file in first.files] == sorted(file.path for file in first.files)
        assert set(first.order) == {file.path for file in first.files} and len(first.order) == len(first.files)
        for file in first.files:
            if file.documents:
                assert read(file.content) == list(file.documents), file.path
            assert file.content.endswith("\n") and not file.content.endswith("\n\n")
            for note in file.notes:
                assert note.text and note.line <= file.content.count("\n")


@pytest.mark.parametrize(("tool", "store", "gitops"), COMBINATIONS)
def test_what_is_applied_is_kubernetes_and_the_rest_lies_apart(tool: Any, store: Any, gitops: Any) -> None:
    for manifests in variants(tool, store, gitops):
        for file in manifests.files:
            if file.path.endswith((".yaml", ".yml", ".json")):
                assert file.applied or file.path.startswith(("not-applied/", "secrets/.")), file.path
            if file.applied:
                assert re.match(r"[0-9]{2}-", file.path)
        kinds = [found["kind"] for found in objects(manifests)]
        assert kinds[0] == "Namespace"
        assert {"Role", "RoleBinding", "Deployment"} <= set(kinds)
        assert "Secret" not in kinds, "A Secret of ours would carry a value, or overwrite theirs."
        for found in objects(manifests):
            if found["kind"] != "Namespace":
                assert found["metadata"]["namespace"] == "app"


@pytest.mark.parametrize("tool", TOOLS)
def test_the_foundations_are_in_every_set(tool: Any) -> None:
    manifests = make_set(tool)
    paths = set(manifests.by_path())
    assert {"README.md", "not-applied/encryption-configuration.yaml", "not-applied/audit-policy.yaml"} <= paths
    assert "not-applied/ci/scan.github-actions.yaml" in paths and "not-applied/ci/scan.gitlab-ci.yaml" in paths
    assert any("network-policy" in path for path in paths) or tool in ("sops", "vault-csi")
    for role in objects(manifests, "Role"):
        for rule in role["rules"]:
            assert rule["resourceNames"] and "*" not in [*rule["resources"], *rule["verbs"], *rule["apiGroups"]]
            assert not {"list", "watch"} & set(rule["verbs"])
    levels = {rule["level"] for rule in document(manifests, "not-applied/audit-policy.yaml")["rules"]}
    assert levels == {"Metadata"}
    assert all(prerequisite.what for prerequisite in manifests.prerequisites)
    assert any(prerequisite.version and prerequisite.command for prerequisite in manifests.prerequisites)


@pytest.mark.parametrize("store", ["vault", "openbao"])
@pytest.mark.parametrize("tool", ["external-secrets", "vault-csi"])
def test_a_server_inside_the_cluster_gets_a_network_policy(tool: Any, store: Any) -> None:
    manifests = make_set(tool, store, more_store={"address": f"https://{store}.secrets.svc.cluster.local:8200"})
    policy = document(manifests, f"not-applied/network-policy-{store}.yaml")
    assert policy["metadata"]["namespace"] == "secrets"
    assert policy["spec"]["policyTypes"] == ["Ingress"]
    assert all(entry["from"] for entry in policy["spec"]["ingress"])
    outside = make_set(tool, store).by_path()
    assert f"not-applied/network-policy-{store}.yaml" not in outside
    assert "is not a Service of this cluster" in outside["README.md"].content


@pytest.mark.parametrize(("tool", "store", "gitops"), COMBINATIONS)
def test_the_readme_can_be_followed(tool: Any, store: Any, gitops: Any) -> None:
    for manifests in variants(tool, store, gitops):
        text = manifests.by_path()["README.md"].content
        for heading in ("## Before you begin", "## Steps", "## Rollback", "## Foundations", "### 1. "):
            assert heading in text
        assert "See that it works" in text
        for file in manifests.files:
            if file.path not in ("README.md", ".gitignore"):
                assert f"`{file.path}`" in text
        for prerequisite in manifests.prerequisites:
            assert prerequisite.what in text and prerequisite.command in text
        for named in re.findall(r"(?:-f|--values|--patch-file) (not-applied/[^\s`]+|[0-9]{2}-[^\s`]+\.yaml)", text):
            assert named in manifests.by_path() or named == "30-sealed-secret.yaml", named
        for block in re.findall(r"```bash\n(.*?)```", text, re.DOTALL):
            shlex.split(block, comments=True)
        assert len(re.findall(r"^```", text, re.MULTILINE)) % 2 == 0


def test_examples_are_listed_until_they_are_given() -> None:
    assert {example.parameter for example in make_set("external-secrets").examples} >= {"store.address", "secret"}
    given = {"kind": "vault", "address": "https://v:8200", "mount": "kv", "path": "a", "auth-mount": "k8s", "role": "r"}
    parameters = {
        "namespace": "a",
        "secret": "b",
        "keys": ["c"],
        "service-account": "d",
        "workload": {"kind": "Deployment", "name": "e"},
        "store": given,
    }
    complete = generate(
        "external-secrets", parse_parameters(parameters), gitops="none", workload_identity=True, consumption=None
    )
    assert complete.examples == ()
    assert "Examples to replace" not in complete.by_path()["README.md"].content
    assert "example.com" not in "".join(file.content for file in complete.files)


# External Secrets Operator


@pytest.mark.parametrize(
    ("version", "fields"),
    [
        ("1.3.2", {"conversionStrategy", "decodingStrategy", "metadataPolicy"}),
        ("2.2.0", {"conversionStrategy", "decodingStrategy", "metadataPolicy"}),
        ("2.3.0", {"conversionStrategy", "decodingStrategy", "metadataPolicy", "nullBytePolicy"}),
        ("2.8.1", {"conversionStrategy", "decodingStrategy", "metadataPolicy", "nullBytePolicy"}),
        ("2.9.0", set()),
    ],
)
def test_the_operators_version_decides_which_defaults_are_written_out(version: str, fields: set[str]) -> None:
    manifests = make_set("external-secrets", versions={"external-secrets": version})
    found = objects(manifests, "ExternalSecret")[0]
    assert found["apiVersion"] == "external-secrets.io/v1"
    assert set(found["spec"]["data"][0]["remoteRef"]) == {"key", "property"} | fields
    values = document(manifests, "not-applied/values-external-secrets.yaml")
    assert ("rbac" in values) == (version in ("2.8.1", "2.9.0")), "The chart knows that value since 2.5.0."
    assert f"--version {version}" in manifests.by_path()["README.md"].content


def test_the_operator_may_ask_for_one_accounts_token_only() -> None:
    manifests = make_set("external-secrets", **{"service-account": "reader"})
    role = next(found for found in objects(manifests, "Role") if found["metadata"]["name"] == "reader-token-request")
    assert role["rules"] == [
        {"apiGroups": [""], "resources": ["serviceaccounts/token"], "resourceNames": ["reader"], "verbs": ["create"]}
    ]


def test_without_workload_identity_no_account_is_made_and_secret_zero_is_asked_for() -> None:
    for store in ("aws-secrets-manager", "gcp-secret-manager", "azure-key-vault"):
        manifests = make_set("external-secrets", store, workload_identity=False)
        assert not objects(manifests, "ServiceAccount")
        zero = next(found for found in manifests.prerequisites if "secret zero" in found.what)
        assert "create secret generic app-credentials-store-access" in zero.command
        assert "--from-literal" not in zero.command, "A literal would stand in the history and the process list."


@pytest.mark.parametrize(
    ("store", "first"),
    [
        ("vault", {"key": "app/app-credentials", "property": "username"}),
        ("aws-secrets-manager", {"key": "app/app-credentials", "property": "username"}),
        ("aws-parameter-store", {"key": "/apps/app/app-credentials/username"}),
        ("gcp-secret-manager", {"key": "app-app-credentials", "property": "username"}),
        ("azure-key-vault", {"key": "app-app-credentials", "property": "username"}),
        ("1password", {"key": "app-app-credentials/username"}),
        ("fake", {"key": "app/app-credentials/username"}),
    ],
)
def test_each_store_is_asked_in_its_own_terms(store: Any, first: dict[str, str]) -> None:
    assert objects(make_set("external-secrets", store), "ExternalSecret")[0]["spec"]["data"][0]["remoteRef"] == first


def test_the_fake_store_holds_what_is_asked_for_and_nothing_real() -> None:
    manifests = make_set("external-secrets", "fake", keys=list(HOSTILE_KEYS))
    held = {
        entry["key"]: entry["value"]
        for entry in objects(manifests, "SecretStore")[0]["spec"]["provider"]["fake"]["data"]
    }
    asked = [entry["remoteRef"]["key"] for entry in objects(manifests, "ExternalSecret")[0]["spec"]["data"]]
    assert list(held) == asked
    assert all(value.startswith("not-a-secret-") for value in held.values())


def test_a_key_vault_of_another_cloud_names_its_environment() -> None:
    manifests = make_set("external-secrets", "azure-key-vault", more_store={"vault-url": "https://kv1.vault.azure.cn"})
    assert objects(manifests, "SecretStore")[0]["spec"]["provider"]["azurekv"]["environmentType"] == "ChinaCloud"


# Secrets Store CSI driver


def test_the_full_path_of_the_api_goes_into_the_provider_class_as_text() -> None:
    manifests = make_set("vault-csi", keys=["y", "1e3"], more_store={"mount": "kv", "path": "kv/team/db"})
    parameters = objects(manifests, "SecretProviderClass")[0]["spec"]["parameters"]
    assert all(isinstance(value, str) for value in parameters.values())
    assert yaml.safe_load(parameters["objects"]) == [
        {"objectName": "y", "secretPath": "kv/data/team/db", "secretKey": "y"},
        {"objectName": "1e3", "secretPath": "kv/data/team/db", "secretKey": "1e3"},
    ]
    assert 'path "kv/data/team/db"' in manifests.by_path()["not-applied/vault-policy.hcl"].content


@pytest.mark.parametrize(("consumption", "synced"), [(None, False), ("files", False), ("env", True), ("both", True)])
def test_a_secret_object_comes_into_being_only_for_env(consumption: Any, synced: bool) -> None:
    manifests = make_set("vault-csi", consumption=consumption)
    assert ("secretObjects" in objects(manifests, "SecretProviderClass")[0]["spec"]) == synced
    values = document(manifests, "not-applied/values-secrets-store-csi-driver.yaml")
    assert values["syncSecret"]["enabled"] == synced and values["enableSecretRotation"] is True
    pod = objects(manifests, "Deployment")[0]["spec"]["template"]["spec"]
    assert pod["volumes"][0]["csi"]["volumeAttributes"] == {"secretProviderClass": "app-credentials"}
    assert ("env" in pod["containers"][0]) == synced
    assert pod["serviceAccountName"] == "app-secrets"


@pytest.mark.parametrize("store", ["aws-secrets-manager", "gcp-secret-manager", "azure-key-vault", "1password", "fake"])
def test_other_stores_are_told_what_mounts_them(store: Any) -> None:
    with pytest.raises(ParameterError, match=f"{store} use .*or choose the tool external-secrets"):
        make_set("vault-csi", store)


def test_openbao_has_its_own_provider() -> None:
    spec = objects(make_set("vault-csi", "openbao"), "SecretProviderClass")[0]["spec"]
    assert spec["provider"] == "openbao"
    assert {"openbaoAddress", "openbaoAuthMountPath", "roleName", "audience"} <= set(spec["parameters"])


# Sealed Secrets and SOPS


@pytest.mark.parametrize("scope", ["strict", "namespace-wide", "cluster-wide"])
def test_the_scope_stands_where_the_controller_reads_it(scope: str) -> None:
    manifests = make_set("sealed-secrets", scope=scope)
    sealed = document(manifests, "not-applied/sealed-secret.template.yaml")
    expected = {} if scope == "strict" else {f"sealedsecrets.bitnami.com/{scope}": "true"}
    assert sealed["metadata"].get("annotations", {}) == expected
    assert sealed["spec"]["template"]["metadata"].get("annotations", {}) == expected
    assert f"--scope {scope}" in manifests.by_path()["README.md"].content


def test_an_older_controller_is_warned_about() -> None:
    warned = make_set("sealed-secrets", versions={"sealed-secrets": "0.39.0"}).by_path()["README.md"].content
    assert "#2049" in warned
    assert "#2049" not in make_set("sealed-secrets").by_path()["README.md"].content


def test_the_rules_of_sops_encrypt_values_and_nothing_else() -> None:
    manifests = make_set("sops", **{"age-recipients": [RECIPIENT]})
    rule = document(manifests, "secrets/.sops.yaml")["creation_rules"][0]
    assert rule["encrypted_regex"] == "^(data|stringData)$"
    assert rule["age"] == RECIPIENT
    assert re.search(rule["path_regex"], "app-credentials.sops.yaml")
    assert not re.search(rule["path_regex"], "app-credentials.yaml")
    assert "age-keygen -o" not in manifests.by_path()["README.md"].content
    assert "age-keygen -o" in make_set("sops").by_path()["README.md"].content


# GitOps


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("gitops", ["flux", "argo-cd"])
def test_the_engine_gets_a_list_of_just_what_is_applied(tool: Any, gitops: Any) -> None:
    manifests = make_set(tool, gitops=gitops)
    applied = [file.path for file in manifests.files if file.applied]
    resources = document(manifests, "Kustomization")["resources"]
    assert set(applied) <= set(resources)
    assert [path for path in resources if path not in applied] == {
        "sealed-secrets": ["30-sealed-secret.yaml"],
        "sops": ["secrets/app-credentials.sops.yaml"] if gitops == "flux" else [],
    }.get(tool, [])


@pytest.mark.parametrize("tool", TOOLS)
def test_flux_decrypts_where_there_is_something_to_decrypt(tool: Any) -> None:
    spec = document(make_set(tool, gitops="flux"), "not-applied/gitops/flux-kustomization.yaml")["spec"]
    assert ("decryption" in spec) == (tool == "sops")
    assert ("dependsOn" in spec) == (tool == "external-secrets")
    assert spec["healthChecks"]


@pytest.mark.parametrize("tool", TOOLS)
def test_argo_cd_applies_in_waves_and_never_prunes_the_namespace(tool: Any) -> None:
    waves: dict[str, int] = {}
    for found in objects(make_set(tool, gitops="argo-cd")):
        waves[found["kind"]] = int(found["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])
        if found["kind"] == "Namespace":
            assert "Prune=false" in found["metadata"]["annotations"]["argocd.argoproj.io/sync-options"]
    assert waves["Namespace"] < waves["ServiceAccount"] < waves["Deployment"]
    assert all(not found["metadata"].get("annotations") for found in objects(make_set(tool)))


def test_sops_with_argo_cd_says_what_speaks_against_it() -> None:
    manifests = make_set("sops", gitops="argo-cd")
    assert "Redis" in manifests.by_path()["README.md"].content
    (generator,) = read(document(manifests, "Kustomization")["generators"][0])
    assert (generator["apiVersion"], generator["kind"]) == ("viaduct.ai/v1", "ksops")
    assert generator["files"] == ["./secrets/app-credentials.sops.yaml"]


def test_from_ci_the_plaintext_goes_through_a_pipe_only() -> None:
    steps = document(make_set("sops", gitops="ci"), "not-applied/ci/deploy.github-actions.yaml")["jobs"]["deploy"][
        "steps"
    ]
    assert steps[-1]["run"].splitlines()[0] == "set -o pipefail"
    assert "sops decrypt secrets/app-credentials.sops.yaml | kubectl apply --server-side" in steps[-1]["run"]


# The consumer


def test_environment_names_are_legal_and_unique() -> None:
    names = environment_names(HOSTILE_KEYS)
    assert len(set(names.values())) == len(HOSTILE_KEYS)
    assert all(re.fullmatch(r"[A-Z_][A-Z0-9_]*", name) for name in names.values())
    assert names["a.b"] == "A_B" and names["a-b"] == "A_B_2" and names["123"] == "_123"


@pytest.mark.parametrize("tool", TOOLS)
def test_the_example_shows_names_and_never_a_value(tool: Any) -> None:
    container = objects(make_set(tool, consumption="both"), "Deployment")[0]["spec"]["template"]["spec"]["containers"][
        0
    ]
    script = container["args"][0]
    assert "ls -l /etc/secrets/app-credentials/" in script and "for (name in ENVIRON) print name" in script
    assert "cat " not in script and "printenv" not in script and "\nenv" not in script
