"""The demo as it ships: no value that was seeded, something to say for every check, and a past that is possible."""

from __future__ import annotations

import base64
import gzip
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from scanners.assess import run_checks
from scanners.checks import BY_ID
from scanners.context import Context
from scanners.demo import demo_snapshot
from scanners.demo.load import ensure_demo
from scanners.demo.past import SCANNED_DAYS_AGO, earlier
from scanners.demo.policy import POLICY
from scanners.inventory import Inventory
from scanners.models import Cluster, FindingEvent, Scan
from scanners.policy import parse_policy
from scanners.snapshot import read_snapshot
from tests.demo_company.seeding import AREAS

NOTHING_TO_SHOW = {"audit-off", "encryption-at-rest", "encryption-not-rewritten"}
"""What the company has done well."""
NOT_IN_A_CLUSTER = {"ci-unscanned", "git-plaintext-secret"}


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    return read_snapshot(io.BytesIO(demo_snapshot()), now=datetime.now(UTC))


def seeded() -> Iterator[bytes]:
    """Every value of a Secret and every literal in a Pod template that the company is seeded with."""
    for steps in AREAS.values():
        for step in steps():
            if step.manifest["kind"] == "Secret":
                yield from (base64.b64decode(value) for value in step.manifest.get("data", {}).values())
            if step.manifest["kind"] == "ConfigMap":
                yield from (value.encode() for value in step.manifest["data"].values())
            yield from literals(step.manifest.get("spec", {}))


def literals(node: Any) -> Iterator[bytes]:
    if isinstance(node, dict):
        if "name" in node and isinstance(node.get("value"), str):
            yield node["value"].encode()
        yield from (word.encode() for word in node.get("args", ()) if "password" in word.lower())
        for each in node.values():
            yield from literals(each)
    elif isinstance(node, list):
        for each in node:
            yield from literals(each)


def test_holds_none_of_the_seeded_values() -> None:
    snapshot = gzip.decompress(demo_snapshot())
    values = {value for value in seeded() if len(value) >= 12}
    assert len(values) > 200
    found = {value for value in values if value in snapshot or base64.b64encode(value) in snapshot}
    # Names of what the cluster shows anyway: a Secret, a host, and the Service's name that a user name was made of.
    assert {value.decode() for value in found} <= {"storefront-db", "login.larkspur.example"}


def test_every_check_has_something_to_show(inventory: Inventory) -> None:
    results = {result.check.id: result for result in run_checks(Context(inventory, parse_policy(POLICY)))}
    status = {name: result.status for name, result in results.items()}
    wanted = dict.fromkeys(BY_ID, "fail")
    wanted |= dict.fromkeys(NOTHING_TO_SHOW, "pass") | dict.fromkeys(NOT_IN_A_CLUSTER, "not-assessed")
    assert status == wanted
    alone = {"audit-logs-values", "encryption-weak", "manager-reachable", "sealed-secrets-outdated"}
    healthy = {name for name, result in results.items() if result.evaluated > result.failed}
    assert healthy | alone | NOT_IN_A_CLUSTER >= set(BY_ID), "beside the faults there are healthy neighbours"


def test_no_day_of_the_past_knows_what_came_later(inventory: Inventory) -> None:
    days = earlier(inventory)
    assert [(inventory.collected_at - each.collected_at).days for each in days] == list(SCANNED_DAYS_AGO)
    for each in days:
        dated = (*each.secrets, *each.workloads, *each.config_maps, *each.sync_objects)
        assert all(item.created_at is None or item.created_at <= each.collected_at for item in dated)
        written = [item.data_written_at for item in each.secrets] + [item.refreshed_at for item in each.sync_objects]
        begun = [facts.not_before for item in each.secrets for facts in item.values or ()]
        assert all(time is None or time <= each.collected_at for time in (*written, *begun))
    assert [len(each.secrets) for each in days] == sorted(len(each.secrets) for each in days)


@pytest.mark.django_db
def test_is_loaded_once_with_its_history() -> None:
    ensure_demo()
    cluster = Cluster.objects.get()
    scans = list(cluster.scans.order_by("pk"))
    assert [scan.state for scan in scans] == [Scan.State.DONE] * (len(SCANNED_DAYS_AGO) + 1)
    assert cluster.last_scan == scans[-1]
    assert cluster.audit_policy is not None, "its settings show what the checks judged"
    assert all(scan.deep and scan.queued_at <= scan.finished_at == scan.collected_at for scan in scans)
    assert [(scans[-1].collected_at - scan.collected_at).days for scan in scans[:-1]] == list(SCANNED_DAYS_AGO)
    states = set(FindingEvent.objects.exclude(scan=scans[0]).values_list("state", flat=True))
    assert states == {"new", "resolved", "reopened"}
    assert scans[-1].changes["secrets_changed"] < cluster.secrets.count() / 2, "unchanged Secrets are not rewritten"
    ensure_demo()
    assert cluster.scans.count() == len(scans), "a second start changes nothing"
    Scan.objects.update(queued_at=datetime(2020, 1, 1, tzinfo=UTC))
    ensure_demo()
    assert cluster.scans.count() == len(scans) + 1, "dates that have aged are moved by another scan"
    assert cluster.scans.latest("pk").deep
