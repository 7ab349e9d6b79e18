"""What a scan of a repository reports, and what a scan of a cluster says of repositories."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scanners.assess import assess, run_checks
from scanners.checks import REGISTRY
from scanners.checks.example_paths import is_example
from scanners.checks.repository import CHECKS
from scanners.context import Context
from scanners.formats import FORMATS
from scanners.gains import unassessed
from scanners.grade import grade
from scanners.repository import read_repository
from tests.checks.fixture_loader import inventory
from tests.repository.trees import GITHUB_TOKEN, NOW, report, secret, work_tree

OWN = [check.id for check in REGISTRY if check.scope == "repository"]
CI = {".github/workflows/ci.yml": "on: push\njobs: {a: {steps: [{uses: gitleaks/gitleaks-action@v2}]}}\n"}
PLAIN = secret(string_data="{password: hunter2}")


def test_both_checks_are_in_the_registry() -> None:
    assert [check.id for check in CHECKS] == OWN


def test_a_repository_is_judged_by_its_own_checks_alone(tmp_path: Path) -> None:
    found = report(work_tree(tmp_path / "shop", {**CI, "a.yaml": PLAIN, "b.yaml": "x: 1\n"}))
    assert [line.id for line in found.checks] == OWN
    assert {item.slug: item.status for item in found.checklist} == {
        "no-plaintext-in-git": "partial",
        "ci-scanning": "pass",
    }
    assert (found.grade.letter, found.grade.assessed) == ("D", 1.0), "an open critical finding caps the grade"
    assert found.cluster.name == "shop" and found.secrets == ()
    assert found.repository is not None
    assert (found.repository.name, found.repository.files, found.repository.manifests) == ("shop", 3, 1)
    assert found.repository.pipelines == (".github/workflows/ci.yml",)


def test_a_clean_repository_has_the_best_grade(tmp_path: Path) -> None:
    found = report(work_tree(tmp_path, {**CI, "b.yaml": "x: 1\n"}))
    assert (found.grade.letter, found.grade.score) == ("A", 100.0)
    assert {item.status for item in found.checklist} == {"pass"}


def test_a_cluster_lists_them_with_what_to_run_and_counts_them_nowhere() -> None:
    context = Context(inventory({}))
    results = run_checks(context)
    own = [result for result in results if result.check.scope == "repository"]
    assert [(result.status, result.applicable) for result in own] == [("not-assessed", False)] * len(OWN)
    assert all("run `secretsui repo-scan PATH`" in result.reason for result in own)
    others = [result for result in results if result.check.scope == "cluster"]
    assert grade(results) == grade(others)

    found = assess(context.inventory)
    items = {item.slug: item for item in found.checklist}
    assert len(items) == 10
    for slug in ("no-plaintext-in-git", "ci-scanning"):
        assert items[slug].status == "not-assessed"
        assert "secretsui repo-scan PATH" in items[slug].detail
    waiting = unassessed([msgspec.structs.asdict(line) for line in found.checks], {}, ())
    assert not {line["id"] for group in waiting for line in group.checks} & set(OWN)


def test_the_policy_s_severity_holds(tmp_path: Path) -> None:
    from scanners.policy import parse_policy

    tree = work_tree(tmp_path, {**CI, "a.yaml": PLAIN})
    found = assess(read_repository(tree, NOW), parse_policy("severity: {git-plaintext-secret: medium}"))
    assert [finding.severity for finding in found.findings] == ["medium"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    files = {"apps/shop & co/db.yaml": PLAIN, "x.py": f"\n\na = '{GITHUB_TOKEN}'\n", "plain.txt": "x"}
    return work_tree(tmp_path / "shop", files)


def written(tree: Path, name: str) -> str:
    return b"".join(FORMATS[name].write(report(tree))).decode()


def test_json_has_the_schema_of_scan(tree: Path) -> None:
    log: dict[str, Any] = json.loads(written(tree, "json"))
    assert log["schema"] == "secretsui.scan/v1"
    assert log["cluster"]["name"] == "shop"
    assert log["repository"] == {"name": "shop", "files": 3, "manifests": 1, "pipelines": []}
    found = {item["name"]: item for item in log["findings"]}
    manifest = found["apps/shop & co/db.yaml"]
    assert (manifest["kind"], manifest["namespace"], manifest["line"]) == ("File", "", 4)
    assert manifest["field"] == "Secret with plain data: Secret shop/db"
    assert (found["x.py"]["field"], found["x.py"]["line"], found["."]["kind"]) == ("GitHub token", 3, "Repository")


def test_sarif_has_real_paths_and_lines_and_fingerprints_that_stay(tree: Path) -> None:
    before = json.loads(written(tree, "sarif"))["runs"][0]
    places = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]: result for result in before["results"]
    }
    assert set(places) == {"apps/shop%20%26%20co/db.yaml", "x.py", ".github/workflows"}
    location = places["x.py"]["locations"][0]
    assert location == {
        "physicalLocation": {
            "artifactLocation": {"uri": "x.py", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 3},
        }
    }
    assert [rule["id"] for rule in before["tool"]["driver"]["rules"]] == OWN
    (tree / "x.py").write_text(f"# moved\n\n\n\na = '{GITHUB_TOKEN}'\n")
    after = json.loads(written(tree, "sarif"))["runs"][0]
    assert [result["partialFingerprints"] for result in before["results"]] == [
        result["partialFingerprints"] for result in after["results"]
    ]


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_names_the_file_and_never_the_value(tree: Path, name: str) -> None:
    text = written(tree, name)
    assert "db.yaml" in text
    assert "hunter2" not in text and GITHUB_TOKEN[8:] not in text


def test_the_text_speaks_of_a_repository(tree: Path) -> None:
    text = written(tree, "text")
    assert text.startswith("Repository shop\n")
    assert "3 files  1 Kubernetes object  0 CI files" in text
    assert "apps/shop & co/db.yaml:4" in text and "x.py:3" in text
    assert "luster" not in text and "namespace" not in text.partition("Findings\n")[0]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("clusters/test/db.yaml", False),
        ("environments/test/secrets/db.yaml", False),
        ("latest/db.yaml", False),
        ("contest.py", False),
        ("test/db_test.go", True),
        ("pkg/x_test.go", True),
        ("tests/db.yaml", True),
        ("web/src/a.spec.ts", True),
        ("README.md", True),
        (".env.example", True),
        ("values.sample.yaml", True),
        ("testdata/a.pem", True),
    ],
)
def test_what_is_an_example(path: str, expected: bool) -> None:
    assert is_example(path) is expected
