"""Snapshots: what is written is read back; files of other kinds; files that mean harm."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scanners import snapshot
from scanners.collect.inputs import NAMES
from scanners.inventory import Cluster, Coverage, Inventory, Secret, SyncObject, Workload
from scanners.snapshot import SnapshotError, encode_snapshot, read_snapshot, write_snapshot

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
THEN = datetime(2026, 10, 1, tzinfo=UTC)
CANARY = "c4n4ry-v4lue"

INVENTORY = Inventory(
    started_at=THEN,
    collected_at=THEN,
    cluster=Cluster(name="shop", version="v1.37.2"),
    coverage={
        "secrets": Coverage(input="secrets", status="partial", detail="read in shop", read=1, namespaces=("shop",))
    },
    secrets=(Secret(namespace="shop", name="db", keys=("a",), created_at=THEN, labels={"b": "1", "a": "2"}),),
    workloads=(Workload(kind="Pod", namespace="shop", name="web", labels={"x": "y"}),),
    sync_objects=(SyncObject(kind="Kustomization", group="g", namespace="flux", name="apps", refreshed_at=THEN),),
)


def packed(document: Any) -> io.BytesIO:
    content = document if isinstance(document, bytes) else msgspec.json.encode(document)
    return io.BytesIO(gzip.compress(content))


def plain(**changes: Any) -> dict[str, Any]:
    """The snapshot of INVENTORY as JSON, with changes."""
    return json.loads(gzip.decompress(encode_snapshot(INVENTORY))) | changes


def refused(source: Any) -> str:
    with pytest.raises(SnapshotError) as raised:
        read_snapshot(source, now=NOW)
    message = str(raised.value)
    assert message.endswith(".")
    assert CANARY not in message
    return message


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "shop.json.gz"
    write_snapshot(INVENTORY, path)
    assert read_snapshot(path, now=NOW) == INVENTORY
    assert read_snapshot(str(path), now=NOW).collected_at == THEN
    with path.open("rb") as stream:
        assert read_snapshot(stream, now=NOW) == INVENTORY
    assert path.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [path]


def test_the_same_inventory_gives_the_same_bytes() -> None:
    other = msgspec.structs.replace(
        INVENTORY, secrets=(msgspec.structs.replace(INVENTORY.secrets[0], labels={"a": "2", "b": "1"}),)
    )
    assert encode_snapshot(INVENTORY) == encode_snapshot(other)
    assert json.loads(gzip.decompress(encode_snapshot(INVENTORY)))["schema"] == "secretsui.snapshot/v1"


def test_an_unpacked_snapshot_is_read_too() -> None:
    assert read_snapshot(io.BytesIO(json.dumps(plain(), indent=1).encode()), now=NOW) == INVENTORY


def test_fields_of_a_later_release_are_passed_over() -> None:
    assert read_snapshot(packed(plain(something_new=[1])), now=NOW) == INVENTORY


def test_writing_to_a_place_that_is_none_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        write_snapshot(INVENTORY, tmp_path / "missing" / "x.json.gz")
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(OSError):
        write_snapshot(INVENTORY, folder)
    assert list(tmp_path.iterdir()) == [folder]


def test_a_newer_schema_and_a_foreign_one() -> None:
    assert "newer secretsui" in refused(packed(plain(schema="secretsui.snapshot/v2")))
    assert "no snapshot of secretsui" in refused(packed(plain(schema=CANARY)))


@pytest.mark.parametrize(
    "changes",
    [
        {"secrets": {}},
        {"secrets": [{"namespace": "shop"}]},
        {"secrets": [{"namespace": "shop", "name": "db", "keys": CANARY}]},
        {"secrets": [{"namespace": "shop", "name": "db", "last_applied": CANARY}]},
        {"cluster": None},
        {"collected_at": CANARY},
        {"coverage": {"secrets": {"input": "pods", "status": "complete"}}},
        {"coverage": {"secrets": {"input": "secrets", "status": CANARY}}},
    ],
)
def test_wrong_types_are_refused_with_the_place(changes: dict[str, Any]) -> None:
    assert "is no valid snapshot at $." in refused(packed(plain(**changes)))


@pytest.mark.parametrize("time", ["2026-01-01T00:00:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
@pytest.mark.parametrize("field", ["collected_at", "secrets", "sync_objects", "workloads"])
def test_times_without_zone_or_out_of_bounds_are_refused(time: str, field: str) -> None:
    changes: dict[str, Any] = {
        "collected_at": {"collected_at": time},
        "secrets": {"secrets": [{"namespace": "s", "name": "n", "data_written_at": time}]},
        "sync_objects": {
            "sync_objects": [{"kind": "k", "group": "g", "namespace": "s", "name": "n", "refreshed_at": time}]
        },
        "workloads": {
            "workloads": [
                {"kind": "Pod", "namespace": "s", "name": "n", "started": [{"container": "c", "started_at": time}]}
            ]
        },
    }[field]
    assert "time" in refused(packed(plain(**changes)))


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "\x1b[31m", "x" * 3000, 'quote " ' + "x" * 3000, "del\x7f"])
def test_texts_that_no_collection_writes_are_refused(text: str) -> None:
    """NUL breaks PostgreSQL, escapes a terminal, length a column."""
    assert "texts that no collection writes" in refused(packed(plain(cluster={"name": text})))


def test_texts_with_quotes_and_backslashes_are_kept() -> None:
    cluster = {"name": 'C:\\new "x" ' + "ü" * 900}
    assert read_snapshot(packed(plain(cluster=cluster)), now=NOW).cluster.name == cluster["name"]


@pytest.mark.parametrize(
    "content", [b"[" * 200_000, b'{"schema":' * 100_000, b'{"schema":"secretsui.snapshot/v1","x":' + b"[" * 200_000]
)
def test_depth_is_refused(content: bytes) -> None:
    refused(packed(content))
    refused(io.BytesIO(content))


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * (1024 * 1024)
    bomb = b"".join([*(packer.compress(block) for _ in range(64)), packer.flush()])
    assert "far more than a snapshot" in refused(io.BytesIO(bomb))


def test_size_is_bounded_after_unpacking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "MAX_BYTES", 1024 * 1024)
    assert "larger than 1 MiB" in refused(packed(b" " * 1024 * 1024 + b"{}"))
    assert "larger than 1 MiB" in refused(io.BytesIO(b" " * 1024 * 1024 + b"{}"))


def test_broken_files() -> None:
    whole = encode_snapshot(INVENTORY)
    assert "cut short" in refused(io.BytesIO(whole[:-20]))
    assert "not valid gzip" in refused(
        io.BytesIO(whole[:40] + bytes(byte ^ 0xFF for byte in whole[40:60]) + whole[60:])
    )
    assert "is empty" in refused(io.BytesIO(b""))
    assert "is empty" in refused(packed(b" \n"))
    assert "not text" in refused(io.BytesIO(b"\xff\xfe\x00"))


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "missing.json.gz")


@pytest.mark.parametrize(
    "text", [CANARY, "42", "- a\n- b", "kind: Unknown\nmetadata: {name: x}", "[]", "{}", "null", "---\n---\n", '"x"']
)
def test_files_without_objects(text: str) -> None:
    assert "no Kubernetes objects" in refused(io.BytesIO(text.encode()))


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1\nb: *x",
        f"password: {CANARY}\n- bad: [",
        "a: !!python/object:os.system x",
        "x: " + "{a: " * 100 + "1" + "}" * 100,
        "{{ .Values.x }}: y",
    ],
)
def test_yaml_that_means_harm_or_is_a_template(text: str) -> None:
    assert "cannot be read" in refused(io.BytesIO(text.encode()))


def test_not_in_the_snapshot_is_an_error_of_coverage() -> None:
    document = {"kind": "List", "items": [{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}}]}
    inventory = read_snapshot(io.BytesIO(json.dumps(document).encode()), now=NOW)
    assert set(NAMES) == set(inventory.coverage)
    assert inventory.coverage["secrets"].status == "complete"
    row = inventory.coverage["pods"]
    assert (row.status, row.detail) == ("error", "not in the snapshot")
    assert inventory.missing(("secrets", "pods")) == (row,)
