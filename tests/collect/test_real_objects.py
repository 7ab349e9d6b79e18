"""One real cluster with controllers and the CRDs of all tools: every reader on what a server really sends."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from scanners.inventory import Inventory
from scanners.snapshot import encode_snapshot
from tests.cluster.api import eventually
from tests.cluster.fixtures import open_cluster
from tests.cluster.server import Cluster
from tests.collect.conftest import collected, connect

pytestmark = pytest.mark.real

CANARY = "c4n4ry-Zk7q9PmXw2Lr8Tn"
NS = "shop"
APP = {"app": "web"}
CRDS = ("external-secrets", "sealed-secrets", "secrets-store-csi", "flux", "cert-manager", "gateway-api")


def manifest(
    version: str, kind: str, name: str, spec: Any = None, namespace: str | None = NS, **more: Any
) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name} | ({"namespace": namespace} if namespace else {})
    document = {"apiVersion": version, "kind": kind, "metadata": metadata | more.pop("metadata", {})}
    return document | ({"spec": spec} if spec is not None else {}) | more


POD_SPEC = {
    "automountServiceAccountToken": False,
    "containers": [
        {
            "name": "app",
            "image": "registry.example.com/web:1",
            "args": [f"--password={CANARY}"],
            "env": [
                {"name": "DB_PASSWORD", "value": CANARY},
                {"name": "DB_USER", "valueFrom": {"secretKeyRef": {"name": "db", "key": "user"}}},
            ],
            "volumeMounts": [{"name": "v", "mountPath": "/etc/x", "subPath": "k"}],
        }
    ],
    "volumes": [
        {"name": "v", "secret": {"secretName": "files"}},
        {
            "name": "c",
            "csi": {"driver": "secrets-store.csi.k8s.io", "volumeAttributes": {"secretProviderClass": "vault"}},
        },
    ],
}

WEB = {"metadata": {"labels": APP}, "spec": POD_SPEC}
JOB_SPEC = POD_SPEC | {"restartPolicy": "Never", "imagePullSecrets": [{"name": "pull"}]}
API_SERVER = {"name": "a", "image": "x", "command": ["kube-apiserver"], "args": ["--encryption-provider-config", "/e"]}
BACKEND = {"service": {"name": "x", "port": {"number": 80}}}

OBJECTS = [
    manifest("v1", "Namespace", NS, namespace=None, metadata={"labels": {"team": "shop"}}),
    manifest(
        "v1",
        "Secret",
        "db",
        stringData={"user": CANARY, "password": CANARY},
        metadata={
            "annotations": {
                "kubectl.kubernetes.io/last-applied-configuration": json.dumps({"stringData": {"password": CANARY}}),
                "notes": CANARY,
            },
            "labels": {"team": "shop", "secret-label": CANARY},
        },
    ),
    manifest("apps/v1", "Deployment", "web", {"selector": {"matchLabels": APP}, "template": WEB}),
    manifest(
        "batch/v1",
        "CronJob",
        "nightly",
        {
            "schedule": "0 3 * * *",
            "suspend": True,
            "jobTemplate": {
                "spec": {"template": {"spec": JOB_SPEC}},
            },
        },
    ),
    manifest(
        "v1",
        "Pod",
        "kube-apiserver-node",
        {
            "automountServiceAccountToken": False,
            "containers": [API_SERVER],
        },
        namespace="kube-system",
    ),
    manifest("networking.k8s.io/v1", "Ingress", "web", {"tls": [{"secretName": "web-tls"}], "defaultBackend": BACKEND}),
    manifest(
        "gateway.networking.k8s.io/v1",
        "Gateway",
        "edge",
        {
            "gatewayClassName": "x",
            "listeners": [
                {
                    "name": "https",
                    "port": 443,
                    "protocol": "HTTPS",
                    "tls": {"certificateRefs": [{"name": "edge-tls", "namespace": "certificates"}]},
                }
            ],
        },
    ),
    manifest(
        "external-secrets.io/v1",
        "SecretStore",
        "vault",
        {
            "provider": {
                "vault": {
                    "server": "https://vault.example.com",
                    "auth": {"tokenSecretRef": {"name": "vault-token", "key": "token"}},
                }
            }
        },
    ),
    manifest(
        "external-secrets.io/v1",
        "ExternalSecret",
        "db",
        {
            "secretStoreRef": {"name": "vault"},
            "target": {"name": "db"},
            "data": [{"secretKey": "password", "remoteRef": {"key": "db"}}],
        },
    ),
    manifest("bitnami.com/v1alpha1", "SealedSecret", "sealed", {"encryptedData": {"k": "AgA="}, "template": {}}),
    manifest(
        "secrets-store.csi.x-k8s.io/v1",
        "SecretProviderClass",
        "vault",
        {
            "provider": "vault",
            "parameters": {"objects": CANARY},
            "secretObjects": [{"secretName": "synced", "type": "Opaque", "data": [{"key": "k", "objectName": "o"}]}],
        },
    ),
    manifest(
        "cert-manager.io/v1",
        "Certificate",
        "web",
        {"secretName": "web-tls", "issuerRef": {"name": "public"}, "dnsNames": ["shop.example.com"]},
    ),
    manifest("cert-manager.io/v1", "ClusterIssuer", "ca", {"ca": {"secretName": "root-ca"}}, namespace=None),
    manifest(
        "kustomize.toolkit.fluxcd.io/v1",
        "Kustomization",
        "apps",
        {
            "interval": "10m",
            "prune": True,
            "sourceRef": {"kind": "GitRepository", "name": "x"},
            "decryption": {"provider": "sops", "secretRef": {"name": "age"}},
        },
    ),
]


@pytest.fixture(scope="module")
def shop() -> Iterator[Cluster]:
    with open_cluster(crds=CRDS, controller_manager=True) as cluster:
        for document in OBJECTS:
            cluster.apply(document)
        ready = {"conditions": [{"type": "Ready", "status": "False", "reason": "SecretSyncedError", "message": CANARY}]}
        cluster.apply_status(manifest("external-secrets.io/v1", "ExternalSecret", "db", status=ready))
        eventually("the Deployment's Pod", lambda: cluster.get(f"/api/v1/namespaces/{NS}/pods")["items"])
        yield cluster


@pytest.fixture(scope="module")
def inventory(shop: Cluster) -> Inventory:
    with connect(shop, shop.token("admin")) as transport:
        return collected(transport)


def test_nothing_is_unread(inventory: Inventory) -> None:
    assert {row.input for row in inventory.coverage.values() if row.status not in ("complete", "absent")} == set()


def test_a_pod_leads_to_its_deployment(inventory: Inventory) -> None:
    workloads = {(item.kind, item.name): item for item in inventory.workloads if item.namespace == NS}
    pod = next(item for item in workloads.values() if item.kind == "Pod")
    assert pod.owner is not None
    replica_set = workloads[pod.owner.kind, pod.owner.name]
    assert replica_set.kind == "ReplicaSet"
    assert replica_set.uses == ()
    assert replica_set.owner is not None
    deployment = workloads[replica_set.owner.kind, replica_set.owner.name]
    assert [(use.secret, use.how, use.sub_path) for use in deployment.uses] == [
        ("db", "env", False),
        ("files", "volume", True),
    ]
    assert [mount.provider_class for mount in deployment.csi] == ["vault"]
    assert [item.name for item in deployment.plaintext_env] == ["DB_PASSWORD"]
    assert deployment.labels == APP
    assert deployment.replicas == 1
    assert workloads["CronJob", "nightly"].suspended
    assert {use.secret for use in workloads["CronJob", "nightly"].uses} == {"db", "files", "pull"}


def test_references_and_sync_objects(inventory: Inventory) -> None:
    assert {(item.kind, item.secret_namespace, item.secret, item.how) for item in inventory.references} == {
        ("Ingress", NS, "web-tls", "ingress-tls"),
        ("Gateway", "certificates", "edge-tls", "gateway-tls"),
        ("SecretStore", NS, "vault-token", "custom-resource"),
        ("ClusterIssuer", "cert-manager", "root-ca", "custom-resource"),
        ("Kustomization", NS, "age", "custom-resource"),
    }
    made = {(item.kind, item.name): item for item in inventory.sync_objects}
    assert made["ExternalSecret", "db"].target_keys == ("password",)
    assert (made["ExternalSecret", "db"].ready, made["ExternalSecret", "db"].reason) == (False, "SecretSyncedError")
    assert made["ExternalSecret", "db"].refresh_seconds == 3600
    assert made["SealedSecret", "sealed"].targets == ("sealed",)
    assert made["SecretProviderClass", "vault"].targets == ("synced",)
    assert made["Certificate", "web"].targets == ("web-tls",)
    assert made["Kustomization", "apps"].decryption == "sops"


def test_the_rest(inventory: Inventory) -> None:
    assert [(server.pod, server.encryption_config) for server in inventory.api_servers] == [
        ("kube-apiserver-node", "/e")
    ]
    (secret,) = [item for item in inventory.secrets if item.namespace == NS]
    assert (secret.keys, secret.last_applied, secret.labels) == (("password", "user"), "with-values", {"team": "shop"})
    assert next(item for item in inventory.namespaces if item.name == NS).labels["team"] == "shop"
    view = next(role for role in inventory.roles if role.name == "view")
    assert len(view.rules) > 5  # aggregated by the controller manager
    assert any(binding.name == "cluster-admin" for binding in inventory.bindings)
    assert any(account.name == "default" for account in inventory.service_accounts)


def test_no_value_is_in_the_inventory_or_the_snapshot(inventory: Inventory) -> None:
    """Values in data, annotations, labels, env, args, parameters and condition messages: none gets through."""
    encoded = CANARY.encode()
    assert encoded not in msgspec.json.encode(inventory)
    assert encoded not in gzip.decompress(encode_snapshot(inventory))
    assert encoded not in repr(inventory).encode()


def test_two_collections_of_one_state_are_equal_but_for_their_time(shop: Cluster, inventory: Inventory) -> None:
    with connect(shop, shop.token("admin")) as transport:
        again = collected(transport)
    # The store's revision moves with any write of anybody, and so do the API server's counters.
    moving = ("started_at", "collected_at", "secrets_resource_version", "transformations", "secret_cache_fills")
    same = {name: getattr(inventory, name) for name in moving}
    assert msgspec.structs.replace(again, **same) == inventory
