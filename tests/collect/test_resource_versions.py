"""The resourceVersion of the list of Secrets, and that the counters are read after it."""

from __future__ import annotations

import pytest

from scanners.collect import Options, collect
from scanners.kube.transport import Transport
from scanners.revisions import revision
from tests.cluster.server import Cluster
from tests.collect.conftest import collected as collect_real
from tests.collect.fake_cluster import FakeCluster, secret_row, table
from tests.collect.test_coverage_of_hostile_servers import SECRETS, Collect, Connect, Serve, _collected  # noqa: F401
from tests.kube.conftest import connect, serve, stack  # noqa: F401 fixtures
from tests.kube.fake_server import Answer, Request


def versioned(version: str, *names: str, token: str = "") -> dict[str, object]:
    page = table(*map(secret_row, names), token=token)
    return page | {"metadata": page["metadata"] | {"resourceVersion": version}}


def test_of_several_pages_the_lowest_counts(collected: Collect) -> None:
    """A list that goes on in a later state shows a version that its first page did not have."""

    def pages(request: Request, answer: Answer) -> None:
        token = request.query.get("continue")
        answer.send(versioned("100", "a", token="next") if token is None else versioned("250", "b"))

    assert collected(FakeCluster().reply(SECRETS, pages)).secrets_resource_version == "100"


def test_of_several_namespaces_the_lowest_counts(collected: Collect) -> None:
    fake = FakeCluster().reply("/api/v1/namespaces/b/secrets", versioned("99", "x"))
    fake.reply("/api/v1/namespaces/a/secrets", versioned("100", "y"))
    assert collected(fake, namespaces=("a", "b")).secrets_resource_version == "99"


@pytest.mark.parametrize("version", ["", "abc", "1" * 30, "-1"])
def test_a_version_that_is_no_integer_is_none(collected: Collect, version: str) -> None:
    assert collected(FakeCluster().reply(SECRETS, versioned(version, "a"))).secrets_resource_version == ""


def test_the_metrics_are_read_after_every_list(serve: Serve, connect: Connect) -> None:  # noqa: F811
    fake = FakeCluster()
    collect(connect(serve(fake)), Options(name="fake"), lambda *_: None, lambda: None)
    assert fake.asked[-1] == "/metrics"
    assert fake.asked.count("/metrics") == 1


@pytest.mark.real
def test_no_secret_of_a_real_list_is_above_its_version(cluster: Cluster, namespace: str, transport: Transport) -> None:
    metadata = {"namespace": namespace, "name": "one"}
    cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"a": "b"}})
    first = collect_real(transport)
    listed_at = revision(first.secrets_resource_version)
    assert listed_at
    assert all(0 < revision(secret.resource_version) <= listed_at for secret in first.secrets)
    cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"a": "c"}})
    (changed,) = (item for item in collect_real(transport).secrets if item.namespace == namespace)
    assert revision(changed.resource_version) > listed_at
