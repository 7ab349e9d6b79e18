"""`secretsui scan` of snapshots and manifests, as processes."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scanners.formats import FORMATS
from scanners.inventory import Transformation
from tests.command.running import ROOT, environment, secretsui
from tests.command.snapshots import CANARY, MANIFESTS, encoded, shop
from tests.core.build import complete, inventory, secret


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    path = tmp_path / "shop.json"
    path.write_bytes(encoded(shop()))
    return path


def report_of(*arguments: str | Path, stdin: bytes = b"") -> dict[str, Any]:
    ended = secretsui("scan", *arguments, "--format", "json", stdin=stdin)
    assert (ended.code, ended.err) == (0, "")
    document: dict[str, Any] = json.loads(ended.out)
    return document


def test_the_default_is_a_text_report_on_standard_output(snapshot: Path) -> None:
    ended = secretsui("scan", "--snapshot", snapshot)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("Cluster prod-eu  https://10.0.0.1:6443  Kubernetes v1.37.2\n")
    assert "\x1b" not in ended.out


def test_json_is_alone_on_standard_output(snapshot: Path) -> None:
    report = report_of("--snapshot", snapshot)
    assert report["schema"] == "secretsui.scan/v1"
    assert [secret["name"] for secret in report["secrets"]] == ["session", "db"]
    assert {row["input"]: row["status"] for row in report["coverage"]}["metrics"] == "denied"


def test_a_snapshot_is_of_its_own_time(snapshot: Path) -> None:
    report = report_of("--snapshot", snapshot)
    assert report["finished_at"] == "2026-11-01T12:00:00Z"
    assert {secret["value_age"]["at_most_days"] for secret in report["secrets"]} == {304}


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_snapshot_gives_the_same_bytes(snapshot: Path, name: str) -> None:
    first = secretsui("scan", "--snapshot", snapshot, "--format", name)
    second = secretsui("scan", "--snapshot", snapshot, "--format", name, PYTHONHASHSEED="7")
    assert first.code == 0
    assert first.out == second.out != ""


def test_a_snapshot_may_come_on_standard_input_compressed(snapshot: Path) -> None:
    piped = report_of("--snapshot", "-", stdin=gzip.compress(snapshot.read_bytes()))
    assert piped == report_of("--snapshot", snapshot)


def test_what_kubectl_prints_is_a_snapshot_too() -> None:
    report = report_of("--snapshot", "-", stdin=MANIFESTS.encode())
    (secret,) = report["secrets"]
    assert (secret["namespace"], secret["name"], secret["keys"]) == ("shop", "db", ["password"])
    assert [(item["kind"], item["name"], item["how"]) for item in secret["consumers"]] == [("Deployment", "api", "env")]


def test_a_folder_of_manifests_is_a_snapshot_too(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "all.yaml").write_text(MANIFESTS, encoding="utf-8")
    assert len(report_of("--snapshot", tmp_path)["secrets"]) == 1


@pytest.mark.parametrize("name", FORMATS)
def test_no_value_of_a_manifest_is_printed(name: str) -> None:
    ended = secretsui("scan", "--snapshot", "-", "--format", name, stdin=MANIFESTS.encode())
    assert ended.code == 0
    assert "db" in ended.out
    assert not any(canary in ended.out + ended.err for canary in CANARY)


def test_a_namespace_is_looked_at_alone(snapshot: Path) -> None:
    report = report_of("--snapshot", snapshot, "-n", "shop")
    assert [secret["name"] for secret in report["secrets"]] == ["db"]
    both = report_of("--snapshot", snapshot, "--namespace", "shop", "--namespace", "blog")
    assert len(both["secrets"]) == 2


def test_a_grant_in_the_whole_cluster_concerns_each_namespace(snapshot: Path) -> None:
    report = report_of("--snapshot", snapshot, "-n", "blog")
    assert ("rbac-wildcard", "everybody") in {(item["check"], item["name"]) for item in report["findings"]}


def test_a_namespace_that_the_snapshot_does_not_have_is_named(snapshot: Path) -> None:
    ended = secretsui("scan", "--snapshot", snapshot, "-n", "shpo")
    assert ended.code == 2
    assert f"{snapshot} has nothing in the namespace shpo; it has blog, shop." in ended.err


@pytest.mark.parametrize(("severity", "code"), [("critical", 1), ("high", 1), ("low", 1), ("never", 0)])
def test_fail_on_ends_with_1_when_something_is_as_grave(snapshot: Path, severity: str, code: int) -> None:
    ended = secretsui("scan", "--snapshot", snapshot, "--fail-on", severity)
    assert ended.code == code
    assert ended.out.startswith("Cluster prod-eu")
    assert (f"at or above {severity}" in ended.err) is (code == 1)


def test_fail_on_is_0_without_anything_as_grave(tmp_path: Path) -> None:
    harmless = msgspec.structs.replace(shop(), bindings=(), workloads=())
    path = tmp_path / "harmless.json"
    path.write_bytes(encoded(harmless))
    assert secretsui("scan", "--snapshot", path, "--fail-on", "critical").code == 0


def test_findings_of_the_system_itself_do_not_fail(tmp_path: Path) -> None:
    inventory = shop()
    binding = msgspec.structs.replace(
        inventory.bindings[0],
        name="cluster-admin",
        subjects=(msgspec.structs.replace(inventory.bindings[0].subjects[0], kind="Group", name="system:masters"),),
    )
    path = tmp_path / "system.json"
    path.write_bytes(encoded(msgspec.structs.replace(inventory, bindings=(binding,), workloads=())))
    report = report_of("--snapshot", path)
    assert any(finding["folded"] and finding["severity"] == "critical" for finding in report["findings"])
    assert secretsui("scan", "--snapshot", path, "--fail-on", "critical").code == 0


def test_min_assessed_ends_with_2_and_still_prints_what_was_seen(snapshot: Path) -> None:
    ended = secretsui("scan", "--snapshot", snapshot, "--min-assessed", "1", "--fail-on", "critical")
    assert ended.code == 2
    assert ended.out.startswith("Cluster prod-eu")
    assert "--min-assessed asks for 1" in ended.err
    assert secretsui("scan", "--snapshot", snapshot, "--min-assessed", "0.01").code == 0


BROKEN = [
    (b"", "is empty"),
    (b"{", "cannot be read"),
    (b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + b"\xff" * 20, "not valid gzip"),
    (gzip.compress(b"{}" * 1000, mtime=0)[:-20], "cut short"),
    (b"\x00\xff\xfe\x80", "cannot be read"),
    (b"just words", "no Kubernetes objects"),
    (b'{"schema": "secretsui.snapshot/v9"}', "newer secretsui"),
    (b'{"schema": "secretsui.snapshot/v1"}', "no valid snapshot"),
    (b'{"schema": "secretsui.scan/v1"}', "no snapshot of secretsui"),
    (b"a: &a [x]\nb: *a\n", "aliases"),
    (b"[" * 100_000, "cannot be read"),
]


@pytest.mark.parametrize(("content", "words"), BROKEN)
def test_a_broken_snapshot_is_one_clear_line(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "broken"
    path.write_bytes(content)
    ended = secretsui("scan", "--snapshot", path, "--format", "json")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert words in ended.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--snapshot", "no/such/file"], "no/such/file cannot be read: No such file or directory"),
        (["--snapshot", ""], "the file name is empty"),
        (["--kubeconfig", "no/such/file"], "There is no kubeconfig at no/such/file"),
        ([], "There is no kubeconfig at"),
        (["--in-cluster"], "This does not run in a Pod"),
        (["--policy", "no/such/file"], "cannot read no/such/file: No such file or directory"),
        (["--encryption-config", "no/such/file"], "cannot read no/such/file: No such file or directory"),
    ],
)
def test_what_is_not_there_is_one_clear_line(tmp_path: Path, arguments: list[str], words: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "secretsui.command", "scan", *arguments],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
    assert words in ended.stderr


def test_a_policy_decides_ages_and_severities(snapshot: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("rotation: {default_days: 400}\nseverity: {rbac-wildcard: low}\n", encoding="utf-8")
    report = report_of("--snapshot", snapshot, "--policy", policy)
    assert {secret["rotation"] for secret in report["secrets"]} == {"fresh"}
    assert {item["severity"] for item in report["findings"] if item["check"] == "rbac-wildcard"} == {"low"}


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("rotation: {default_days: 0}", "rotation.default_days is 0"),
        ("rotation: {deafult_days: 1}", "deafult_days"),
        ("severity: {rbac-wildcart: low}", "'rbac-wildcart', which is no check"),
        ("[", "not valid YAML"),
    ],
)
def test_a_broken_policy_is_one_clear_line(snapshot: Path, tmp_path: Path, policy: str, words: str) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(policy, encoding="utf-8")
    ended = secretsui("scan", "--snapshot", snapshot, "--policy", path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"secretsui: {path}: ")
    assert words in ended.err


ENCRYPTION = """\
kind: EncryptionConfiguration
apiVersion: apiserver.config.k8s.io/v1
resources:
- resources: [secrets]
  providers:
  - secretbox: {keys: [{name: key1, secret: Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LTMyYg==}]}
  - identity: {}
"""


def test_an_encryption_configuration_may_be_given_and_its_keys_go_no_further(snapshot: Path) -> None:
    ended = secretsui(
        "scan", "--snapshot", snapshot, "--encryption-config", "-", "--format", "json", stdin=ENCRYPTION.encode()
    )
    assert ended.code == 0
    rows = {row["input"]: row["status"] for row in json.loads(ended.out)["coverage"]}
    assert rows["encryptionconfiguration"] == "complete"
    assert "Y2FuYXJ5" not in ended.out + ended.err


@pytest.mark.parametrize(("loaded", "status"), [(ENCRYPTION, "fail"), (ENCRYPTION + "\n", "not-assessed")])
def test_a_given_encryption_configuration_is_proved_by_its_hash(tmp_path: Path, loaded: str, status: str) -> None:
    """The API server of this snapshot has written no Secret, and read one in plaintext."""
    read = Transformation(resource="secrets", direction="from_storage", prefix="identity", count=1)
    seen = inventory(
        secrets=(secret(),),
        transformations=(read,),
        secret_cache_fills=1,
        encryption_config_hash=f"sha256:{hashlib.sha256(loaded.encode()).hexdigest()}",
        coverage=complete("secrets", "metrics"),
    )
    path = tmp_path / "snapshot.json"
    path.write_bytes(encoded(seen))
    ended = secretsui(
        "scan", "--snapshot", path, "--encryption-config", "-", "--format", "json", stdin=ENCRYPTION.encode()
    )
    checks = {row["id"]: row["status"] for row in json.loads(ended.out)["checks"]}
    assert checks["encryption-not-rewritten"] == status


def test_a_broken_encryption_configuration_is_not_quoted(snapshot: Path) -> None:
    text = ENCRYPTION.replace("kind: EncryptionConfiguration", "kind: Secret")
    ended = secretsui("scan", "--snapshot", snapshot, "--encryption-config", "-", stdin=text.encode())
    assert (ended.code, ended.out) == (2, "")
    assert "--encryption-provider-config" in ended.err
    assert "Y2FuYXJ5" not in ended.err


@pytest.mark.parametrize(("level", "status"), [("Metadata", "pass"), ("None", "fail")])
def test_an_audit_policy_may_be_given(snapshot: Path, level: str, status: str) -> None:
    policy = f"apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{{level: {level}}}]\n"
    ended = secretsui("scan", "--snapshot", snapshot, "--audit-policy", "-", "--format", "json", stdin=policy.encode())
    document = json.loads(ended.out)
    assert {row["id"]: row["status"] for row in document["checks"]}["audit-off"] == status
    assert {row["input"]: row["status"] for row in document["coverage"]}["auditpolicy"] == "complete"


def test_a_broken_audit_policy_is_one_clear_line(snapshot: Path) -> None:
    ended = secretsui("scan", "--snapshot", snapshot, "--audit-policy", "-", stdin=b"kind: Policy\n")
    assert (ended.code, ended.out) == (2, "")
    assert "--audit-policy-file" in ended.err


def test_standard_input_is_read_once(snapshot: Path) -> None:
    ended = secretsui("scan", "--snapshot", "-", "--policy", "-", stdin=snapshot.read_bytes())
    assert ended.code == 2
    assert "--snapshot and --policy would both read standard input" in ended.err


HOSTILE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "all"}
rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: "=cmd|'x'!A1<img src=x>\\u202e\\e[31m"}
roleRef: {kind: ClusterRole, name: all, apiGroup: rbac.authorization.k8s.io}
subjects: [{kind: User, name: "@SUM(1)<script>alert(1)</script>\\e]0;owned\\a", apiGroup: rbac.authorization.k8s.io}]
"""


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_names_do_nothing_in_any_format(name: str) -> None:
    ended = secretsui("scan", "--snapshot", "-", "--format", name, stdin=HOSTILE.encode())
    assert ended.code == 0
    shown = ended.out.replace("\n", "").replace("\r", "") if name == "csv" else ended.out.replace("\n", "")
    assert all(character.isprintable() for character in shown)
    if name == "html":
        assert "<script" not in ended.out
        assert "<img" not in ended.out
    if name == "csv":
        cells = [cell for row in csv.reader(io.StringIO(ended.out)) for cell in row]
        assert any("=cmd" in cell for cell in cells)
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_a_scan_of_a_snapshot_needs_neither_django_nor_the_kubernetes_client(snapshot: Path) -> None:
    program = (
        "import sys; from secretsui.command import main; code = main(sys.argv[1:]); "
        "print('\\n'.join(sys.modules), file=sys.stderr); sys.exit(code)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, "scan", "--snapshot", str(snapshot)],
        env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    modules = {name.partition(".")[0] for name in ended.stderr.split("\n")}
    assert "scanners" in modules
    assert modules.isdisjoint({"django", "celery", "kubernetes"})


def test_manage_py_takes_the_same_commands(snapshot: Path) -> None:
    ended = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "scan", "--snapshot", str(snapshot), "--format", "json"],
        env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(ended.stdout) == report_of("--snapshot", snapshot)


def test_labels_that_the_policy_asks_for_are_read_from_manifests(tmp_path: Path) -> None:
    documents = [
        "apiVersion: v1\nkind: Secret\n"
        f"metadata: {{name: {name}, namespace: shop, labels: {{example.com/stage: {name}}}}}\n"
        for name in ("staging", "production")
    ]
    (tmp_path / "secrets.yaml").write_text("---\n".join(documents))
    policy = tmp_path / "policy"
    policy.write_text(
        "environments:\n"
        "  - {label: example.com/stage=staging, environment: staging}\n"
        "  - {label: example.com/stage=production, environment: production}\n"
    )
    report = report_of("--snapshot", tmp_path / "secrets.yaml", "--policy", policy)
    mixed = [finding["name"] for finding in report["findings"] if finding["check"] == "namespace-mixed"]
    assert mixed == ["production", "staging"]
