"""RBAC, ServiceAccounts, Namespaces, nodes; durations, labels, distributions."""

from __future__ import annotations

import pytest

from scanners.collect import keep
from scanners.collect.distribution import NodeMark, distribution
from scanners.collect.durations import go_duration
from scanners.collect.inputs import INPUTS, NAMES, scanner_rules
from scanners.collect.metadata import UNREADABLE
from scanners.collect.pool import Pool
from scanners.inventory import Binding, Role, Rule, ServiceAccount, Subject
from tests.collect.reading import meta, read_input


def test_a_role_keeps_its_rules_as_written() -> None:
    rules = [
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["a", ""]},
        {"nonResourceURLs": ["/metrics"], "verbs": ["get"]},
        {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"], "resourceNames": None},
    ]
    kept = (
        Rule(api_groups=("",), resources=("secrets",), verbs=("get",), resource_names=("a", "")),
        Rule(api_groups=("*",), resources=("*",), verbs=("*",)),
    )
    assert read_input("roles", {"metadata": meta("r"), "rules": rules}) == [
        Role(kind="Role", namespace="shop", name="r", rules=kept)
    ]
    assert read_input("clusterroles", {"metadata": meta("system:x", None), "rules": None}) == [
        Role(kind="ClusterRole", namespace="", name="system:x")
    ]


def test_a_binding_keeps_its_subjects_as_written() -> None:
    subjects = [
        {"kind": "ServiceAccount", "name": "robot", "namespace": "ci"},
        {"kind": "ServiceAccount", "name": "here"},
        {"kind": "User", "name": "eve\u202e\x00", "apiGroup": "rbac.authorization.k8s.io", "namespace": "ignored"},
        {"kind": "Group", "name": "system:masters"},
    ]
    role = {"kind": "ClusterRole", "name": "edit", "apiGroup": "rbac.authorization.k8s.io"}
    kept = (
        Subject(kind="ServiceAccount", name="robot", namespace="ci"),
        Subject(kind="ServiceAccount", name="here"),
        Subject(kind="User", name="eve\ufffd\ufffd"),
        Subject(kind="Group", name="system:masters"),
    )
    binding = {"metadata": meta("b"), "roleRef": role, "subjects": subjects}
    (found,) = read_input("rolebindings", binding)
    assert found == Binding(
        kind="RoleBinding", namespace="shop", name="b", role_kind="ClusterRole", role_name="edit", subjects=kept
    )
    (whole,) = read_input("clusterrolebindings", {"metadata": meta("b", None), "roleRef": role})
    assert (whole.kind, whole.namespace, whole.subjects) == ("ClusterRoleBinding", "", ())


def test_a_service_account_s_secrets_are_of_its_own_namespace() -> None:
    account = {
        "metadata": meta("robot", uid="u"),
        "secrets": [{"name": "robot-token"}, {"name": "other", "namespace": "elsewhere"}, {}],
        "imagePullSecrets": [{"name": "pull"}],
    }
    assert read_input("serviceaccounts", account) == [
        ServiceAccount(
            namespace="shop", name="robot", uid="u", secrets=("robot-token", "other"), image_pull_secrets=("pull",)
        )
    ]


def test_a_namespace_keeps_its_labels() -> None:
    (found,) = read_input("namespaces", {"metadata": meta("shop", None, labels={"cost-center": "4", "team": "a"})})
    assert (found.name, found.labels) == ("shop", {"cost-center": "4", "team": "a"})


@pytest.mark.parametrize(
    "document", [{}, {"metadata": {}}, {"metadata": {"name": ""}}, [], "x", None, {"metadata": {"name": 5}}]
)
def test_an_object_without_a_name_is_unreadable_by_every_reader(document: object) -> None:
    for item in INPUTS:
        if item.kind in ("Node", "SopsSecret"):
            continue  # they say nothing where there is nothing
        with pytest.raises(UNREADABLE):
            read_input(item.name, document)


def test_labels_are_cut_in_number_and_freed_of_hashes() -> None:
    many = {f"l{number}": "v" for number in range(100)} | {"pod-template-hash": "abc"}
    assert len(keep.all_labels(many, Pool())) == keep.MAX_ENTRIES
    assert keep.all_labels({"pod-template-hash": "abc", "a": "b"}, Pool()) == {"a": "b"}
    assert keep.all_labels(None, Pool()) == {}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1h0m0s", 3600.0),
        ("90s", 90.0),
        ("1.5h", 5400.0),
        ("1m500ms", 60.5),
        ("0", 0.0),
        ("0s", 0.0),
        ("-5m", -300.0),
        ("100us", 0.0001),
        (".5s", 0.5),
        ("1d", None),
        ("5", None),
        ("", None),
        ("h", None),
        ("1h x", None),
        ("1h" * 100, None),
        (None, None),
    ],
)
def test_go_durations(text: str | None, seconds: float | None) -> None:
    found = go_duration(text)
    assert found == (pytest.approx(seconds) if seconds is not None else None)


@pytest.mark.parametrize(
    ("version", "groups", "nodes", "server", "expected"),
    [
        ("v1.33.4-eks-e386d34", (), (), "", "eks"),
        ("v1.33.1-eks-b9364f6", ("anywhere.eks.amazonaws.com",), (), "", "eks-anywhere"),
        ("v1.33.4-gke.1172000", (), (), "", "gke"),
        ("v1.33.4+k3s1", (), (), "", "k3s"),
        ("v1.33.4+rke2r1", ("k3s.cattle.io",), (), "", "rke2"),
        ("v1.33.4+k0s", (), (), "", "k0s"),
        ("v1.32.6", ("config.openshift.io",), (), "", "openshift"),
        ("v1.33.2", (), (), "https://shop-dns-1a2b.hcp.westeurope.azmk8s.io:443", "aks"),
        ("v1.33.2", (), (), "https://azmk8s.io.example.com:443", "unknown"),
        ("v1.33.2", (), (NodeMark("kind"),), "https://127.0.0.1:6443", "kind"),
        ("v1.37.2", (), (), "https://127.0.0.1:6443", "unknown"),
        ("", (), (), "", "unknown"),
    ],
)
def test_distributions(
    version: str, groups: tuple[str, ...], nodes: tuple[NodeMark, ...], server: str, expected: str
) -> None:
    assert distribution(version, groups, nodes, server) == expected


@pytest.mark.parametrize(
    ("labels", "annotations", "provider", "expected"),
    [
        ({"eks.amazonaws.com/nodegroup": "n"}, {}, "aws:///eu/i-1", "eks"),
        ({"kubernetes.azure.com/cluster": "c"}, {}, "azure:///x", "aks"),
        ({}, {"kubeadm.alpha.kubernetes.io/cri-socket": "unix:///x"}, "kind://docker/kind/a", "kind"),
        ({}, {"kubeadm.alpha.kubernetes.io/cri-socket": "unix:///x"}, "", "kubeadm"),
    ],
)
def test_nodes_show_their_distribution(
    labels: dict[str, str], annotations: dict[str, str], provider: str, expected: str
) -> None:
    node = {"metadata": meta("n", None, labels=labels, annotations=annotations), "spec": {"providerID": provider}}
    (mark,) = read_input("nodes", node)
    assert mark.distribution == expected
    assert read_input("nodes", {"metadata": meta("n", None)}) == []


def test_the_table_of_inputs_has_each_name_once_and_the_paths_of_the_api() -> None:
    assert len(NAMES) == len(set(NAMES)) == len(INPUTS) + 5
    by_name = {item.name: item for item in INPUTS}
    assert by_name["secrets"].path("v1", "shop") == "/api/v1/namespaces/shop/secrets"
    assert by_name["deployments"].path("v1") == "/apis/apps/v1/deployments"
    assert by_name["externalsecrets.external-secrets.io"].optional
    assert not by_name["roles"].optional


def test_the_scanner_s_rules_only_list() -> None:
    without, with_secrets = scanner_rules(False), scanner_rules(True)
    core = next(rule for rule in without if rule.get("apiGroups") == [""])
    assert "secrets" not in core["resources"]
    assert {"pods", "namespaces", "serviceaccounts", "nodes"} <= set(core["resources"])
    assert "secrets" in next(rule for rule in with_secrets if rule.get("apiGroups") == [""])["resources"]
    assert all(rule["verbs"] == (["get"] if "nonResourceURLs" in rule else ["list"]) for rule in with_secrets)
    assert with_secrets[-1] == {"nonResourceURLs": ["/metrics"], "verbs": ["get"]}
