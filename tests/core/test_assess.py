"""Unknown is an answer: nothing unseen passes, what fails in the seen part fails, one fault silences nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from scanners.assess import assess, assess_check, finding_id
from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.context import Context
from scanners.grade import checklist, grade
from scanners.inventory import ConfigMap, Coverage, Namespace, Secret
from scanners.policy import Policy, parse_policy
from tests.core.build import complete, deployment, inventory, secret


def check(judge: Any, *, select: Any = None, severity: Any = "medium", needs: tuple[str, ...] = ("secrets",)) -> Check:
    return Check(
        id="test-check", title="Test", severity=severity, needs=needs, checklist="rotation",
        what="w", why="w", fix="kubectl -n {namespace} get secret {name}",
        select=select or (lambda context: context.inventory.secrets), judge=judge,
    )  # fmt: skip


def fault(item: Secret, **fields: Any) -> Fault:
    return Fault(**{"kind": "Secret", "namespace": item.namespace, "name": item.name, "message": "bad", **fields})


def fails_b(context: Context, item: Secret) -> Judgement:
    return [fault(item)] if item.name == "b" else []


def seen(*names: str, coverage: dict[str, Coverage] | None = None) -> Context:
    return Context(inventory(secrets=tuple(map(secret, names)), coverage=coverage or complete("secrets")))


def test_pass_and_fail_are_counted_per_object() -> None:
    result = assess_check(check(fails_b), seen("a", "b", "c"))
    assert (result.status, result.evaluated, result.failed) == ("fail", 3, 1)
    assert assess_check(check(fails_b), seen("a")).status == "pass"


@pytest.mark.parametrize("status", ["denied", "partial", "error"])
def test_nothing_passes_while_an_input_was_not_seen_whole(status: Any) -> None:
    row = Coverage(input="secrets", status=status, detail="only namespace a")
    result = assess_check(check(fails_b), seen("a", coverage={"secrets": row}))
    assert result.status == "not-assessed"
    assert "secrets" in result.reason
    assert assess_check(check(fails_b), seen("a", "b", coverage={"secrets": row})).status == "fail"


def test_the_reason_names_the_missing_verb_and_resource() -> None:
    row = Coverage(input="secrets", status="denied", verb="list")
    assert "list on secrets" in assess_check(check(fails_b), seen(coverage={"secrets": row})).reason


def test_an_input_that_was_never_tried_is_not_seen() -> None:
    assert assess_check(check(fails_b, needs=("pods",)), seen("a")).status == "not-assessed"


def test_an_input_that_this_cluster_does_not_have_holds_nothing() -> None:
    row = Coverage(input="certificates.cert-manager.io", status="absent")
    context = seen("a", coverage=complete("secrets") | {row.input: row})
    assert assess_check(check(fails_b, needs=("secrets", row.input)), context).status == "pass"


def raises_on_a(context: Context, item: Secret) -> Judgement:
    if item.name == "a":
        raise KeyError("s3cr3t")
    return fails_b(context, item)


def test_a_judgement_that_raises_leaves_only_its_object_unjudged() -> None:
    result = assess_check(check(raises_on_a), seen("a", "b", "c"))
    assert (result.status, result.evaluated, result.failed) == ("fail", 2, 1)
    assert result.unjudged == {("shop", "a")}
    only_raised = assess_check(check(raises_on_a), seen("a", "c"))
    assert only_raised.status == "not-assessed"
    assert "shop/a" in only_raised.reason
    assert "s3cr3t" not in only_raised.reason


def test_a_selection_that_raises_is_not_assessed() -> None:
    def select(context: Context) -> Iterable[Secret]:
        raise ValueError("boom")

    result = assess_check(check(fails_b, select=select), seen("b"))
    assert result.status == "not-assessed"
    assert result.incomplete


def test_an_unknown_object_keeps_the_check_from_passing() -> None:
    result = assess_check(check(lambda context, item: Unknown("ask the operator")), seen("a"))
    assert (result.status, result.reason, result.evaluated) == ("not-assessed", "ask the operator", 0)


def test_objects_out_of_sight_keep_the_check_from_passing_and_from_resolving() -> None:
    def select(context: Context) -> Iterable[object]:
        yield from context.inventory.secrets
        yield Unknown("gateways were not read")

    result = assess_check(check(fails_b, select=select), seen("a"))
    assert (result.status, result.reason, result.evaluated) == ("not-assessed", "gateways were not read", 1)
    assert result.incomplete


def test_a_folded_fault_is_reported_and_does_not_fail() -> None:
    result = assess_check(check(lambda context, item: [fault(item, folded=True)]), seen("a"))
    assert (result.status, result.failed, len(result.findings)) == ("pass", 0, 1)


def test_the_policy_sets_the_severity_of_a_check_and_its_findings() -> None:
    context = Context(
        inventory(secrets=(secret("b"),), coverage=complete("secrets")),
        Policy(severity={"test-check": "critical"}),
    )
    result = assess_check(check(lambda c, item: [fault(item, severity="low")]), context)
    assert result.severity == "critical"
    assert [item.severity for item in result.findings] == ["critical"]


def test_a_finding_names_its_object_in_the_fix_and_keeps_its_id() -> None:
    (finding,) = assess_check(check(fails_b), seen("b")).findings
    assert finding.remediation == "kubectl -n shop get secret b"
    assert finding.id == finding_id("test-check", "Secret", "shop", "b", "")
    assert finding.id != finding_id("test-check", "Secret", "shop", "b", "field")
    assert finding_id("c", "k", "a", "bc", "") != finding_id("c", "k", "ab", "c", "")


def results(*statuses: tuple[str, str, int, int]) -> list[Any]:
    """(severity, status, evaluated, failed) as results of checks."""
    made = []
    for severity, status, evaluated, failed in statuses:
        result = assess_check(check(fails_b, severity=severity), seen())
        result.status, result.evaluated, result.failed, result.severity = status, evaluated, failed, severity
        made.append(result)
    return made


def test_the_score_weighs_ratios_by_severity() -> None:
    graded = grade(results(("critical", "pass", 4, 0), ("high", "fail", 4, 1), ("low", "fail", 2, 2)))
    assert graded.score == round(100 * (8 + 4 * 0.75 + 0) / 13, 1)
    assert graded.letter == "B"
    assert graded.assessed == 1


def test_a_check_that_evaluated_nothing_counts_neither_way() -> None:
    assert grade(results(("high", "pass", 0, 0), ("low", "pass", 1, 0))).score == 100
    assert grade(results(("high", "pass", 0, 0))).letter is None


def test_too_little_assessed_gives_no_grade() -> None:
    graded = grade(results(("critical", "not-assessed", 0, 0), ("high", "pass", 3, 0)))
    assert (graded.letter, graded.score) == (None, None)
    assert graded.assessed == round(4 / 12, 4)


def test_an_open_critical_finding_caps_the_grade_at_d() -> None:
    critical = assess_check(check(fails_b, severity="critical"), seen("b", *(f"a{n}" for n in range(99))))
    assert grade([critical]).letter == "D"


def test_the_policys_severity_weighs_in_the_grade() -> None:
    policy = Policy(severity={"test-check": "critical"})
    context = Context(inventory(secrets=(secret("b"),), coverage=complete("secrets")), policy)
    heavy = assess_check(check(fails_b, severity="low"), context)
    (light,) = results(("low", "pass", 1, 0))
    assert grade([heavy, light]).score == round(100 / 9, 1)


def test_a_fix_quotes_names_as_a_shell_needs_it() -> None:
    nasty = check(lambda context, item: [Fault("RoleBinding", "shop", "x; rm -rf ~", "bad")])
    (finding,) = assess_check(nasty, seen("a")).findings
    assert finding.remediation == "kubectl -n shop get secret 'x; rm -rf ~'"


def test_inputs_that_are_missing_for_the_same_reason_share_a_clause() -> None:
    rows = {name: Coverage(input=name, status="denied") for name in ("secrets", "pods")}
    reason = assess_check(check(fails_b, needs=("secrets", "pods")), seen(coverage=rows)).reason
    assert reason == "needs list on secrets, pods, which this identity may not do"


def test_an_item_of_the_checklist_passes_only_when_all_of_it_was_seen() -> None:
    def rotation(*statuses: tuple[str, str, int, int]) -> str:
        return next(line.status for line in checklist(results(*statuses)) if line.slug == "rotation")

    assert rotation(("low", "pass", 3, 0)) == "pass"
    assert rotation(("low", "pass", 3, 0), ("low", "not-assessed", 0, 0)) == "not-assessed"
    assert rotation(("low", "fail", 3, 1), ("low", "not-assessed", 0, 0)) == "partial"
    assert rotation(("low", "fail", 3, 3)) == "fail"
    assert next(line.status for line in checklist([]) if line.slug == "rotation") == "not-assessed"


def test_counts_of_what_was_not_read_are_unknown_rather_than_zero() -> None:
    row = Coverage(input="secrets", status="denied")
    report = assess(inventory(coverage={"secrets": row}))
    assert report.cluster.secrets is None
    assert report.secrets == ()


def test_readers_are_unknown_while_rbac_was_not_read() -> None:
    report = assess(inventory(secrets=(secret(),), coverage=complete("secrets", "roles")))
    assert report.secrets[0].readers.direct is None


def test_a_finding_has_the_team_that_the_policy_names_for_its_object() -> None:
    """By the object's own labels where they are known, else its namespace's, else its namespace."""
    policy = parse_policy(
        """
        owners:
          - {label: team=payments, owner: payments}
          - {namespace: shop, owner: shop}
          - {namespace: "", owner: platform}
        """
    )
    seen = inventory(
        secrets=(secret("a"), secret("b", labels={"team": "payments"}), secret("c", "marked")),
        workloads=(deployment("api", "elsewhere", labels={"team": "payments"}),),
        config_maps=(ConfigMap(namespace="elsewhere", name="config"),),
        namespaces=(Namespace(name="marked", labels={"team": "payments"}),),
        coverage=complete("secrets"),
    )
    context = Context(seen, policy)
    objects = (
        ("Secret", "shop", "a", "shop"), ("Secret", "shop", "b", "payments"), ("Secret", "marked", "c", "payments"),
        ("Deployment", "elsewhere", "api", "payments"), ("ConfigMap", "elsewhere", "config", ""),
        ("RoleBinding", "shop", "read", "shop"), ("ClusterRoleBinding", "", "read", "platform"),
        ("Namespace", "", "marked", "payments"),
    )  # fmt: skip
    for kind, namespace, name, owner in objects:
        everywhere = check(lambda context, item, at=(kind, namespace, name): [Fault(*at, "bad")])
        assert {item.owner for item in assess_check(everywhere, context).findings} == {owner}, (kind, name)
    assert {item.owner for item in assess_check(check(fails_b), Context(seen)).findings} == {""}
