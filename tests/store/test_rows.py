"""Rows that are written in bulk are the rows that the ORM would have written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scanners.models import Cluster, SecretRecord
from scanners.store.rows import insert

pytestmark = pytest.mark.django_db

HOSTILE = "'); DROP TABLE scanners_secretrecord; -- %s ? \\ é 漢"


def record(cluster: Cluster, name: str, **fields: Any) -> SecretRecord:
    return SecretRecord(cluster=cluster, namespace="shop", name=name, type="Opaque", source_kind="manual", **fields)


@pytest.fixture
def cluster() -> Cluster:
    return Cluster.objects.create(name="c", connection=Cluster.Connection.KUBECONFIG)


def test_every_kind_of_column_comes_back_as_it_went_in(cluster: Cluster) -> None:
    at = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
    row = record(
        cluster, HOSTILE, keys=["a", HOSTILE], created_at=at, source_healthy=False, key_count=2, consumers=[{"a": None}]
    )
    insert([row, record(cluster, "empty", keys=None)])
    stored = SecretRecord.objects.get(name=HOSTILE)
    columns = [field.attname for field in SecretRecord._meta.concrete_fields if not field.primary_key]
    assert {name: getattr(stored, name) for name in columns} == {name: getattr(row, name) for name in columns}
    assert SecretRecord.objects.get(name="empty").keys is None
    assert SecretRecord.objects.filter(cluster=cluster, created_at=at, source_healthy=False).count() == 1


def test_a_row_that_exists_gets_only_the_columns_that_are_named(cluster: Cluster) -> None:
    insert([record(cluster, "db", key_count=1, owner="before")])
    insert(
        [record(cluster, "db", key_count=2, owner="after"), record(cluster, "new", key_count=3)],
        unique=("cluster", "namespace", "name"),
        update=("key_count",),
    )
    assert list(SecretRecord.objects.values_list("name", "key_count", "owner")) == [("db", 2, "before"), ("new", 3, "")]


def test_nothing_is_written_for_no_rows() -> None:
    insert([])
    assert not SecretRecord.objects.exists()
