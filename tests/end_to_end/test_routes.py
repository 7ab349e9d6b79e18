"""Every route, walked as a stranger, as a viewer and as an administrator.

The table names each route of the product once; a route that is not in it fails the first test, so that no page is
added without saying whose it is.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from django.apps import apps
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from advisor.models import Assessment
from scanners.models import Cluster, Scan
from secretsui.accounts.decorators import CONFIRMED_AT
from secretsui.accounts.models import User
from tests.pages import rows

pytestmark = pytest.mark.django_db

Role = Literal["everyone", "signed-in", "administrators", "nobody"]
WRITING = ("post", "put", "patch", "delete")


@dataclass(frozen=True)
class Route:
    """Who may GET and who may POST; `arguments` are those of `reverse`, made of a World."""

    get: Role
    post: Role
    arguments: Callable[[World, Cluster], dict[str, Any]] = lambda world, cluster: {}
    of_cluster: bool = False


@dataclass(frozen=True)
class World:
    """Two clusters of the same content, one of which is shared with the viewer; an assessment of the viewer's own."""

    shared: Cluster
    hidden: Cluster
    viewer: User
    administrator: User
    assessment: Assessment

    def path(self, name: str, cluster: Cluster | None = None) -> str:
        return reverse(name, kwargs=ROUTES[name].arguments(self, cluster or self.shared))


def of_cluster(get: Role = "signed-in", post: Role = "nobody", **more: Callable[[Cluster], Any]) -> Route:
    def arguments(world: World, cluster: Cluster) -> dict[str, Any]:
        return {"cluster_id": cluster.id} | {name: value(cluster) for name, value in more.items()}

    return Route(get, post, arguments, of_cluster=True)


def of_person() -> Route:
    return Route("nobody", "administrators", lambda world, _: {"person": world.viewer.pk})


def of_assessment(get: Role = "signed-in", post: Role = "nobody", **more: Any) -> Route:
    return Route(get, post, lambda world, _: {"assessment_id": world.assessment.pk} | more)


ROUTES: dict[str, Route] = {
    "sign-in": Route("everyone", "everyone"),
    "sign-out": Route("nobody", "signed-in"),
    "change-password": Route("signed-in", "signed-in"),
    "confirm-password": Route("signed-in", "signed-in"),
    "people": Route("administrators", "nobody"),
    "add-person": Route("administrators", "administrators"),
    "renew-password": of_person(),
    "change-role": of_person(),
    "set-active": of_person(),
    "audit-log": Route("administrators", "nobody"),
    "overview": Route("signed-in", "nobody"),
    "checks": Route("signed-in", "nobody"),
    "check": Route("signed-in", "nobody", lambda *_: {"check_id": "rotation-overdue"}),
    "connect": Route("administrators", "administrators"),
    "settings": Route("administrators", "nobody"),
    "policy": Route("administrators", "administrators"),
    "scan-several": Route("nobody", "administrators"),
    "cluster": of_cluster(),
    "secrets": of_cluster(),
    "secret": of_cluster(namespace=lambda _: "payments", name=lambda _: "database"),
    "rotation": of_cluster(),
    "findings": of_cluster(),
    "findings-accept": of_cluster("nobody", "administrators"),
    "findings-withdraw": of_cluster("nobody", "administrators"),
    "finding": of_cluster(fingerprint=lambda cluster: cluster.findings.get().fingerprint),
    "scans": of_cluster(),
    "scan": of_cluster(scan_id=lambda cluster: cluster.scans.get().pk),
    "scan-start": of_cluster("nobody", "administrators"),
    "scan-cancel": of_cluster("nobody", "administrators", scan_id=lambda cluster: cluster.scans.get().pk),
    "cluster-settings": of_cluster("administrators", "administrators"),
    "cluster-connection": of_cluster("administrators", "administrators"),
    "cluster-policy": of_cluster("administrators", "administrators"),
    "cluster-remove": of_cluster("nobody", "administrators"),
    "cluster-deep": of_cluster("nobody", "administrators"),
    "advisor": Route("signed-in", "signed-in"),
    "advice": of_assessment(),
    "advice-record": of_assessment(),
    "advice-question": of_assessment(post="signed-in", question_id="gitops"),
    "manifests": of_assessment(post="signed-in"),
    "manifests-zip": of_assessment(),
    "answers-file": of_assessment(),
    "assessment-facts": of_assessment("nobody", "signed-in"),
    "assessment-remove": of_assessment("nobody", "signed-in"),
}
OF_CLUSTER = [name for name, route in ROUTES.items() if route.of_cluster]
READ_BY_VIEWERS = [name for name, route in ROUTES.items() if route.get in ("everyone", "signed-in")]


@pytest.fixture
def world(db: None) -> World:
    viewer = rows.viewer()
    clusters = []
    for name in ("shared-cluster", "hidden-cluster"):
        cluster = rows.cluster(name)
        rows.scan(cluster)
        rows.secret(cluster)
        rows.finding(cluster)
        clusters.append(cluster)
    clusters[0].viewers.add(viewer)
    answers = {"external-store": "none", "gitops": "flux", "clusters": "one", "capacity": "part-time"}
    assessment = Assessment.objects.create(name="mine", owner=viewer, answers=answers)
    return World(*clusters, viewer=viewer, administrator=rows.administrator(), assessment=assessment)


def signed_in(user: User) -> Client:
    """A browser in which this person has just typed their password."""
    client = Client()
    client.force_login(user)
    session = client.session
    session[CONFIRMED_AT] = int(time.time())
    session.save()
    return client


def names(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns)
        else:
            assert pattern.name, f"{pattern} has no name"
            yield pattern.name


def everything_stored() -> dict[str, Any]:
    """Every row of every table but sessions, so that a refused write can be seen to change nothing."""
    ours = (model for model in apps.get_models() if model._meta.app_label in ("accounts", "scanners", "advisor"))
    return {model._meta.label: sorted(map(repr, model._base_manager.values_list())) for model in ours}


def test_the_table_has_every_route() -> None:
    found = list(names(get_resolver().url_patterns))
    assert sorted(found) == sorted(ROUTES), "say in ROUTES whose each page is"


@pytest.mark.parametrize("method", ["get", "head", *WRITING])
def test_a_stranger_is_sent_to_sign_in(world: World, method: str) -> None:
    before = everything_stored()
    for name, route in ROUTES.items():
        path = world.path(name)
        answer = getattr(Client(), method)(path)
        if route.get == "everyone":
            assert answer.status_code in (200, 403, 405, 422), (method, path)
        else:
            assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/sign-in/"), (method, path)
            part = getattr(Client(), method)(path, headers={"HX-Request": "true"})
            assert part.status_code == 401, (method, path)
            program = getattr(Client(), method)(path, headers={"Accept": "application/json"})
            assert (program.status_code, program["Content-Type"]) == (401, "application/json"), (method, path)
    assert everything_stored() == before


def test_a_viewer_reads_what_is_shared_with_them(world: World) -> None:
    client = signed_in(world.viewer)
    for name in READ_BY_VIEWERS:
        answer = client.get(world.path(name))
        assert answer.status_code in ((200, 302) if name == "sign-in" else (200,)), name
        assert b"hidden-cluster" not in answer.content, f"{name} shows a cluster that is not shared"
    assert "shared-cluster" in client.get("/").content.decode()
    for name, route in ROUTES.items():
        if route.get == "administrators":
            assert client.get(world.path(name)).status_code == 403, name
        if route.get == "nobody":
            assert client.get(world.path(name)).status_code in (403, 405), name


def test_a_cluster_that_is_not_shared_is_as_if_it_were_not_there(world: World) -> None:
    client = signed_in(world.viewer)
    absent = Cluster(id=uuid.uuid4())
    for name in OF_CLUSTER:
        path = world.path(name, world.hidden)
        nowhere = path.replace(str(world.hidden.id), str(absent.id))
        for method in ("get", "head", *WRITING):
            answer, nothing = (getattr(client, method)(each) for each in (path, nowhere))
            assert answer.status_code in (403, 404, 405), (method, path)
            assert answer.status_code == nothing.status_code, (method, path)
            assert _without(answer, world.hidden) == _without(nothing, absent), (method, path)
        if ROUTES[name].get == "signed-in":
            assert client.get(path).status_code == 404, path


def _without(answer: HttpResponse, cluster: Cluster) -> str:
    """The page without what differs between any two answers."""
    text = answer.content.decode()
    assert cluster.name == "" or cluster.name not in text
    return "\n".join(line for line in text.replace(str(cluster.id), "ID").splitlines() if "csrf" not in line)


@pytest.mark.parametrize("method", WRITING)
def test_a_viewer_writes_nothing(world: World, method: str) -> None:
    before = everything_stored()
    for name, route in ROUTES.items():
        if route.post in ("everyone", "signed-in"):
            continue
        answer = getattr(signed_in(world.viewer), method)(world.path(name))
        assert answer.status_code == 403, (method, name)
    now = everything_stored()
    before.pop("accounts.User"), now.pop("accounts.User")  # signing in moves `last_login`
    assert now == before


def test_an_administrator_reads_everything(world: World) -> None:
    for name, route in ROUTES.items():
        client = signed_in(world.administrator)
        for cluster in (world.shared, world.hidden):
            answer = client.get(world.path(name, cluster))
            expected = {"nobody": (405,)}.get(route.get, (302,) if name in ("sign-in", "add-person") else (200,))
            assert answer.status_code in expected, name


def test_an_administrators_empty_form_breaks_nothing(world: World) -> None:
    paths = {name: world.path(name) for name in ROUTES}
    for name, route in ROUTES.items():
        answer = signed_in(world.administrator).post(paths[name])
        assert answer.status_code in ((405,) if route.post == "nobody" else (200, 302, 400, 422)), name
    assert Cluster.objects.count() == 2, "no cluster was made or removed"


UNKNOWN: dict[str, Any] = {
    "cluster_id": uuid.UUID(int=0),
    "scan_id": 10**9,
    "fingerprint": "0" * 24,
    "namespace": "no-such-namespace",
    "name": "no-such-secret",
    "check_id": "no-such-check",
    "person": 10**9,
    "assessment_id": uuid.UUID(int=0),
    "question_id": "no-such-question",
}


def test_unknown_ids_are_not_found(world: World) -> None:
    for name, route in ROUTES.items():
        known = route.arguments(world, world.shared)
        for argument in known:
            path = reverse(name, kwargs=known | {argument: UNKNOWN[argument]})
            client = signed_in(world.administrator)
            if route.get != "nobody":
                assert client.get(path).status_code == 404, path
            if route.post == "administrators":
                assert client.post(path).status_code == 404, path


@pytest.mark.parametrize("odd", ["0", "-1", "9" * 40, "%00", "..%2f..", "x" * 5000, "ä", "%f0%28%8c%28"])
def test_odd_ids_are_not_found(world: World, odd: str) -> None:
    client = signed_in(world.administrator)
    base = f"/clusters/{world.shared.id}"
    for path in (
        f"/clusters/{odd}/",
        f"{base}/scans/{odd}/",
        f"{base}/findings/{odd}/",
        f"{base}/secrets/{odd}/{odd}/",
        f"/checks/{odd}/",
        f"/settings/people/{odd}/role/",
    ):
        for answer in (client.get(path), client.post(path)):
            assert answer.status_code in (400, 404, 405), path


def test_what_belongs_to_another_cluster_is_not_found_under_this_one(world: World) -> None:
    """A person who may see one cluster must not reach another's scans and findings through its address."""
    scan, finding = world.hidden.scans.get(), world.hidden.findings.get()
    Scan.objects.filter(pk=scan.pk).update(state=Scan.State.RUNNING)
    finding.fingerprint = "f" * 24
    finding.save()
    base = f"/clusters/{world.shared.id}"
    for user in (world.viewer, world.administrator):
        client = signed_in(user)
        assert client.get(f"{base}/scans/{scan.pk}/").status_code == 404
        assert client.get(f"{base}/findings/{finding.fingerprint}/").status_code == 404
    assert signed_in(world.administrator).post(f"{base}/scans/{scan.pk}/cancel/").status_code == 404
    scan.refresh_from_db()
    assert not scan.cancel_requested


def test_a_cluster_shared_with_everyone_is_seen_and_withdrawn_again(world: World) -> None:
    client = signed_in(world.viewer)
    path = world.path("cluster", world.hidden)
    Cluster.objects.filter(pk=world.hidden.pk).update(shared_with_everyone=True)
    assert client.get(path).status_code == 200
    Cluster.objects.filter(pk=world.hidden.pk).update(shared_with_everyone=False)
    assert client.get(path).status_code == 404
    world.shared.viewers.clear()
    assert client.get(world.path("secret")).status_code == 404


def test_an_assessment_of_another_person_is_as_if_it_were_not_there(world: World) -> None:
    stranger = User.objects.create_user("stranger", "a long password indeed")
    mine = [name for name, route in ROUTES.items() if "assessment_id" in route.arguments(world, world.shared)]
    for name in mine:
        client = signed_in(stranger)
        assert client.get(world.path(name)).status_code in (404, 405), name
        assert client.post(world.path(name)).status_code in (403, 404, 405), name
    assert Assessment.objects.filter(pk=world.assessment.pk).exists()
