"""Permissions taken away one by one: what is not seen is not passed, and the reason says why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from scanners.assess import CheckResult, run_checks
from scanners.checks import REGISTRY
from scanners.collect.inputs import BY_NAME, INPUTS, METRICS, Input, scanner_rules
from scanners.context import Context
from scanners.digest import KeyedDigest
from scanners.grade import LETTERS, grade
from scanners.inventory import Inventory
from scanners.policy import parse_policy
from scanners.report import Finding
from tests.cluster.identity import make_identity
from tests.cluster.server import Cluster
from tests.collect.conftest import collected, connect
from tests.end_to_end import labelled_cluster, labelled_posture

pytestmark = pytest.mark.real

POLICY = parse_policy(labelled_posture.POLICY)
GROUPS = {"", "apps", "batch", "rbac.authorization.k8s.io", "networking.k8s.io", "storage.k8s.io"}
"""API groups of which every cluster has the kinds that are read."""
INSTALLED = {"bitnami.com", "cert-manager.io", "external-secrets.io", "kustomize.toolkit.fluxcd.io"}
SERVED = [item.name for item in INPUTS if item.group in GROUPS | INSTALLED]
Rule = dict[str, Any]


def without(rules: Sequence[Rule], taken: str) -> Iterator[Rule]:
    """The rules without the right to read one input."""
    item = BY_NAME.get(taken)
    for rule in rules:
        if item is None and "nonResourceURLs" in rule:
            continue
        if item is not None and item.group in rule.get("apiGroups", ()):
            left = [plural for plural in rule["resources"] if plural != item.plural]
            if left:
                yield rule | {"resources": left}
        else:
            yield rule


def read(cluster: Cluster, rules: Sequence[Rule], *, deep: bool) -> Inventory:
    with connect(cluster, make_identity(cluster, rules).token) as transport:
        return collected(transport, deep=deep, digest=KeyedDigest.for_this_process())


def judged(inventory: Inventory) -> dict[str, CheckResult]:
    return {result.check.id: result for result in run_checks(Context(inventory, POLICY))}


@pytest.fixture(scope="module", params=[False, True], ids=["shallow", "deep"])
def whole(request: pytest.FixtureRequest, labelled: Cluster) -> Inventory:
    return read(labelled, scanner_rules(with_secrets=True), deep=request.param)


def test_the_scanners_role_is_enough(whole: Inventory) -> None:
    """With all it asks for, nothing is denied, and the verdicts are the administrator's."""
    denied = {row.input: row.detail for row in whole.coverage.values() if row.status not in ("complete", "absent")}
    assert denied == {}
    assert {item.name for item in INPUTS if whole.coverage[item.name].status == "complete"} <= set(SERVED)
    failing = {label[0] for label in labelled_cluster.LABELS}
    assert failing <= {name for name, result in judged(whole).items() if result.status == "fail"}


@pytest.mark.parametrize("taken", [*SERVED, METRICS])
def test_without_one_permission(labelled: Cluster, whole: Inventory, taken: str) -> None:
    rules = list(without(scanner_rules(with_secrets=True), taken))
    seen = read(labelled, rules, deep=whole.deep)
    if whole.coverage[taken].status == "absent":
        assert seen.coverage[taken].status == "absent", "what does not exist cannot be denied"
        return
    assert seen.coverage[taken].status in ("denied", "partial"), seen.coverage[taken]
    before, after = judged(whole), judged(seen)
    for check in REGISTRY:
        was, now = before[check.id], after[check.id]
        if was.status == "fail":
            assert now.status != "pass", f"{check.id} failed, and passes what it cannot see"
        if taken in check.needs:
            assert now.status != "pass", f"{check.id} needs {taken}, and passes without it"
            assert needed(BY_NAME.get(taken), now.reason), f"{check.id}: {now.reason}"
        if now.status != was.status:
            assert now.status == "not-assessed", f"{check.id} was {was.status} and is {now.status}"
            assert needed(BY_NAME.get(taken), now.reason), f"{check.id}: {now.reason}"
        known = {each.id for each in was.findings}
        assert [each.message for each in now.findings if each.id not in known and not own(each)] == []
    assert best(grade(list(after.values())).letter) <= best(grade(list(before.values())).letter)


def own(finding: Finding) -> bool:
    """Whether a finding is about an identity of these tests, of which there are ever more."""
    return finding.kind == "ClusterRoleBinding" and finding.name.startswith("identity-")


def needed(item: Input | None, reason: str) -> bool:
    """Whether a reason names the verb and the resource that were taken away."""
    return ("get" in reason and "/metrics" in reason) if item is None else "list" in reason and item.plural in reason


def best(letter: str | None) -> int:
    """Letters as numbers, better ones greater; none is the least."""
    return [None, *reversed([name for _, name in LETTERS])].index(letter)
