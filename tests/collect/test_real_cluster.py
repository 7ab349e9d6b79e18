"""Collections of a real API server: what identities of all kinds get to see, and what is kept of it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from scanners.collect import Options, collect
from scanners.inventory import Inventory, Secret
from scanners.kube.transport import Transport
from tests.cluster.identity import make_identity
from tests.cluster.server import Cluster
from tests.collect.conftest import collected, connect

pytestmark = pytest.mark.real

Connect = Callable[[str], Transport]
LIST_SECRETS = {"resources": ["secrets"], "verbs": ["list"]}
LIST_NAMESPACES = {"resources": ["namespaces"], "verbs": ["list"]}


def secret(namespace: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace}} | fields


def found(inventory: Inventory, namespace: str, name: str) -> Secret:
    return next(item for item in inventory.secrets if (item.namespace, item.name) == (namespace, name))


def new_namespaces(cluster: Cluster, namespace: str, count: int) -> list[str]:
    names = [f"{namespace}-{number}" for number in range(count)]
    for name in names:
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return names


def test_secrets_through_a_table(cluster: Cluster, namespace: str, transport: Transport) -> None:
    cluster.create(secret(namespace, "made", data={"a": "eA==", "b": "eA=="}), manager="helm")
    cluster.apply(secret(namespace, "applied", stringData={"k": "v"}), manager="argocd-controller")
    cluster.create(secret(namespace, "empty"))
    cluster.create(secret(namespace, "tls", type="kubernetes.io/tls", data={"tls.crt": "", "tls.key": ""}))
    inventory = collected(transport, namespaces=(namespace,))

    assert [item.name for item in inventory.secrets] == ["applied", "empty", "made", "tls"]
    made = found(inventory, namespace, "made")
    assert (made.keys, made.key_count, made.type, made.managers) == (("a", "b"), 2, "Opaque", ("helm",))
    assert made.data_written_at == made.created_at
    assert made.uid
    assert made.resource_version
    applied = found(inventory, namespace, "applied")
    assert (applied.keys, applied.managers) == (("k",), ("argocd-controller",))
    assert found(inventory, namespace, "empty").keys == ()
    assert found(inventory, namespace, "tls").type == "kubernetes.io/tls"
    row = inventory.coverage["secrets"]
    assert (row.status, row.read, row.namespaces) == ("complete", 4, (namespace,))


def test_server_side_apply_of_string_data_moves_the_time_and_a_label_does_too(
    cluster: Cluster, namespace: str, transport: Transport
) -> None:
    """real-parts.md, fact 5: an entry of its own for f:stringData; times are those of the server, in whole seconds."""
    cluster.apply(secret(namespace, "s", stringData={"k": "1"}), manager="a")
    first = found(collected(transport, namespaces=(namespace,)), namespace, "s")
    entries = cluster.get(f"/api/v1/namespaces/{namespace}/secrets/s")["metadata"]["managedFields"]
    times = [entry["time"] for entry in entries if {"f:data", "f:stringData"} & set(entry["fieldsV1"])]
    assert first.data_written_at is not None
    assert first.data_written_at.isoformat().replace("+00:00", "Z") == max(times)


def test_a_deleted_key_of_string_data_leaves_the_keys_uncertain_or_right(
    cluster: Cluster, namespace: str, transport: Transport
) -> None:
    cluster.apply(secret(namespace, "s", stringData={"old": "1", "new": "1"}), manager="a")
    path = f"/api/v1/namespaces/{namespace}/secrets/s?fieldManager=b"
    status, _ = cluster.request(
        "PATCH", path, {"data": {"old": None}}, headers={"Content-Type": "application/merge-patch+json"}
    )
    assert status == 200
    item = found(collected(transport, namespaces=(namespace,)), namespace, "s")
    assert item.key_count == 1
    assert item.keys in (None, ("new",))


def test_pages_and_progress(cluster: Cluster, namespace: str, transport: Transport) -> None:
    bodies = [secret(namespace, f"s{number:04}", data={"k": "eA=="}) for number in range(1200)]
    assert cluster.create_many(f"/api/v1/namespaces/{namespace}/secrets", bodies) == 1200
    seen: list[int] = []

    def progress(phase: str, done: int, total: int | None) -> None:
        if phase == "secrets":
            seen.append(done)

    inventory = collect(transport, Options(name="x", namespaces=(namespace,)), progress, lambda: None)
    assert len(inventory.secrets) == 1200
    assert len({item.name for item in inventory.secrets}) == 1200
    assert all(item.keys == ("k",) for item in inventory.secrets)
    assert seen[-1] == 1200
    assert set(seen) <= {0, 500, 1000, 1200}


def test_an_identity_without_any_right_sees_nothing_and_says_so(cluster: Cluster, connect_as: Connect) -> None:
    inventory = collected(connect_as(make_identity(cluster).token))
    assert inventory.cluster.version == "v1.37.2"
    assert {row.status for row in inventory.coverage.values()} == {"denied", "absent"}
    row = inventory.coverage["secrets"]
    assert (row.status, row.detail) == ("denied", "may not list secrets cluster-wide")
    assert inventory.coverage["clusterroles"].detail == (
        "may not list clusterroles.rbac.authorization.k8s.io cluster-wide"
    )
    assert inventory.coverage["metrics"].detail == "may not get /metrics"
    assert inventory.coverage["apiservers"].status == "denied"
    assert inventory.coverage["externalsecrets.external-secrets.io"].status == "absent"
    assert inventory.secrets == ()


def test_where_a_cluster_wide_list_is_refused_namespaces_are_tried(
    cluster: Cluster, namespace: str, connect_as: Connect
) -> None:
    one, two, three = new_namespaces(cluster, namespace, 3)
    for name in (one, two, three):
        cluster.create(secret(name, "s", data={"k": "eA=="}))
    identity = make_identity(cluster, [LIST_NAMESPACES], {one: [LIST_SECRETS], two: [LIST_SECRETS]})
    inventory = collected(connect_as(identity.token))
    row = inventory.coverage["secrets"]
    assert row.status == "partial"
    assert row.namespaces == (one, two)
    assert row.detail.startswith("may not list secrets cluster-wide, nor in ")
    assert row.detail.endswith(f"; read in {one}, {two}")
    assert {item.namespace for item in inventory.secrets} == {one, two}
    assert inventory.coverage["pods"].status == "denied"


def test_without_namespaces_those_that_are_named_are_tried(
    cluster: Cluster, namespace: str, connect_as: Connect
) -> None:
    one, two = new_namespaces(cluster, namespace, 2)
    cluster.create(secret(one, "s", data={"k": "eA=="}))
    get = {"resources": ["namespaces"], "verbs": ["get"]}
    identity = make_identity(cluster, [], {one: [LIST_SECRETS, get]})
    inventory = collected(connect_as(identity.token), known_namespaces=(one, two))
    assert inventory.coverage["secrets"].namespaces == (one,)
    assert inventory.coverage["secrets"].status == "partial"
    assert [item.name for item in inventory.namespaces] == [one]
    assert inventory.coverage["namespaces"].status == "partial"
    assert inventory.coverage["roles"].detail == (
        f"may not list roles.rbac.authorization.k8s.io cluster-wide, nor in {one}, {two}"
    )


def test_a_scope_is_complete_in_itself(cluster: Cluster, namespace: str, connect_as: Connect) -> None:
    one, two = new_namespaces(cluster, namespace, 2)
    rules = [LIST_SECRETS, {"resources": ["namespaces"], "verbs": ["get"]}]
    identity = make_identity(cluster, [], {one: rules, two: rules})
    inventory = collected(connect_as(identity.token), namespaces=(one, two))
    assert inventory.scope == (one, two)
    assert inventory.coverage["secrets"].status == "complete"
    assert inventory.coverage["namespaces"].status == "complete"
    assert inventory.coverage["pods"].status == "denied"
    assert inventory.coverage["apiservers"].detail == "may not list pods in kube-system"
    half = collected(connect_as(identity.token), namespaces=(one, "default"))
    assert half.coverage["secrets"].status == "partial"
    assert half.coverage["secrets"].detail == f"may not list secrets in default; read in {one}"


def test_all_namespaces_one_by_one_is_everything(cluster: Cluster, connect_as: Connect) -> None:
    every = [item["metadata"]["name"] for item in cluster.items("/api/v1/namespaces")]
    identity = make_identity(cluster, [LIST_NAMESPACES], {name: [LIST_SECRETS] for name in every})
    assert collected(connect_as(identity.token)).coverage["secrets"].status == "complete"


def test_an_api_server_that_stops_in_the_middle_leaves_what_was_read(
    cluster_factory: Callable[..., Cluster],
) -> None:
    cluster = cluster_factory()
    cluster.create(*(secret("default", f"s{number}", data={"k": "eA=="}) for number in range(10)))

    def progress(phase: str, done: int, total: int | None) -> None:
        if phase == "namespaces" and "kube-apiserver" in cluster.pids:
            cluster.stop_apiserver(kill=True)

    with connect(cluster, cluster.token("admin")) as transport:
        inventory = collect(transport, Options(name="x"), progress, lambda: None)
    assert len(inventory.namespaces) >= 4
    assert inventory.coverage["namespaces"].status == "complete"
    assert inventory.coverage["clusterrolebindings"].status == "error"
    assert "Nothing listens" in inventory.coverage["clusterrolebindings"].detail


def test_encryption_as_the_metrics_and_the_file_tell_it(cluster_factory: Callable[..., Cluster]) -> None:
    key = base64.b64encode(b"canary-key-of-32-bytes-in-total!").decode()
    config = {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [
            {
                "resources": ["secrets"],
                "providers": [{"secretbox": {"keys": [{"name": "first", "secret": key}]}}, {"identity": {}}],
            }
        ],
    }
    cluster = cluster_factory(encryption_config=config)
    cluster.create(secret("default", "s", data={"k": "eA=="}))
    given = (cluster.folder / "encryption.yaml").read_text()
    with connect(cluster, cluster.token("admin")) as transport:
        inventory = collected(transport, encryption_config=given)
    written = {item.prefix for item in inventory.transformations if item.direction == "to_storage" and item.count}
    assert "k8s:enc:secretbox:v1:" in written
    assert {item.resource for item in inventory.transformations} == {"secrets"}
    assert inventory.encryption is not None
    assert [provider.kind for provider in inventory.encryption[0].providers] == ["secretbox", "identity"]
    assert inventory.coverage["encryptionconfiguration"].status == "complete"


def test_no_series_for_secrets_without_encryption(cluster: Cluster, namespace: str, transport: Transport) -> None:
    cluster.create(secret(namespace, "s", data={"k": "eA=="}))
    inventory = collected(transport)
    assert inventory.transformations == ()
    assert inventory.coverage["metrics"].status == "complete"
    assert inventory.coverage["encryptionconfiguration"].status == "absent"
