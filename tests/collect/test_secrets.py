"""The Secret reader: Table rows, whole objects, and what is never kept."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from scanners.collect.metadata import UNREADABLE
from scanners.collect.pool import Pool
from scanners.collect.secrets import ValuesOffered, read_object, read_row
from tests.collect.reading import read

CANARY = "c4n4ry-v4lue"


def entry(manager: str, time: str, *keys: str, part: str = "data", **more: Any) -> dict[str, Any]:
    owned = {f"f:{key}": {} for key in keys} | {".": {}}
    return {"manager": manager, "operation": "Update", "time": time, "fieldsV1": {f"f:{part}": owned}} | more


def row(count: int = 1, kind: str = "PartialObjectMetadata", **metadata: Any) -> dict[str, Any]:
    metadata = {"name": "db", "namespace": "shop", "creationTimestamp": "2025-01-01T00:00:00Z"} | metadata
    return {"cells": ["db", "Opaque", count, "3d"], "object": {"kind": kind, "metadata": metadata}}


def test_a_row_gives_type_keys_and_times() -> None:
    (secret,) = read(
        read_row,
        row(
            2,
            uid="u-1",
            resourceVersion="42",
            managedFields=[
                entry("kubectl", "2025-02-01T00:00:00Z", "user"),
                entry("helm", "2025-03-01T00:00:00Z", "password"),
            ],
        ),
    )
    assert (secret.namespace, secret.name, secret.type, secret.uid) == ("shop", "db", "Opaque", "u-1")
    assert secret.keys == ("password", "user")
    assert secret.key_count == 2
    assert secret.created_at == datetime(2025, 1, 1, tzinfo=UTC)
    assert secret.data_written_at == datetime(2025, 3, 1, tzinfo=UTC)
    assert secret.managers == ("helm", "kubectl")
    assert secret.resource_version == "42"


def test_keys_are_unknown_where_their_number_does_not_match() -> None:
    """A manager of f:stringData keeps a deleted key (real-parts.md, fact 1)."""
    stale = entry("app", "2025-02-01T00:00:00Z", "old", "new", part="stringData")
    (secret,) = read(read_row, row(1, managedFields=[stale]))
    assert secret.keys is None
    assert secret.key_count == 1
    (unclaimed,) = read(read_row, row(3))
    assert unclaimed.keys is None
    (empty,) = read(read_row, row(0))
    assert empty.keys == ()


def test_string_data_of_server_side_apply_moves_the_time() -> None:
    (secret,) = read(
        read_row,
        row(
            1,
            managedFields=[
                entry("a", "2025-02-01T00:00:00Z", "k"),
                entry("a", "2025-06-01T00:00:00Z", "k", part="stringData", operation="Apply"),
            ],
        ),
    )
    assert secret.data_written_at == datetime(2025, 6, 1, tzinfo=UTC)
    assert secret.keys == ("k",)


def test_a_manager_of_labels_alone_says_nothing_about_the_value() -> None:
    labeller = {
        "manager": "kubectl-label",
        "time": "2025-09-01T00:00:00Z",
        "fieldsV1": {"f:metadata": {"f:labels": {"f:team": {}}}},
    }
    (secret,) = read(read_row, row(1, managedFields=[entry("helm", "2025-02-01T00:00:00Z", "k"), labeller]))
    assert secret.data_written_at == datetime(2025, 2, 1, tzinfo=UTC)
    assert secret.managers == ("helm",)


@pytest.mark.parametrize("year", ["0001", "1500", "2200", "9999"])
def test_impossible_times_count_as_none(year: str) -> None:
    (secret,) = read(read_row, row(1, managedFields=[entry("x", f"{year}-01-01T00:00:00Z", "k")]))
    assert secret.data_written_at is None
    assert secret.managers == ("x",)


@pytest.mark.parametrize(
    ("applied", "expected"),
    [
        ({"data": {"p": CANARY}}, "with-values"),
        ({"stringData": {"p": CANARY}}, "with-values"),
        ({"data": {"p": ""}, "stringData": None}, "without-values"),
        ({"data": {"p": None}}, "without-values"),
        ({"metadata": {}}, "without-values"),
        ({"data": [CANARY]}, "unreadable"),
        ({"data": {"p": {"nested": CANARY}}}, "with-values"),
    ],
)
def test_last_applied_is_looked_at_and_dropped(applied: dict[str, Any], expected: str) -> None:
    annotation = msgspec.json.encode({"kind": "Secret"} | applied).decode()
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": annotation, "note": CANARY}
    (secret,) = read(read_row, row(1, annotations=annotations))
    assert secret.last_applied == expected
    assert secret.annotations == {}
    assert CANARY.encode() not in msgspec.json.encode(secret)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '"x"', "null"])
def test_last_applied_that_is_no_object_is_unreadable(text: str) -> None:
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": text}
    assert read(read_row, row(1, annotations=annotations))[0].last_applied == "unreadable"


CIPHERTEXT = "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]"
IN_BASE64 = base64.b64encode(CIPHERTEXT.encode()).decode()


@pytest.mark.parametrize(
    ("applied", "expected"),
    [
        ({"stringData": {"p": CIPHERTEXT}}, ("without-values", True)),
        ({"data": {"p": IN_BASE64}}, ("without-values", True)),
        ({"stringData": {"p": CIPHERTEXT, "q": CANARY}}, ("with-values", True)),
        ({"stringData": {"p": CIPHERTEXT}, "sops": {"version": "3.13.3"}}, ("without-values", True)),
        ({"stringData": {"p": CANARY}, "sops": {"version": "3.13.3"}}, ("with-values", True)),
        ({"stringData": {"p": ""}, "sops": {"version": "3.13.3"}}, ("without-values", False)),
        ({"stringData": {"p": CANARY}, "sops": "text"}, ("with-values", True)),
        ({"stringData": {"p": f"see {CIPHERTEXT}"}}, ("with-values", False)),
    ],
)
def test_ciphertext_of_sops_is_seen_in_what_was_applied(applied: dict[str, Any], expected: tuple[str, bool]) -> None:
    annotation = msgspec.json.encode({"kind": "Secret"} | applied).decode()
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": annotation}
    (secret,) = read(read_row, row(1, annotations=annotations))
    assert (secret.last_applied, secret.applied_encrypted) == expected
    assert b"AES256" not in msgspec.json.encode(secret)


def test_ciphertext_of_sops_is_seen_in_a_whole_object() -> None:
    whole = {"kind": "Secret", "metadata": {"name": "db"}}
    assert read(read_object, whole | {"data": {"p": IN_BASE64}})[0].applied_encrypted
    # An encrypted manifest in a folder is as it should be: nothing of it was applied.
    manifest = whole | {"stringData": {"p": CIPHERTEXT}, "sops": {"version": "3.13.3"}}
    assert not read(read_object, manifest)[0].applied_encrypted
    assert not read(read_object, whole | {"data": {"p": "RU5D"}})[0].applied_encrypted


def test_labels_that_the_policy_asks_for_are_kept_besides() -> None:
    labelled = row(1, labels={"example.com/stage": "production", "other": CANARY, "team": "shop"})
    (secret,) = read(read_row, labelled, Pool(labels=frozenset({"example.com/stage"})))
    assert secret.labels == {"example.com/stage": "production", "team": "shop"}
    assert read(read_row, labelled)[0].labels == {"team": "shop"}


def test_a_row_with_more_than_metadata_stops_the_reading() -> None:
    whole = row(1, kind="Secret")
    whole["object"]["data"] = {"p": CANARY}
    with pytest.raises(ValuesOffered) as raised:
        read(read_row, whole)
    assert CANARY not in str(raised.value)


@pytest.mark.parametrize(
    "cells",
    [[], ["db"], ["db", "Opaque", "1", "3d"], ["other", "Opaque", 1, "3d"], ["db", None, 1], ["db", "Opaque", True]],
)
def test_cells_that_are_not_those_of_a_secret_make_it_unreadable(cells: list[Any]) -> None:
    with pytest.raises(UNREADABLE):
        read(read_row, row() | {"cells": cells})


def test_labels_and_annotations_are_those_of_the_list() -> None:
    (secret,) = read(
        read_row,
        row(
            1,
            labels={
                "owner": "helm",
                "team": "payments",
                "api-token": CANARY,
                "cert-manager.io/next-private-key": "true",
            },
            annotations={
                "kubernetes.io/service-account.name": "robot",
                "cert-manager.io/certificate-name": "web",
                "argocd.argoproj.io/tracking-id": "shop:/Secret:shop/db",
                "my.company/password": CANARY,
            },
        ),
    )
    assert secret.labels == {"owner": "helm", "team": "payments", "cert-manager.io/next-private-key": "true"}
    assert secret.annotations == {
        "kubernetes.io/service-account.name": "robot",
        "cert-manager.io/certificate-name": "web",
        "argocd.argoproj.io/tracking-id": "shop:/Secret:shop/db",
    }


def test_owners_are_kept_with_their_group() -> None:
    owner = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "name": "db",
        "uid": "u",
        "controller": True,
    }
    core = {"apiVersion": "v1", "kind": "ServiceAccount", "name": "robot", "uid": "u"}
    (secret,) = read(read_row, row(1, ownerReferences=[owner, core]))
    assert [(item.group, item.kind, item.name, item.controller) for item in secret.owners] == [
        ("external-secrets.io", "ExternalSecret", "db", True),
        ("", "ServiceAccount", "robot", False),
    ]


def test_hostile_text_is_cut_and_printable() -> None:
    (secret,) = read(read_row, row(1, annotations={"cert-manager.io/common-name": "a\u202eb\x00" + "x" * 5000}))
    kept = secret.annotations["cert-manager.io/common-name"]
    assert len(kept) == 256
    assert kept.startswith("a\ufffdb\ufffdx")


def test_a_whole_object_gives_its_keys_and_no_value() -> None:
    (secret,) = read(
        read_object,
        {
            "kind": "Secret",
            "metadata": {"name": "db", "creationTimestamp": None},
            "data": {"b": CANARY, "a": CANARY},
            "stringData": {"c": CANARY, "a": CANARY},
        },
    )
    assert secret.namespace == "default"
    assert secret.type == "Opaque"
    assert secret.keys == ("a", "b", "c")
    assert secret.key_count == 3
    assert secret.created_at is None
    assert CANARY.encode() not in msgspec.json.encode(secret)
