"""Sources of truth on a real API server with the tools' own CRDs: stores, syncs, GitOps, sealing, SOPS files."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanners.assess import CheckResult, assess_check
from scanners.chains import chain
from scanners.checks import sources
from scanners.checks.check import Check
from scanners.context import Context
from scanners.digest import KeyedDigest
from scanners.inventory import Inventory
from scanners.policy import parse_policy
from tests.cluster.build import program
from tests.cluster.server import Cluster
from tests.cluster.toolchain import CannotBuild
from tests.collect.conftest import collected, connect
from tests.missing import missing

pytestmark = pytest.mark.real

Manifest = dict[str, Any]
CANARY = "c4n4ry-Sr9Lp2"
CRDS = ("external-secrets", "sealed-secrets", "secrets-store-csi", "flux", "cert-manager")
FLUX = "kustomize.toolkit.fluxcd.io"
BY_FLUX = {f"{FLUX}/name": "apps", f"{FLUX}/namespace": "flux-system"}


def thing(version: str, kind: str, name: str, namespace: str = "shop", **parts: Any) -> Manifest:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {}) | parts.pop("metadata", {})
    return {"apiVersion": version, "kind": kind, "metadata": metadata} | parts


def ready(kind: str = "Ready", status: str = "True", reason: str = "Fine", **more: Any) -> Manifest:
    condition = {"type": kind, "status": status, "reason": reason, "message": CANARY}
    condition["lastTransitionTime"] = "2026-01-01T00:00:00Z"
    return {"conditions": [condition]} | more


def external(name: str, interval: str, refreshed: str) -> Manifest:
    spec = {
        "refreshInterval": interval,
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": "open"},
        "target": {"name": name},
        "data": [{"secretKey": "a", "remoteRef": {"key": "x"}}],
    }
    return thing("external-secrets.io/v1", "ExternalSecret", name, spec=spec, status=ready(refreshTime=refreshed))


def cluster_store(name: str, conditions: list[Manifest] | None) -> Manifest:
    provider = {"fake": {"data": [{"key": "x", "value": CANARY}]}}
    spec = {"provider": provider} | ({"conditions": conditions} if conditions else {})
    return thing("external-secrets.io/v1", "ClusterSecretStore", name, "", spec=spec, status=ready())


def kustomization(name: str, source: str, **more: Any) -> Manifest:
    spec = {"interval": "10m", "prune": True, "sourceRef": {"kind": source, "name": "platform"}} | more
    return thing(f"{FLUX}/v1", "Kustomization", name, "flux-system", spec=spec, status=ready())


def secret(name: str, namespace: str = "shop", **labels: str) -> Manifest:
    return thing("v1", "Secret", name, namespace, stringData={"a": CANARY}, metadata={"labels": labels})


CONTROLLER = thing(
    "apps/v1",
    "Deployment",
    "sealed-secrets-controller",
    "kube-system",
    spec={
        "selector": {"matchLabels": {"app": "sealed"}},
        "template": {
            "metadata": {"labels": {"app": "sealed"}},
            "spec": {
                "containers": [
                    {
                        "name": "controller",
                        "image": "docker.io/bitnami/sealed-secrets-controller:v0.27.0",
                        "args": ["--update-status", "--key-renew-period", "0"],
                    }
                ]
            },
        },
    },
)

WITH_STATUS = [
    external("late", "1h0m0s", "2026-01-02T03:04:05Z"),
    external("never", "0", "2026-01-02T03:04:05Z"),
    cluster_store("open", None),
    cluster_store("limited", [{"namespaces": ["shop"]}]),
    cluster_store("everyone", [{"namespaceSelector": {}}]),
    kustomization("apps", "GitRepository"),
    kustomization("encrypted", "GitRepository", decryption={"provider": "sops"}),
    kustomization("artifact", "OCIRepository"),
    thing(
        "bitnami.com/v1alpha1",
        "SealedSecret",
        "sealed",
        spec={"encryptedData": {"a": "AgB"}},
        status=ready("Synced", "False", "UnsealError"),
        metadata={"labels": {f"{FLUX}/name": "encrypted", f"{FLUX}/namespace": "flux-system"}},
    ),
    thing(
        "cert-manager.io/v1",
        "Certificate",
        "web",
        spec={"secretName": "web-tls", "dnsNames": ["a.example"], "issuerRef": {"kind": "ClusterIssuer", "name": "ca"}},
        status=ready(notBefore="2026-01-02T03:04:05Z", notAfter="2026-04-02T03:04:05Z"),
    ),
]
PLAIN = [
    secret("late"),
    secret("plain-in-git", **BY_FLUX),
    secret("decrypted", **BY_FLUX | {f"{FLUX}/name": "encrypted"}),
    secret("from-artifact", **BY_FLUX | {f"{FLUX}/name": "artifact"}),
    secret("sealed"),
    secret("web-tls"),
    secret("anywhere", "default"),
    secret("of-staging", **{"example.com/stage": "staging"}),
    secret("of-production", **{"example.com/stage": "production"}),
    CONTROLLER,
]


@pytest.fixture(scope="module")
def sourced(cluster_factory: Callable[..., Cluster]) -> Cluster:
    cluster = cluster_factory(crds=CRDS)
    for name in ("shop", "flux-system"):
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    for document in WITH_STATUS:
        cluster.apply({key: part for key, part in document.items() if key != "status"})
        cluster.apply_status(document)
    cluster.apply(*PLAIN, manager="kustomize-controller")
    return cluster


def seen(cluster: Cluster, **options: Any) -> Inventory:
    with connect(cluster, cluster.token("admin")) as transport:
        found = collected(transport, **options)
    assert CANARY not in repr(found)
    return found


def judged(check: Check, context: Context) -> CheckResult:
    result = assess_check(check, context)
    assert CANARY not in repr(result.findings) + result.reason
    return result


def names(result: CheckResult) -> set[tuple[str, str, str]]:
    return {(item.kind, item.namespace, item.name) for item in result.findings}


def test_what_real_objects_show(sourced: Cluster) -> None:
    context = Context(seen(sourced))
    assert names(judged(sources.SYNC_STALE, context)) == {
        ("ExternalSecret", "shop", "late"),
        ("ExternalSecret", "shop", "never"),
    }
    assert names(judged(sources.STORE_OPEN, context)) == {
        ("ClusterSecretStore", "", "open"),
        ("ClusterSecretStore", "", "everyone"),
    }
    assert names(judged(sources.SYNC_FAILING, context)) == {("SealedSecret", "shop", "sealed")}
    controller = judged(sources.SEALED_SECRETS_OUTDATED, context)
    assert names(controller) == {("Deployment", "kube-system", "sealed-secrets-controller")}
    assert {item.field for item in controller.findings} == {"image", "key-renew-period"}
    applied = judged(sources.GITOPS_PLAINTEXT, context)
    assert names(applied) == {("Secret", "shop", "plain-in-git")}
    assert "OCIRepository platform" in applied.reason
    assert names(judged(sources.DEFAULT_NAMESPACE, context)) == {("Secret", "default", "anywhere")}
    dates = {item.name: item.not_after for item in context.inventory.sync_objects if item.kind == "Certificate"}
    assert f"{dates['web']:%Y-%m-%d}" == "2026-04-02"


def test_the_chains_of_real_secrets(sourced: Cluster) -> None:
    context = Context(seen(sourced))

    def kinds(name: str) -> list[tuple[str, str]]:
        return [(link.kind, link.name) for link in chain(context, context.secrets["shop", name])]

    git = ("GitRepository", "platform")
    assert kinds("late")[:-1] == [("Provider", "fake"), ("ClusterSecretStore", "open"), ("ExternalSecret", "late")]
    assert kinds("plain-in-git")[:-1] == [git, ("Kustomization", "apps")]
    assert kinds("sealed")[:-1] == [git, ("Kustomization", "encrypted"), ("SealedSecret", "sealed")]
    assert kinds("web-tls")[:-1] == [("ClusterIssuer", "ca"), ("Certificate", "web")]


def test_labels_that_a_policy_asks_for_are_kept_and_others_are_not(sourced: Cluster) -> None:
    text = "environments:\n" + "".join(
        f"  - {{label: example.com/stage={name}, environment: {name}}}\n" for name in ("staging", "production")
    )
    policy = parse_policy(text)
    mixed = judged(sources.NAMESPACE_MIXED, Context(seen(sourced, labels=policy.labels), policy))
    assert names(mixed) == {("Secret", "shop", "of-staging"), ("Secret", "shop", "of-production")}
    without = judged(sources.NAMESPACE_MIXED, Context(seen(sourced), policy))
    assert without.evaluated == 0, "a collection keeps no label that no rule asks for"


def tool(name: str) -> str:
    try:
        return str(program(name))
    except CannotBuild as error:
        missing(f"{name} cannot be had: {error}")


def test_a_sops_file_that_was_applied_as_it_is(sourced: Cluster, tmp_path: Path) -> None:
    """By kubectl, which leaves the manifest; by a plain create, which leaves nothing but the value."""
    key = tmp_path / "key.txt"
    subprocess.run([tool("age-keygen"), "-o", str(key)], check=True, capture_output=True)
    recipient = next(line.split(": ")[1] for line in key.read_text().splitlines() if "public key" in line)
    for name in ("by-kubectl", "by-create"):
        plain = {key: part for key, part in secret(name).items() if key != "metadata"}
        (tmp_path / f"{name}.yaml").write_text(
            yaml.safe_dump(plain | {"metadata": {"name": name, "namespace": "shop"}})
        )
        command = [
            tool("sops"),
            "encrypt",
            "--age",
            recipient,
            "--encrypted-regex",
            "^(data|stringData)$",
            "--in-place",
        ]
        subprocess.run([*command, str(tmp_path / f"{name}.yaml")], check=True, capture_output=True)
    config = tmp_path / "kubeconfig"
    config.write_text(sourced.kubeconfig())
    kubectl = [tool("kubectl"), "--kubeconfig", str(config)]
    environment = os.environ | {"HOME": str(tmp_path)}
    for verb, name in (("apply", "by-kubectl"), ("create", "by-create")):
        arguments = [verb, "--validate=false", "-f", str(tmp_path / f"{name}.yaml")]
        subprocess.run([*kubectl, *arguments], check=True, capture_output=True, env=environment)

    quick = judged(sources.SOPS_NOT_DECRYPTED, Context(seen(sourced)))
    assert names(quick) == {("Secret", "shop", "by-kubectl")}
    assert "scan with --deep" in quick.reason
    deep = judged(sources.SOPS_NOT_DECRYPTED, Context(seen(sourced, deep=True, digest=KeyedDigest.for_this_process())))
    assert names(deep) == {("Secret", "shop", "by-kubectl"), ("Secret", "shop", "by-create")}
    assert deep.reason == ""
