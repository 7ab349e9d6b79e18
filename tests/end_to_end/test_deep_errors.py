"""A deep scan in which our own code fails with a value in its hands: log, row and findings stay silent."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
import pytest

import scanners.collect.secrets
import scanners.values.facts
from scanners import scanning
from scanners.credentials import seal
from scanners.kube.kubeconfig import parse_kubeconfig
from scanners.models import Cluster, FindingRecord, Scan, SecretRecord
from scanners.requests import request_scan
from tests.cluster import server as real
from tests.cluster.identity import make_identity
from tests.end_to_end import shop
from tests.end_to_end.canaries import Search, canary
from tests.pages import rows

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]

LISTS = [{"apiGroups": [""], "resources": ["secrets", "namespaces"], "verbs": ["list"]}]


@pytest.fixture
def stored(cluster: real.Cluster, namespace: str, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """A connected cluster with deep scans on, and a canary in a Secret of it."""
    monkeypatch.setattr("scanners.requests.send", lambda scan_id: None)
    cluster.create(shop.secret(namespace, "planted", password=canary("forced error"), other="a-plain-value-1"))
    row = rows.cluster(deep=True, server=cluster.server)
    credential = parse_kubeconfig(make_identity(cluster, LISTS).kubeconfig, None)
    row.credential = seal(credential, row.id)
    row.save()
    return row


def run(stored: Cluster) -> Scan:
    request_scan(stored, rows.administrator())
    scan = stored.scans.get()
    scanning.run(scan.pk)
    scan.refresh_from_db()
    return scan


def assert_silent(logged: str) -> None:
    search = Search()
    search.content(logged, "the log")
    for model in (Scan, SecretRecord, FindingRecord, Cluster):
        for values in model.objects.values():
            search.content(repr(values), model.__name__)
    assert search.found == set()
    assert search.looked_at > 2


def test_without_an_error_the_value_is_read_and_not_kept(stored: Cluster, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    scan = run(stored)
    assert scan.deep
    assert {"input": "secretvalues", "status": "complete"}.items() <= next(
        row for row in scan.coverage if row["input"] == "secretvalues"
    ).items()
    assert_silent(caplog.text)


def test_a_judgement_that_raises_with_the_value_loses_the_one_secret(
    stored: Cluster, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)

    def defective(key: str, value: str, around: Any) -> str:
        if canary("forced error") in value:
            raise RuntimeError(f"{key}={value}")
        return ""

    monkeypatch.setattr(scanners.values.facts, "weakness", defective)
    scan = run(stored)
    row = next(row for row in scan.coverage if row["input"] == "secretvalues")
    assert (scan.state, row["status"]) == (Scan.State.PARTIAL, "partial")
    assert "could not be read, such as" in row["detail"]
    assert_silent(caplog.text)


def test_a_reader_that_raises_with_the_whole_object_fails_the_scan_without_a_word_of_it(
    stored: Cluster, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    real_reader = scanners.collect.secrets._of_object

    def defective(secret: Any, pool: Any) -> Any:
        if secret.metadata.name == "planted":
            raise RuntimeError(f"cannot read {msgspec.json.encode(secret.data)!r}")
        return real_reader(secret, pool)

    monkeypatch.setattr(scanners.collect.secrets, "_of_object", defective)
    scan = run(stored)
    assert scan.state == Scan.State.FAILED
    assert scan.deep, "a scan that fails says all the same that it read values"
    assert "RuntimeError" in scan.error
    assert "RuntimeError" in caplog.text
    assert_silent(caplog.text)
