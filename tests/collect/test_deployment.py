"""The manifests that secretsui gives for itself, held against a real API server."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
import yaml

from scanners.collect.inputs import scanner_rules
from scanners.deployment import as_yaml, identity, installation
from tests.cluster.server import Cluster
from tests.secretsui.processes import ROOT


def both() -> list[Any]:
    return [pytest.param(with_secrets, id="with" if with_secrets else "without") for with_secrets in (True, False)]


def by_kind(with_secrets: bool = True) -> dict[str, dict[str, Any]]:
    return {each["kind"]: each for each in installation(with_secrets=with_secrets)}


@pytest.mark.real
@pytest.mark.parametrize("with_secrets", both())
def test_a_real_api_server_takes_every_manifest_and_knows_every_field(cluster: Cluster, with_secrets: bool) -> None:
    name = f"installed-{secrets.token_hex(4)}"
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    documents = list(yaml.safe_load_all(as_yaml(installation(with_secrets=with_secrets))))
    assert [each["kind"] for each in documents] == [
        "Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "PersistentVolumeClaim", "Deployment",
        "Service",
    ]  # fmt: skip
    for document in documents:
        if "namespace" in document["metadata"]:
            document["metadata"]["namespace"] = name
        elif document["kind"] == "Namespace":
            document["metadata"]["name"] = f"{name}-anew"
        path = f"{cluster.collection(document)}?dryRun=All&fieldValidation=Strict"
        status, answer = cluster.request("POST", path, document)
        assert status == 201, (document["kind"], answer)


@pytest.mark.real
def test_the_pod_keeps_to_the_standard_that_its_namespace_enforces(cluster: Cluster) -> None:
    """Admission judges Pods, so the Deployment's own Pod is asked for; the dry run changes nothing."""
    name = f"restricted-{secrets.token_hex(4)}"
    labels = by_kind()["Namespace"]["metadata"]["labels"]
    assert labels == {"pod-security.kubernetes.io/enforce": "restricted"}
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "secretsui", "namespace": name},
        "spec": by_kind()["Deployment"]["spec"]["template"]["spec"],
    }
    path = f"/api/v1/namespaces/{name}/pods?dryRun=All&fieldValidation=Strict"
    status, answer = cluster.request("POST", path, pod)
    assert status == 201, answer
    del pod["spec"]["containers"][0]["securityContext"]["capabilities"]  # type: ignore[index]
    assert cluster.request("POST", path, pod)[0] == 403, "the standard is enforced at all"


@pytest.mark.parametrize("with_secrets", both())
def test_the_role_is_what_a_scan_reads(with_secrets: bool) -> None:
    role = by_kind(with_secrets)["ClusterRole"]
    assert role["rules"] == scanner_rules(with_secrets=with_secrets)
    assert {verb for rule in role["rules"] for verb in rule["verbs"]} == {"list", "get"}
    named = {name for rule in role["rules"] for name in rule.get("resources", ())}
    assert ("secrets" in named) is with_secrets
    assert [each["kind"] for each in identity(with_secrets=with_secrets)] == [
        "Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding",
    ]  # fmt: skip


def test_the_parts_belong_together() -> None:
    parts = by_kind()
    pod = parts["Deployment"]["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    assert parts["Service"]["spec"]["selector"] == pod["metadata"]["labels"]
    assert parts["Deployment"]["spec"]["selector"]["matchLabels"] == pod["metadata"]["labels"]
    assert pod["spec"]["serviceAccountName"] == parts["ClusterRoleBinding"]["subjects"][0]["name"]
    claims = {each["persistentVolumeClaim"]["claimName"] for each in pod["spec"]["volumes"] if "emptyDir" not in each}
    assert claims == {parts["PersistentVolumeClaim"]["metadata"]["name"]}
    assert {each["name"] for each in container["volumeMounts"]} == {each["name"] for each in pod["spec"]["volumes"]}


def test_the_image_is_run_as_it_is_built() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    pod = by_kind()["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    user = pod["securityContext"]["runAsUser"]
    assert f"USER {user}:{pod['securityContext']['runAsGroup']}" in dockerfile
    assert container["command"][:3] == ["python", "/app/manage.py", "up"] and "COPY manage.py /app/" in dockerfile
    for package in ("advisor", "scanners", "secretsui", "templates", "static"):
        assert f"COPY {package} /app/{package}" in dockerfile, "a package that the settings name is in the image"


def test_no_credential_is_written_into_the_manifests() -> None:
    (container,) = by_kind()["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert not any(word in each["name"] for each in container["env"] for word in ("KEY", "PASSWORD", "TOKEN"))
