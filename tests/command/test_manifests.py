"""`secretsui manifests`, as a process: the set of the recommended tool or of a named one, as a folder or a zip."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import msgspec
import pytest

from advisor.matrix import TOOLS
from scanners.inventory import SyncObject
from tests.command.running import secretsui
from tests.command.snapshots import encoded, shop

ON_AWS = "answers: {external-store: aws, clusters: many, gitops: argo-cd, outside-kubernetes: yes}\n"


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.yaml"
    path.write_text(ON_AWS, encoding="utf-8")
    return path


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_recommended_tool_is_the_default(answers: Path, tmp_path: Path) -> None:
    ended = secretsui("manifests", "--answers", answers, "-o", tmp_path / "set")
    assert (ended.code, ended.out) == (0, "")
    written = files(tmp_path / "set")
    assert "README.md" in written
    assert f"{len(written)} files for External Secrets Operator" in ended.err
    assert any(b"SecretsManager" in content for content in written.values()), "the store of the answers"


@pytest.mark.parametrize("tool", TOOLS)
def test_nothing_answered_and_a_tool_give_a_complete_set(tool: str, tmp_path: Path) -> None:
    ended = secretsui("manifests", "--answers", "-", "--tool", tool, "-o", tmp_path / "set", stdin=b"{}")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.count("\n") == 1
    assert {"README.md"} < set(files(tmp_path / "set"))


def test_nothing_answered_and_no_tool_say_what_to_answer(tmp_path: Path) -> None:
    ended = secretsui("manifests", "--answers", "-", "-o", tmp_path / "set", stdin=b"{}")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert "Answer external-store, " in ended.err
    assert "--tool" in ended.err
    assert not (tmp_path / "set").exists()


def test_where_nothing_fits_it_says_what_to_settle(tmp_path: Path) -> None:
    text = b"answers: {external-store: none, ciphertext-in-git: forbidden}"
    ended = secretsui("manifests", "--answers", "-", "-o", tmp_path / "set", stdin=text)
    assert ended.code == 2
    assert "None of the four tools can meet all of it" in ended.err
    assert "Settle external-store, ciphertext-in-git" in ended.err


def test_a_tool_against_the_answers_is_written_and_said_to_be_so(answers: Path, tmp_path: Path) -> None:
    ended = secretsui("manifests", "--answers", answers, "--tool", "sops", "-o", tmp_path / "set")
    assert ended.code == 0
    assert "your answers recommend External Secrets Operator instead" in ended.err
    forbidden = b"answers: {ciphertext-in-git: forbidden}"
    ended = secretsui("manifests", "--answers", "-", "--tool", "sops", "-o", tmp_path / "other", stdin=forbidden)
    assert ended.code == 0
    assert "your answers rule SOPS out" in ended.err


def test_a_zip_has_the_same_files_and_the_same_bytes_each_time(answers: Path, tmp_path: Path) -> None:
    assert secretsui("manifests", "--answers", answers, "-o", tmp_path / "set").code == 0
    for name in ("one.zip", "two.ZIP"):
        ended = secretsui("manifests", "--answers", answers, "-o", tmp_path / name, PYTHONHASHSEED=str(len(name)))
        assert ended.code == 0
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.ZIP").read_bytes()
    with zipfile.ZipFile(io.BytesIO((tmp_path / "one.zip").read_bytes())) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files(tmp_path / "set")


@pytest.mark.parametrize("name", ["set", "set.zip"])
def test_what_exists_is_left_alone_without_force(answers: Path, tmp_path: Path, name: str) -> None:
    call = ("manifests", "--answers", answers, "-o", tmp_path / name)
    assert secretsui(*call).code == 0
    before = files(tmp_path)
    refused = secretsui(*call)
    assert refused.code == 2
    assert "--force" in refused.err
    assert files(tmp_path) == before
    assert secretsui(*call, "--force").code == 0
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    ("text", "arguments", "words"),
    [
        (ON_AWS + "parameters: {colour: red}", (), ["'colour'", "namespace"]),
        (ON_AWS + "parameters: {namespace: Shop}", (), ["namespace", "Shop"]),
        ("answers: {gitops: helm}", (), ["answers.gitops", "'helm'"]),
        ("{}", ("--tool", "vault"), ["--tool", "external-secrets"]),
        (ON_AWS, ("--tool", "vault-csi"), ["aws-secrets-manager"]),
    ],
)
def test_bad_input_writes_nothing(text: str, arguments: tuple[str, ...], words: list[str], tmp_path: Path) -> None:
    ended = secretsui("manifests", "--answers", "-", *arguments, "-o", tmp_path / "set", stdin=text.encode())
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    for word in words:
        assert word in ended.err
    assert not (tmp_path / "set").exists()


def test_facts_of_a_cluster_shape_the_set(tmp_path: Path) -> None:
    flux = SyncObject(kind="Kustomization", group="kustomize.toolkit.fluxcd.io", namespace="flux-system", name="apps")
    snapshot = tmp_path / "shop.json"
    snapshot.write_bytes(encoded(msgspec.structs.replace(shop(), sync_objects=(flux,))))
    call = ("manifests", "--answers", "-", "--tool", "sops")
    assert secretsui(*call, "--snapshot", snapshot, "-o", tmp_path / "with", stdin=b"{}").code == 0
    assert secretsui(*call, "-o", tmp_path / "without", stdin=b"{}").code == 0
    assert "not-applied/gitops/flux-kustomization.yaml" in files(tmp_path / "with")
    assert "not-applied/gitops/flux-kustomization.yaml" not in files(tmp_path / "without")


def test_json_answers_do_the_same(answers: Path, tmp_path: Path) -> None:
    as_json = tmp_path / "answers.json"
    document = {
        "answers": {
            "external-store": "aws",
            "clusters": "many",
            "gitops": "argo-cd",
            "outside-kubernetes": "yes",
        }
    }
    as_json.write_text(json.dumps(document), encoding="utf-8")
    for source, name in ((answers, "yaml"), (as_json, "json")):
        assert secretsui("manifests", "--answers", source, "-o", tmp_path / name).code == 0
    assert files(tmp_path / "yaml") == files(tmp_path / "json")
