"""Plaintext literals, annotations and legacy tokens on a real cluster whose controllers run."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from scanners.assess import assess_check
from scanners.checks.annotation import ANNOTATION, VALUE_IN_ANNOTATION
from scanners.checks.check import Check
from scanners.checks.legacy import LAST_USED, LEGACY_TOKEN, TOKEN_TYPE
from scanners.checks.plaintext import PLAINTEXT_ENV
from scanners.context import Context
from scanners.inventory import Inventory
from scanners.report import Finding
from tests.cluster.api import Manifest, eventually
from tests.cluster.server import Cluster
from tests.collect.conftest import collected, connect

pytestmark = pytest.mark.real

CANARY = "canary-hunter2"


@pytest.fixture(scope="module")
def controlled(cluster_factory: Callable[..., Cluster]) -> Cluster:
    return cluster_factory(controller_manager=True)


def seen(cluster: Cluster) -> Inventory:
    with connect(cluster, cluster.token("admin")) as transport:
        return collected(transport)


def findings(check: Check, inventory: Inventory, namespace: str) -> list[Finding]:
    found = assess_check(check, Context(inventory)).findings
    assert CANARY not in str(found)
    return [finding for finding in found if finding.namespace == namespace]


def namespace(cluster: Cluster, name: str) -> str:
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    eventually("default ServiceAccount", lambda: cluster.request("GET", _account(name))[0] == 200)
    return name


def _account(name: str) -> str:
    return f"/api/v1/namespaces/{name}/serviceaccounts/default"


def container(name: str, **env: str) -> Manifest:
    return {"name": name, "image": "app", "env": [{"name": key, "value": value} for key, value in env.items()]}


def test_a_literal_is_found_once_on_the_top_controller(controlled: Cluster) -> None:
    place = namespace(controlled, "plaintext")
    template = {
        "metadata": {"labels": {"app": "api"}},
        "spec": {
            "initContainers": [container("init", DB_PASSWORD=CANARY, SECRET_NAME="my-db")],
            "containers": [
                container("app", TOKEN_TTL="3600", DATABASE_URL=f"postgres://app:{CANARY}@db/x", TOKEN="$(OTHER)")
            ],
        },
    }
    controlled.apply(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "api", "namespace": place},
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "api"}}, "template": template},
        }
    )
    pods = f"/api/v1/namespaces/{place}/pods"
    eventually("two Pods", lambda: len(list(controlled.items(pods))) == 2)
    found = findings(PLAINTEXT_ENV, seen(controlled), place)
    assert {(item.kind, item.name, item.field) for item in found} == {
        ("Deployment", "api", "spec.template.spec.initContainers[0].env[0]"),
        ("Deployment", "api", "spec.template.spec.containers[0].env[1]"),
    }


def test_an_ephemeral_container_is_reported_on_the_controller(controlled: Cluster) -> None:
    place = namespace(controlled, "ephemeral")
    controlled.apply(
        {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": {"name": "db", "namespace": place},
            "spec": {
                "replicas": 1,
                "serviceName": "db",
                "selector": {"matchLabels": {"app": "db"}},
                "template": {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [container("db")]}},
            },
        }
    )
    path = f"/api/v1/namespaces/{place}/pods/db-0"
    eventually("the Pod", lambda: controlled.request("GET", path)[0] == 200)
    patch = {"spec": {"ephemeralContainers": [container("debug", PGPASSWORD=CANARY)]}}
    status, answer = controlled.request(
        "PATCH",
        f"{path}/ephemeralcontainers",
        body=json.dumps(patch).encode(),
        headers={"Content-Type": "application/strategic-merge-patch+json"},
    )
    assert status == 200, answer
    (found,) = findings(PLAINTEXT_ENV, seen(controlled), place)
    assert (found.kind, found.name, found.field) == ("StatefulSet", "db", "spec.ephemeralContainers[0].env[0]")
    assert "seen in Pod db-0" in found.evidence


def test_the_annotation_of_kubectl_apply(controlled: Cluster) -> None:
    place = namespace(controlled, "annotation")

    def secret(name: str, applied: Manifest | None) -> Manifest:
        annotations = {} if applied is None else {ANNOTATION: json.dumps(applied)}
        metadata = {"name": name, "namespace": place, "annotations": annotations}
        return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"password": CANARY}}

    controlled.apply(
        secret("none", None),
        secret("empty", {"kind": "Secret", "metadata": {"name": "empty"}}),
        secret("text", {"kind": "Secret", "stringData": {"password": CANARY}}),
        secret("base64", {"kind": "Secret", "data": {"password": base64.b64encode(CANARY.encode()).decode()}}),
    )
    found = findings(VALUE_IN_ANNOTATION, seen(controlled), place)
    assert {item.name for item in found} == {"text", "base64"}


def test_a_legacy_token_in_use_is_graver_than_one_that_is_not(controlled: Cluster) -> None:
    place = namespace(controlled, "tokens")

    def token_secret(name: str) -> str:
        metadata = {
            "name": name,
            "namespace": place,
            "annotations": {"kubernetes.io/service-account.name": "default"},
        }
        controlled.apply({"apiVersion": "v1", "kind": "Secret", "type": TOKEN_TYPE, "metadata": metadata})
        return f"/api/v1/namespaces/{place}/secrets/{name}"

    used, unused = token_secret("used"), token_secret("unused")
    for path in (used, unused):
        eventually("the token", lambda path=path: controlled.get(path).get("data", {}).get("token"))
    token = base64.b64decode(controlled.get(used)["data"]["token"]).decode()
    # It is compared with the Secret in the API server's own cache, which may for a moment be the one without a token.
    eventually("the token to be taken", lambda: controlled.request("GET", "/version", token=token)[0] == 200)
    eventually("the label", lambda: LAST_USED in controlled.get(used)["metadata"].get("labels", {}))
    found = {item.name: item for item in findings(LEGACY_TOKEN, seen(controlled), place)}
    assert {name: item.severity for name, item in found.items()} == {"used": "high", "unused": "medium"}
    assert "in use" in found["used"].message
    assert "made by hand" in found["used"].evidence
