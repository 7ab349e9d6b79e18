"""The cases on which other tools are wrong (research: T18 to T25), and what bindings alone cannot show."""

from __future__ import annotations

import pytest

from scanners.access.rbac import SUPERUSERS, Grants, canonical
from scanners.inventory import Binding, Role, Rule, Subject

ALICE = Subject(kind="User", name="alice")
EVERYONE = Subject(kind="Group", name="system:authenticated")


def rule(verbs: str, resources: str = "secrets", groups: tuple[str, ...] = ("",), names: tuple[str, ...] = ()) -> Rule:
    return Rule(
        api_groups=groups,
        resources=tuple(resources.split()),
        verbs=tuple(verbs.split()),
        resource_names=names,
    )


def role(name: str, *rules: Rule, namespace: str = "") -> Role:
    return Role(kind="Role" if namespace else "ClusterRole", namespace=namespace, name=name, rules=rules)


def binding(role_name: str, *subjects: Subject, namespace: str = "", role_kind: str = "ClusterRole") -> Binding:
    return Binding(
        kind="RoleBinding" if namespace else "ClusterRoleBinding",
        namespace=namespace,
        name=f"bind-{role_name}",
        role_kind=role_kind,
        role_name=role_name,
        subjects=subjects or (ALICE,),
    )


def readers(grants: Grants, namespace: str, name: str) -> set[str]:
    return {holder.subject.name for holder in grants.readers(namespace, name)}


@pytest.mark.parametrize(
    ("rules", "secrets_read"),
    [
        pytest.param([rule("get list watch *", groups=("example.io",))], "", id="t18-other-group"),
        pytest.param([rule("*", "*", groups=("networking.k8s.io",))], "", id="t18-wildcard-in-other-group"),
        pytest.param([rule("get", names=("a",))], "a", id="t19-named-get"),
        pytest.param([rule("list", names=("a",))], "a", id="t19-named-list"),
        pytest.param([rule("get", names=())], "a b", id="t19-empty-names"),
        pytest.param([rule("get", names=("",))], "", id="get-of-the-empty-name"),
        pytest.param([rule("list", names=("",))], "a b", id="list-of-the-empty-name"),
        pytest.param([rule("watch", names=("a", ""))], "a b", id="watch-of-the-empty-name-too"),
        pytest.param([rule("get", names=("*",))], "", id="star-is-a-name"),
        pytest.param([rule("get", names=("a",)), rule("list")], "a b", id="t20-second-rule-unscoped"),
        pytest.param([rule("watch")], "a b", id="t21-watch-only"),
        pytest.param([rule("watch", "*")], "a b", id="t21-core-wildcard-watch"),
        pytest.param([rule("get", "secrets/* */* secrets/status")], "", id="subresources"),
        pytest.param([rule("create update patch delete deletecollection")], "", id="writing-is-not-reading"),
        pytest.param([rule("get", "pods"), rule("delete", "secrets")], "", id="verbs-do-not-cross-rules"),
    ],
)
def test_what_a_cluster_role_reads(rules: list[Rule], secrets_read: str) -> None:
    grants = Grants([role("r", *rules)], [binding("r")])
    assert {name for name in ("a", "b") if readers(grants, "shop", name)} == set(secrets_read.split())


def test_t22_a_role_binding_to_a_cluster_role_reads_in_its_namespace_only() -> None:
    grants = Grants([role("r", rule("get list"))], [binding("r", namespace="shop")])
    assert readers(grants, "shop", "a") == {"alice"}
    assert readers(grants, "bank", "a") == set()
    assert not grants.may("alice", (), "list", "")


def test_t23_a_role_counts_in_its_own_namespace_and_kind_only() -> None:
    roles = [role("r", rule("get"), namespace="shop"), role("r", rule("get", "pods"), namespace="bank")]
    roles.append(role("k", rule("get")))
    grants = Grants(
        roles,
        [binding("r", namespace="bank", role_kind="Role"), binding("k", namespace="shop", role_kind="Role")],
    )
    assert readers(grants, "bank", "a") == readers(grants, "shop", "a") == set()


def test_t24_list_across_the_cluster_is_seen() -> None:
    account = Subject(kind="ServiceAccount", name="scraper", namespace="tools")
    grants = Grants([role("r", rule("get list"))], [binding("r", account)])
    assert readers(grants, "any", "a") == {"scraper"}
    assert grants.may("system:serviceaccount:tools:scraper", (), "list", "")


def test_t25_a_group_is_one_reader_and_reaches_its_members() -> None:
    grants = Grants([role("r", rule("get"))], [binding("r", EVERYONE)])
    assert grants.direct_reader_count("shop", "a") == 1
    assert grants.may("anybody", ("system:authenticated",), "get", "shop", "a")
    assert not grants.may("system:anonymous", ("system:unauthenticated",), "get", "shop", "a")


def test_a_binding_to_a_role_that_does_not_exist_grants_nothing() -> None:
    grants = Grants([], [binding("gone"), binding("gone", namespace="shop", role_kind="Role")])
    assert grants.effective == ()
    assert readers(grants, "shop", "a") == set()


def test_superusers_are_above_rbac() -> None:
    grants = Grants([], [])
    assert grants.may("anybody", (SUPERUSERS,), "deletecollection", "")
    assert not grants.may(SUPERUSERS, (), "get", "shop", "a")


def test_a_service_account_is_one_subject_however_it_is_written() -> None:
    written = (
        Subject(kind="ServiceAccount", name="app", namespace="shop"),
        Subject(kind="ServiceAccount", name="app"),
        Subject(kind="User", name="system:serviceaccount:shop:app"),
    )
    grants = Grants([role("r", rule("get"))], [binding("r", *written, namespace="shop")])
    assert grants.direct_reader_count("shop", "a") == 1
    assert canonical(written[1]) is None, "a ClusterRoleBinding has no namespace to take it from"


def test_a_reader_shows_every_grant_once() -> None:
    both = role("both", rule("get", names=("a",)), rule("list"))
    grants = Grants(
        [both, role("named", rule("get", names=("a",)))],
        [binding("both"), binding("named", namespace="shop"), binding("both", namespace="shop")],
    )
    (reader,) = grants.readers("shop", "a")
    assert [(grant.binding.kind, grant.role.name) for grant in reader.grants] == [
        ("ClusterRoleBinding", "both"),
        ("RoleBinding", "both"),
        ("RoleBinding", "named"),
    ]
    assert grants.direct_reader_count("shop", "a") == 1
