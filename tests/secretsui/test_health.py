"""What probes see: without sign-in, by any host name, and true."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django.fixtures import Settings

from secretsui import celery

pytestmark = pytest.mark.django_db


def test_the_process_answers_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "cursor", _no_database)
    answer = Client().get("/healthz", headers={"Host": "10.1.2.3:8000"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_with_database_and_broker() -> None:
    answer = Client().get("/readyz", headers={"Host": "10.1.2.3:8000"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "database": "ok", "broker": "ok"})


def test_not_ready_without_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "cursor", _no_database)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["database"], answer.json()["broker"]) == (503, "unavailable", "ok")


def test_not_ready_without_the_brokers_folder(settings: Settings, tmp_path: Path) -> None:
    settings.BROKER_DIR = tmp_path / "gone"
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["broker"]) == (503, "unavailable")


@pytest.mark.real
def test_a_real_redis_is_asked(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(celery, "FILESYSTEM", False)
    for url, status in ((redis_url, 200), (redis_url.replace("redis://:", "redis://:wrong"), 503)):
        app = celery.Celery("probe", broker=url, broker_transport_options=celery.REDIS_OPTIONS)
        monkeypatch.setattr(celery, "app", app)
        assert Client().get("/readyz").status_code == status, url.rpartition("@")[2]


def _no_database() -> None:
    raise OperationalError("the database is away")
