"""What a collection makes of servers that fail, lie or do not end: a state of coverage, and nothing lost beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from scanners.collect import Limits, Options, collect
from scanners.inventory import Inventory
from scanners.kube.errors import KubeError, Unauthorized
from scanners.kube.transport import Transport
from tests.collect.fake_cluster import FakeCluster, groups, secret_row, table
from tests.kube.conftest import connect, serve, stack  # noqa: F401 fixtures
from tests.kube.fake_server import Answer, FakeServer, Request

Serve = Callable[..., FakeServer]
Connect = Callable[..., Transport]
Collect = Callable[..., Inventory]

CANARY = "c4n4ry-v4lue"
SECRETS = "/api/v1/secrets"


@pytest.fixture(name="collected")
def _collected(serve: Serve, connect: Connect) -> Collect:  # noqa: F811
    def run(fake: FakeCluster, **options: Any) -> Inventory:
        transport = connect(serve(fake), deadline_seconds=options.pop("deadline_seconds", 20))
        return collect(transport, Options(name="fake", **options), lambda *_: None, lambda: None)

    return run


def test_a_server_without_anything_is_complete(collected: Collect) -> None:
    inventory = collected(FakeCluster())
    assert inventory.coverage["secrets"].status == "complete"
    assert inventory.coverage["externalsecrets.external-secrets.io"].status == "absent"
    assert inventory.cluster.version == "v1.37.2"


def test_one_unreadable_object_loses_only_itself(collected: Collect) -> None:
    rows = [secret_row("a"), {"cells": [1], "object": []}, secret_row("b")]
    inventory = collected(FakeCluster().reply(SECRETS, table(*rows)))
    assert [secret.name for secret in inventory.secrets] == ["a", "b"]
    row = inventory.coverage["secrets"]
    assert (row.status, row.detail, row.read) == ("partial", "1 object could not be read", 2)


def test_a_secret_list_in_place_of_a_table_is_an_error_and_nothing_of_it_is_kept(collected: Collect) -> None:
    whole = {"kind": "SecretList", "items": [{"metadata": {"name": "a"}, "data": {"p": CANARY}}]}
    inventory = collected(FakeCluster().reply(SECRETS, whole))
    assert inventory.coverage["secrets"].status == "error"
    assert inventory.secrets == ()
    assert CANARY.encode() not in msgspec.json.encode(inventory)


def test_rows_with_whole_secrets_stop_the_reading(collected: Collect) -> None:
    rows = [secret_row("a"), secret_row("b", "Secret", data={"p": CANARY})]
    inventory = collected(FakeCluster().reply(SECRETS, table(*rows)))
    assert inventory.coverage["secrets"].status == "error"
    assert "whole Secrets" in inventory.coverage["secrets"].detail
    assert inventory.secrets == ()


@pytest.mark.parametrize("code", [401, 429, 500, 503])
def test_a_failing_list_is_an_error_of_that_input_alone(collected: Collect, code: int) -> None:
    inventory = collected(FakeCluster().reply(SECRETS, code))
    assert inventory.coverage["secrets"].status == "error"
    assert inventory.coverage["secrets"].detail.endswith(".")
    assert "canary" not in inventory.coverage["secrets"].detail
    assert inventory.coverage["pods"].status == "complete"


def test_what_was_read_before_a_failure_is_kept_as_partial(collected: Collect) -> None:
    def pages(request: Request, answer: Answer) -> None:
        if "continue" in request.query:
            answer.send({}, status=500)
        else:
            answer.send(table(secret_row("a"), token="next", remaining=1))

    inventory = collected(FakeCluster().reply(SECRETS, pages))
    assert [secret.name for secret in inventory.secrets] == ["a"]
    assert inventory.coverage["secrets"].status == "partial"


def test_a_right_taken_away_in_the_middle_is_denied_not_half(collected: Collect) -> None:
    def pages(request: Request, answer: Answer) -> None:
        if "continue" in request.query:
            answer.send({"kind": "Status", "code": 403}, status=403)
        else:
            answer.send(table(secret_row("a"), token="next", remaining=1))

    inventory = collected(FakeCluster().reply(SECRETS, pages))
    assert inventory.coverage["secrets"].status == "denied"
    assert inventory.secrets == ()


def test_a_list_that_begins_anew_counts_nothing_twice(collected: Collect) -> None:
    asked = []

    def pages(request: Request, answer: Answer) -> None:
        asked.append(request.query.get("continue"))
        if len(asked) == 1:
            answer.send(table(secret_row("gone"), secret_row("a"), token="next", remaining=1))
        elif len(asked) == 2:
            answer.send({"kind": "Status", "code": 410}, status=410)
        else:
            answer.send(table(secret_row("a"), secret_row("b")))

    inventory = collected(FakeCluster().reply(SECRETS, pages))
    assert [secret.name for secret in inventory.secrets] == ["a", "b"]
    assert inventory.coverage["secrets"].read == 2
    assert inventory.coverage["secrets"].status == "complete"


def test_a_list_that_goes_on_in_a_later_state_says_so(collected: Collect) -> None:
    def pages(request: Request, answer: Answer) -> None:
        token = request.query.get("continue")
        if token is None:
            answer.send(table(secret_row("a"), token="old", remaining=1))
        elif token == "old":
            answer.send({"kind": "Status", "code": 410, "metadata": {"continue": "new"}}, status=410)
        else:
            answer.send(table(secret_row("b")))

    inventory = collected(FakeCluster().reply(SECRETS, pages))
    assert [secret.name for secret in inventory.secrets] == ["a", "b"]
    assert inventory.coverage["secrets"].status == "complete"
    assert "read while it changed" in inventory.coverage["secrets"].detail


def endless(request: Request, answer: Answer) -> None:
    number = int(request.query.get("continue") or "0")
    answer.send(table(*(secret_row(f"s{number}-{index}") for index in range(10)), token=str(number + 1), remaining=99))


def test_the_limit_of_objects_makes_a_list_partial(collected: Collect) -> None:
    inventory = collected(FakeCluster().reply(SECRETS, endless), limits=Limits(objects=25))
    row = inventory.coverage["secrets"]
    assert (row.status, row.read) == ("partial", 30)
    assert row.detail == "stopped after 25 secrets, with more to come"


def test_the_limit_of_objects_does_not_touch_a_list_that_just_fills_it(collected: Collect) -> None:
    rows = [secret_row(f"s{index}") for index in range(10)]
    inventory = collected(FakeCluster().reply(SECRETS, table(*rows)), limits=Limits(objects=10))
    assert inventory.coverage["secrets"].status == "complete"


def test_the_limit_of_time_makes_a_list_partial(collected: Collect) -> None:
    inventory = collected(FakeCluster().reply(SECRETS, endless), limits=Limits(seconds=0.0))
    row = inventory.coverage["secrets"]
    assert (row.status, row.read) == ("partial", 10)
    assert row.detail.startswith("stopped after 0 s")


def test_pages_that_are_too_large_are_asked_for_in_smaller_ones(serve: Serve, connect: Connect) -> None:  # noqa: F811
    def pods(request: Request, answer: Answer) -> None:
        size, start = int(request.query["limit"]), int(request.query.get("continue") or "0")
        items = [
            {"metadata": {"name": f"p{number}", "annotations": {"x": "y" * 1000}}}
            for number in range(start, min(start + size, 120))
        ]
        token = str(start + size) if start + size < 120 else ""
        answer.send({"kind": "PodList", "metadata": {"continue": token}, "items": items})

    transport = connect(serve(FakeCluster().reply("/api/v1/pods", pods)), max_bytes=60_000)
    inventory = collect(transport, Options(name="fake"), lambda *_: None, lambda: None)
    assert inventory.coverage["pods"].status == "complete"
    assert len(inventory.workloads) == 120


def test_a_list_of_huge_objects_is_too_large_and_says_so(serve: Serve, connect: Connect) -> None:  # noqa: F811
    pods = {"kind": "PodList", "items": [{"metadata": {"name": "p", "annotations": {"x": "y" * 70_000}}}]}
    transport = connect(serve(FakeCluster().reply("/api/v1/pods", pods)), max_bytes=60_000)
    inventory = collect(transport, Options(name="fake"), lambda *_: None, lambda: None)
    assert inventory.coverage["pods"].status == "error"
    assert "60,000 bytes" in inventory.coverage["pods"].detail


def test_versions_are_tried_in_turn_and_a_kind_that_no_version_has_is_absent(collected: Collect) -> None:
    base = "/apis/external-secrets.io"
    item = {"metadata": {"name": "db", "namespace": "shop"}, "spec": {}}
    fake = FakeCluster().reply("/apis", groups(**{"external-secrets__io": ["v1", "v1beta1"]}))
    for plural in ("secretstores", "clustersecretstores", "externalsecrets"):
        fake.reply(f"{base}/v1/{plural}", 404)
        fake.reply(f"{base}/v1beta1/{plural}", 404)
    fake.reply(f"{base}/v1beta1/externalsecrets", {"kind": "ExternalSecretList", "items": [item]})
    fake.reply(f"{base}/v1", {"resources": [{"name": "externalsecrets"}]})
    fake.reply(f"{base}/v1beta1", {"resources": [{"name": "externalsecrets"}]})
    inventory = collected(fake)
    assert inventory.coverage["externalsecrets.external-secrets.io"].status == "complete"
    assert [found.name for found in inventory.sync_objects] == ["db"]
    assert inventory.coverage["secretstores.external-secrets.io"].status == "absent"
    assert inventory.coverage["pushsecrets.external-secrets.io"].status == "absent"


def test_a_kind_in_versions_that_are_not_known_is_an_error_that_says_so(collected: Collect) -> None:
    fake = FakeCluster().reply("/apis", groups(bitnami__com=["v2"]))
    fake.reply("/apis/bitnami.com/v2", {"resources": [{"name": "sealedsecrets"}]})
    row = collected(fake).coverage["sealedsecrets.bitnami.com"]
    assert row.status == "error"
    assert row.detail == "bitnami.com is served in v2, of which secretsui reads none (v1alpha1)"


def test_a_refusal_of_a_kind_that_does_not_exist_is_absence(collected: Collect) -> None:
    """A server refuses before it looks whether the kind exists."""
    fake = FakeCluster().reply("/apis", groups(**{"external-secrets__io": ["v1"]}))
    for plural in ("externalsecrets", "secretstores", "clustersecretstores"):
        fake.reply(f"/apis/external-secrets.io/v1/{plural}", 403)
    fake.reply("/apis/external-secrets.io/v1", {"resources": [{"name": "externalsecrets"}]})
    coverage = collected(fake).coverage
    assert coverage["externalsecrets.external-secrets.io"].status == "denied"
    assert coverage["secretstores.external-secrets.io"].status == "absent"


def test_without_discovery_the_known_versions_are_tried(collected: Collect) -> None:
    fake = FakeCluster().reply("/apis", 403).reply("/version", 403)
    fake.reply("/apis/bitnami.com/v1alpha1/sealedsecrets", 404)
    fake.reply("/apis/cert-manager.io/v1/certificates", 403).reply("/apis/cert-manager.io/v1", 403)
    inventory = collected(fake)
    assert inventory.cluster.version == ""
    assert inventory.coverage["sealedsecrets.bitnami.com"].status == "absent"
    assert inventory.coverage["certificates.cert-manager.io"].status == "denied"


@pytest.mark.parametrize(
    ("path", "reply", "error"),
    [("/version", 401, Unauthorized), ("/apis", 500, KubeError), ("/version", {}, KubeError)],
)
def test_a_cluster_that_cannot_be_spoken_to_is_no_inventory(
    collected: Collect, path: str, reply: Any, error: type[KubeError]
) -> None:
    with pytest.raises(error):
        collected(FakeCluster().reply(path, reply))


def test_refused_metrics_and_broken_ones(collected: Collect) -> None:
    assert collected(FakeCluster().reply("/metrics", 403)).coverage["metrics"].status == "denied"
    html = collected(FakeCluster().reply("/metrics", lambda _, answer: answer.send("<html>", media_type="text/html")))
    assert html.coverage["metrics"].status == "error"


def test_a_list_that_hangs_blocks_no_other(collected: Collect) -> None:
    inventory = collected(FakeCluster().reply(SECRETS, lambda _, answer: answer.keep_silent()), deadline_seconds=1.0)
    assert inventory.coverage["secrets"].status == "error"
    assert "within 1 s" in inventory.coverage["secrets"].detail
    assert inventory.coverage["clusterroles"].status == "complete"


class Cancelled(Exception):
    pass


def test_stop_ends_the_collection_while_a_server_hangs(serve: Serve, connect: Connect) -> None:  # noqa: F811
    hanging = threading.Event()

    def hang(_: Request, answer: Answer) -> None:
        hanging.set()
        answer.keep_silent()

    def stop() -> None:
        if hanging.is_set():
            raise Cancelled

    transport = connect(serve(FakeCluster().reply(SECRETS, hang)), cancelled=hanging.is_set)
    with pytest.raises(Cancelled):
        collect(transport, Options(name="fake"), lambda *_: None, stop)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("secretsui-collect")]


def test_progress_and_stop_are_called_in_the_callers_thread(serve: Serve, connect: Connect) -> None:  # noqa: F811
    threads = set()
    phases = set()

    def progress(phase: str, done: int, total: int | None) -> None:
        threads.add(threading.current_thread())
        phases.add(phase)

    transport = connect(serve(FakeCluster()))
    collect(transport, Options(name="fake"), progress, lambda: threads.add(threading.current_thread()))
    assert threads == {threading.current_thread()}
    assert {"namespaces", "secrets", "pods", "clusterroles"} <= phases


def test_an_error_in_progress_comes_out(serve: Serve, connect: Connect) -> None:  # noqa: F811
    def progress(*_: Any) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        collect(connect(serve(FakeCluster())), Options(name="fake"), progress, lambda: None)


def test_a_broken_encryption_configuration_is_coverage_and_not_quoted(collected: Collect) -> None:
    inventory = collected(FakeCluster(), encryption_config=f"kind: {CANARY}")
    assert inventory.coverage["encryptionconfiguration"].status == "error"
    assert CANARY not in inventory.coverage["encryptionconfiguration"].detail
    assert inventory.encryption is None
