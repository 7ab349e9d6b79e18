"""The very commands of docker-compose.yml, as plain processes on a real PostgreSQL and a real Redis."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from secretsui import keys
from tests.cluster.processes import Running, free_ports
from tests.secretsui import compose
from tests.secretsui.browser import Browser
from tests.secretsui.conftest import PASSWORD
from tests.secretsui.processes import ROOT, clean_environment, wait_until
from tests.servers import missing, new_database

pytestmark = pytest.mark.real

REDIS_PASSWORD = "a1B2c3D4e5F6a1B2c3D4e5F6"


@dataclass
class Production:
    """The services of the compose file, pointed at this machine's servers and a web port of their own."""

    database: str
    services: dict[str, dict[str, object]]
    environment: dict[str, str]
    folder: Path
    broker_port: int
    web_port: int
    running: dict[str, Running] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    def command(self, name: str) -> list[str]:
        command = [str(word) for word in self.services[name]["command"]]  # type: ignore[attr-defined]
        return [sys.executable if word == "python" else word for word in command]

    def start(self, name: str) -> None:
        program = ["env", *(f"{name}={value}" for name, value in self.environment.items()), *self.command(name)]
        self.running[name] = Running(name, ["env", "-i", *program[1:]], self.folder)

    def run(self, *command: str) -> str:
        ended = subprocess.run(command, env=self.environment, cwd=self.folder, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def log(self, name: str) -> str:
        return self.running[name].log.read_text()


@pytest.fixture(scope="module")
def production(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    folder = tmp_path_factory.mktemp("production")
    broker_port, web_port = free_ports(2)
    database = new_database(postgres_url)
    parts = urlsplit(database)
    services = compose.services(
        {
            "SECRETSUI_SECRET_KEY": keys.new_secret_key(),
            "SECRETSUI_CREDENTIAL_KEYS": keys.new_credential_key(),
            "SECRETSUI_DIGEST_KEY": keys.new_digest_key(),
            "POSTGRES_PASSWORD": parts.password or "",
            "REDIS_PASSWORD": REDIS_PASSWORD,
        }
    )
    environment = clean_environment(PYTHONPATH=str(ROOT), DJANGO_SETTINGS_MODULE="secretsui.settings")
    environment |= services["web"]["environment"]
    environment |= {
        "SECRETSUI_DATABASE_URL": parts._replace(netloc=f"{parts.username}@127.0.0.1:{parts.port}").geturl(),
        "SECRETSUI_BROKER_URL": f"redis://127.0.0.1:{broker_port}/0",
        "SECRETSUI_BIND": f"127.0.0.1:{web_port}",
        "SECRETSUI_DATA_DIR": str(folder / "nothing-is-written-here"),
        "SECRETSUI_PLAIN_HTTP": "1",  # the TLS proxy in front is not here
    }
    with ExitStack() as stack:
        started = Production(database, services, environment, folder, broker_port, web_port)
        stack.callback(lambda: [each.stop() for each in started.running.values()])
        started.running["redis"] = _redis(started)
        started.run(*started.command("migrate"))
        for name in ("web", "worker", "scheduler"):
            started.start(name)
        browser = Browser(started.address)
        wait_until(lambda: _answers(browser), "the web server answers")
        yield started


def test_it_is_ready_and_writes_nothing_beside_the_database(production: Production) -> None:
    browser = Browser(production.address)
    wait_until(lambda: browser.open("/readyz").status == 200, "database and broker answer")
    assert not Path(production.environment["SECRETSUI_DATA_DIR"]).exists()


def test_the_first_administrator_signs_in(production: Production) -> None:
    said = production.run(sys.executable, "-m", "django", "first_administrator")
    shown = re.search(r"Sign in as admin with the one-time password (\S+);", said)
    assert shown
    browser = Browser(production.address)
    assert browser.sign_in("admin", shown[1]).path == "/account/password/"
    page = browser.send("/account/password/", new=PASSWORD, again=PASSWORD)
    assert (page.path, page.status) == ("/", 200)


def test_the_worker_takes_what_the_scheduler_sends(production: Production) -> None:
    def seen() -> list[tuple[str]]:
        with psycopg.connect(production.database) as connection:
            return connection.execute("SELECT name FROM scanners_workerbeat").fetchall()

    wait_until(seen, "the worker says in the database that it is there")
    broker = redis.Redis(port=production.broker_port, password=REDIS_PASSWORD)
    wait_until(lambda: "secretsui" in str(broker.smembers("_kombu.binding.secretsui")), "the queue is bound")
    before = _commands(broker, "lpush")
    wait_until(lambda: _commands(broker, "lpush") > before, "the scheduler sends a tick")
    wait_until(lambda: broker.llen("secretsui") == 0, "the worker takes it")


def test_the_broker_wants_its_password(production: Production) -> None:
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=production.broker_port).ping()
    assert REDIS_PASSWORD not in _command_line(production.running["redis"].pid)


def test_the_workers_health_check_answers(production: Production) -> None:
    check = production.services["worker"]["healthcheck"]["test"][1]  # type: ignore[index]
    hostname = os.uname().nodename
    check = check.replace("python ", f"{sys.executable} ", 1)
    said = production.run("sh", "-c", f"HOSTNAME={hostname}; {check}")
    assert "pong" in said


def test_a_worker_survives_its_broker(production: Production) -> None:
    production.running["redis"].stop()
    browser = Browser(production.address)
    wait_until(lambda: browser.open("/readyz").status == 503, "readiness says that the broker is gone")
    assert browser.open("/healthz").status == 200
    production.running["redis"] = _redis(production)
    wait_until(lambda: browser.open("/readyz").status == 200, "it is ready again")
    broker = redis.Redis(port=production.broker_port, password=REDIS_PASSWORD)
    wait_until(lambda: _commands(broker, "lpush") > 0, "the scheduler sends again")
    wait_until(lambda: broker.llen("secretsui") == 0, "the worker takes again")


def test_no_password_is_in_any_log(production: Production) -> None:
    secrets = [value for name, value in production.environment.items() if name.endswith(("_PASSWORD", "_KEY", "_KEYS"))]
    assert len(secrets) == 5
    for name in production.running:
        log = production.log(name)
        assert not [secret for secret in secrets if secret in log], name


def _redis(production: Production) -> Running:
    """The compose file's own command, on a loopback port of this test."""
    for program in ("redis-server", "sh"):
        if subprocess.run(["sh", "-c", f"command -v {program}"], capture_output=True).returncode:
            missing(f"{program} is not installed.")
    words = [str(word) for word in production.services["redis"]["command"]]  # type: ignore[attr-defined]
    assert words[-1].count("redis-server -") == 1
    words[-1] = words[-1].replace("server -", f"server - --bind 127.0.0.1 --port {production.broker_port}")
    server = Running("redis", ["env", f"REDIS_PASSWORD={REDIS_PASSWORD}", *words], production.folder)
    broker = redis.Redis(port=production.broker_port, password=REDIS_PASSWORD)
    wait_until(lambda: _true(broker.ping, redis.ConnectionError), "Redis answers")
    return server


def _commands(broker: redis.Redis, name: str) -> int:
    return int(broker.info("commandstats").get(f"cmdstat_{name}", {}).get("calls", 0))


def _answers(browser: Browser) -> bool:
    return _true(lambda: browser.open("/healthz").status == 200, OSError)


def _true(ask: Callable[[], object], not_yet: type[Exception]) -> bool:
    try:
        return bool(ask())
    except not_yet:
        return False


def _command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
