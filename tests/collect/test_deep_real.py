"""A deep collection of the real API server: what only the values show, and that the two ways of reading agree."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from scanners.assess import assess_check
from scanners.checks.values import DUPLICATE_VALUE, WEAK_VALUE
from scanners.context import Context
from scanners.digest import KeyedDigest
from scanners.inventory import Inventory, KeyFacts
from scanners.kube.transport import Transport
from tests.cluster.identity import make_identity
from tests.cluster.server import Cluster
from tests.collect.conftest import collected
from tests.values.certificates import KEY_PEM, certificate

pytestmark = pytest.mark.real

DIGEST = KeyedDigest(b"k" * 32)
CANARY = "Kq-deep-canary-81-Zw"
EXPIRED = datetime(2026, 3, 1, tzinfo=UTC)
LATE = datetime(2036, 1, 1, tzinfo=UTC)


def secret(namespace: str, name: str, kind: str = "Opaque", **data: str | bytes) -> dict[str, Any]:
    raw = {key: value.encode() if isinstance(value, str) else value for key, value in data.items()}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": kind,
        "metadata": {"name": name, "namespace": namespace},
        "data": {key.replace("__", "."): base64.b64encode(value).decode() for key, value in raw.items()},
    }


def deep(transport: Transport, *namespaces: str) -> Inventory:
    inventory = collected(transport, namespaces=namespaces, deep=True, digest=DIGEST)
    text = msgspec.json.encode(inventory).decode() + repr(inventory)
    assert CANARY not in text
    assert base64.b64encode(CANARY.encode()).decode() not in text
    return inventory


def facts(inventory: Inventory, name: str) -> dict[str, KeyFacts]:
    found = next(item for item in inventory.secrets if item.name == name)
    assert found.values is not None
    return {each.key: each for each in found.values}


def test_both_ways_of_reading_give_the_same_records(cluster: Cluster, namespace: str, transport: Transport) -> None:
    cluster.create(
        secret(namespace, "plain", password=CANARY),
        secret(namespace, "empty"),
        secret(namespace, "sh.helm.release.v1.app.v1", "helm.sh/release.v1", release=CANARY),
        secret(namespace, "tls", "kubernetes.io/tls", tls__crt="", tls__key=""),
        manager="helm",
    )
    cluster.apply(secret(namespace, "applied", a=CANARY, b="two"), manager="argocd-controller")
    plain, whole = collected(transport, namespaces=(namespace,)), deep(transport, namespace)
    assert [msgspec.structs.replace(item, values=None) for item in whole.secrets] == list(plain.secrets)
    values = {item.name: item.values is not None for item in whole.secrets}
    assert values == {
        "applied": True, "empty": True, "plain": True, "sh.helm.release.v1.app.v1": False, "tls": True,
    }  # fmt: skip
    assert (whole.coverage["secrets"].status, whole.coverage["secrets"].read) == ("complete", 5)
    assert (whole.coverage["secretvalues"].status, whole.coverage["secretvalues"].read) == ("complete", 4)
    assert whole.coverage["secretvalues"].namespaces == (namespace,)


def test_pages_of_a_hundred_are_put_together(cluster: Cluster, namespace: str, transport: Transport) -> None:
    cluster.create(*(secret(namespace, f"s-{number:03}", password=f"{CANARY}-{number}") for number in range(230)))
    inventory = deep(transport, namespace)
    assert len({item.values for item in inventory.secrets}) == 230


def test_duplicates_weak_values_ciphertext_and_dates(cluster: Cluster, namespace: str, transport: Transport) -> None:
    other = f"{namespace}-b"
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": other}})
    chain = certificate(LATE) + certificate(EXPIRED) + certificate(LATE)
    cluster.create(
        secret(namespace, "db", username="shop", password=CANARY),
        secret(other, "db-copy", user="shop", DB_PASSWORD=CANARY),
        secret(namespace, "weak", password="changeme", host="changeme"),
        secret(namespace, "sops", password="ENC[AES256_GCM,data:x1,iv:a,tag:b,type:str]"),
        secret(namespace, "chain", "kubernetes.io/tls", tls__crt=chain, tls__key=KEY_PEM),
    )
    inventory = deep(transport, namespace, other)
    assert facts(inventory, "sops")["password"].encrypted == "sops"
    dated = facts(inventory, "chain")
    assert dated["tls.crt"].not_after == EXPIRED
    assert dated["tls.key"].credential == "private key"
    shared = assess_check(DUPLICATE_VALUE, Context(inventory))
    assert {(item.name, item.field, item.severity) for item in shared.findings} == {
        ("db", 'data["password"]', "medium"),
        ("db-copy", 'data["DB_PASSWORD"]', "medium"),
    }
    weak = assess_check(WEAK_VALUE, Context(inventory))
    assert [(item.name, item.field, item.severity) for item in weak.findings] == [("weak", 'data["password"]', "high")]
    assert CANARY not in repr(shared) + repr(weak)


def test_tls_secrets_without_a_certificate_break_nothing(
    cluster: Cluster, namespace: str, transport: Transport
) -> None:
    """research/peers.md, T32: only ca.crt, an empty tls.crt, bytes that are no certificate."""
    cluster.create(
        secret(namespace, "only-ca", "kubernetes.io/tls", ca__crt=certificate(LATE), tls__crt="", tls__key=""),
        secret(namespace, "no-certificate", tls__crt=b"\x30\x82\x00\x00", other=b"-----BEGIN CERTIFICATE-----\n"),
    )
    inventory = deep(transport, namespace)
    assert inventory.coverage["secretvalues"].status == "complete"
    only = facts(inventory, "only-ca")
    assert (only["ca.crt"].not_after, only["tls.crt"].not_after, only["tls.crt"].weakness) == (LATE, None, "")
    assert {each.not_after for each in facts(inventory, "no-certificate").values()} == {None}


def test_the_right_that_a_plain_scan_needs_is_enough_and_without_it_both_are_denied(
    cluster: Cluster, namespace: str, connect_as: Callable[[str], Transport]
) -> None:
    cluster.create(secret(namespace, "db", password=CANARY))
    lists = {"resources": ["secrets"], "verbs": ["list"]}
    granted = make_identity(cluster, namespace_rules={namespace: [lists]})
    inventory = deep(connect_as(granted.token), namespace)
    assert facts(inventory, "db")["password"].credential == "password"
    refused = deep(connect_as(make_identity(cluster, []).token), namespace)
    assert {refused.coverage[name].status for name in ("secrets", "secretvalues")} == {"denied"}


def test_digests_tell_a_change_and_only_under_one_key(cluster: Cluster, namespace: str, transport: Transport) -> None:
    cluster.create(secret(namespace, "db", password=CANARY, other="stays-the-same"))
    before = facts(deep(transport, namespace), "db")
    path = f"/api/v1/namespaces/{namespace}/secrets/db"
    changed = {"data": {"password": base64.b64encode(b"another-value-9").decode()}}
    status, _ = cluster.request("PATCH", path, changed, headers={"Content-Type": "application/merge-patch+json"})
    assert status == 200
    after = facts(deep(transport, namespace), "db")
    assert before["password"].digest != after["password"].digest
    assert before["other"].digest == after["other"].digest
    elsewhere = collected(transport, namespaces=(namespace,), deep=True, digest=KeyedDigest(b"o" * 32))
    assert facts(elsewhere, "db")["other"].digest != after["other"].digest
