"""The ported rules of ESO's webhook, each with what passes and what fails, and the lint proven able to fail."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest

from advisor.manifests import ManifestSet
from advisor.manifests.rules import external_secret_violations, secret_store_violations, violations
from tests.advisor.manifests.sets import make_set

DATA = [{"secretKey": "a", "remoteRef": {"key": "k"}}]


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"data": DATA}, ""),
        ({"dataFrom": [{"extract": {"key": "k"}}]}, ""),
        ({}, "data or dataFrom"),
        ({"data": DATA, "target": {"deletionPolicy": "Delete"}}, ""),
        ({"data": DATA, "target": {"deletionPolicy": "Delete", "creationPolicy": "Orphan"}}, ""),
        ({"data": DATA, "target": {"deletionPolicy": "Delete", "creationPolicy": "Merge"}}, "owns no Secret"),
        ({"data": DATA, "target": {"deletionPolicy": "Delete", "creationPolicy": "None"}}, "owns no Secret"),
        ({"data": DATA, "target": {"deletionPolicy": "Delete", "creationPolicy": "CreateOrMerge"}}, "owns no Secret"),
        ({"data": DATA, "target": {"deletionPolicy": "Merge", "creationPolicy": "Merge"}}, ""),
        ({"data": DATA, "target": {"deletionPolicy": "Merge", "creationPolicy": "None"}}, "nothing to merge"),
        ({"dataFrom": [{"extract": {"key": "k"}, "find": {"path": "p"}}]}, "exactly one"),
        ({"dataFrom": [{"sourceRef": {"generatorRef": {"kind": "Password", "name": "p"}}}]}, ""),
        ({"dataFrom": [{"extract": {}, "sourceRef": {"generatorRef": {}}}]}, "exactly one"),
        ({"dataFrom": [{}]}, "exactly one"),
        ({"data": DATA * 2}, "more than once"),
        ({"data": DATA * 2, "target": {"deletionPolicy": "Merge"}}, ""),
        ({"data": DATA, "refreshInterval": "1h0m0s"}, ""),
        ({"data": DATA, "refreshInterval": "1d"}, "Go duration"),
        (
            {
                "data": DATA,
                "target": {
                    "template": {
                        "type": "kubernetes.io/service-account-token",
                        "metadata": {"annotations": {"kubernetes.io/service-account.name": "a"}},
                    }
                },
            },
            "mint a token",
        ),
        ({"data": DATA, "target": {"template": {"type": "kubernetes.io/service-account-token"}}}, ""),
        ({"data": DATA, "target": {"template": {"type": "bootstrap.kubernetes.io/token"}}}, "bootstrap tokens"),
        ({"data": DATA, "target": {"template": {"templateFrom": [{"target": "Spec"}]}}}, "Data, Annotations or Labels"),
        ({"data": DATA, "target": {"manifest": {}, "template": {"templateFrom": [{"target": "Spec"}]}}}, ""),
    ],
)
def test_external_secret(spec: dict[str, Any], words: str) -> None:
    found = list(external_secret_violations({"kind": "ExternalSecret", "spec": spec}))
    assert found == [] if not words else len(found) == 1 and words in found[0]


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        ({"fake": {}}, ""),
        ({}, "exactly one provider"),
        ({"fake": {}, "vault": {}}, "exactly one provider"),
        (
            {"vault": {"auth": {"kubernetes": {"serviceAccountRef": {"name": "a", "namespace": "b"}}}}},
            "only refer to its own",
        ),
        ({"vault": {"namespace": "enterprise"}}, ""),
        ({"vault": {"tls": {"certSecretRef": {"name": "a"}}}}, "or neither"),
        ({"vault": {"tls": {"certSecretRef": {"name": "a"}, "keySecretRef": {"name": "a"}}}}, ""),
        ({"vault": {"version": "v1", "checkAndSet": {"required": True}}}, "v2 only"),
    ],
)
def test_secret_store(provider: dict[str, Any], words: str) -> None:
    found = list(secret_store_violations({"kind": "SecretStore", "spec": {"provider": provider}}))
    assert found == [] if not words else len(found) == 1 and words in found[0]


def without(manifests: ManifestSet, path: str) -> ManifestSet:
    files = tuple(file for file in manifests.files if file.path != path)
    assert len(files) == len(manifests.files) - 1
    return msgspec.structs.replace(manifests, files=files)


@pytest.mark.parametrize(
    ("tool", "path", "missing"),
    [
        ("external-secrets", "00-namespace.yaml", "Namespace//app"),
        ("external-secrets", "10-service-account.yaml", "ServiceAccount/app/app-secrets"),
        ("external-secrets", "20-secret-store.yaml", "SecretStore/app/app-credentials-store"),
        ("external-secrets", "30-external-secret.yaml", "Secret/app/app-credentials"),
        ("sealed-secrets", "not-applied/sealed-secret.template.yaml", "Secret/app/app-credentials"),
        ("vault-csi", "30-secret-provider-class.yaml", "SecretProviderClass/app/app-credentials"),
        ("vault-csi", "10-service-account.yaml", "ServiceAccount/app/app-secrets"),
        ("sops", "not-applied/secret.template.yaml", "Secret/app/app-credentials"),
    ],
)
def test_the_lint_finds_what_is_missing(tool: Any, path: str, missing: str) -> None:
    complete = make_set(tool)
    assert violations(complete) == []
    assert any(missing in sentence for sentence in violations(without(complete, path)))


def test_the_lint_finds_what_no_prerequisite_provides() -> None:
    manifests = make_set("sops", gitops="flux")
    found = violations(msgspec.structs.replace(manifests, prerequisites=()))
    assert any("Secret/flux-system/sops-age" in sentence for sentence in found)
    assert any("GitRepository/flux-system/flux-system" in sentence for sentence in found)


def test_the_lint_finds_an_object_that_is_not_fetched() -> None:
    manifests = make_set("vault-csi", consumption="env")
    changed = copy.deepcopy(manifests.by_path()["30-secret-provider-class.yaml"])
    changed.documents[0]["spec"]["secretObjects"][0]["data"][0]["objectName"] = "other"
    found = violations(msgspec.structs.replace(manifests, files=(*manifests.files, changed)))
    assert any("'other'" in sentence for sentence in found)
