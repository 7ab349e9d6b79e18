"""The harness itself, on the real parts: what the other tests rely on when they say "a real cluster"."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import urllib3

from tests.cluster.api import ApiError, Manifest, eventually
from tests.cluster.crds import crd_files, crd_name
from tests.cluster.identity import make_identity
from tests.cluster.server import Cluster, ClusterFailed
from tests.cluster.versions import CRD_GROUPS

pytestmark = pytest.mark.real

REPOSITORY = Path(__file__).resolve().parents[2]
METADATA_OF_ALL = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]}


def encryption(*providers: Manifest) -> Manifest:
    entry = {"resources": ["secrets"], "providers": list(providers)}
    return {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "EncryptionConfiguration", "resources": [entry]}


AESCBC = {"aescbc": {"keys": [{"name": "first", "secret": base64.b64encode(b"k" * 32).decode()}]}}


def secret(namespace: str, name: str, value: str = "canary-value") -> Manifest:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"password": value}}


def test_lists_secrets_as_a_table_without_values(cluster: Cluster, namespace: str) -> None:
    cluster.apply(secret(namespace, "one"))
    table = {"Accept": "application/json;as=Table;g=meta.k8s.io;v=v1"}
    status, answer = cluster.request(
        "GET", f"/api/v1/namespaces/{namespace}/secrets?includeObject=Metadata", headers=table
    )
    assert (status, answer["kind"], answer["rows"][0]["cells"][:3]) == (200, "Table", ["one", "Opaque", 1])
    assert "canary-value" not in json.dumps(answer)


def test_an_identity_may_do_what_its_rules_say_and_no_more(cluster: Cluster, namespace: str) -> None:
    cluster.apply(secret(namespace, "mine"), secret("default", "not-mine"))
    get_one = {"resources": ["secrets"], "verbs": ["get"], "resourceNames": ["mine"]}
    made = make_identity(cluster, [{"resources": ["pods"], "verbs": ["list"]}], {namespace: [get_one]})

    def status(path: str) -> int:
        return cluster.request("GET", path, token=made.token)[0]

    assert status("/api/v1/pods") == 200
    assert status(f"/api/v1/namespaces/{namespace}/secrets/mine") == 200
    assert status(f"/api/v1/namespaces/{namespace}/secrets") == 403
    assert status("/api/v1/namespaces/default/secrets/not-mine") == 403
    refusal = cluster.request("GET", "/api/v1/secrets", token=made.token)[1]["message"]
    assert made.subject in refusal


def test_refuses_strangers_and_tells_why_an_object_was_refused(cluster: Cluster, namespace: str) -> None:
    assert cluster.request("GET", "/api/v1/secrets", token="no-such-token")[0] == 401
    assert cluster.request("GET", "/api/v1/secrets", user=None)[0] == 403
    with pytest.raises(ApiError, match="Invalid value"):
        cluster.apply(secret(namespace, "Not_A_Name"))
    with pytest.raises(LookupError, match="no kind ExternalSecret"):
        cluster.apply({"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": "x"}})


def test_fills_a_collection_over_many_connections(cluster: Cluster, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/secrets"
    assert cluster.create_many(path, (secret(namespace, f"s-{n:04}") for n in range(700)), connections=8) == 700
    names = [each["metadata"]["name"] for each in cluster.items(path)]
    assert names == [f"s-{n:04}" for n in range(700)]
    with pytest.raises(ApiError, match="already exists"):
        cluster.create_many(path, [secret(namespace, "s-0001")])


def test_encryption_can_be_switched_on_between_two_starts(cluster_factory: Callable[..., Cluster]) -> None:
    cluster = cluster_factory(users={"auditor": ["people"]}, audit_policy=METADATA_OF_ALL)
    cluster.apply(secret("default", "before"))
    assert b"canary-value" in cluster.stored("/registry/secrets/default/before")

    cluster.stop_apiserver()
    with pytest.raises(urllib3.exceptions.HTTPError):
        cluster.request("GET", "/readyz", seconds=2)
    cluster.encryption_config = encryption(AESCBC, {"identity": {}})
    cluster.start_apiserver()

    cluster.apply(secret("default", "after"))
    stored = cluster.stored("/registry/secrets/default/after")
    assert stored.startswith(b"k8s:enc:aescbc:v1:first:")
    assert b"canary-value" not in stored
    assert b"canary-value" in cluster.stored("/registry/secrets/default/before")
    assert 'transformer_prefix="k8s:enc:aescbc:v1:"' in cluster.metrics()

    assert cluster.request("GET", "/api/v1/secrets", user="auditor")[0] == 403
    events = [json.loads(line) for line in cluster.audit_log.read_text().splitlines()]
    (refused,) = (
        each for each in events if each["user"]["username"] == "auditor" and each["stage"] == "ResponseComplete"
    )
    assert refused["responseStatus"]["code"] == 403
    assert "people" in refused["user"]["groups"]


def test_a_frozen_api_server_answers_nobody_and_then_again(cluster_factory: Callable[..., Cluster]) -> None:
    cluster = cluster_factory()
    cluster.freeze()
    with pytest.raises(urllib3.exceptions.HTTPError):
        cluster.request("GET", "/readyz", seconds=1)
    cluster.thaw()
    assert cluster.request("GET", "/readyz")[0] == 200


def test_says_why_an_api_server_did_not_start() -> None:
    with pytest.raises(ClusterFailed, match="unknown flag: --no-such-flag"), Cluster(flags=["--no-such-flag"]):
        pass


def test_controllers_make_pods_tokens_and_aggregated_roles(cluster_factory: Callable[..., Cluster]) -> None:
    cluster = cluster_factory(controller_manager=True)
    container = {"name": "app", "image": "registry.example/app:1"}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}}
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    metadata = {"name": "web", "namespace": "default"}
    account = {"kubernetes.io/service-account.name": "default"}
    token_metadata = {"name": "legacy", "namespace": "default", "annotations": account}
    token = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token"}
    cluster.apply(
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec},
        token | {"metadata": token_metadata},
    )
    pods = "/api/v1/namespaces/default/pods"
    eventually("two Pods of the Deployment", lambda: len(list(cluster.items(pods))) == 2)
    filled = eventually(
        "the token Secret to be filled",
        lambda: cluster.get("/api/v1/namespaces/default/secrets/legacy").get("data"),
    )
    assert "token" in filled
    pod = next(cluster.items(pods))
    started = {"running": {"startedAt": "2026-01-02T03:04:05Z"}}
    running = {"name": "app", "ready": True, "restartCount": 0, "image": "a", "imageID": "", "state": started}
    status = {"phase": "Running", "containerStatuses": [running]}
    patched = cluster.apply_status({"apiVersion": "v1", "kind": "Pod", "metadata": pod["metadata"], "status": status})
    assert patched["status"]["containerStatuses"][0]["state"] == started
    assert cluster.get("/apis/rbac.authorization.k8s.io/v1/clusterroles/edit")["rules"]


def test_the_api_server_serves_the_kinds_of_every_crd_group(cluster_factory: Callable[..., Cluster]) -> None:
    cluster = cluster_factory(crds=CRD_GROUPS)
    installed = {
        each["metadata"]["name"] for each in cluster.items("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
    }
    assert installed == {crd_name(file.read_bytes()) for group in CRD_GROUPS for file in crd_files(group)}
    reference = {"remoteRef": {"key": "prod/db", "property": "password"}, "secretKey": "password"}
    store = {"name": "aws", "kind": "ClusterSecretStore"}
    external = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": "db", "namespace": "default"},
        "spec": {"secretStoreRef": store, "data": [reference]},
        "status": {"conditions": [{"type": "Ready", "status": "True", "reason": "SecretSynced"}]},
    }
    cluster.apply({key: value for key, value in external.items() if key != "status"})
    assert cluster.apply_status(external)["status"]["conditions"][0]["reason"] == "SecretSynced"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it looks into /proc")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_survives_the_process_that_started_it(cluster: Cluster, how: signal.Signals) -> None:
    owner_code = """
        import json, time
        from tests.cluster.server import Cluster
        with Cluster() as cluster:
            print(json.dumps([cluster.pids, str(cluster.folder)]), flush=True)
            time.sleep(600)
        """
    owner = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(owner_code)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    with owner.stdout:
        pids, folder = json.loads(owner.stdout.readline())
    assert all(_alive(pid) for pid in pids.values())
    owner.send_signal(how)
    owner.wait()
    eventually("etcd and the API server to end", lambda: not any(_alive(pid) for pid in pids.values()))
    eventually("their folder to be removed", lambda: not os.path.exists(folder))


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
