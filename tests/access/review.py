"""Asking the real authorizer, and reading back the RBAC that it decides by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import msgspec

from scanners.access.rbac import Grants
from scanners.collect import rbac
from scanners.collect.pool import Pool
from tests.access.random_rbac import RBAC, Identity
from tests.cluster.api import Api, eventually

CONNECTIONS = 8
_SENTINEL = "last-of-all"


class Question(NamedTuple):
    """May it do `verb` on Secrets in `namespace` ("" everywhere at once), on `name` ("" on none by name)?"""

    identity: Identity
    verb: str
    namespace: str
    name: str


def reviewed(api: Api, question: Question) -> bool:
    """What a SubjectAccessReview answers."""
    attributes = {
        "verb": question.verb,
        "resource": "secrets",
        "namespace": question.namespace,
        "name": question.name,
    }
    spec = {
        "user": question.identity.user,
        "groups": list(question.identity.groups),
        "resourceAttributes": attributes,
    }
    path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    status, answer = api.request(
        "POST", path, {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    )
    assert status == 201, answer
    return bool(answer["status"]["allowed"])


def reviews(api: Api, questions: Iterable[Question]) -> dict[Question, bool]:
    """The answers to many questions, over several connections."""
    asked = list(dict.fromkeys(questions))
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return dict(zip(asked, pool.map(lambda question: reviewed(api, question), asked), strict=True))


def wait_for_authorizer(api: Api) -> None:
    """Returns when the authorizer has seen every RBAC object created so far.

    It follows each of the four kinds by a watch of its own, in order; so when the newest object of each kind
    has taken effect, all before it have.
    """
    scoped = {"name": _SENTINEL, "namespace": "default"}
    rules = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]
    subject = {"apiGroup": RBAC, "kind": "User"}
    for metadata, role, binding in (
        (scoped, "Role", "RoleBinding"),
        ({"name": _SENTINEL}, "ClusterRole", "ClusterRoleBinding"),
    ):
        api.create(
            {"apiVersion": f"{RBAC}/v1", "kind": role, "metadata": metadata, "rules": rules},
            {
                "apiVersion": f"{RBAC}/v1",
                "kind": binding,
                "metadata": metadata,
                "roleRef": {"apiGroup": RBAC, "kind": role, "name": _SENTINEL},
                "subjects": [subject | {"name": f"{_SENTINEL}-{role}"}],
            },
        )
    for role, namespace in (("Role", "default"), ("ClusterRole", "")):
        question = Question(Identity(f"{_SENTINEL}-{role}"), "get", namespace, "")
        eventually(f"the authorizer to see the newest {role}", partial(reviewed, api, question))


def grants_of(api: Api) -> Grants:
    """Our own view of all RBAC that the cluster holds, through the readers of a collection."""
    pool = Pool()

    def records(plural: str, read: Callable[[msgspec.Raw, Pool], Iterable[Any]]) -> Iterator[Any]:
        for item in api.items(f"/apis/{RBAC}/v1/{plural}"):
            yield from read(msgspec.Raw(msgspec.json.encode(item)), pool)

    return Grants(
        [*records("roles", rbac.read_role), *records("clusterroles", rbac.read_cluster_role)],
        [
            *records("rolebindings", rbac.read_role_binding),
            *records("clusterrolebindings", rbac.read_cluster_role_binding),
        ],
    )
