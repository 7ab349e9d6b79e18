"""What the checks on values say of other clusters, of partial scans, and of many copies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scanners.assess import CheckResult, assess_check
from scanners.checks.inputs import may_refer_to_secrets
from scanners.checks.usage import UNUSED_SECRET
from scanners.checks.values import CHECKS, DUPLICATE_VALUE, WEAK_VALUE
from scanners.collect.inputs import NAMES
from scanners.context import Context
from scanners.history import History
from scanners.inventory import Cluster, Coverage, Inventory, KeyFacts, Secret

NOW = datetime(2026, 11, 23, tzinfo=UTC)
READ = Coverage(input="secretvalues", status="complete")


def secret(name: str, *values: KeyFacts, namespace: str = "shop") -> Secret:
    return Secret(namespace=namespace, name=name, values=values)


def held(digest: str, key: str = "password", **fields: Any) -> KeyFacts:
    return KeyFacts(key=key, digest=digest, **({"credential": "password"} | fields))


def result(
    check: Any, *secrets: Secret, elsewhere: dict[str, tuple[str, ...]] | None = None, **fields: Any
) -> CheckResult:
    given: dict[str, Any] = {"deep": True, "coverage": {"secretvalues": READ}} | fields
    inventory = Inventory(started_at=NOW, collected_at=NOW, cluster=Cluster(name="here"), secrets=secrets, **given)
    return assess_check(check, Context(inventory, history=History(digests_elsewhere=elsewhere or {})))


def test_other_clusters_are_counted_and_not_named() -> None:
    places = ("bank/vault-of-the-bank/root", "bank/other-place/root")
    found = result(DUPLICATE_VALUE, secret("db", held("d1")), elsewhere={"d1": places})
    (finding,) = found.findings
    assert finding.severity == "medium"
    assert finding.message == ("Secret shop/db holds in password the same password as 2 Secrets in other clusters.")
    assert not any(word in repr(finding) for word in ("bank", "vault-of-the-bank", "other-place"))


def test_copies_in_other_clusters_are_not_excused_by_those_here() -> None:
    pull = [
        Secret(namespace=place, name="registry", type="kubernetes.io/dockerconfigjson", values=(held("d1"),))
        for place in ("shop", "bank")
    ]
    assert {item.severity for item in result(DUPLICATE_VALUE, *pull).findings} == {"low"}
    everywhere = result(DUPLICATE_VALUE, *pull, elsewhere={"d1": ("x/y/z",)})
    assert {item.severity for item in everywhere.findings} == {"medium"}
    assert "1 other Secret of 1 other namespace and 1 Secret in other clusters" in everywhere.findings[0].message


def test_no_digest_is_in_a_finding() -> None:
    for check in CHECKS:
        found = result(check, secret("a", held("d1gest", weakness="guessable")), secret("b", held("d1gest")))
        assert found.findings
        assert "d1gest" not in repr(found)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_scan_that_was_not_deep_leaves_everything_open(check: Any) -> None:
    absent = {"secretvalues": Coverage(input="secretvalues", status="absent")}
    found = result(check, secret("a", held("d1")), deep=False, coverage=absent)
    assert (found.status, found.incomplete, found.evaluated) == ("not-assessed", True, 0)


def test_values_that_could_not_be_decoded_keep_the_rest_from_passing() -> None:
    partial = {"secretvalues": Coverage(input="secretvalues", status="partial", detail="of 1 Secret not decoded")}
    clean, unread = secret("a", held("d1")), Secret(namespace="shop", name="broken")
    for check in CHECKS:
        found = result(check, clean, unread, coverage=partial)
        assert found.status == "not-assessed"
        assert "of 1 Secret not decoded" in found.reason
    assert result(WEAK_VALUE, secret("a", held("d1", weakness="default")), coverage=partial).status == "fail"


def test_thousands_of_copies_are_judged_one_by_one_and_told_in_one_line_each() -> None:
    copies = [secret("db", held("d1"), namespace=f"team-{number:04}") for number in range(10_000)]
    found = result(DUPLICATE_VALUE, *copies)
    assert found.failed == 10_000
    assert max(len(item.evidence) for item in found.findings) < 400


def test_unread_values_keep_no_other_check_from_a_verdict() -> None:
    assert not may_refer_to_secrets("secretvalues")
    partial = Coverage(input="secretvalues", status="partial", detail="of 1 Secret not read")
    read = {name: Coverage(input=name, status="complete") for name in NAMES} | {"secretvalues": partial}
    found = result(UNUSED_SECRET, secret("a", held("d1")), coverage=read)
    assert (found.status, found.reason) == ("fail", "")


def test_of_many_places_the_first_are_named_and_the_others_counted() -> None:
    copies = [secret("db", held("d1"), held("d1", key="also"), namespace=f"team-{number:02}") for number in range(10)]
    first = result(DUPLICATE_VALUE, *copies).findings[0]
    assert (first.namespace, first.field) == ("team-00", 'data["password"]')
    assert first.evidence == (
        "also in team-01/db also, team-01/db password, team-02/db also, team-02/db password, team-03/db also, "
        "team-03/db password, team-04/db also, team-04/db password and 10 more"
    )
    assert "the same password as 9 other Secrets of 9 other namespaces." in first.message
