"""Fixtures of checks: a file of manifests for each case, named after the result it must have.

`fixtures/CHECK-ID/CASE-pass.yaml`, `…-fail.yaml` or `…-not-assessed.yaml` holds Kubernetes objects, and at most one
document without a `kind` that says more:

    about: which case this is, and where it comes from
    coverage: {roles: denied}           # else everything was read
    namespaces_read: {pods: [shop]}     # the input is partial, these namespaces were read whole
    policy: {administrators: ["group:ops"]}
    deep: true                          # the values of the Secrets are reduced to facts, as in a deep scan
    api_groups: [cilium.io]             # that the cluster serves
    expect:                             # in a failing case: exactly these findings
      - {kind: Secret, namespace: shop, name: db, severity: medium}
    evaluated: 3
    reason: words that stand in the reason

The collection's time is 2026-11-23 12:00 UTC. What a `kubectl get -o yaml` prints may stand there as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import yaml

from scanners.assess import CheckResult, assess_check
from scanners.checks.check import Check
from scanners.collect.inputs import INPUTS, NAMES
from scanners.collect.manifests import Manifests
from scanners.collect.pool import Pool
from scanners.context import Context
from scanners.digest import KeyedDigest
from scanners.inventory import Coverage, CoverageStatus, Inventory
from scanners.policy import Policy, parse_policy

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FIXTURES = Path(__file__).parent / "fixtures"
STATUSES = ("not-assessed", "pass", "fail")


@dataclass(frozen=True)
class Case:
    """One fixture file."""

    path: Path

    @property
    def check_id(self) -> str:
        return self.path.parent.name

    @property
    def status(self) -> str:
        return next(status for status in STATUSES if self.path.stem.endswith(f"-{status}"))

    def __str__(self) -> str:
        return f"{self.check_id}/{self.path.stem}"


def cases(check: Check) -> list[Case]:
    """Every fixture of a check, by name."""
    return [Case(path) for path in sorted((FIXTURES / check.id).glob("*.yaml"))]


def run(check: Check, case: Case) -> tuple[CheckResult, dict[str, Any]]:
    """The check's result over the case, and what the case says of it."""
    objects, says = [], {}
    for document in yaml.safe_load_all(case.path.read_text(encoding="utf-8")):
        if document is not None and "kind" in document:
            objects.append(document)
        elif document is not None:
            says = document
    policy = parse_policy(yaml.safe_dump(says["policy"])) if "policy" in says else Policy()
    return assess_check(check, Context(_inventory(objects, says), policy)), says


def _inventory(objects: list[dict[str, Any]], says: dict[str, Any]) -> Inventory:
    deep = says.get("deep", False)
    manifests = Manifests(pool=Pool(KeyedDigest(b"k" * 32)), deep=True) if deep else Manifests()
    manifests.add(yaml.safe_dump_all(objects).encode())
    read = manifests.inventory("fixture", NOW)
    coverage = {name: _coverage(name, read) for name in NAMES}
    cluster = msgspec.structs.replace(read.cluster, api_groups=tuple(says.get("api_groups", ())))
    for name, status in says.get("coverage", {}).items():
        assert name in coverage, f"there is no input {name}"
        coverage[name] = Coverage(input=name, status=status, detail="" if status == "denied" else "see the fixture")
    for name, namespaces in says.get("namespaces_read", {}).items():
        detail = f"read in {', '.join(namespaces)} only"
        coverage[name] = Coverage(input=name, status="partial", detail=detail, namespaces=tuple(namespaces))
    return msgspec.structs.replace(read, coverage=coverage, cluster=cluster)


_OPTIONAL = frozenset(item.name for item in INPUTS if item.optional)


def _coverage(name: str, read: Inventory) -> Coverage:
    """Everything was read; a custom resource of which nothing is in the file is not installed."""
    found = read.coverage[name]
    assert found.status != "partial", f"the fixture has an object that cannot be read: {found.detail}"
    status: CoverageStatus = "absent" if name in _OPTIONAL and found.status == "error" else "complete"
    return Coverage(input=name, status=status, read=found.read)
