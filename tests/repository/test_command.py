"""`secretsui repo-scan` as CI runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from advisor.manifests.foundations import SECRETSUI
from tests.advisor.manifests.sets import COMBINATIONS, make_set
from tests.command.running import ROOT, environment, secretsui
from tests.repository.trees import findings, report, secret, work_tree

PLAIN = secret(string_data="{password: hunter2}")
CI = {".github/workflows/ci.yml": "on: push\njobs: {a: {steps: [{uses: gitleaks/gitleaks-action@v2}]}}\n"}


def test_exit_codes(tmp_path: Path) -> None:
    clean = work_tree(tmp_path / "clean", {**CI, "a.yaml": "x: 1\n"})
    leaking = work_tree(tmp_path / "leaking", {**CI, "a.yaml": PLAIN})
    assert secretsui("repo-scan", clean, "--fail-on", "low").code == 0
    assert secretsui("repo-scan", leaking).code == 0
    failed = secretsui("repo-scan", leaking, "--fail-on", "critical", "--format", "json")
    assert failed.code == 1
    assert json.loads(failed.out)["findings"][0]["name"] == "a.yaml"
    assert failed.err == "secretsui: 1 finding at or above critical.\n"


def test_what_could_not_be_seen_does_not_pass(tmp_path: Path) -> None:
    tree = work_tree(tmp_path, {".gitlab-ci.yml": "include: [{project: platform/ci, file: /all.yml}]\n"})
    ended = secretsui("repo-scan", tree, "--min-assessed", "1")
    assert ended.code == 2
    assert "the report's coverage says what could not be read" in ended.err


@pytest.mark.parametrize("name", ["nowhere", "a.yaml/x"])
def test_a_path_that_leads_nowhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.yaml").write_text("x: 1\n")
    ended = secretsui("repo-scan", tmp_path / name)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("secretsui: cannot look at ") and ended.err.count("\n") == 1


def test_the_report_goes_to_a_file(tmp_path: Path) -> None:
    tree = work_tree(tmp_path / "tree", {"a.yaml": PLAIN})
    target = tmp_path / "report.sarif"
    assert secretsui("repo-scan", tree, "--format", "sarif", "-o", target).code == 0
    assert json.loads(target.read_text())["version"] == "2.1.0"
    refused = secretsui("repo-scan", tree, "-o", target)
    assert refused.code == 2 and "--force" in refused.err
    assert secretsui("repo-scan", tree, "-o", target, "--force").code == 0


def test_manage_py_takes_it_too(tmp_path: Path) -> None:
    tree = work_tree(tmp_path, {"a.yaml": PLAIN})
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "repo-scan", tree], capture_output=True, env=environment(), check=False
    )
    assert done.returncode == 0 and b"a.yaml:4" in done.stdout


def test_other_commands_do_not_pay_for_it() -> None:
    code = (
        "import sys; from secretsui.command import main; main(['--help']) if False else None\n"
        "import secretsui.command.scan, scanners.assess, scanners.checks\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('kingfisher_sdk', 're2', 'django', 'kubernetes')"
        " or name.startswith('scanners.repository')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True)
    assert done.stdout.strip() == "[]"


def test_it_needs_neither_django_nor_a_cluster(tmp_path: Path) -> None:
    tree = work_tree(tmp_path, {"a.yaml": PLAIN})
    code = (
        "import sys; from secretsui.command import main\n"
        f"main(['repo-scan', {str(tree)!r}, '-o', {str(tmp_path / 'out')!r}])\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('django', 'kubernetes', 'urllib3')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True)
    assert done.stdout.strip() == "[]"


def test_the_snippets_pin_this_version() -> None:
    assert f'version = "{SECRETSUI}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


WHERE = {
    "not-applied/ci/scan.github-actions.yaml": (".github/workflows/scan.yaml", "secretsui"),
    "not-applied/ci/scan.gitlab-ci.yaml": (".gitlab-ci.yml", "secretsui"),
}


@pytest.mark.parametrize(("tool", "store", "gitops"), COMBINATIONS)
def test_a_starter_set_in_a_repository_has_no_fault(tmp_path: Path, tool: str, store: str, gitops: str) -> None:
    generated = make_set(tool, store, gitops, consumption="both")  # type: ignore[arg-type]
    files = {f"shop/db/{file.path}": file.content for file in generated.files}
    tree = work_tree(tmp_path, files)
    assert findings(tree) == []


@pytest.mark.parametrize("source", WHERE)
def test_the_snippets_are_recognised_where_they_are_copied_to(tmp_path: Path, source: str) -> None:
    by_path = make_set("sops").by_path()
    target, scanner = WHERE[source]
    tree = work_tree(
        tmp_path,
        {
            target: by_path[source].content,
            ".pre-commit-config.yaml": by_path["not-applied/ci/pre-commit-config.yaml"].content,
        },
    )
    found = report(tree)
    assert found.findings == ()
    assert next(line for line in found.checks if line.id == "ci-unscanned").status == "pass"
    from tests.repository.trees import scanned

    steps = scanned(tree).scanning
    assert {step.scanner for step in steps if step.blocking} == {scanner, "gitleaks", "TruffleHog"}
    assert {step.scanner for step in steps if step.hook} == {"gitleaks", "secretsui"}
