"""The demo company on a real API server: what the demo promises is there, and nothing says its values aloud."""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from collections.abc import Callable

import pytest

from scanners.snapshot import encode_snapshot
from tests.cluster.server import Cluster
from tests.demo_company import seed
from tests.demo_company.platform import ENVIRONMENTS
from tests.demo_company.snapshot import collected, company_in

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def company(cluster_factory: Callable[..., Cluster]) -> Cluster:
    cluster = company_in(cluster_factory)
    seed(cluster)
    return cluster


def test_has_the_size_it_promises(company: Cluster) -> None:
    secrets = list(company.items("/api/v1/secrets"))
    spaces = Counter(each["metadata"]["namespace"] for each in secrets)
    assert 150 <= len(secrets) <= 190
    assert set(ENVIRONMENTS) <= set(spaces)
    assert {each["type"] for each in secrets} >= {
        "Opaque",
        "helm.sh/release.v1",
        "kubernetes.io/basic-auth",
        "kubernetes.io/dockerconfigjson",
        "kubernetes.io/service-account-token",
        "kubernetes.io/ssh-auth",
        "kubernetes.io/tls",
    }


def test_each_tool_made_secrets_and_each_one_fails_somewhere(company: Cluster) -> None:
    owners = Counter(
        owner["kind"]
        for each in company.items("/api/v1/secrets")
        for owner in each["metadata"].get("ownerReferences", ())
    )
    assert owners["ExternalSecret"] > 25
    assert owners["SealedSecret"] >= 8
    assert owners["StatefulSet"] == 2  # the CSI driver's, in payments and its twin
    fluxed = list(company.items("/api/v1/secrets?labelSelector=kustomize.toolkit.fluxcd.io/name%3Ddata-platform"))
    assert len(fluxed) == 8
    for path, condition in (
        ("/apis/external-secrets.io/v1/externalsecrets", "Ready"),
        ("/apis/bitnami.com/v1alpha1/sealedsecrets", "Synced"),
        ("/apis/cert-manager.io/v1/certificates", "Ready"),
        ("/apis/kustomize.toolkit.fluxcd.io/v1/kustomizations", "Ready"),
    ):
        assert {_condition(each, condition) for each in company.items(path)} == {"True", "False"}, path
    mounts = company.items("/apis/secrets-store.csi.x-k8s.io/v1/secretproviderclasspodstatuses")
    assert {each["status"]["mounted"] for each in mounts} == {True, False}


def test_pods_run_or_wait_for_a_secret_that_is_not_there(company: Cluster) -> None:
    waiting = {
        each["metadata"]["name"].rpartition("-")[0].rpartition("-")[0]: state["waiting"]["reason"]
        for each in company.items("/api/v1/pods")
        for state in (container["state"] for container in each["status"]["containerStatuses"])
        if "waiting" in state
    }
    assert waiting == {
        "bank-connector": "ContainerCreating",
        "loyalty": "CreateContainerConfigError",
        "psp-sandbox": "ContainerCreating",
    }
    kinds = {
        owner["kind"] for each in company.items("/api/v1/pods") for owner in each["metadata"].get("ownerReferences", ())
    }
    assert kinds == {"ReplicaSet", "StatefulSet", "DaemonSet"}


def test_tokens_of_the_old_kind_are_filled_and_some_were_used(company: Cluster) -> None:
    tokens = list(company.items("/api/v1/secrets?fieldSelector=type%3Dkubernetes.io/service-account-token"))
    assert all(each["data"]["token"] for each in tokens)
    used = {each["metadata"]["name"]: LAST_USED in each["metadata"].get("labels", ()) for each in tokens}
    assert used == {
        "airflow-worker-token": True,
        "deployer-token": True,
        "grafana-reader-token": True,
        "identity-sync-token": False,
        "jenkins-token": False,
    }


def test_the_encryption_it_runs_with_is_the_one_its_api_server_pod_shows(company: Cluster) -> None:
    command = company.get("/api/v1/namespaces/kube-system/pods/kube-apiserver-control-plane-0")["spec"]["containers"][
        0
    ]["command"]
    assert any(flag.startswith("--encryption-provider-config=") for flag in command)
    assert company.stored("/registry/secrets/ci/sonar").startswith(b"k8s:enc:aescbc:v1:key-2023:")


def test_only_last_applied_holds_values_outside_data(company: Cluster) -> None:
    """The annotation is the one leak the demo has on purpose; no label, name or other annotation has a value."""
    leaking = set()
    for each in company.items("/api/v1/secrets"):
        values = [base64.b64decode(value) for value in each.get("data", {}).values()]
        metadata = each["metadata"]
        applied = metadata.get("annotations", {}).pop("kubectl.kubernetes.io/last-applied-configuration", None)
        if applied is not None:
            assert json.loads(applied)["data"] == each["data"]
            leaking.add(f"{metadata['namespace']}/{metadata['name']}")
        metadata.pop("managedFields")
        said = json.dumps(metadata).encode()
        # Short values (a port, a user's name, a ServiceAccount's namespace) are words that stand elsewhere too.
        assert not any(value in said for value in values if len(value) > 20), metadata["name"]
    assert {"storefront/cdn-signing", "payments/psp-hmac", "default/tmp-db-copy"} <= leaking
    assert len(leaking) == 13


def test_a_collected_snapshot_holds_none_of_its_values(company: Cluster) -> None:
    """Not those of Secrets, not those in last-applied annotations, not the literals in Pod templates."""
    values = {
        base64.b64decode(value)
        for each in company.items("/api/v1/secrets")
        for key, value in each.get("data", {}).items()
        if key not in ("host", "port", "username", "namespace")
    }
    literals = {
        variable["value"].encode()
        for pod in company.items("/api/v1/pods")
        for container in (*pod["spec"]["containers"], *pod["spec"].get("initContainers", ()))
        for variable in container.get("env", ())
        if "value" in variable
    }
    snapshot = gzip.decompress(encode_snapshot(collected(company)))
    assert b"checkout-legacy" in snapshot
    canaries = {value for value in values | literals if len(value) >= 12}
    assert len(canaries) > 150
    found = {value for value in canaries if value in snapshot or base64.b64encode(value) in snapshot}
    # Literals that name what the cluster shows anyway: a Secret and a host.
    assert found == {b"storefront-db", b"login.larkspur.example"}


def _condition(item: dict, kind: str) -> str | None:
    return next((each["status"] for each in item.get("status", {}).get("conditions", ()) if each["type"] == kind), None)


LAST_USED = "kubernetes.io/legacy-token-last-used"
