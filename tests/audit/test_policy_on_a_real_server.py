"""The level that the policy gives a request is the one at which a real API server records it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from scanners.audit_policy import Request, level
from scanners.collect.audit_policy import parse_audit_policy
from tests.cluster.server import Cluster

pytestmark = pytest.mark.real

POLICY: dict[str, Any] = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "None", "users": ["quiet"], "resources": [{"group": "", "resources": ["secrets"]}]},
        {"level": "Request", "userGroups": ["writers"], "verbs": ["create"], "namespaces": ["one"]},
        {"level": "None", "resources": [{"group": "", "resources": ["secrets"], "resourceNames": ["public"]}]},
        {"level": "RequestResponse", "namespaces": ["two"], "resources": [{"group": "*", "resources": ["secrets"]}]},
        {"level": "Metadata", "resources": [{"group": "", "resources": ["secrets/*"]}]},
        {"level": "Request", "resources": [{"group": "apps"}]},
        {"level": "None", "nonResourceURLs": ["*"]},
        {"level": "Metadata", "verbs": ["get"], "resources": [{"group": "", "resources": ["*"]}]},
    ],
}
USERS = {"quiet": ["system:masters"], "writer": ["system:masters", "writers"], "loud": ["system:masters"]}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(users=USERS, audit_policy=POLICY) as started:
        for name in ("one", "two"):
            started.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        yield started


def _requests(user: str) -> Iterator[tuple[str, str, Any, Request]]:
    """Method, path and body, and the request that the API server makes of them."""
    groups = frozenset({*USERS[user], "system:authenticated"})
    for namespace in ("one", "two"):
        path = f"/api/v1/namespaces/{namespace}"
        for name in ("db", "public"):
            body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"{name}-{user}"}}
            request = {"resource": "secrets", "namespace": namespace, "user": user, "groups": groups}
            yield "POST", f"{path}/secrets", body, Request(verb="create", **request)
            yield "GET", f"{path}/secrets/{name}", None, Request(verb="get", name=name, **request)
        yield "GET", f"{path}/secrets", None, Request(verb="list", **request)
        request |= {"resource": "configmaps"}
        yield (
            "GET",
            f"{path}/configmaps/kube-root-ca.crt",
            None,
            Request(verb="get", name="kube-root-ca.crt", **request),
        )
        yield "GET", f"{path}/configmaps", None, Request(verb="list", **request)
        request |= {"resource": "deployments", "group": "apps"}
        yield "GET", f"/apis/apps/v1/namespaces/{namespace}/deployments", None, Request(verb="list", **request)
    yield "GET", "/api/v1/secrets", None, Request(verb="list", resource="secrets", user=user, groups=groups)


@pytest.mark.parametrize("user", sorted(USERS))
def test_the_level_is_the_servers(cluster: Cluster, user: str) -> None:
    policy = parse_audit_policy(yaml.safe_dump(POLICY))
    agent = f"audit-levels-{user}"
    expected = []
    for number, (method, path, body, request) in enumerate(_requests(user)):
        cluster.request(method, path, body, user, headers={"User-Agent": f"{agent}-{number}"})
        expected.append((f"{agent}-{number}", level(policy, request)))
    assert len({found for _, found in expected}) > 1, "the requests tell the rules apart"
    assert _recorded(cluster, agent, len([1 for _, found in expected if found != "None"])) == {
        name: found for name, found in expected if found != "None"
    }


def _recorded(cluster: Cluster, agent: str, number: int) -> dict[str, str]:
    """The level of each event by user agent, once so many have been written and no more come."""
    until = time.monotonic() + 10
    while True:
        events = [json.loads(line) for line in cluster.audit_log.read_bytes().splitlines() if line.endswith(b"}")]
        found = {event["userAgent"]: event["level"] for event in events if event["userAgent"].startswith(agent)}
        if len(found) >= number or time.monotonic() > until:
            return found
        time.sleep(0.1)
