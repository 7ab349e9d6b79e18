"""Puts the demo company into a running cluster, which needs its controller manager and all groups of CRDs."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from tests.cluster.api import Api, eventually
from tests.demo_company import (
    continuous_integration,
    data_platform,
    kubelet,
    observability,
    payments,
    people,
    platform,
    storefront,
    vault,
)
from tests.demo_company.access import access
from tests.demo_company.steps import Manifest, Step, as_of

ENCRYPTION: Manifest = {
    "apiVersion": "apiserver.config.k8s.io/v1",
    "kind": "EncryptionConfiguration",
    "resources": [
        {
            "resources": ["secrets"],
            "providers": [
                {"aescbc": {"keys": [{"name": "key-2023", "secret": base64.b64encode(b"larkspur" * 4).decode()}]}},
                {"identity": {}},
            ],
        }
    ],
}
"""The company's encryption at rest, for `Cluster(encryption_config=…)`: on, by an old provider with a local key."""

AUDIT_POLICY: Manifest = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "None", "users": ["system:kube-proxy"], "resources": [{"resources": ["endpoints", "services"]}]},
        {"level": "None", "userGroups": ["system:nodes"], "verbs": ["get"], "resources": [{"resources": ["nodes"]}]},
        {"level": "Metadata", "resources": [{"resources": ["secrets", "serviceaccounts/token"]}]},
        {"level": "Request", "namespaces": ["storefront"], "resources": [{"resources": ["configmaps"]}]},
        {"level": "Metadata"},
    ],
}
"""The company's audit policy, for `Cluster(audit_policy=…)`: it covers Secrets; a search for who edited ConfigMaps of
the shop was never taken out again."""

ENCRYPTED = "apiserver_encryption_config_controller_last_config_info"
AUDITED = "apiserver_audit_event_total"
"""Metrics of an API server that encrypts, and of one that writes an audit log."""

USED_TOKENS = ("ci/deployer-token", "data-platform/airflow-worker-token", "observability/grafana-reader-token")
"""namespace/name of the token Secrets that something still signs in with; the others are leftovers."""

LAST_USED = "kubernetes.io/legacy-token-last-used"

AREAS: dict[str, Callable[[], list[Step]]] = {
    "nodes": platform.nodes,
    "operators and stores": platform.operators,
    "platform": platform.platform,
    "vault": vault.vault,
    "GitOps": platform.gitops,
    "default": platform.leftovers,
    "storefront": storefront.production,
    "storefront-staging": storefront.staging,
    "payments": payments.production,
    "payments-staging": payments.staging,
    "identity": people.identity,
    "data-platform": data_platform.data_platform,
    "observability": observability.observability,
    "ci": continuous_integration.continuous_integration,
    "access": access,
}


def seed(api: Api, say: Callable[[str], Any] = lambda words: None) -> None:
    """Writes the whole company, then makes its Pods run. `say` is told of each area. It takes some seconds.

    Raises ApiError where the cluster refuses an object, TimeoutError where its controllers do not do their part.
    """
    now = datetime.now(UTC)
    metrics = api.metrics()
    encrypted, audited = ENCRYPTED in metrics, any(line.startswith(AUDITED) for line in metrics.splitlines())
    _write(api, platform.namespaces(), now)
    eventually("the default ServiceAccounts", lambda: _accounts_made(api))
    areas = {area: steps() for area, steps in AREAS.items()} | {
        "control plane": platform.control_plane(encrypted, audited)
    }
    for area, steps in areas.items():
        say(f"Writing {area} …")
        _write(api, steps, now)
    say("Starting Pods …")
    kubelet.run_pods(api, now)
    wanted = [step.manifest for steps in areas.values() for step in steps if step.manifest["kind"] == "Secret"]
    eventually("every Secret to be there, tokens filled", lambda: _all_filled(api, wanted))
    for place in USED_TOKENS:
        _use_token(api, place)
    eventually("the API server to note that they were used", lambda: all(_noted(api, each) for each in USED_TOKENS))


def _use_token(api: Api, place: str) -> None:
    """Signs in once with a token of the old kind; the API server then labels its Secret with the date (KEP-2799)."""
    token = base64.b64decode(api.get(_secret_path(place))["data"]["token"]).decode()
    api.request("GET", "/api", token=token)


def _noted(api: Api, place: str) -> bool:
    return LAST_USED in api.get(_secret_path(place))["metadata"].get("labels", ())


def _secret_path(place: str) -> str:
    namespace, name = place.split("/")
    return f"/api/v1/namespaces/{namespace}/secrets/{name}"


def _write(api: Api, steps: Iterable[Step], now: datetime) -> None:
    # The controller manager deletes a token Secret whose ServiceAccount is not there, so accounts come first.
    for step in sorted(steps, key=lambda step: step.manifest["kind"] != "ServiceAccount"):
        manifest = as_of(step.manifest, now)
        if step.owner:
            manifest["metadata"]["ownerReferences"] = [_reference(api.get(api.path(step.owner)))]
        if step.applied:
            api.apply(manifest, manager=step.manager)
        else:
            api.create(manifest, manager=step.manager)
        if step.status:
            api.apply_status(manifest | {"status": as_of(step.status, now)}, manager=step.status_manager)


def _reference(owner: Manifest) -> Manifest:
    """The controlling ownerReference that names an object the server has."""
    metadata = owner["metadata"]
    identity = {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": metadata["name"],
        "uid": metadata["uid"],
    }
    return identity | {"controller": True, "blockOwnerDeletion": True}


def _accounts_made(api: Api) -> bool:
    accounts = (each["metadata"] for each in api.items("/api/v1/serviceaccounts"))
    return set(platform.ENVIRONMENTS) <= {each["namespace"] for each in accounts if each["name"] == "default"}


def _all_filled(api: Api, wanted: list[Manifest]) -> bool:
    filled = {
        (each["metadata"]["namespace"], each["metadata"]["name"])
        for each in api.items("/api/v1/secrets")
        if each.get("data")
    }
    return all((each["metadata"]["namespace"], each["metadata"]["name"]) in filled for each in wanted)
