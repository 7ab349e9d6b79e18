"""A real PostgreSQL and a real Redis on loopback, for tests that need what production runs on.

`postgres_url` and `redis_url` are session fixtures; where the programs are not installed (`python -m tests.install`
brings them on Debian) the test is skipped with that reason, and under CI=true it fails.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from tests.cluster.processes import Running, free_ports
from tests.missing import missing

SECONDS_TO_START = 30.0


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres() as url:
        yield url


@contextmanager
def postgres() -> Iterator[str]:
    """`postgresql://user:password@127.0.0.1:port/postgres` of a superuser; make databases with `new_database`."""
    programs = _postgres_programs()
    if programs is None:
        missing("PostgreSQL is not installed: initdb and postgres were not found.")
    with _folder("postgres") as folder:
        password, port = secrets.token_urlsafe(24), free_ports(1)[0]
        as_user = _as_other_than_root(folder)
        passwords = folder / "password"
        passwords.write_text(password, encoding="utf-8")
        _give_away(passwords)
        cluster = folder / "cluster"
        subprocess.run(
            [*as_user, programs / "initdb", "--auth=scram-sha-256", "--username=tester", f"--pwfile={passwords}",
             "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", f"--pgdata={cluster}"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
        )  # fmt: skip
        options = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
        command = [*as_user, str(programs / "postgres"), "-D", str(cluster)]
        server = Running("postgres", command + [f"-c{name}={value}" for name, value in options.items()], folder)
        url = f"postgresql://tester:{password}@127.0.0.1:{port}/postgres"
        try:
            _wait_for(server, lambda: psycopg.connect(url).close(), psycopg.OperationalError)
            yield url
        finally:
            server.stop()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """`redis://:password@127.0.0.1:port/0`."""
    program = shutil.which("redis-server")
    if program is None:
        missing("Redis is not installed: redis-server was not found.")
    with _folder("redis") as folder:
        password, port = secrets.token_urlsafe(24), free_ports(1)[0]
        settings = folder / "redis.conf"
        settings.write_text(f'bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\n')
        server = Running("redis", [program, str(settings)], folder)
        url = f"redis://:{password}@127.0.0.1:{port}/0"
        try:
            _wait_for(server, lambda: redis.Redis.from_url(url).ping(), redis.ConnectionError)
            yield url
        finally:
            server.stop()


def new_database(postgres_url: str) -> str:
    """The URL of a new, empty database on that server."""
    name = f"test_{secrets.token_hex(4)}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return urlsplit(postgres_url)._replace(path=f"/{name}").geturl()


def _postgres_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    initdb = str(found[-1]) if found else shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def _wait_for(server: Running, ask: object, not_yet: type[Exception]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            ask()  # type: ignore[operator]
            return
        except not_yet:
            if not server.alive or time.monotonic() > deadline:
                raise RuntimeError(f"{server.name} did not start: {server.last_words()}") from None
            time.sleep(0.05)


@contextmanager
def _folder(name: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"secretsui-{name}-"))
    _give_away(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _give_away(path: Path) -> None:
    if os.geteuid() == 0:
        user = _unprivileged()
        os.chown(path, user.pw_uid, user.pw_gid)


def _as_other_than_root(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root. `setpriv` becomes the program, so that signals reach it."""
    if os.geteuid() != 0:
        return []
    user = _unprivileged()
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
