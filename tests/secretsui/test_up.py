"""`secretsui up` as a stranger starts it: a real process tree on loopback, used over HTTP, ended in every way."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import stat
from pathlib import Path

import pytest

from secretsui import up
from secretsui.listening import Listener
from tests.secretsui.browser import Browser
from tests.secretsui.processes import Up, runs, wait_until

pytestmark = pytest.mark.real

CHOSEN = "violet-harbour-94-kettle"


def test_from_nothing_to_signed_in_and_back_again(tmp_path: Path) -> None:
    with Up(tmp_path) as first:
        assert first.output.strip().splitlines()[-1] == f"secretsui is at {first.address}", "the address comes last"
        password = first.one_time_password
        browser = Browser(first.address)

        assert browser.open("/").path == "/sign-in/"
        page = browser.sign_in("admin", password)
        assert page.path == "/account/password/", "a one-time password opens nothing but the choice of another"
        assert browser.open("/settings/people/").path == "/account/password/"
        page = browser.send("/account/password/", new=CHOSEN, again=CHOSEN)
        assert (page.path, page.status) == ("/", 200)

        assert Browser(first.address).sign_in("admin", password).path == "/sign-in/", "the one-time password is used up"
        children = first.children()
        assert first.stop() == 0
        assert not any(map(runs, children)), "every child ended before the parent"

    with Up(tmp_path) as second:
        assert "one-time password" not in second.output
        browser.address = second.address.rstrip("/")
        assert browser.open("/settings/people/").status == 200, "same keys and data: the session still holds"
        assert second.stop(signal.SIGINT) == 0


def test_what_it_writes_is_for_this_user_only(tmp_path: Path) -> None:
    with Up(tmp_path) as started:
        started.stop()
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in started.data.iterdir()}
    assert stat.S_IMODE(started.data.stat().st_mode) == 0o700
    assert {path.name: oct(mode) for path, mode in modes.items() if mode & 0o077} == {}
    database = sqlite3.connect(started.data / "db.sqlite3")
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    database.close()


def test_a_taken_port_is_said_and_the_next_is_used(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with Up(tmp_path, port) as started:
            assert f"Port {port} is taken" in started.output
            assert Browser(started.address).open("/healthz").status == 200
            assert not started.address.endswith(f":{port}/")


def test_a_second_one_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with Up(tmp_path) as first, Up(tmp_path, wait=False) as second:
        assert second.process.wait(60) == 2
        assert "runs already with the data in" in second.errors
        assert first.address in second.errors, "it says where to find the first"
        assert Browser(first.address).open("/healthz").status == 200


def test_children_die_with_a_killed_parent(tmp_path: Path) -> None:
    with Up(tmp_path) as started:
        children = started.children()
        assert len(children) >= 4, "web server with its worker, worker, scheduler"
        started.process.kill()
        started.process.wait()
        wait_until(lambda: not any(map(runs, children)), "the children are gone")
    with Up(tmp_path) as again:
        assert Browser(again.address).open("/readyz").status == 200, "and nothing is left that hinders a new start"


@pytest.mark.parametrize(
    ("words", "title"),
    [(("celery", "worker"), "worker"), (("celery", " beat "), "scheduler"), (("gunicorn",), "web server")],
)
def test_a_killed_child_is_started_again(tmp_path: Path, words: tuple[str, ...], title: str) -> None:
    with Up(tmp_path) as started:
        killed = started.child(*words)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: f"The {title} ended (SIGKILL); starting it again" in started.errors, "it says so")
        wait_until(lambda: any(_is_another(started, words, killed)), "it is there again")
        assert Browser(started.address).open("/readyz").status == 200


def _is_another(started: Up, words: tuple[str, ...], killed: int) -> list[bool]:
    try:
        return [started.child(*words) != killed]
    except (ValueError, FileNotFoundError):  # none, or one that ended while we looked
        return []


def test_a_database_without_its_keys_is_not_given_new_ones(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "db.sqlite3").touch()
    with Up(tmp_path, wait=False) as started:
        assert started.process.wait(60) == 2
    assert "Put the file back from a backup" in started.errors
    assert not (data / "credential-keys").exists()


def test_data_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    with Up(tmp_path) as started:
        started.stop()
    database = sqlite3.connect(started.data / "db.sqlite3")
    with database:
        database.execute("INSERT INTO django_migrations VALUES (NULL, 'scanners', '9999_of_tomorrow', '2030-01-01')")
    with Up(tmp_path, wait=False) as started:
        assert started.process.wait(60) == 2
    assert "the data was written by a newer version of secretsui (scanners.9999_of_tomorrow)" in started.errors
    database.close()


def test_a_broken_database_is_a_sentence(tmp_path: Path) -> None:
    with Up(tmp_path) as started:
        started.stop()
    for name in ("db.sqlite3", "db.sqlite3-wal"):
        (started.data / name).write_bytes(b"this is no database" * 1000)
    with Up(tmp_path, wait=False) as started:
        assert started.process.wait(60) == 2
    assert "the database cannot be used: file is not a database." in started.errors
    assert "Traceback" not in started.errors


def test_an_unusable_folder_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a folder")
    with Up(tmp_path, wait=False) as started:
        assert started.process.wait(60) == 2
    assert "the data folder" in started.errors
    assert "--data-dir" in started.errors
    assert "Traceback" not in started.errors


def test_a_bad_setting_is_a_sentence(tmp_path: Path) -> None:
    with Up(tmp_path, wait=False, SECRETSUI_SESSION_HOURS="soon") as started:
        assert started.process.wait(60) == 2
    assert "SECRETSUI_SESSION_HOURS must be a whole number from 1 to 168." in started.errors
    assert "Traceback" not in started.errors


def test_only_loopback_is_local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("SECRETSUI_", "DJANGO_")) or name in ("PYTHONPATH", "TMPDIR", "PYTHONUNBUFFERED"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(os, "environ", dict(os.environ, SECRETSUI_LOCAL="1"))
    with socket.socket() as anything:
        up._environment(tmp_path, Listener(anything, "192.0.2.7", 8000, loopback=False))
        assert os.environ["SECRETSUI_LOCAL"] == "0"
        assert "SECRETSUI_PLAIN_HTTP" not in os.environ
        assert "192.0.2.7" in os.environ["SECRETSUI_ALLOWED_HOSTS"].split(",")
        up._environment(tmp_path, Listener(anything, "127.0.0.1", 8000, loopback=True))
        assert os.environ["SECRETSUI_LOCAL"] == "1"
        assert os.environ["SECRETSUI_PLAIN_HTTP"] == "1"
