"""`scan --deep`: what it finds in a file of one's own, what it refuses, and that no value and no digest is printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command.running import secretsui

VALUE = "correct-horse-9217-Kq"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """What `kubectl get secrets -A -o json` prints, as far as it matters."""
    made = tmp_path / "secrets.json"
    items = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "db", "namespace": namespace},
            "stringData": {"password": VALUE, "api-key": "<your-api-key>"},
        }
        for namespace in ("shop", "bank")
    ]
    made.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    return made


def checks(out: str) -> dict[str, Any]:
    return {line["id"]: line for line in json.loads(out)["checks"]}


def test_deep_finds_what_the_values_show(file: Path) -> None:
    ended = secretsui("scan", "--deep", "--snapshot", file, "--format", "json")
    assert ended.code == 0, ended.err
    lines = checks(ended.out)
    assert {name: lines[name]["failed"] for name in ("weak-value", "duplicate-value")} == {
        "weak-value": 2,
        "duplicate-value": 2,
    }
    assert VALUE not in ended.out + ended.err
    assert '"digest"' not in ended.out


def test_without_deep_the_same_file_says_nothing_of_its_values(file: Path) -> None:
    ended = secretsui("scan", "--snapshot", file, "--format", "json")
    lines = checks(ended.out)
    for name in ("weak-value", "duplicate-value"):
        assert lines[name]["status"] == "not-assessed"
        assert lines[name]["reason"] == "values are read only by a deep scan (--deep)"
    row = next(row for row in json.loads(ended.out)["coverage"] if row["input"] == "secretvalues")
    assert row["status"] == "absent"


def test_the_same_file_gives_the_same_report_though_the_key_is_another(file: Path) -> None:
    first, second = (secretsui("scan", "--deep", "--snapshot", file, "--format", "csv").out for _ in range(2))
    assert first == second != ""


def test_a_snapshot_of_collect_holds_no_values_and_is_refused(file: Path, tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot.json.gz"
    assert secretsui("collect", "--snapshot", file, "-o", snapshot).code == 0
    ended = secretsui("scan", "--deep", "--snapshot", snapshot)
    assert (ended.code, ended.out) == (2, "")
    assert "a deep scan has nothing to read in it" in ended.err


def test_collect_has_no_deep(file: Path) -> None:
    assert secretsui("collect", "--deep", "--snapshot", file, "-o", "-").code == 2
