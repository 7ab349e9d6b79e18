"""Which CI configurations scan for committed secrets, and which only look as if they did."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from scanners.repository.pipelines.calls import recognise_command
from scanners.repository.pipelines.shell import commands
from tests.repository.trees import findings, report, scanned, work_tree

STEPS = "on: [push]\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n"
GITLEAKS_HOOK = "repos:\n- repo: https://github.com/gitleaks/gitleaks\n  rev: v8.28.0\n  hooks:\n  - id: gitleaks\n"
LOCAL_HOOK = "repos:\n- repo: local\n  hooks:\n  - id: leaks\n    entry: gitleaks protect --staged\n    language: system\n"


def github(*steps: str) -> dict[str, str]:
    return {".github/workflows/ci.yml": STEPS + "".join(f"      - {step}\n" for step in steps)}


def gitlab(text: str, **more: str) -> dict[str, str]:
    return {".gitlab-ci.yml": text, **more}


SCANNED: dict[str, dict[str, str]] = {
    "action": github("uses: gitleaks/gitleaks-action@v2"),
    "action-by-digest": github("uses: trufflesecurity/trufflehog@6641d4ba5b684fffe195b9820345de1bf19f3181"),
    "docker": github('run: docker run --rm -v "$PWD:/repo:ro" ghcr.io/gitleaks/gitleaks:v8.28.0 git /repo --redact'),
    "container-action": github("uses: docker://zricethezav/gitleaks:latest\n        with: {args: detect}"),
    "trufflehog": github("run: trufflehog git file://. --results=verified,unknown --fail"),
    "detect-secrets-hook": github("run: git ls-files -z | xargs -0 detect-secrets-hook --baseline .secrets.baseline"),
    "ggshield": github("run: ggshield secret scan ci"),
    "ggshield-action": github("uses: GitGuardian/ggshield-action@v1"),
    "secretlint": github('run: npx --yes secretlint "**/*"'),
    "talisman": github("run: talisman --scan"),
    "git-secrets": github("run: git secrets --scan"),
    "kingfisher": github("run: kingfisher scan ."),
    "semgrep": github("run: semgrep scan --config p/secrets --error"),
    "semgrep-ci": github("run: semgrep ci --config p/secrets"),
    "trivy": github("run: trivy fs --scanners secret --exit-code 1 ."),
    "trivy-action": github(
        "uses: aquasecurity/trivy-action@0.33.1\n        with: {scan-type: fs, scanners: 'vuln,secret', exit-code: '1'}"
    ),
    "checkov": github("run: checkov -d . --framework secrets"),
    "megalinter": github("uses: oxsecurity/megalinter@v8"),
    "super-linter": github("uses: super-linter/super-linter@v7\n        env: {DEFAULT_BRANCH: main}"),
    "secretsui": github("run: pipx run --spec secretsui==0.1.0 secretsui repo-scan . --fail-on high"),
    "go-run": github("run: go run github.com/gitleaks/gitleaks/v8@v8.28.0 detect"),
    "bash-c": github('run: bash -c "gitleaks detect"'),
    "or-exit-1": github("run: gitleaks detect || { echo leak; exit 1; }"),
    "block": github("run: |\n          set -euo pipefail\n          cd src\n          gitleaks detect \\\n            --no-git"),
    "make": github("run: make check")
    | {"Makefile": "check: lint secrets\n\t@echo done\nlint:\n\ttrue\nsecrets:\n\tgitleaks detect --no-git\n"},
    "script": github("run: ./hack/scan.sh --all") | {"hack/scan.sh": "#!/bin/bash\nset -e\ngitleaks detect\n"},
    "npm": github("run: npm run lint:secrets") | {"package.json": '{"scripts": {"lint:secrets": "secretlint ."}}'},
    "task": github("run: task scan")
    | {"Taskfile.yml": "version: '3'\ntasks:\n  scan:\n    cmds: [gitleaks detect]\n"},
    "pre-commit": github("run: pre-commit run --all-files") | {".pre-commit-config.yaml": GITLEAKS_HOOK},
    "pre-commit-action": github("uses: pre-commit/action@v3") | {".pre-commit-config.yaml": LOCAL_HOOK},
    "composite": github("uses: ./.github/actions/scan")
    | {".github/actions/scan/action.yml": "runs:\n  using: composite\n  steps:\n  - run: gitleaks detect\n    shell: bash\n"},
    "shared-workflow": {
        ".github/workflows/ci.yml": "on: push\njobs:\n  s:\n    uses: acme/.github/.github/workflows/secret-scan.yml@main\n"
    },
    "gitea": {".gitea/workflows/ci.yml": STEPS + "      - run: gitleaks detect\n"},
    "gitlab-template": gitlab("include:\n  - template: Jobs/Secret-Detection.gitlab-ci.yml\n"),
    "gitlab-old-template": gitlab("include: [{template: Security/Secret-Detection.gitlab-ci.yml}]\n"),
    "gitlab-component": gitlab("include:\n  - component: gitlab.com/components/secret-detection/secret-detection@1\n"),
    "gitlab-job": gitlab("scan:\n  image: {name: zricethezav/gitleaks, entrypoint: ['']}\n  script: [gitleaks detect -v]\n"),
    "gitlab-extends": gitlab(".scan:\n  script: [gitleaks detect]\ntest:\n  extends: .scan\n"),
    "gitlab-anchor": gitlab(".scan: &scan\n  script: [gitleaks detect]\ntest:\n  <<: *scan\n"),
    "gitlab-include": gitlab("include: /ci/scan.yml\n") | {"ci/scan.yml": "scan:\n  script: ggshield secret scan ci\n"},
    "jenkins": {"Jenkinsfile": "pipeline { stages { stage('s') { steps { sh 'gitleaks detect' } } } }"},
    "jenkins-block": {"ci/Jenkinsfile": "stage('s') { sh '''\n set -e\n trufflehog git file://. --fail\n ''' }"},
    "azure": {"azure-pipelines.yml": "steps:\n- script: gitleaks detect\n  displayName: scan\n"},
    "azure-template": {
        "azure-pipelines.yml": "jobs:\n- template: ci/scan.yml\n",
        "ci/scan.yml": "jobs:\n- job: s\n  steps:\n  - bash: gitleaks detect\n",
    },
    "bitbucket": {
        "bitbucket-pipelines.yml": "pipelines:\n  default:\n  - step: {script: [{pipe: 'atlassian/git-secrets-scan:3.0.0'}]}\n"
    },
    "circleci": {".circleci/config.yml": "jobs:\n  a:\n    steps:\n    - checkout\n    - run: {command: gitleaks detect}\n"},
    "circleci-orb": {
        ".circleci/config.yml": "orbs: {ggshield: gitguardian/ggshield@volatile}\nworkflows: {m: {jobs: [ggshield/scan]}}\n"
    },
    "tekton": {
        ".tekton/pull-request.yaml": "spec:\n  tasks:\n  - taskSpec:\n      steps:\n      - name: a\n"
        "        image: zricethezav/gitleaks:v8\n        args: [detect, --source, .]\n"
    },
    "woodpecker": {".woodpecker/scan.yml": "steps:\n- name: s\n  image: zricethezav/gitleaks\n  commands: [gitleaks detect]\n"},
    "drone": {".drone.yml": "kind: pipeline\nsteps:\n- name: s\n  image: x\n  commands: [gitleaks detect]\n"},
    "buildkite": {".buildkite/pipeline.yml": "steps:\n- command: gitleaks detect\n"},
    "travis": {".travis.yml": "script:\n- gitleaks detect\n"},
    "cloud-build": {"cloudbuild.yaml": "steps:\n- name: zricethezav/gitleaks\n  args: [detect, --source, .]\n"},
}  # fmt: skip


@pytest.mark.parametrize("files", SCANNED.values(), ids=SCANNED)
def test_it_scans(tmp_path: Path, files: dict[str, str]) -> None:
    tree = work_tree(tmp_path, files)
    assert findings(tree, "ci-unscanned") == []
    assert next(line for line in report(tree).checks if line.id == "ci-unscanned").status == "pass"


class Case(NamedTuple):
    """`words` stand in the finding's message; `path` is the file at fault, "." for the repository."""

    files: dict[str, str]
    words: str
    path: str = ".github/workflows/ci.yml"


NO_STEP = "No step of .github/workflows/ci.yml looks for committed secrets"

UNSCANNED: dict[str, Case] = {
    "no-ci": Case({"a.txt": "x"}, "No CI configuration was found", "."),
    "comment": Case(
        github("run: |\n          # gitleaks detect\n          make test  # gitleaks detect", "run: make")
        NO_STEP,
        ".",
    ),
    "commented-step": Case({".github/workflows/ci.yml": STEPS + "      # - uses: gitleaks/gitleaks-action@v2\n"}, NO_STEP, "."),
    "other-words": Case(
        github('run: echo "gitleaks detect"', "run: brew install gitleaks && gitleaks version", "run: pip install detect-secrets"),
        NO_STEP,
        ".",
    ),
    "download": Case(github("run: curl -sSL https://github.com/gitleaks/gitleaks/releases/x.tgz | tar xz"), NO_STEP, "."),
    "trivy-vulnerabilities": Case(github("run: trivy fs --scanners vuln --exit-code 1 ."), NO_STEP, "."),
    "checkov-terraform": Case(github("run: checkov -d . --framework terraform"), NO_STEP, "."),
    "semgrep-code": Case(github("run: semgrep scan --config p/python --error"), NO_STEP, "."),
    "super-linter-yaml": Case(github("uses: super-linter/super-linter@v7\n        env: {VALIDATE_YAML: true}"), NO_STEP, "."),
    "hook-alone": Case(
        github("run: make") | {".pre-commit-config.yaml": GITLEAKS_HOOK},
        "The hook in .pre-commit-config.yaml (gitleaks) runs only where it was installed",
        ".",
    ),
    "hook-skipped-in-ci": Case(
        github("run: SKIP=gitleaks pre-commit run --all-files") | {".pre-commit-config.yaml": GITLEAKS_HOOK}, NO_STEP, "."
    ),
    "gitlab-hidden-job": Case(
        gitlab(".scan:\n  script: [gitleaks detect]\ntest: {script: [make]}\n"), "No step of .gitlab-ci.yml", "."
    ),
    "continue-on-error": Case(
        github("uses: gitleaks/gitleaks-action@v2\n        continue-on-error: true"), "continue-on-error: true"
    ),
    "or-true": Case(github("run: gitleaks detect || true"), "|| true follows it"),
    "or-echo": Case(github('run: gitleaks detect || echo "leaks found"'), "|| echo"),
    "set-plus-e": Case(github("run: |\n          set +e\n          gitleaks detect\n          exit 0"), "set +e"),
    "exit-code-0": Case(github("run: gitleaks detect --exit-code 0"), "it exits with 0"),
    "trufflehog": Case(github("run: trufflehog git file://."), "unless --fail is given"),
    "detect-secrets-scan": Case(github("run: detect-secrets scan --all-files"), "only writes a baseline"),
    "secretsui": Case(github("run: secretsui repo-scan ."), "unless --fail-on is given"),
    "trivy-action": Case(
        github("uses: aquasecurity/trivy-action@0.33.1\n        with: {scan-type: fs, scanners: secret}"), "unless exit-code"
    ),
    "checkov-soft": Case(github("run: checkov -d . --framework secrets --soft-fail"), "it exits with 0"),
    "by-hand": Case(
        {".github/workflows/ci.yml": STEPS.replace("[push]", "workflow_dispatch") + "      - run: gitleaks detect\n"},
        "only when somebody starts it",
    ),
    "switched-off": Case(github("uses: gitleaks/gitleaks-action@v2\n        if: false"), "if: false"),
    "gitlab-allow-failure": Case(
        gitlab("scan:\n  allow_failure: true\n  script: [gitleaks detect]\n"), "allow_failure: true", ".gitlab-ci.yml"
    ),
    "gitlab-inherited": Case(
        gitlab(".soft: {allow_failure: true}\nscan:\n  extends: .soft\n  script: [gitleaks detect]\n"),
        "allow_failure: true",
        ".gitlab-ci.yml",
    ),
    "gitlab-manual": Case(
        gitlab("scan:\n  when: manual\n  script: [gitleaks detect]\n"), "when: manual", ".gitlab-ci.yml"
    ),
    "gitlab-template-softened": Case(
        gitlab("include: [{template: Jobs/Secret-Detection.gitlab-ci.yml}]\nsecret_detection: {allow_failure: true}\n"),
        "secret_detection has allow_failure: true",
        ".gitlab-ci.yml",
    ),
    "gitlab-after": Case(
        gitlab("test:\n  script: [make]\n  after_script: [gitleaks detect]\n"), "after_script changes no result", ".gitlab-ci.yml"
    ),
    "jenkins-comment": Case(
        {"Jenkinsfile": "pipeline { stages { stage('s') { steps {\n // sh 'gitleaks detect'\n sh 'make' } } } }"},
        "No step of Jenkinsfile",
        ".",
    ),
    "jenkins-caught": Case(
        {"Jenkinsfile": "stage('s') { catchError(buildResult: 'SUCCESS', stageResult: 'FAILURE') { sh 'gitleaks detect' } }"},
        "catchError keeps the build good",
        "Jenkinsfile",
    ),
    "jenkins-status": Case(
        {"Jenkinsfile": "node { def s = sh(script: 'gitleaks detect', returnStatus: true) }"}, "returnStatus", "Jenkinsfile"
    ),
    "azure": Case(
        {"azure-pipelines.yml": "jobs:\n- job: a\n  steps:\n  - bash: gitleaks detect\n    continueOnError: true\n"},
        "continueOnError: true",
        "azure-pipelines.yml",
    ),
    "buildkite": Case(
        {".buildkite/pipeline.yml": "steps:\n- command: gitleaks detect\n  soft_fail: true\n"},
        "soft_fail: true",
        ".buildkite/pipeline.yml",
    ),
    "drone": Case(
        {".drone.yml": "steps:\n- name: s\n  failure: ignore\n  commands: [gitleaks detect]\n"}, "failure: ignore", ".drone.yml"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNSCANNED.values(), ids=UNSCANNED)
def test_it_does_not_scan_or_lets_everything_pass(tmp_path: Path, case: Case) -> None:
    (finding,) = findings(work_tree(tmp_path, case.files), "ci-unscanned")
    assert case.words in finding.message
    assert finding.name == case.path
    assert (finding.kind, finding.line > 0) == (("Repository", False) if case.path == "." else ("File", True))


UNKNOWN = {
    "gitlab-project": (gitlab("include:\n  - project: platform/ci\n    file: /all.yml\n"), "platform/ci"),
    "gitlab-remote": (gitlab("include: https://ci.example.com/all.yml\n"), "https://ci.example.com/all.yml"),
    "shared-workflow": (
        {".github/workflows/ci.yml": "on: push\njobs:\n  s:\n    uses: acme/ci/.github/workflows/all.yml@main\n"},
        "acme/ci",
    ),
    "jenkins-library": ({"Jenkinsfile": "@Library('platform') _\nstandardPipeline()\n"}, "library platform"),
    "azure-repository": ({"azure-pipelines.yml": "extends:\n  template: all.yml@platform\n"}, "all.yml@platform"),
    "broken": ({".github/workflows/ci.yml": "on: push\njobs: [\n"}, "is not valid YAML"),
}


@pytest.mark.parametrize(("files", "words"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_elsewhere_is_not_known(tmp_path: Path, files: dict[str, str], words: str) -> None:
    line = next(line for line in report(work_tree(tmp_path, files)).checks if line.id == "ci-unscanned")
    assert line.status == "not-assessed"
    assert words in line.reason


def test_a_scan_in_the_tree_decides_whatever_is_elsewhere_or_broken(tmp_path: Path) -> None:
    tree = work_tree(tmp_path, {**UNKNOWN["shared-workflow"][0], **SCANNED["gitlab-job"], "cloudbuild.yaml": "steps: [\n"})
    assert next(line for line in report(tree).checks if line.id == "ci-unscanned").status == "pass"


def test_each_scan_has_its_place(tmp_path: Path) -> None:
    tree = work_tree(tmp_path, SCANNED["block"] | {".pre-commit-config.yaml": GITLEAKS_HOOK})
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


@pytest.mark.parametrize("command", ["gitleaks --help", "gitleaks version", "./gitleaks.sh", "cat gitleaks detect", "trufflehog"])
def test_what_is_no_scan(command: str) -> None:
    assert recognise_command(command.split()) is None


def test_targets_that_need_each_other_end(tmp_path: Path) -> None:
    makefile = "".join(f"t{number}: {' '.join(f't{other}' for other in range(30))}\n\ttrue\n" for number in range(30))
    tree = work_tree(tmp_path, github("run: make t0") | {"Makefile": makefile})
    assert scanned(tree).scanning == ()
