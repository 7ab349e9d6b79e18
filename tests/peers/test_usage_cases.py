"""Cases of use, and of service account tokens, in which other tools answer otherwise (docs/comparison.md)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import yaml

from scanners.assess import CheckResult, assess_check
from scanners.checks.check import Check
from scanners.checks.legacy import LEGACY_TOKEN
from scanners.checks.missing import MISSING_SECRET
from scanners.checks.usage import UNUSED_SECRET
from scanners.collect.inputs import NAMES
from scanners.collect.manifests import Manifests
from scanners.context import Context
from scanners.inventory import Cluster
from tests.core.build import NOW, complete

Manifest = dict[str, Any]


def assessed(check: Check, *objects: Manifest, version: str = "v1.37.2") -> CheckResult:
    """The check over these objects, everything else having been read and being absent."""
    manifests = Manifests()
    manifests.add(yaml.safe_dump_all(objects).encode())
    read = manifests.inventory("test", NOW)
    seen = msgspec.structs.replace(read, coverage=complete(*NAMES), cluster=Cluster(name="test", version=version))
    return assess_check(check, Context(seen))


def thing(kind: str, name: str, version: str = "v1", namespace: str = "shop", **parts: Any) -> Manifest:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace}} | parts


def secret(name: str = "db", namespace: str = "shop") -> Manifest:
    return thing("Secret", name, namespace=namespace, data={"k": "eA=="})


ENV = {
    "containers": [
        {"name": "a", "image": "x", "env": [{"name": "K", "valueFrom": {"secretKeyRef": {"name": "db", "key": "k"}}}]}
    ]
}
NONE = {"name": "a", "image": "x"}
FROM = {"name": "a", "image": "x", "envFrom": [{"secretRef": {"name": "db"}}]}


def deployment(pod: Manifest, **spec: Any) -> Manifest:
    return thing("Deployment", "api", "apps/v1", spec={"template": {"spec": pod}} | spec)


USES: dict[str, Manifest] = {
    "a Deployment scaled to zero": deployment(ENV, replicas=0),
    "a StatefulSet scaled to zero": thing(
        "StatefulSet", "api", "apps/v1", spec={"replicas": 0, "template": {"spec": ENV}}
    ),
    "a suspended CronJob": thing(
        "CronJob", "nightly", "batch/v1", spec={"suspend": True, "jobTemplate": {"spec": {"template": {"spec": ENV}}}}
    ),
    "a suspended Job": thing("Job", "once", "batch/v1", spec={"suspend": True, "template": {"spec": ENV}}),
    "a DaemonSet without nodes": thing("DaemonSet", "agent", "apps/v1", spec={"template": {"spec": ENV}}),
    "a bare ReplicaSet": thing("ReplicaSet", "api", "apps/v1", spec={"replicas": 0, "template": {"spec": ENV}}),
    "an Argo Rollout": thing("Rollout", "api", "argoproj.io/v1alpha1", spec={"replicas": 0, "template": {"spec": ENV}}),
    "a Pod": thing("Pod", "api", spec=ENV),
    "an init container": deployment({"initContainers": [FROM], "containers": [NONE]}),
    "an ephemeral container": thing("Pod", "api", spec={"containers": [NONE], "ephemeralContainers": [FROM]}),
    "a volume": deployment({"containers": [NONE], "volumes": [{"name": "v", "secret": {"secretName": "db"}}]}),
    "a projected volume": deployment(
        {"containers": [NONE], "volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "db"}}]}}]}
    ),
    "a csi volume's nodePublishSecretRef": deployment(
        {
            "containers": [NONE],
            "volumes": [{"name": "v", "csi": {"driver": "x", "nodePublishSecretRef": {"name": "db"}}}],
        }
    ),
    "imagePullSecrets": deployment({"containers": [NONE], "imagePullSecrets": [{"name": "db"}]}),
    "imagePullSecrets of a ServiceAccount": thing("ServiceAccount", "app", imagePullSecrets=[{"name": "db"}]),
    "secrets of a ServiceAccount, without a namespace": thing("ServiceAccount", "app", secrets=[{"name": "db"}]),
    "an Ingress": thing("Ingress", "web", "networking.k8s.io/v1", spec={"tls": [{"secretName": "db"}]}),
    "a Gateway of another namespace": thing(
        "Gateway",
        "edge",
        "gateway.networking.k8s.io/v1",
        "edge",
        spec={"listeners": [{"protocol": "HTTPS", "tls": {"certificateRefs": [{"name": "db", "namespace": "shop"}]}}]},
    ),
    "an Istio Gateway": thing(
        "Gateway",
        "edge",
        "networking.istio.io/v1",
        spec={"selector": {"istio": "gone"}, "servers": [{"tls": {"credentialName": "db"}}]},
    ),
    "a CloudNativePG Cluster's superuser": thing(
        "Cluster", "pg", "postgresql.cnpg.io/v1", spec={"superuserSecret": {"name": "db"}}
    ),
    "a CloudNativePG Cluster's backup": thing(
        "Cluster",
        "pg",
        "postgresql.cnpg.io/v1",
        spec={"backup": {"barmanObjectStore": {"s3Credentials": {"secretAccessKey": {"name": "db", "key": "k"}}}}},
    ),
    "an Issuer": thing("Issuer", "ca", "cert-manager.io/v1", spec={"ca": {"secretName": "db"}}),
    "a GitRepository": thing(
        "GitRepository", "apps", "source.toolkit.fluxcd.io/v1", spec={"secretRef": {"name": "db"}}
    ),
    "a HelmRelease": thing(
        "HelmRelease",
        "web",
        "helm.toolkit.fluxcd.io/v2",
        spec={"valuesFrom": [{"kind": "Secret", "name": "db"}]},
    ),
    "a Kustomization's decryption": thing(
        "Kustomization",
        "apps",
        "kustomize.toolkit.fluxcd.io/v1",
        spec={"decryption": {"provider": "sops", "secretRef": {"name": "db"}}},
    ),
    "a ServiceMonitor": thing(
        "ServiceMonitor",
        "api",
        "monitoring.coreos.com/v1",
        spec={"endpoints": [{"basicAuth": {"password": {"name": "db", "key": "k"}}}]},
    ),
    "a SecretStore": thing(
        "SecretStore",
        "vault",
        "external-secrets.io/v1",
        spec={"provider": {"vault": {"auth": {"tokenSecretRef": {"name": "db", "key": "k"}}}}},
    ),
    "a StorageClass": {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "ceph"},
        "parameters": {
            "csi.storage.k8s.io/provisioner-secret-name": "db",
            "csi.storage.k8s.io/provisioner-secret-namespace": "shop",
        },
    },
    "a PersistentVolume": {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "pv"},
        "spec": {"csi": {"nodeStageSecretRef": {"name": "db", "namespace": "shop"}}},
    },
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_t27_a_used_secret_is_not_unused(use: Manifest) -> None:
    assert assessed(UNUSED_SECRET, secret(), use).status == "pass"
    # The same without the Secret's name leaves it unused, so that it is the reference that decided.
    renamed = yaml.safe_load(yaml.safe_dump(use).replace(" db", " other"))
    assert [item.name for item in assessed(UNUSED_SECRET, secret(), renamed).findings] == ["db"]


def test_t27_a_secret_that_argo_cd_reads_by_its_label_is_not_unused() -> None:
    found = secret()
    found["metadata"]["labels"] = {"argocd.argoproj.io/secret-type": "repository"}
    assert assessed(UNUSED_SECRET, found).evaluated == 0


def test_t28_a_secret_is_used_in_its_own_namespace_alone() -> None:
    result = assessed(UNUSED_SECRET, secret(), secret(namespace="staging"), thing("Pod", "api", spec=ENV))
    assert [(item.namespace, item.name) for item in result.findings] == [("staging", "db")]


def test_t27_what_is_optional_is_never_missing_and_a_key_that_is_not_there_is() -> None:
    optional = {"name": "K", "valueFrom": {"secretKeyRef": {"name": "gone", "key": "k", "optional": True}}}
    wrong_key = {"name": "L", "valueFrom": {"secretKeyRef": {"name": "db", "key": "other"}}}
    result = assessed(
        MISSING_SECRET, secret(), thing("Pod", "api", spec={"containers": [NONE | {"env": [optional, wrong_key]}]})
    )
    assert [(item.kind, item.name, item.field) for item in result.findings] == [
        ("Pod", "api", "spec.containers[0].env[1]")
    ]
    assert "key other" in result.findings[0].message


TOKEN = "kubernetes.io/service-account-token"
LAST_USED = "kubernetes.io/legacy-token-last-used"
INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since"


def token(name: str, **labels: str) -> Manifest:
    found = secret(name) | {"type": TOKEN}
    found["metadata"] |= {"labels": labels, "annotations": {"kubernetes.io/service-account.name": "app"}}
    return found


def test_t33_tokens_made_by_hand_and_by_the_control_plane_are_told_apart() -> None:
    account = thing("ServiceAccount", "app", secrets=[{"name": "generated"}])
    recent = {LAST_USED: "2026-11-20"}
    result = assessed(LEGACY_TOKEN, account, token("generated", **recent), token("by-hand", **recent))
    told = {item.name: item.evidence for item in result.findings}
    assert "generated automatically" in told["generated"]
    assert "made by hand" in told["by-hand"]
    assert {item.severity for item in result.findings} == {"high"}


def test_t33_use_and_invalidity_give_different_findings() -> None:
    result = assessed(
        LEGACY_TOKEN,
        thing("ServiceAccount", "app"),
        token("in-use", **{LAST_USED: "2026-11-20"}),
        token("long-ago", **{LAST_USED: "2026-01-01"}),
        token("never"),
        token("refused", **{LAST_USED: "2025-01-01", INVALID_SINCE: "2026-11-01"}),
    )
    found = {item.name: (item.severity, item.message) for item in result.findings}
    assert {name: severity for name, (severity, _) in found.items()} == {
        "in-use": "high",
        "long-ago": "medium",
        "never": "medium",
        "refused": "medium",
    }
    assert "last used 326 days ago" in found["long-ago"][1]
    assert "not used since the API server records it" in found["never"][1]
    assert "has refused it since 2026-11-01" in found["refused"][1]


def test_t33_where_use_is_not_recorded_nothing_is_called_unused() -> None:
    (found,) = assessed(LEGACY_TOKEN, token("never"), version="v1.24.0").findings
    assert found.severity == "high"
    assert "made by hand" not in found.evidence, "without its ServiceAccount nobody knows who made it"
