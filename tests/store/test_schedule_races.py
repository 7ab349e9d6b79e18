"""Several schedulers at the same moment, on both databases: every run is asked for once."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from secretsui import keys
from tests.servers import new_database

ROOT = Path(__file__).parents[2]
PROCESS = Path(__file__).with_name("scheduler_process.py")
SCHEDULERS = 4
CLUSTERS = 15
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def environment(folder: Path, **more: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("SECRETSUI_", "DJANGO_"))}
    return (
        own
        | {
            "DJANGO_SETTINGS_MODULE": "secretsui.settings",
            "PYTHONPATH": str(ROOT),
            "SECRETSUI_DATA_DIR": str(folder),
            "SECRETSUI_SECRET_KEY": keys.new_secret_key(),
            "SECRETSUI_CREDENTIAL_KEYS": keys.new_credential_key(),
            "SECRETSUI_DIGEST_KEY": keys.new_digest_key(),
        }
        | more
    )


FILL = """
import django; django.setup()
import sys
from datetime import datetime, timedelta
from scanners.models import Cluster
due = datetime.fromisoformat(sys.argv[1]) - timedelta(hours=1)
for number in range(int(sys.argv[2])):
    Cluster.objects.create(name=f"cluster-{number}", connection="kubeconfig", next_scan_at=due)
"""


def run(surroundings: dict[str, str], *arguments: str) -> None:
    ended = subprocess.run([sys.executable, *arguments], env=surroundings, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def race(surroundings: dict[str, str]) -> list[list[int]]:
    """What each of the schedulers asked for, all of them let go at the same time."""
    command = [sys.executable, str(PROCESS), NOW.isoformat()]
    schedulers = [
        subprocess.Popen(command, env=surroundings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(SCHEDULERS)
    ]
    for each in schedulers:
        assert each.stdout is not None and each.stdout.readline() == "ready\n"
    for each in schedulers:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    answers = [each.communicate(timeout=120)[0] for each in schedulers]
    assert [each.returncode for each in schedulers] == [0] * SCHEDULERS
    return [[int(word) for word in answer.split()] for answer in answers]


@pytest.mark.real
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_schedulers_that_run_at_once_ask_for_each_run_once(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = new_database(request.getfixturevalue("postgres_url")) if kind == "postgresql" else ""
    surroundings = environment(tmp_path, **({"SECRETSUI_DATABASE_URL": url} if url else {}))
    run(surroundings, "-m", "django", "migrate", "--no-input", "--verbosity=0")
    run(surroundings, "-c", FILL, NOW.isoformat(), str(CLUSTERS))
    asked = [pk for each in race(surroundings) for pk in each]
    assert len(asked) == len(set(asked)) == CLUSTERS
    rows = stored(url, tmp_path)
    assert len(rows) == CLUSTERS == len({cluster for cluster, _, _ in rows}), "one scan for each cluster"
    assert all(scheduled and asker is None for _, scheduled, asker in rows)
    assert [pk for each in race(surroundings) for pk in each] == [], "and nothing is due any more"


def stored(url: str, folder: Path) -> list[Any]:
    query = "SELECT cluster_id, scheduled, requested_by_id FROM scanners_scan"
    if url:
        with psycopg.connect(url) as connection:
            return connection.execute(query).fetchall()
    with sqlite3.connect(folder / "db.sqlite3") as connection:
        return connection.execute(query).fetchall()
