"""What a scanner may not see is unknown, and never a better grade (docs/comparison.md)."""

from __future__ import annotations

import msgspec
import pytest

from scanners.assess import assess
from scanners.checks import REGISTRY
from scanners.collect.inputs import NAMES
from scanners.inventory import Binding as RoleBinding
from scanners.inventory import Coverage, Inventory, Role, Rule, SecretUse, Subject
from tests.core.build import complete, days_ago, deployment, inventory, secret


def cluster() -> Inventory:
    """A small cluster in which something fails in nearly every check that needs Secrets or RBAC."""
    role = Role(
        kind="ClusterRole",
        namespace="",
        name="reader",
        rules=(Rule(api_groups=("",), resources=("secrets",), verbs=("list",)),),
    )
    binding = RoleBinding(
        kind="ClusterRoleBinding",
        namespace="",
        name="readers",
        role_kind="ClusterRole",
        role_name="reader",
        subjects=(Subject(kind="User", name="ann"),),
    )
    return inventory(
        coverage=complete(*NAMES),
        secrets=(secret(created_at=days_ago(400), data_written_at=days_ago(300), managers=("kubectl",)),),
        workloads=(deployment("api", "shop", SecretUse(secret="db", how="env", field="spec")),),
        roles=(role,),
        bindings=(binding,),
    )


def without(seen: Inventory, name: str, **fields: object) -> Inventory:
    denied = Coverage(input=name, status="denied", detail=f"may not list {name}")
    return msgspec.structs.replace(seen, coverage=seen.coverage | {name: denied}, **fields)


@pytest.mark.parametrize(
    ("name", "field"), [("rolebindings", "bindings"), ("clusterrolebindings", "bindings"), ("secrets", "secrets")]
)
def test_t29_what_is_denied_is_not_assessed_and_gains_nothing(name: str, field: str) -> None:
    whole = assess(cluster())
    denied = assess(without(cluster(), name, **{field: ()}))
    concerned = {check.id for check in REGISTRY if name in check.needs}
    assert concerned
    for line in denied.checks:
        if line.id in concerned:
            assert line.status == "not-assessed", line.id
            assert name in line.reason, line.id
    assert denied.grade.assessed < whole.grade.assessed


def test_t29_a_scan_that_saw_nothing_has_no_grade() -> None:
    seen = inventory(coverage={name: Coverage(input=name, status="denied", detail="no") for name in NAMES})
    report = assess(seen)
    assert (report.grade.letter, report.grade.score) == (None, None)
    assert not [line.id for line in report.checks if line.status == "pass"]
