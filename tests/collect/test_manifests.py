"""Objects from kubectl's output, YAML and folders of manifests."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scanners import snapshot
from scanners.collect import manifests
from scanners.inventory import Inventory
from scanners.snapshot import SnapshotError, read_snapshot

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CANARY = "c4n4ry-v4lue"

SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {
        "name": "db",
        "namespace": "shop",
        "creationTimestamp": "2025-01-01T00:00:00Z",
        "annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": json.dumps({"stringData": {"p": CANARY}}),
        },
    },
    "type": "Opaque",
    "data": {"password": CANARY, "user": CANARY},
}
DEPLOYMENT = f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: shop}}
spec:
  template:
    spec:
      containers:
        - name: app
          image: app:1
          env:
            - {{name: DB_PASSWORD, value: "{CANARY}-Xk29"}}
          envFrom: [{{secretRef: {{name: db}}}}]
"""


def read(content: str | bytes | dict[str, Any]) -> Inventory:
    if isinstance(content, dict):
        content = json.dumps(content)
    inventory = read_snapshot(io.BytesIO(content.encode() if isinstance(content, str) else content), now=NOW)
    assert CANARY.encode() not in msgspec.json.encode(inventory)
    return inventory


def test_a_list_of_kubectl() -> None:
    inventory = read({"apiVersion": "v1", "kind": "List", "items": [SECRET]})
    (found,) = inventory.secrets
    assert (found.namespace, found.name, found.keys, found.key_count) == ("shop", "db", ("password", "user"), 2)
    assert found.last_applied == "with-values"
    assert found.created_at == datetime(2025, 1, 1, tzinfo=UTC)
    assert inventory.collected_at == inventory.started_at == NOW


def test_a_list_of_the_api_itself_whose_items_do_not_repeat_their_kind() -> None:
    bare = {name: value for name, value in SECRET.items() if name not in ("kind", "apiVersion")}
    assert [item.name for item in read({"apiVersion": "v1", "kind": "SecretList", "items": [bare]}).secrets] == ["db"]


def test_an_empty_list_of_a_kind_says_that_there_is_none() -> None:
    inventory = read({"apiVersion": "v1", "kind": "SecretList", "items": []})
    assert (inventory.coverage["secrets"].status, inventory.coverage["secrets"].read) == ("complete", 0)
    with pytest.raises(SnapshotError):
        read({"apiVersion": "v1", "kind": "List", "items": []})


def test_several_documents_of_yaml() -> None:
    text = f"---\n# nothing\n---\n{DEPLOYMENT}---\n{json.dumps(SECRET)}\n---\nkind: ConfigMap\nmetadata: {{name: x}}\n"
    inventory = read("\ufeff" + text)
    assert [item.name for item in inventory.secrets] == ["db"]
    (workload,) = inventory.workloads
    assert [(use.secret, use.how) for use in workload.uses] == [("db", "env-from")]
    assert [item.name for item in workload.plaintext_env] == ["DB_PASSWORD"]
    assert inventory.coverage["deployments"].status == "complete"


def test_json_arrays_lists_in_lists_and_several_json_documents() -> None:
    inner = {"kind": "List", "apiVersion": "v1", "items": [SECRET]}
    assert len(read({"kind": "List", "items": [inner]}).secrets) == 1
    assert len(read(json.dumps([SECRET, inner])).secrets) == 2
    assert len(read(json.dumps(SECRET) + "\n---\n" + json.dumps(SECRET)).secrets) == 2
    nested: dict[str, Any] = inner
    for _ in range(10):
        nested = {"kind": "List", "items": [nested]}
    with pytest.raises(SnapshotError):
        read(nested)


def test_groups_are_told_apart() -> None:
    """Two kinds are called Gateway, two Cluster, two Kustomization."""
    documents = "\n---\n".join(
        [
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata: {name: x}",
            "apiVersion: cluster.x-k8s.io/v1beta1\nkind: Cluster\nmetadata: {name: x}",
            "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: x}\n"
            "spec: {servers: [{tls: {credentialName: web}}]}",
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux}\n"
            "spec: {decryption: {provider: sops}}",
        ]
    )
    inventory = read(documents)
    assert [(item.name, item.decryption) for item in inventory.sync_objects] == [("apps", "sops")]
    assert {item.secret_namespace for item in inventory.references} == {"default", "istio-system", "istio-ingress"}
    assert inventory.coverage["clusters.postgresql.cnpg.io"].status == "error"
    assert inventory.coverage["gateways.gateway.networking.k8s.io"].status == "error"
    assert inventory.coverage["gateways.networking.istio.io"].status == "complete"


def test_an_unreadable_object_makes_its_kind_partial() -> None:
    broken = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x", "labels": [CANARY]}}
    inventory = read({"kind": "List", "items": [SECRET, broken]})
    row = inventory.coverage["secrets"]
    assert (row.status, row.detail, row.read) == ("partial", "1 object could not be read", 1)


def test_an_encryption_configuration_among_manifests() -> None:
    config = f"""
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers: [{{aescbc: {{keys: [{{name: k, secret: {CANARY}}}]}}}}, {{identity: {{}}}}]
"""
    inventory = read(config)
    assert inventory.encryption is not None
    assert [provider.kind for provider in inventory.encryption[0].providers] == ["aescbc", "identity"]
    assert inventory.coverage["encryptionconfiguration"].status == "complete"
    broken = read(f"{DEPLOYMENT}\n---\nkind: EncryptionConfiguration\nresources: {CANARY}")
    assert broken.coverage["encryptionconfiguration"].status == "error"


def test_a_cluster_s_own_list_of_pods_with_its_api_server() -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "kube-apiserver-a", "namespace": "kube-system"},
        "spec": {"containers": [{"name": "a", "command": ["kube-apiserver", "--encryption-provider-config=/e"]}]},
    }
    inventory = read({"kind": "List", "items": [pod]})
    assert [server.encryption_config for server in inventory.api_servers] == ["/e"]


def test_a_folder_of_manifests(tmp_path: Path) -> None:
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "web.yaml").write_text(DEPLOYMENT)
    (tmp_path / "apps" / "secret.json").write_text(json.dumps(SECRET))
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "hidden.yaml").write_text(DEPLOYMENT.replace("web", "hidden"))
    (tmp_path / "notes.txt").write_text(DEPLOYMENT.replace("web", "notes"))
    (tmp_path / "link.yaml").symlink_to(tmp_path / "notes.txt")
    inventory = read_snapshot(tmp_path, now=NOW)
    assert [item.name for item in inventory.workloads] == ["web"]
    assert [item.name for item in inventory.secrets] == ["db"]
    assert inventory.cluster.name == tmp_path.name
    assert CANARY.encode() not in msgspec.json.encode(inventory)


def test_a_file_that_cannot_be_read_makes_every_kind_partial_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(DEPLOYMENT)
    (tmp_path / "template.yaml").write_text("metadata: {{ .Values.name }}\nx: [")
    row = read_snapshot(tmp_path, now=NOW).coverage["deployments"]
    assert (row.status, row.detail) == ("partial", "1 file could not be read: template.yaml")


def test_yaml_has_a_limit_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "MAX_YAML_BYTES", 1024 * 1024)
    with pytest.raises(SnapshotError, match="larger than 1 MiB; give JSON"):
        read(DEPLOYMENT + "#" * 1024 * 1024)
    assert len(read(json.dumps(SECRET | {"pad": "x" * 1024 * 1024})).secrets) == 1


def test_an_empty_folder_and_one_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SnapshotError, match="no Kubernetes objects"):
        read_snapshot(tmp_path, now=NOW)
    for number in range(3):
        (tmp_path / f"{number}.yaml").write_text(DEPLOYMENT)
    monkeypatch.setattr(snapshot, "MAX_FILES", 2)
    with pytest.raises(SnapshotError, match="more than 2 manifests"):
        read_snapshot(tmp_path, now=NOW)
    monkeypatch.setattr(snapshot, "MAX_FILES", 10)
    monkeypatch.setattr(snapshot, "MAX_BYTES", len(DEPLOYMENT) * 2)
    with pytest.raises(SnapshotError, match="is larger than"):
        read_snapshot(tmp_path, now=NOW)
