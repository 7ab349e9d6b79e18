"""Our RBAC answers against the API server's own, on random RBAC: not one disagreement is allowed."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from scanners.access.rbac import SUPERUSERS, Grants, canonical
from scanners.inventory import Subject
from tests.access.random_rbac import NAMESPACES, RBAC, SECRET_NAMES, VERBS, Identity, world
from tests.access.review import Question, grants_of, reviews, wait_for_authorizer
from tests.cluster.server import Cluster

pytestmark = pytest.mark.real

SEED = 20261123
WORLDS = 24
QUESTIONS_FOR_EACH_WORLD = 300


@pytest.fixture(scope="module")
def rbac_cluster(cluster_factory: Callable[..., Cluster]) -> Cluster:
    """A cluster with the random RBAC of all worlds, and the roles that the controller manager aggregates."""
    cluster = cluster_factory(controller_manager=True)
    cluster.create(*({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in NAMESPACES))
    cluster.create(*_AGGREGATED)
    for number in range(WORLDS):
        cluster.create(*world(number, SEED).manifests)
    wait_for_authorizer(cluster)
    return cluster


@pytest.fixture(scope="module")
def grants(rbac_cluster: Cluster) -> Grants:
    return grants_of(rbac_cluster)


_AGGREGATED = [
    {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "more-for-view", "labels": {f"{RBAC}/aggregate-to-view": "true"}},
        "rules": [{"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["a"], "verbs": ["get"]}],
    },
    *(
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": role, "namespace": "red"},
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
            "subjects": [{"apiGroup": RBAC, "kind": "User", "name": f"the-{role}"}],
        }
        for role in ("view", "edit", "admin", "cluster-admin")
    ),
]


def _disagreements(grants: Grants, answers: dict[Question, bool]) -> list[tuple[Question, bool]]:
    return [
        (question, truth)
        for question, truth in answers.items()
        if grants.may(question.identity.user, question.identity.groups, *question[1:]) != truth
    ]


def test_every_answer_is_the_authorizers_own(rbac_cluster: Cluster, grants: Grants) -> None:
    questions = []
    for number in range(WORLDS):
        choose = random.Random(number)
        identities = world(number, SEED).identities
        questions += [
            Question(
                choose.choice(identities),
                choose.choice((*VERBS, "impersonate")),
                choose.choice((*NAMESPACES, *NAMESPACES, "", "absent")),
                choose.choice((*SECRET_NAMES, "", "")),
            )
            for _ in range(QUESTIONS_FOR_EACH_WORLD)
        ]
    answers = reviews(rbac_cluster, questions)
    assert _disagreements(grants, answers) == []
    allowed = sum(truth for question, truth in answers.items() if SUPERUSERS not in question.identity.groups)
    assert min(allowed, len(answers) - allowed) > len(answers) // 10, "the random RBAC must give both answers often"


def test_built_in_and_aggregated_roles(rbac_cluster: Cluster, grants: Grants) -> None:
    answers = reviews(
        rbac_cluster,
        (
            Question(Identity(user), verb, namespace, name)
            for user in (
                "the-view",
                "the-edit",
                "the-admin",
                "the-cluster-admin",
                "system:kube-controller-manager",
            )
            for verb in VERBS
            for namespace in ("red", "green", "")
            for name in ("", "a", "b")
        ),
    )
    assert answers[Question(Identity("the-view"), "get", "red", "a")]
    assert answers[Question(Identity("the-edit"), "list", "red", "")]
    assert _disagreements(grants, answers) == []


def test_readers_and_holders_are_the_subjects_the_authorizer_allows(rbac_cluster: Cluster, grants: Grants) -> None:
    """Each subject of every world alone, on a sample of Secrets: reading is get, list or watch."""
    secrets = [(namespace, name) for namespace in (*NAMESPACES, "absent") for name in ("a", "b", "nowhere-named")]
    asked = {}
    for number in range(WORLDS):
        choose = random.Random(-number - 1)
        for identity in world(number, SEED).identities:
            if len(identity.groups) < 2 and SUPERUSERS not in identity.groups:
                for namespace, name in choose.sample(secrets, 3):
                    asked[identity, namespace, name] = [
                        Question(identity, "get", namespace, name),
                        *(
                            Question(identity, verb, namespace, named)
                            for verb in ("list", "watch")
                            for named in (name, "")
                        ),
                    ]
    answers = reviews(rbac_cluster, (question for questions in asked.values() for question in questions))
    wrong: list[tuple[object, ...]] = []
    for (identity, namespace, name), questions in asked.items():
        subject = _subject(identity)
        readers = [holder.subject for holder in grants.readers(namespace, name)]
        assert len(readers) == len(set(readers)) == grants.direct_reader_count(namespace, name)
        if (subject in readers) != any(answers[question] for question in questions):
            wrong.append((subject, namespace, name))
        for question in questions:
            holders = {holder.subject for holder in grants.holders(*question[1:])}
            if (subject in holders) != answers[question]:
                wrong.append((subject, *question[1:]))
    assert wrong == []


def _subject(identity: Identity) -> Subject:
    kind, name = ("Group", identity.groups[0]) if identity.groups else ("User", identity.user)
    subject = canonical(Subject(kind=kind, name=name))
    assert subject is not None
    return subject
