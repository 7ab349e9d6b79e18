"""`secretsui advise`, as a process: the questions, the advice of an answers file, and what a cluster adds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scanners.inventory import SyncObject
from secretsui.command import main
from tests.command.running import ROOT, environment, secretsui
from tests.command.snapshots import MANIFESTS, encoded, shop

FLUX = SyncObject(kind="Kustomization", group="kustomize.toolkit.fluxcd.io", namespace="flux-system", name="apps")


def advice_of(text: str, *arguments: str | Path) -> dict[str, Any]:
    ended = secretsui("advise", "--answers", "-", "--format", "json", *arguments, stdin=text.encode())
    assert (ended.code, ended.err) == (0, "")
    document: dict[str, Any] = json.loads(ended.out)
    return document


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    path = tmp_path / "shop.json"
    path.write_bytes(encoded(msgspec.structs.replace(shop(), sync_objects=(FLUX,))))
    return path


def test_the_questions_are_json() -> None:
    ended = secretsui("advise", "--questions")
    assert (ended.code, ended.err) == (0, "")
    document = json.loads(ended.out)
    assert document["schema"] == "secretsui.questions/v1"
    assert len(document["questions"]) == 22
    store = document["questions"][0]
    assert store["id"] == "external-store"
    assert [option["value"] for option in store["options"]][-1] == "unknown"


def test_the_advice_has_the_fields_of_the_contract() -> None:
    given = advice_of("answers: {external-store: aws, clusters: many, gitops: argo-cd, outside-kubernetes: yes}")
    assert given["schema"] == "secretsui.advice/v1"
    assert {"schema", "answers", "facts", "ranking", "stack", "also_consider", "flips"} <= set(given)
    assert given["winner"] == "external-secrets"
    assert given["answers"]["outside-kubernetes"] == "yes"
    assert given["answers"]["tenancy"] == "unknown"
    first = given["ranking"][0]
    assert {"tool", "fit", "ruled_out", "contributions"} <= set(first)
    assert {"question", "answer", "weight", "effect", "because"} <= set(first["contributions"][0])
    assert {"tool", "role", "because"} <= set(given["stack"][0])
    assert {"tool", "because"} <= set(given["also_consider"][0])
    assert {"question", "from", "to", "winner"} <= set(given["flips"][0])
    assert 0 <= min(item["fit"] for item in given["ranking"]) <= max(item["fit"] for item in given["ranking"]) <= 100


def test_nothing_answered_recommends_nothing_and_is_no_failure() -> None:
    given = advice_of("{}")
    assert given["winner"] is None
    assert given["confidence"]["level"] == "none"
    assert given["confidence"]["find_out_first"]
    assert given["facts"] == []


def test_a_cluster_answers_what_it_shows_and_the_person_overrules_it(snapshot: Path) -> None:
    given = advice_of("{}", "--snapshot", snapshot)
    assert given["answers"]["gitops"] == "flux"
    fact = next(item for item in given["facts"] if item["question"] == "gitops")
    assert (fact["fact"], fact["from"]) == ("Flux deploys to this cluster.", "Kustomization flux-system/apps")
    assert advice_of("answers: {gitops: ci}", "--snapshot", snapshot)["answers"]["gitops"] == "ci"


def test_what_kubectl_prints_is_a_source_too(tmp_path: Path) -> None:
    manifests = tmp_path / "all.yaml"
    manifests.write_text(MANIFESTS, encoding="utf-8")
    given = advice_of("{}", "--snapshot", manifests)
    reading = next(item for item in given["facts"] if item["question"] == "consumption")
    assert reading["value"] is None  # only Deployments are in it
    assert "hunter2" not in json.dumps(given)


def test_the_text_is_for_people() -> None:
    ended = secretsui(
        "advise", "--answers", "-", stdin=b"answers: {external-store: vault, kubernetes-secrets: forbidden}"
    )
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("Vault with the Secrets Store CSI driver: a fair recommendation.\n")
    assert "\x1b" not in ended.out
    assert max(map(len, ended.out.split("\n"))) <= 100


@pytest.mark.parametrize("arguments", [("--format", "json"), ("--format", "text")])
def test_the_same_answers_give_the_same_bytes(snapshot: Path, arguments: tuple[str, ...]) -> None:
    call = ("advise", "--answers", "-", "--snapshot", snapshot, *arguments)
    first = secretsui(*call, stdin=b"answers: {clusters: few}")
    second = secretsui(*call, stdin=b"answers: {clusters: few}", PYTHONHASHSEED="7")
    assert first.code == 0
    assert first.out == second.out != ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("answers: {colour: red}", ["colour", "external-store"]),
        ("answers: {gitops: fluxcd}", ["answers.gitops", "'fluxcd'", "argo-cd"]),
        ("importance: {gitops: 9}", ["importance.gitops", "9"]),
        ("parameters: {colour: red}", ["colour", "namespace"]),
        ("answers: [", ["standard input", "not valid YAML"]),
        ("answers: {\x1b: red}", ["standard input"]),
    ],
)
def test_what_does_not_exist_is_named_in_one_line(text: str, words: list[str]) -> None:
    ended = secretsui("advise", "--answers", "-", stdin=text.encode())
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert ended.err.startswith("secretsui: standard input: ")
    assert "\x1b" not in ended.err
    for word in words:
        assert word in ended.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["advise"], "one of the arguments --questions --answers is required"),
        (["advise", "--questions", "--answers", "x"], "not allowed with argument"),
        (["advise", "--questions", "--in-cluster"], "--questions looks at no cluster"),
        (["advise", "--answers", "/nonexistent/answers.yaml"], "cannot read /nonexistent/answers.yaml: No such file"),
        (["advise", "--answers", "-", "--snapshot", "-"], "would both read standard input"),
        (["advise", "--answers", "x", "--snapshot", "y", "--context", "z"], "--context is for a kubeconfig"),
        (["advise", "--answers", "x", "--format", "yaml"], "invalid choice: 'yaml'"),
    ],
)
def test_what_it_cannot_take_is_answered_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    try:
        code: object = main(arguments)
    except SystemExit as ended:
        code = ended.code
    assert code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert words in err


def test_bytes_that_are_no_text_are_refused() -> None:
    ended = secretsui("advise", "--answers", "-", stdin=b"\xff\xfe")
    assert (ended.code, ended.out) == (2, "")
    assert "not UTF-8" in ended.err


def test_it_needs_neither_django_nor_a_kubernetes_client() -> None:
    program = (
        "import io, sys\n"
        "from secretsui.command import main\n"
        "sys.stdin = io.TextIOWrapper(io.BytesIO(b'{}'))\n"
        "code = main(['advise', '--answers', '-'])\n"
        "loaded = [name for name in ('django', 'celery', 'kubernetes', 'urllib3') if name in sys.modules]\n"
        "sys.exit(f'{code} {loaded}' if code or loaded else 0)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, cwd=ROOT, env=environment(), check=False, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
