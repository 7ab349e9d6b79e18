"""The command against a real API server: identities, permissions, terminals, and servers that do not answer."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.identity import make_identity
from tests.cluster.server import Cluster
from tests.command.running import COMMAND, environment, secretsui

pytestmark = pytest.mark.real

VALUE = "canary-6f1d2b7c-value"
LIST_ALL = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["list"]}]


@pytest.fixture
def kubeconfig(cluster: Cluster, tmp_path: Path) -> Path:
    """An administrator's kubeconfig."""
    return written(tmp_path / "admin.kubeconfig", cluster.kubeconfig())


@pytest.fixture
def shop(cluster: Cluster, namespace: str) -> str:
    """A namespace with a Secret of three writes and a Deployment that reads it."""
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": namespace}}
    cluster.create(secret | {"stringData": {"password": VALUE}})
    container = {
        "name": "api",
        "image": "example.org/api:1",
        "env": [{"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}],
    }
    cluster.create(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "api", "namespace": namespace},
            "spec": {
                "selector": {"matchLabels": {"app": "api"}},
                "template": {"metadata": {"labels": {"app": "api"}}, "spec": {"containers": [container]}},
            },
        }
    )
    return namespace


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def report_of(*arguments: str | Path, **changes: str) -> dict[str, Any]:
    ended = secretsui("scan", *arguments, "--format", "json", **changes)
    assert (ended.code, ended.err) == (0, "")
    assert VALUE not in ended.out
    document: dict[str, Any] = json.loads(ended.out)
    return document


def test_a_scan_reads_the_cluster_that_the_kubeconfig_names(cluster: Cluster, kubeconfig: Path, shop: str) -> None:
    report = report_of("--kubeconfig", kubeconfig)
    assert report["cluster"]["server"] == cluster.server
    assert report["cluster"]["name"] == "test"
    assert report["cluster"]["version"].startswith("v1.")
    (secret,) = [item for item in report["secrets"] if item["namespace"] == shop]
    assert (secret["name"], secret["keys"]) == ("db", ["password"])
    assert [(item["kind"], item["name"], item["how"]) for item in secret["consumers"]] == [("Deployment", "api", "env")]
    assert {row["status"] for row in report["coverage"] if row["input"] in ("secrets", "pods", "roles")} == {"complete"}
    assert report["started_at"] <= report["finished_at"]


def test_the_default_is_what_kubectl_would_use(kubeconfig: Path, shop: str) -> None:
    report = report_of("-n", shop, KUBECONFIG=str(kubeconfig))
    assert [secret["name"] for secret in report["secrets"]] == ["db"]


def test_a_context_may_be_chosen(kubeconfig: Path, tmp_path: Path, shop: str) -> None:
    document = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
    document["contexts"].append({"name": "other", "context": {"cluster": "nowhere", "user": "admin"}})
    document["clusters"].append({"name": "nowhere", "cluster": {"server": "https://127.0.0.1:1"}})
    document["current-context"] = "other"
    both = written(tmp_path / "both", yaml.safe_dump(document))
    assert secretsui("scan", "--kubeconfig", both).code == 2
    assert report_of("--kubeconfig", both, "--context", "test", "-n", shop)["secrets"]
    ended = secretsui("scan", "--kubeconfig", both, "--context", "third")
    assert ended.code == 2
    assert "has no context 'third'; it has: test, other" in ended.err


def test_a_credential_plugin_of_one_s_own_kubeconfig_is_run(cluster: Cluster, tmp_path: Path, shop: str) -> None:
    credential = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": cluster.token("admin")},
    }
    plugin = written(tmp_path / "plugin.py", f"print({json.dumps(json.dumps(credential))})")
    document = yaml.safe_load(cluster.kubeconfig())
    document["users"][0]["user"] = {
        "exec": {
            "apiVersion": credential["apiVersion"],
            "command": sys.executable,
            "args": [str(plugin)],
            "interactiveMode": "Never",
        }
    }
    kubeconfig = written(tmp_path / "exec.kubeconfig", yaml.safe_dump(document))
    assert report_of("--kubeconfig", kubeconfig, "-n", shop)["secrets"]


def test_what_is_denied_is_shown_and_is_no_failure(cluster: Cluster, tmp_path: Path, shop: str) -> None:
    identity = make_identity(cluster, [{"apiGroups": [""], "resources": ["secrets", "namespaces"], "verbs": ["list"]}])
    kubeconfig = written(tmp_path / "kubeconfig", identity.kubeconfig)
    report = report_of("--kubeconfig", kubeconfig)
    status = {row["input"]: row["status"] for row in report["coverage"]}
    assert (status["secrets"], status["pods"], status["clusterroles"]) == ("complete", "denied", "denied")
    ended = secretsui("scan", "--kubeconfig", kubeconfig, "--min-assessed", "0.9")
    assert ended.code == 2
    assert "kubectl create clusterrole secretsui-unseen --verb=list --resource=" in ended.out
    command = next(line for line in ended.out.split("\n") if "--resource=" in line)
    resources = command.rpartition("=")[2].split(",")
    assert {"pods", "clusterroles", "rolebindings"} <= set(resources)
    assert "secrets" not in resources


def test_where_only_one_namespace_is_allowed_the_rest_is_said_to_be_unseen(
    cluster: Cluster, tmp_path: Path, shop: str
) -> None:
    rules = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}]
    identity = make_identity(cluster, namespace_rules={shop: rules}, context_namespace=shop)
    kubeconfig = written(tmp_path / "kubeconfig", identity.kubeconfig)
    report = report_of("--kubeconfig", kubeconfig)
    assert [secret["name"] for secret in report["secrets"]] == ["db"]
    assert {row["input"]: row["status"] for row in report["coverage"]}["secrets"] == "partial"
    text = secretsui("scan", "--kubeconfig", kubeconfig).out
    (command,) = [line for line in text.split("\n") if "--resource=" in line]
    assert "secrets" in command.rpartition("=")[2].split(",")
    assert "RBAC cannot grant a list of Secrets without their values" in text


def test_the_permission_that_is_named_resolves_what_was_denied(cluster: Cluster, tmp_path: Path) -> None:
    kubeconfig = written(tmp_path / "kubeconfig", make_identity(cluster, LIST_ALL).kubeconfig)
    status = {row["input"]: row["status"] for row in report_of("--kubeconfig", kubeconfig)["coverage"]}
    assert [name for name, value in status.items() if value not in ("complete", "absent")] == ["metrics"]


def test_a_refused_credential_is_one_clear_line(cluster: Cluster, tmp_path: Path) -> None:
    kubeconfig = written(tmp_path / "kubeconfig", cluster.kubeconfig(token="not-a-token"))
    ended = secretsui("scan", "--kubeconfig", kubeconfig, "--format", "json", "-o", tmp_path / "report.json")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert "does not accept the token" in ended.err
    assert "not-a-token" not in ended.err
    assert not (tmp_path / "report.json").exists()


def test_a_server_that_is_not_there_is_one_clear_line(cluster: Cluster, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        text = cluster.kubeconfig().replace(cluster.server, f"https://127.0.0.1:{port}")
        ended = secretsui("scan", "--kubeconfig", written(tmp_path / "kubeconfig", text))
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert f"127.0.0.1:{port}" in ended.err


def test_a_snapshot_of_the_cluster_gives_the_same_posture(kubeconfig: Path, shop: str, tmp_path: Path) -> None:
    file = tmp_path / "cluster.json.gz"
    assert secretsui("collect", "--kubeconfig", kubeconfig, "-n", shop, "-o", file).code == 0
    live, later = report_of("--kubeconfig", kubeconfig, "-n", shop), report_of("--snapshot", file)
    for part in ("cluster", "coverage", "checks", "findings", "secrets", "grade"):
        assert live[part] == later[part]


def test_progress_is_drawn_on_a_terminal_only_and_beside_the_result(kubeconfig: Path) -> None:
    reading, writing = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "scan", "--kubeconfig", str(kubeconfig), "--format", "json"],
        stdout=subprocess.PIPE, stderr=writing, env=environment(),
    ) as process:  # fmt: skip
        os.close(writing)
        assert process.stdout is not None
        out = process.stdout.read()
        drawn = until_closed(reading)
    assert process.returncode == 0
    assert json.loads(out)["schema"] == "secretsui.scan/v1"
    assert re.search(r"\r\x1b\[K.* \d+ inputs so far", drawn)
    assert drawn.endswith("\r\x1b[K"), "the line is left empty"


def until_closed(terminal: int) -> str:
    """All that was written to a pseudo-terminal; Linux answers EIO when its last writer is gone."""
    text = b""
    try:
        while piece := os.read(terminal, 4096):
            text += piece
    except OSError:
        pass
    os.close(terminal)
    return text.decode()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_scan_of_a_server_that_hangs_can_be_stopped(
    cluster_factory: Callable[..., Cluster], tmp_path: Path, number: int, code: int
) -> None:
    cluster = cluster_factory()
    kubeconfig = written(tmp_path / "kubeconfig", cluster.kubeconfig())
    folder = tmp_path / "results"
    folder.mkdir()
    cluster.freeze()
    try:
        with subprocess.Popen(
            [*COMMAND, "scan", "--kubeconfig", str(kubeconfig), "-o", str(folder / "report.txt")],
            stderr=subprocess.PIPE, env=environment(PYTHONWARNINGS=""),
        ) as process:  # fmt: skip
            while not list(folder.iterdir()):
                assert process.poll() is None
                time.sleep(0.02)
            time.sleep(1)  # for it to be waiting for the server's answer, wherever that is
            process.send_signal(number)
            _, err = process.communicate(timeout=30)
    finally:
        cluster.thaw()
        cluster.close()
    assert process.returncode == code
    assert err == b"secretsui: stopped before it was done.\n"
    assert list(folder.iterdir()) == []


def test_in_a_pod_the_command_reads_its_own_cluster(
    cluster: Cluster, shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--in-cluster` with a token mounted as in a Pod; in this process, so that the folder can be another."""
    from scanners.kube import local
    from secretsui.command import main

    for name, content in (("ca.crt", cluster.ca_pem), ("token", cluster.token("admin")), ("namespace", shop)):
        (tmp_path / name).write_text(content)
    own = local.in_cluster_credential
    monkeypatch.setattr(local, "in_cluster_credential", lambda: own(tmp_path))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(cluster.port))
    assert main(["scan", "--in-cluster", "--format", "json", "--namespace", shop]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["cluster"]["name"] == "in-cluster" and found["cluster"]["server"] == cluster.server
    assert [secret["name"] for secret in found["secrets"]] == ["db"]
