"""Every age that scans of a real API server report contains the time at which the value really changed.

A script changes values, labels and whole Secrets at times that it knows; scans, deep and not, look in between and are
stored, as a worker does it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from scanners.assess import assess_check, report
from scanners.checks.stale import STALE_CONSUMER
from scanners.collect import Options, collect
from scanners.context import Context
from scanners.digest import KeyedDigest
from scanners.inventory import Inventory
from scanners.kube.transport import Transport
from scanners.models import Cluster, Scan, SecretRecord
from scanners.report import SecretLine
from scanners.store import history, save
from tests.cluster.server import Cluster as ApiServer
from tests.collect.conftest import connect

pytestmark = [pytest.mark.real, pytest.mark.django_db]

KEY = KeyedDigest(b"digest-key-of-this-installation!")
WHOLE_SECONDS = timedelta(seconds=1)
JSON = {"Content-Type": "application/merge-patch+json"}
DATA_HASH = "reconcile.external-secrets.io/data-hash"


@dataclass
class Script:
    """Writes Secrets of one namespace and remembers when each value changed: between two readings of the clock."""

    cluster: ApiServer
    namespace: str
    changed: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    value: int = 0

    def make(self, name: str, **fields: Any) -> None:
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": self.namespace}}
        self._change(name, lambda: self.cluster.create(body | {"stringData": self._new()} | fields, manager="maker"))

    def put(self, name: str) -> None:
        """A merge patch of the value by the manager that made it."""
        self._change(name, lambda: self._patch(name, {"stringData": self._new()}, "maker"))

    def put_by_another(self, name: str) -> None:
        self._change(name, lambda: self._patch(name, {"stringData": self._new()}, "other"))

    def apply(self, name: str) -> None:
        """Server-side apply of `stringData`, which leaves its own entry and the old one of `data` as it was."""
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": self.namespace}}
        self._change(name, lambda: self.cluster.apply(body | {"stringData": self._new()}, manager="applier"))

    def label(self, name: str) -> None:
        """By the manager that owns the data, whose time moves though the value does not change."""
        self._patch(name, {"metadata": {"labels": {"n": str(self.value), "at": str(time.monotonic_ns())}}}, "maker")

    def label_by_another(self, name: str) -> None:
        self._patch(name, {"metadata": {"labels": {"other": str(time.monotonic_ns())}}}, "labeller")

    def write_the_same(self, name: str) -> None:
        found = self.cluster.get(self._path(name))
        self._patch(name, {"data": found["data"], "metadata": {"labels": {"again": str(self.value)}}}, "maker")

    def remake(self, name: str) -> None:
        self.cluster.request("DELETE", self._path(name))
        self.make(name)

    def clear_managers_and_put(self, name: str) -> None:
        """A write that leaves no trace in managedFields."""
        self._change(
            name,
            lambda: self._patch(name, {"metadata": {"managedFields": [{}]}, "stringData": self._new()}, "maker"),
        )

    def copy(self, name: str) -> None:
        """A copy holds an old value, in a new object: its age is that of the object."""
        found = self.cluster.get(self._path(name))
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"{name}-copy", "namespace": self.namespace}}
        self._change(f"{name}-copy", lambda: self.cluster.apply(body | {"data": found["data"]}, manager="copier"))

    def sync(self, name: str) -> None:
        """As External Secrets writes: the value with its hash."""
        new = self._new()
        body = {"stringData": new, "metadata": {"annotations": {DATA_HASH: f"{self.value:056x}"}}}
        self._change(name, lambda: self._patch(name, body, "externalsecrets.external-secrets.io/db"))

    def _new(self) -> dict[str, str]:
        self.value += 1
        return {"password": f"value-{self.value}"}

    def _path(self, name: str) -> str:
        return f"/api/v1/namespaces/{self.namespace}/secrets/{name}"

    def _patch(self, name: str, body: dict[str, Any], manager: str) -> None:
        status, answer = self.cluster.request("PATCH", f"{self._path(name)}?fieldManager={manager}", body, headers=JSON)
        assert status == 200, answer

    def _change(self, name: str, write: Callable[[], object]) -> None:
        before = datetime.now(UTC)
        write()
        self.changed[name] = (before, datetime.now(UTC))


def scanned(stored: Cluster, transport: Transport, namespace: str, *, deep: bool) -> tuple[Inventory, Context]:
    """One scan, kept as a worker keeps it."""
    options = Options(name="test", namespaces=(namespace,), digest=KEY, deep=deep)
    inventory = collect(transport, options, lambda *_: None, lambda: None)
    context = Context(inventory, None, history(stored))
    scan = Scan.objects.create(cluster=stored, state=Scan.State.RUNNING, attempt=1, started_at=timezone.now())
    save(scan, context, [], report(context, []))
    return inventory, context


def wait_for_a_second_after(moment: datetime) -> datetime:
    """Waits until the clock is in a later whole second than this moment, and returns that second.

    Kubernetes stamps whole seconds, cut off: only then does what is stamped from now on tell that it came after.
    """
    while (second := datetime.now(UTC).replace(microsecond=0)) <= moment:
        time.sleep(0.01)
    return second


def assert_true(script: Script, context: Context) -> dict[str, SecretLine]:
    lines = {line.name: line for line in report(context, []).secrets}
    for name, (before, after) in script.changed.items():
        age = lines[name].value_age
        assert age is not None and age.changed_before is not None
        assert age.changed_after is None or age.changed_after <= after, (name, age, before, after)
        assert before < age.changed_before + WHOLE_SECONDS, (name, age, before, after)
        true_days = (context.now - after).days
        assert age.at_least_days <= true_days
    return lines


@pytest.fixture
def stored() -> Cluster:
    return Cluster.objects.create(name="truth", connection=Cluster.Connection.KUBECONFIG)


ACTS = (
    Script.put, Script.put_by_another, Script.apply, Script.label, Script.label_by_another, Script.write_the_same,
    Script.remake, Script.clear_managers_and_put, Script.sync,
)  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_no_reported_interval_misses_the_truth(cluster: ApiServer, namespace: str, stored: Cluster, seed: int) -> None:
    chance = random.Random(seed)
    script = Script(cluster, namespace)
    names = [f"s{number}" for number in range(12)]
    for name in names:
        script.make(name)
    script.copy("s0")
    with connect(cluster, cluster.token("admin")) as transport:
        for _ in range(6):
            _, context = scanned(stored, transport, namespace, deep=chance.random() < 0.6)
            assert_true(script, context)
            for _ in range(chance.randrange(12)):
                chance.choice(ACTS)(script, chance.choice(names))
            if chance.random() < 0.5:
                wait_for_a_second_after(datetime.now(UTC))
        _, context = scanned(stored, transport, namespace, deep=True)
        assert_true(script, context)


def test_what_each_act_proves(cluster: ApiServer, namespace: str, stored: Cluster) -> None:
    script = Script(cluster, namespace)
    acts = {"changed": Script.put, "labelled": Script.label, "applied": Script.apply, "synced": Script.sync,
            "untouched": None, "untraced": Script.clear_managers_and_put, "remade": Script.remake}  # fmt: skip
    for name in acts:
        script.make(name)
    script.sync("synced")
    with connect(cluster, cluster.token("admin")) as transport:
        first, context = scanned(stored, transport, namespace, deep=True)
        wait_for_a_second_after(context.now)
        for name, act in acts.items():
            if act is not None:
                act(script, name)
        _, context = scanned(stored, transport, namespace, deep=True)
        ages = {name: line.value_age for name, line in assert_true(script, context).items()}
        for name in ("changed", "applied", "synced", "untraced"):
            age = ages[name]
            assert age is not None
            assert (age.evidence, age.changed_after) == ("observed", first.started_at), name
        assert {name: age.evidence for name, age in ages.items() if age} == {
            "changed": "observed", "applied": "observed", "synced": "observed", "untraced": "observed",
            "labelled": "observed", "untouched": "managed-fields", "remade": "managed-fields",
        }  # fmt: skip
        labelled = ages["labelled"]
        assert labelled is not None and labelled.changed_before is not None
        assert labelled.changed_before <= script.changed["labelled"][1], "the label made it no younger"

        kept = digests(stored)
        scanned(stored, transport, namespace, deep=True)
        assert digests(stored) == kept, "nothing changed"
        _, context = scanned(stored, transport, namespace, deep=False)
        assert_true(script, context)
        rewritten = {name for name, digest in digests(stored).items() if digest != kept[name]}
        assert rewritten <= {"untraced"}, "without managed fields, only the values tell the names of the keys"


def digests(stored: Cluster) -> dict[str, str]:
    return {row.name: row.digest for row in SecretRecord.objects.filter(cluster=stored)}


def test_external_secrets_hash_proves_a_change_without_deep(
    cluster: ApiServer, namespace: str, stored: Cluster
) -> None:
    script = Script(cluster, namespace)
    script.make("db")
    script.sync("db")
    with connect(cluster, cluster.token("admin")) as transport:
        first, context = scanned(stored, transport, namespace, deep=False)
        wait_for_a_second_after(context.now)
        script.sync("db")
        _, context = scanned(stored, transport, namespace, deep=False)
        age = assert_true(script, context)["db"].value_age
        assert age is not None
        assert (age.evidence, age.changed_after) == ("data-hash", first.started_at)
    row = SecretRecord.objects.get(cluster=stored)
    assert f"{script.value:056x}" not in str(row.data_hashes), "the hash itself is not kept"


def running_pod(namespace: str, started: datetime) -> dict[str, Any]:
    """There is no kubelet: its words are written into the status."""
    env = [{"name": "P", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}]
    mount = {"name": "files", "mountPath": "/run/db"}
    state = {"running": {"startedAt": f"{started:%Y-%m-%dT%H:%M:%SZ}"}}
    names = ("by-env", "by-file")
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "api", "namespace": namespace},
        "spec": {
            "containers": [
                {"name": "by-env", "image": "app:1", "env": env},
                {"name": "by-file", "image": "app:1", "volumeMounts": [mount]},
            ],
            "volumes": [{"name": "files", "secret": {"secretName": "db"}}],
        },
        "status": {
            "phase": "Running",
            "containerStatuses": [
                {"name": name, "image": "app:1", "imageID": "", "ready": True, "restartCount": 0, "state": state}
                for name in names
            ],
        },
    }


def test_a_container_that_started_before_the_change_is_stale_until_it_starts_again(
    cluster: ApiServer, namespace: str, stored: Cluster
) -> None:
    script = Script(cluster, namespace)
    script.make("db")
    pod = running_pod(namespace, datetime.now(UTC) - timedelta(hours=1))
    cluster.apply({key: part for key, part in pod.items() if key != "status"})
    cluster.apply_status(pod)

    def stale() -> tuple[datetime, dict[str, bool | None]]:
        """When the scan ended, and what it tells of each way of reading."""
        _, context = scanned(stored, transport, namespace, deep=True)
        result = assess_check(STALE_CONSUMER, context)
        assert [item.name for item in result.findings] == ["api"] * (stored.secrets.get().stale_consumers or 0)
        return context.now, {item.how: item.stale for item in assert_true(script, context)["db"].consumers}

    with connect(cluster, cluster.token("admin")) as transport:
        _, told = stale()
        assert told == {"env": None, "volume": False}, "it started before the Secret was made: of an older one?"
        script.put("db")
        ended, told = stale()
        assert told == {"env": True, "volume": False}
        # A whole second after the scan that saw the change, so that no start in the second of its end is doubted.
        started = wait_for_a_second_after(ended + WHOLE_SECONDS)
        cluster.apply_status(running_pod(namespace, started))
        _, told = stale()
        assert told == {"env": False, "volume": False}
