"""Reviews against a server that answers oddly. Their truth is held against a real one in test_real_cluster.py."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from scanners.kube.access import Question, api_groups, cluster_version, permissions, who_am_i
from scanners.kube.errors import Denied, NotServed, UnexpectedAnswer
from scanners.kube.transport import Transport
from tests.kube.fake_server import Answer, FakeServer, Request

Serve = Callable[..., FakeServer]
Connect = Callable[..., Transport]


def allowing(*resources: str) -> Callable[[Request, Answer], None]:
    def handler(request: Request, answer: Answer) -> None:
        spec = json.loads(request.body)["spec"]
        asked = spec.get("resourceAttributes", {}).get("resource") or spec["nonResourceAttributes"]["path"]
        answer.send({"status": {"allowed": asked in resources, "reason": f"about {asked} " + "x" * 9000}}, status=201)

    return handler


def test_answers_come_in_the_order_of_the_questions(serve: Serve, connect: Connect) -> None:
    questions = [Question(verb="list", resource=f"r{number}") for number in range(40)]
    answers = permissions(connect(serve(allowing("r3", "r17"))), questions)
    assert [answer.resource for answer in answers] == [question.resource for question in questions]
    assert [answer.resource for answer in answers if answer.allowed] == ["r3", "r17"]
    assert all(answer.reason.startswith(f"about {answer.resource} ") for answer in answers)
    assert max(len(answer.reason) for answer in answers) == 500


def test_questions_are_asked_at_the_same_time(serve: Serve, connect: Connect) -> None:
    """Each answer waits until four questions are there: one after the other, none would ever be answered."""
    gate = threading.Barrier(4, timeout=10)

    def together(request: Request, answer: Answer) -> None:
        gate.wait()
        answer.send({"status": {"allowed": True}}, status=201)

    server = serve(together)
    answers = permissions(connect(server), [Question(verb="get", resource="pods")] * 8)
    assert [answer.allowed for answer in answers] == [True] * 8
    assert server.connections == 4


def test_what_is_asked(serve: Serve, connect: Connect) -> None:
    server = serve(allowing("/metrics"))
    group = "rbac.authorization.k8s.io"
    questions = [
        Question(verb="get", group=group, resource="roles", namespace="shop", name="reader"),
        Question(verb="get", path="/metrics"),
    ]
    answers = permissions(connect(server), questions)
    assert [answer.allowed for answer in answers] == [False, True]
    specs = sorted((json.loads(request.body)["spec"] for request in server.requests), key=len, reverse=True)
    assert {"nonResourceAttributes": {"verb": "get", "path": "/metrics"}} in specs
    asked = {"verb": "get", "group": group, "resource": "roles", "namespace": "shop", "name": "reader"}
    assert {"resourceAttributes": asked} in specs


def test_reviews_may_be_denied_themselves(serve: Serve, connect: Connect) -> None:
    server = serve(lambda request, answer: answer.send({"kind": "Status"}, status=403))
    with pytest.raises(Denied) as denied:
        permissions(connect(server), [Question(verb="list", resource="secrets")])
    assert denied.value.verb == "create"
    assert denied.value.resource == "selfsubjectaccessreviews.authorization.k8s.io"


@pytest.mark.parametrize("body", [{}, {"status": {}}, {"status": {"allowed": "yes"}}, [], "x"])
def test_a_review_without_an_answer_is_not_a_no(serve: Serve, connect: Connect, body: Any) -> None:
    server = serve(lambda request, answer: answer.send(body, status=201))
    with pytest.raises(UnexpectedAnswer, match="did not answer as a Kubernetes API server does"):
        permissions(connect(server), [Question(verb="list", resource="secrets")])


def test_old_clusters_cannot_say_who_asks(serve: Serve, connect: Connect) -> None:
    server = serve(lambda request, answer: answer.send("404 page not found", status=404, media_type="text/plain"))
    with pytest.raises(NotServed):
        who_am_i(connect(server))


def test_groups_with_their_versions_the_preferred_first(serve: Serve, connect: Connect) -> None:
    versions = [{"version": "v1alpha1"}, {"version": "v1"}]
    groups = [
        {"name": "a.example", "versions": versions, "preferredVersion": {"version": "v1"}},
        {"name": "b.example", "versions": versions},
    ]
    server = serve(lambda request, answer: answer.send({"kind": "APIGroupList", "groups": groups}))
    found = {group.name: group.versions for group in api_groups(connect(server))}
    assert found == {"a.example": ("v1", "v1alpha1"), "b.example": ("v1alpha1", "v1")}


@pytest.mark.parametrize("body", [{}, {"gitVersion": 1}, [], None])
def test_what_has_no_version_is_no_cluster(serve: Serve, connect: Connect, body: Any) -> None:
    with pytest.raises(UnexpectedAnswer):
        cluster_version(connect(serve(lambda request, answer: answer.send(json.dumps(body)))))
