"""`secretsui collect`: a snapshot that can be scanned elsewhere, and that holds no value."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from tests.command.running import secretsui
from tests.command.snapshots import CANARY, MANIFESTS, encoded, shop


def test_a_file_that_ends_in_gz_is_compressed(tmp_path: Path) -> None:
    file = tmp_path / "shop.json.gz"
    ended = secretsui("collect", "--snapshot", "-", "-o", file, stdin=MANIFESTS.encode())
    assert (ended.code, ended.out) == (0, "")
    assert f"wrote {file}: 1 Secret;" in ended.err
    assert json.loads(gzip.decompress(file.read_bytes()))["schema"] == "secretsui.snapshot/v1"


def test_any_other_file_is_json() -> None:
    ended = secretsui("collect", "--snapshot", "-", "-o", "-", stdin=MANIFESTS.encode())
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out)["schema"] == "secretsui.snapshot/v1"


def test_no_value_of_a_manifest_is_in_the_snapshot() -> None:
    out = secretsui("collect", "--snapshot", "-", "-o", "-", stdin=MANIFESTS.encode()).out
    assert '"db"' in out
    assert not any(canary in out for canary in CANARY)


def test_a_snapshot_of_a_snapshot_is_the_same_snapshot(tmp_path: Path) -> None:
    first = tmp_path / "first.json.gz"
    assert secretsui("collect", "--snapshot", "-", "-o", first, stdin=encoded(shop())).code == 0
    again = tmp_path / "again.json.gz"
    assert secretsui("collect", "--snapshot", first, "-o", again).code == 0
    assert first.read_bytes() == again.read_bytes()


def test_a_scan_of_the_snapshot_is_the_scan_of_its_source(tmp_path: Path) -> None:
    file = tmp_path / "shop.json.gz"
    assert secretsui("collect", "--snapshot", "-", "-o", file, stdin=encoded(shop())).code == 0
    of_snapshot = secretsui("scan", "--snapshot", file, "--format", "json").out
    assert json.loads(of_snapshot) == json.loads(
        secretsui("scan", "--snapshot", "-", "--format", "json", stdin=encoded(shop())).out
    )


def test_an_existing_snapshot_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "shop.json.gz"
    file.write_bytes(b"mine")
    assert secretsui("collect", "--snapshot", "-", "-o", file, stdin=MANIFESTS.encode()).code == 2
    assert file.read_bytes() == b"mine"


def test_namespaces_limit_a_snapshot() -> None:
    out = secretsui("collect", "--snapshot", "-", "-n", "blog", "-o", "-", stdin=encoded(shop())).out
    assert [secret["name"] for secret in json.loads(out)["secrets"]] == ["session"]
