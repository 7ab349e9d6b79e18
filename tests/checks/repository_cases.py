"""Fixtures of the checks on repositories: a working tree in a file, made for real and read as `repo-scan` reads it.

`fixtures/CHECK-ID/CASE-pass.yaml`, `…-fail.yaml` or `…-not-assessed.yaml` holds one mapping:

    about: which case this is
    files:                          # path → text; {github-token} and {private-key} stand for made-up ones
      deploy/secret.yaml: "kind: Secret …"
    too-large: [dump.sql]           # files beyond what is read
    policy: {severity: {…}}
    expect:                         # in a failing case: exactly these findings, by the fields that are named
      - {name: deploy/secret.yaml, line: 4, says: [words of message, evidence or remedy]}
    evaluated: 3
    reason: [words that stand in the reason]
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import yaml

from scanners.assess import CheckResult, assess_check
from scanners.checks.check import Check
from scanners.context import Context
from scanners.policy import Policy
from scanners.repository import read_repository
from scanners.repository.work_tree import MAX_FILE_BYTES
from tests.checks.fixture_loader import FIXTURES, Fixture
from tests.repository.trees import GITHUB_TOKEN, NOW, PRIVATE_KEY, work_tree

PLACEHOLDERS = {"{github-token}": GITHUB_TOKEN, "{private-key}": PRIVATE_KEY}


class Document(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, rename="kebab"):
    """A fixture file."""

    about: str
    files: dict[str, str]
    too_large: list[str] = []
    policy: Policy = Policy()
    expect: list[dict[str, Any]] = []
    evaluated: int | None = None
    reason: list[str] = []


def cases(check_id: str) -> list[Fixture]:
    """A check's fixtures, by name."""
    return [Fixture(path) for path in sorted((FIXTURES / check_id).glob("*.yaml"))]


def document(case: Fixture) -> Document:
    return msgspec.convert(yaml.safe_load(case.path.read_text(encoding="utf-8")), Document)


def run(check: Check, said: Document, folder: Path) -> CheckResult:
    """The check's result over the tree, which is made in `folder`."""
    files = dict(said.files)
    for name, text in files.items():
        for placeholder, value in PLACEHOLDERS.items():
            text = text.replace(placeholder, value)
        files[name] = text
    tree = work_tree(folder, files)
    for name in said.too_large:
        with (tree / name).open("wb") as stream:
            stream.truncate(MAX_FILE_BYTES + 1)
    return assess_check(check, Context(read_repository(tree, NOW), said.policy))
