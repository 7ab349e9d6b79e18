"""References whose Secret lives where another object is."""

from __future__ import annotations

from typing import Any

import msgspec

from scanners.collect.places import Places
from scanners.collect.references.pointer import Unplaced
from scanners.inventory import SecretStore, SyncObject, Workload
from tests.collect.reading import meta, read_input


def placed(name: str, spec: dict[str, Any], places: Places) -> list[tuple[str, bool]]:
    found = read_input(name, {"metadata": meta(), "spec": spec})
    (unplaced,) = [record for record in found if isinstance(record, Unplaced)]
    return [(item.secret_namespace, item.optional) for item in places.place(unplaced)]


def gateway_workload(namespace: str, **labels: str) -> Workload:
    return Workload(kind="Deployment", namespace=namespace, name="gateway", labels=labels)


ISTIO = {"selector": {"istio": "ingressgateway"}, "servers": [{"tls": {"credentialName": "web"}}]}


def test_istio_s_secret_is_where_the_selected_proxy_runs() -> None:
    workloads = [
        gateway_workload("istio-ingress", istio="ingressgateway", app="gateway"),
        gateway_workload("edge", istio="ingressgateway"),
        gateway_workload("shop", istio="egressgateway"),
    ]
    assert placed("gateways.networking.istio.io", ISTIO, Places(workloads, [])) == [
        ("edge", False),
        ("istio-ingress", False),
    ]


def test_without_the_proxy_the_usual_namespaces_count_as_used_and_never_as_missing() -> None:
    expected = [("shop", True), ("istio-system", True), ("istio-ingress", True)]
    assert placed("gateways.networking.istio.io", ISTIO, Places([], [])) == expected
    everything = ISTIO | {"selector": {}}
    assert placed("gateways.networking.istio.io", everything, Places([gateway_workload("x", a="b")], [])) == expected


def test_a_cluster_issuer_s_secret_is_beside_cert_manager() -> None:
    controller = gateway_workload(
        "certificates", **{"app.kubernetes.io/name": "cert-manager", "app.kubernetes.io/component": "controller"}
    )
    spec = {"ca": {"secretName": "ca"}}
    # Optional, since the flag --cluster-resource-namespace may say otherwise.
    assert placed("clusterissuers.cert-manager.io", spec, Places([controller], [])) == [("certificates", True)]
    assert placed("clusterissuers.cert-manager.io", spec, Places([], [])) == [("cert-manager", True)]


def test_a_cluster_store_without_a_namespace_is_read_where_it_is_used() -> None:
    spec = {"provider": {"vault": {"auth": {"tokenSecretRef": {"name": "token", "key": "t"}}}}}
    use = SyncObject(
        kind="ExternalSecret",
        group="external-secrets.io",
        namespace="payments",
        name="db",
        store_kind="ClusterSecretStore",
        store="x",
    )
    others = [
        msgspec.structs.replace(use, namespace="no", store="y"),
        msgspec.structs.replace(use, store_kind="SecretStore", namespace="n"),
    ]
    assert placed("clustersecretstores.external-secrets.io", spec, Places([], [use, *others])) == [("payments", True)]
    assert placed("clustersecretstores.external-secrets.io", spec, Places([], [])) == []


def test_a_cluster_store_with_a_namespace_is_placed_at_once() -> None:
    reference = {"name": "token", "key": "t", "namespace": "vault"}
    store, found = read_input(
        "clustersecretstores.external-secrets.io",
        {"metadata": meta(namespace=None), "spec": {"provider": {"vault": {"auth": {"tokenSecretRef": reference}}}}},
    )
    assert isinstance(store, SecretStore)
    assert (found.secret_namespace, found.namespace, found.optional) == ("vault", "", False)
