"""Which CI configurations scan for committed secrets, and which only look as if they did."""

from __future__ import annotations

import textwrap
from pathlib import Path

import msgspec
import pytest
import yaml

from scanners.repository.pipelines.calls import recognise_command
from scanners.repository.pipelines.shell import commands
from tests.repository.trees import findings, report, scanned, work_tree

CASES = Path(__file__).parent / "pipelines"
WORKFLOW = "on: [push]\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n"
HOOK = "repos:\n- repo: https://github.com/gitleaks/gitleaks\n  rev: v8.28.0\n  hooks:\n  - id: gitleaks\n"


class Case(msgspec.Struct, forbid_unknown_fields=True):
    """A repository with CI. `says` are words of the finding or the reason, `at` the file at fault."""

    files: dict[str, str] = {}
    steps: str = ""
    says: str = ""
    at: str = "."

    def tree(self, folder: Path) -> Path:
        files = dict(self.files)
        if self.steps:
            files[".github/workflows/ci.yml"] = WORKFLOW + textwrap.indent(self.steps, " " * 6) + "\n"
        return work_tree(folder, files)


def cases(name: str) -> dict[str, Case]:
    return msgspec.convert(yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8")), dict[str, Case])


SCANNED, UNSCANNED, UNKNOWN = cases("scanned"), cases("unscanned"), cases("unknown")


@pytest.mark.parametrize("case", SCANNED.values(), ids=SCANNED)
def test_it_scans(tmp_path: Path, case: Case) -> None:
    tree = case.tree(tmp_path)
    assert findings(tree, "ci-unscanned") == []
    assert next(line for line in report(tree).checks if line.id == "ci-unscanned").status == "pass"


@pytest.mark.parametrize("case", UNSCANNED.values(), ids=UNSCANNED)
def test_it_does_not_scan_or_lets_everything_pass(tmp_path: Path, case: Case) -> None:
    (finding,) = findings(case.tree(tmp_path), "ci-unscanned")
    assert case.says in finding.message
    assert finding.name == case.at
    assert (finding.kind, finding.line > 0) == (("Repository", False) if case.at == "." else ("File", True))


@pytest.mark.parametrize("case", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_elsewhere_is_not_known(tmp_path: Path, case: Case) -> None:
    line = next(line for line in report(case.tree(tmp_path)).checks if line.id == "ci-unscanned")
    assert line.status == "not-assessed"
    assert case.says in line.reason


def test_a_scan_in_the_tree_decides_whatever_is_elsewhere_or_broken(tmp_path: Path) -> None:
    files = {**UNKNOWN["shared-workflow"].files, **SCANNED["gitlab-job"].files, "cloudbuild.yaml": "steps: [\n"}
    tree = work_tree(tmp_path, files)
    assert next(line for line in report(tree).checks if line.id == "ci-unscanned").status == "pass"


def test_each_scan_has_its_place(tmp_path: Path) -> None:
    case = SCANNED["block"]
    tree = Case(case.files | {".pre-commit-config.yaml": HOOK}, case.steps).tree(tmp_path)
    step, hook = scanned(tree).scanning
    assert (step.path, step.scanner, step.field, step.line) == (
        ".github/workflows/ci.yml", "gitleaks", "jobs.a.steps[1].run", 10,
    )  # fmt: skip
    assert (hook.path, hook.scanner, hook.hook, hook.blocking) == (".pre-commit-config.yaml", "gitleaks", True, False)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("a b && c 'd e'; f", [("a", "b"), ("c", "d e"), ("f",)]),
        ("# a\nb # c\n", [("b",)]),
        ("a \\\n  b\nc", [("a", "b"), ("c",)]),
        ("echo ${{ github.event.x || 'y' }} && a", [("echo", "EXPRESSION"), ("a",)]),
        ("echo 'unclosed\na", [("echo", "'unclosed"), ("a",)]),
        ("", []),
    ],
)
def test_simple_commands(script: str, words: list[tuple[str, ...]]) -> None:
    assert [command.words for command in commands(script)] == words


def test_lines_of_commands() -> None:
    assert [command.line for command in commands("a\n\nb \\\n c\nd")] == [1, 3, 5]


@pytest.mark.parametrize(
    "command", ["gitleaks --help", "gitleaks version", "./gitleaks.sh", "cat gitleaks detect", "trufflehog"]
)
def test_what_is_no_scan(command: str) -> None:
    assert recognise_command(command.split()) is None


def test_targets_that_need_each_other_end(tmp_path: Path) -> None:
    makefile = "".join(f"t{number}: {' '.join(f't{other}' for other in range(30))}\n\ttrue\n" for number in range(30))
    tree = Case({"Makefile": makefile}, "- run: make t0").tree(tmp_path)
    assert scanned(tree).scanning == ()
