"""Scans outlive their workers, their API server and `up` itself."""

from __future__ import annotations

import html
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from scanners.collect.inputs import scanner_rules
from tests.cluster.identity import make_identity
from tests.cluster.server import Cluster
from tests.end_to_end.conftest import CHOSEN
from tests.end_to_end.shop import open_shop, secret
from tests.end_to_end.stored import counts, last_scan, rows
from tests.end_to_end.visitor import Visitor
from tests.secretsui.processes import Up, runs, wait_until

pytestmark = pytest.mark.real

FINISHED = ("done", "partial", "failed", "cancelled")
SECONDS_TO_STOP = 5.0
NO_WORKER = "No worker is running"
MANY = 3_000
"""Secrets enough that a scan is still reading when the API server is frozen."""


@pytest.fixture(scope="module")
def shop(cluster_factory: Callable[..., Cluster]) -> Cluster:
    cluster = cluster_factory()
    open_shop(cluster)
    cluster.create_many(
        "/api/v1/namespaces/warehouse/secrets", (secret("warehouse", f"item-{number}") for number in range(MANY))
    )
    return cluster


class Home:
    """One data folder, and the `up` that serves it now."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"KUBECONFIG": str(folder / "none"), "HOME": str(folder)}
        self.up = Up(folder, **self.environment)
        self.visitor = Visitor(self.up.address)
        self.visitor.sign_in("admin", self.up.one_time_password)
        self.visitor.send("/account/password/", new=CHOSEN, again=CHOSEN)

    def again(self) -> None:
        self.up = Up(self.folder, **self.environment)
        self.visitor.address = self.up.address.rstrip("/")

    @property
    def data(self) -> Path:
        return self.up.data

    def scan(self) -> dict[str, Any]:
        """The newest scan of the shop."""
        return last_scan(self.data, "shop")

    def page(self) -> str:
        """The newest scan's page as text."""
        return self.visitor.open(self.scan_path()).text

    def scan_path(self) -> str:
        return f"{self.visitor.cluster_path('shop', self.data)}scans/{self.scan()['id']}/"

    def start(self) -> None:
        """Asks for a scan in the browser."""
        path = self.visitor.cluster_path("shop", self.data)
        assert self.visitor.submit(f"{path}scans/start/", {}, form=path).status == 200

    def finished(self) -> dict[str, Any]:
        """The newest scan once it has ended by itself."""
        wait_until(lambda: self.scan()["state"] in FINISHED, "the scan has ended")
        return self.scan()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, shop: Cluster) -> Iterator[Home]:
    """The product with the shop connected and scanned once."""
    made = Home(tmp_path_factory.mktemp("survival"))
    try:
        kubeconfig = make_identity(shop, scanner_rules(with_secrets=True)).kubeconfig
        made.visitor.connect("shop", kubeconfig)
        assert made.finished()["state"] == "done"
        yield made
    finally:
        with made.up:
            pass


@contextmanager
def held_in_the_middle(home: Home, shop: Cluster) -> Iterator[None]:
    """A scan that is running and waits for an API server that hangs; it answers again at the end."""
    shop.freeze()
    try:
        before = home.scan()["id"]
        home.start()
        wait_until(lambda: home.scan()["id"] > before and home.scan()["state"] == "running", "the scan is running")
        yield
    finally:
        shop.thaw()


def findings(home: Home) -> list[dict[str, Any]]:
    return rows(home.data, "SELECT fingerprint, state, resolved_at FROM scanners_findingrecord ORDER BY id")


def resolved(found: list[dict[str, Any]]) -> set[str]:
    return {row["fingerprint"] for row in found if row["state"] == "resolved"}


def test_a_killed_worker_is_replaced_and_the_scan_ends_by_itself(home: Home, shop: Cluster) -> None:
    before = findings(home)
    with held_in_the_middle(home, shop):
        attempt = home.scan()["attempt"]
        os.kill(home.up.child("celery", "worker"), signal.SIGKILL)
        wait_until(lambda: "The worker ended (SIGKILL); starting it again" in home.up.errors, "it is started again")
    ended = home.finished()
    assert ended["state"] == "done"
    assert ended["attempt"] > attempt
    assert "a worker ended in between" in home.page()
    assert {row["fingerprint"] for row in findings(home)} == {row["fingerprint"] for row in before}


def test_a_scan_whose_api_server_stops_says_so_and_earlier_results_stay(home: Home, shop: Cluster) -> None:
    before, had = findings(home), counts(home.data)
    shop.freeze()
    stopped = False
    try:
        earlier = home.scan()["id"]
        home.start()
        wait_until(lambda: home.scan()["id"] > earlier and home.scan()["state"] == "running", "the scan is running")
        shop.stop_apiserver(kill=True)
        stopped = True
        ended = home.finished()
    finally:
        if stopped:
            shop.start_apiserver()
        else:
            shop.thaw()
    assert ended["state"] in ("failed", "partial")
    if ended["state"] == "failed":
        assert ended["error"].endswith(".") and "Traceback" not in ended["error"], ended["error"]
        assert ended["error"] in html.unescape(home.page())
    assert resolved(findings(home)) == resolved(before), "nothing unseen is resolved"
    assert {row["fingerprint"] for row in findings(home)} >= {row["fingerprint"] for row in before}
    assert counts(home.data)["scanners_secretrecord"] == had["scanners_secretrecord"]
    notices = html.unescape(home.visitor.open(home.visitor.cluster_path("shop", home.data)).text)
    assert "The last attempt to scan this cluster failed" in notices or "saw only part" in notices


def test_a_running_scan_is_cancelled(home: Home, shop: Cluster) -> None:
    before = findings(home)
    with held_in_the_middle(home, shop):
        assert "Cancel this scan" in home.page()
        home.visitor.submit(f"{home.scan_path()}cancel/", {}, form=home.scan_path())
        assert home.scan()["cancel_requested"] == 1
    assert home.finished()["state"] == "cancelled"
    assert "was cancelled" in home.page()
    assert findings(home) == before


def test_a_stop_in_mid_scan_ends_everything_in_time_and_the_scan_resumes(home: Home, shop: Cluster) -> None:
    with held_in_the_middle(home, shop):
        children = home.up.children()
        assert len(children) >= 4
        began = time.monotonic()
        assert home.up.stop(signal.SIGTERM) == 0
        assert time.monotonic() - began < SECONDS_TO_STOP, "the promise of `up`"
        assert not any(map(runs, children))
        interrupted = home.scan()
        assert interrupted["state"] == "interrupted"
    home.again()
    resumed = home.finished()
    assert (resumed["id"], resumed["state"]) == (interrupted["id"], "done")


def test_no_worker_is_said_and_the_scan_waits_for_one(home: Home, shop: Cluster) -> None:
    """The worker is stopped, not killed, so that nothing replaces it; the page tells why nothing moves."""
    worker = home.up.child("celery", "worker")
    os.kill(worker, signal.SIGSTOP)
    try:
        home.start()
        wait_until(lambda: NO_WORKER in home.page(), "the page says so")
        assert home.scan()["state"] == "queued"
    finally:
        os.kill(worker, signal.SIGCONT)
    assert home.finished()["state"] == "done"
