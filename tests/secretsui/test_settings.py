"""Settings: nothing has an insecure default, and what cannot be used stops the start with a sentence."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from secretsui import environment, keys
from secretsui.environment import SettingError
from tests.secretsui.processes import ROOT, clean_environment

# Fixed, since they stand in the names of tests, which every process of a run must collect alike.
SECRET_KEY = "0123456789abcdefghij-KLMNOPQRSTUVWXYZ"
CREDENTIAL_KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
PRINT = """
import json, sys
from django.conf import settings
print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}, default=str))
"""


def start(*names: str, folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """A fresh process that reads the settings with these variables and prints some of them as JSON."""
    variables = {
        "SECRETSUI_DATA_DIR": str(folder),
        "SECRETSUI_SECRET_KEY": SECRET_KEY,
        "SECRETSUI_CREDENTIAL_KEYS": CREDENTIAL_KEY,
        "SECRETSUI_DIGEST_KEY": CREDENTIAL_KEY,
    } | given
    return subprocess.run(
        [sys.executable, "-c", PRINT, *names],
        env=clean_environment(PYTHONPATH=str(ROOT), DJANGO_SETTINGS_MODULE="secretsui.settings", **variables),
        capture_output=True,
        text=True,
    )


def values(*names: str, folder: Path, **given: str) -> Any:
    ended = start(*names, folder=folder, **given)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def refusal(folder: Path, **given: str) -> str:
    """The one line on standard error with which the start was refused."""
    ended = start("DEBUG", folder=folder, **given)
    assert ended.returncode == 1
    assert ended.stderr.startswith("secretsui cannot start: "), ended.stderr
    assert ended.stderr.count("\n") == 1, ended.stderr
    return ended.stderr


def test_secure_by_default(tmp_path: Path) -> None:
    found = values(
        "DEBUG",
        "LOCAL",
        "PLAIN_HTTP",
        "ALLOWED_HOSTS",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SESSION_COOKIE_NAME",
        "SECURE_HSTS_SECONDS",
        "SESSION_COOKIE_AGE",
        "PROXY_HOPS",
        "LOOPBACK_CLUSTERS",
        folder=tmp_path,
    )
    assert found == {
        "DEBUG": False,
        "LOCAL": False,
        "PLAIN_HTTP": False,
        "ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]"],
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_NAME": "__Host-secretsui-session",
        "SECURE_HSTS_SECONDS": 31_536_000,
        "SESSION_COOKIE_AGE": 12 * 3600,
        "PROXY_HOPS": 0,
        "LOOPBACK_CLUSTERS": False,
    }


def test_no_key_is_ever_made_up(tmp_path: Path) -> None:
    for name in ("SECRETSUI_SECRET_KEY", "SECRETSUI_CREDENTIAL_KEYS", "SECRETSUI_DIGEST_KEY"):
        said = refusal(tmp_path, **{name: ""})
        assert f"{name} is not set and {tmp_path}" in said
        assert "`python -m secretsui.keys`" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SECRETSUI_SECRET_KEY", "short", "must be at least 32 random characters"),
        ("SECRETSUI_SECRET_KEY", "a" * 60, "must be at least 32 random characters"),
        (
            "SECRETSUI_CREDENTIAL_KEYS",
            f"{CREDENTIAL_KEY},hunter2",
            "key 2 of SECRETSUI_CREDENTIAL_KEYS is not 32 bytes",
        ),
        ("SECRETSUI_DIGEST_KEY", "hunter2" * 7, "is not 32 bytes in URL-safe base64"),
        ("SECRETSUI_DIGEST_KEY", "hunter2", "is not 32 bytes in URL-safe base64"),
        ("SECRETSUI_DEBUG", "maybe", "SECRETSUI_DEBUG must be 1 or 0"),
        ("SECRETSUI_SESSION_HOURS", "-1", "SECRETSUI_SESSION_HOURS must be a whole number from 1 to 168."),
        ("SECRETSUI_SESSION_HOURS", "1.5", "SECRETSUI_SESSION_HOURS must be a whole number from 1 to 168."),
        ("SECRETSUI_DATABASE_URL", "mysql://u:hunter2@host/db", "no other kind of database is supported"),
        ("SECRETSUI_DATABASE_URL", "postgresql://u:hunter2@host/", "the name of the database is missing"),
        ("SECRETSUI_DATABASE_URL", "postgresql://u:hunter2/x@host/db", "must be percent-encoded"),
        ("SECRETSUI_BROKER_URL", "amqp://u:hunter2@host", "must look like redis://"),
        ("SECRETSUI_BROKER_URL", "redis://:hunter2@host:port/0", "must be percent-encoded"),
        ("SECRETSUI_CSRF_TRUSTED_ORIGINS", "secrets.example.org", "must list origins with a scheme"),
        ("SECRETSUI_PROXY_HEADER", "X-Forwarded-Proto: https", "must be the name of a header"),
        ("SECRETSUI_LOG_LEVEL", "loud", "must be one of DEBUG, INFO, WARNING, ERROR"),
        (
            "SECRETSUI_SECRET_KEY_FILE",
            "/no/such/file",
            "both SECRETSUI_SECRET_KEY and SECRETSUI_SECRET_KEY_FILE are set",
        ),
        ("SECRETSUI_DATABASE_URL_FILE", "/no/such/file", "cannot be read: /no/such/file: No such file or directory."),
    ],
)
def test_a_bad_value_is_one_sentence_without_the_value(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    said = refusal(tmp_path, **{name: value})
    assert sentence in said
    assert "hunter2" not in said


def test_every_way_to_start_ends_with_the_sentence(tmp_path: Path) -> None:
    commands = (
        ("-m", "django", "migrate"),
        ("-m", "gunicorn", "--config", "python:secretsui.gunicorn_settings", "secretsui.wsgi:application"),
        ("-m", "celery", "--app", "secretsui.celery", "worker"),
        ("-m", "celery", "--app", "secretsui.celery", "beat"),
    )
    variables = {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "secretsui.settings"}
    for command in commands:
        ended = subprocess.run(
            [sys.executable, *command],
            env=clean_environment(**variables, SECRETSUI_DATA_DIR=str(tmp_path)),
            capture_output=True,
            text=True,
        )
        assert ended.returncode != 0, command
        assert "SECRETSUI_SECRET_KEY is not set" in ended.stderr, command
        assert "Traceback" not in ended.stderr, ended.stderr


def test_local_mode_is_refused_beyond_loopback(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--check-config", "--config", "python:secretsui.gunicorn_settings", "x:y"],
        env=clean_environment(
            PYTHONPATH=str(ROOT),
            SECRETSUI_DATA_DIR=str(tmp_path),
            SECRETSUI_SECRET_KEY=SECRET_KEY,
            SECRETSUI_CREDENTIAL_KEYS=CREDENTIAL_KEY,
            SECRETSUI_DIGEST_KEY=CREDENTIAL_KEY,
            SECRETSUI_LOCAL="1",
            SECRETSUI_BIND="192.0.2.1:8000",
        ),
        capture_output=True,
        text=True,
    )
    assert ended.returncode != 0
    assert "SECRETSUI_LOCAL lets whoever signs in use this machine's own kubeconfig" in ended.stderr


def test_secrets_come_from_files(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://me:s%2Fecret@db.example:5433/posture?sslmode=verify-full\n")
    database = values("DATABASES", folder=tmp_path, SECRETSUI_DATABASE_URL_FILE=str(file))["DATABASES"]["default"]
    assert (database["USER"], database["PASSWORD"]) == ("me", "s/ecret")
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example", "5433", "posture")
    assert database["OPTIONS"] == {"sslmode": "verify-full"}


def test_passwords_given_apart_may_hold_anything(tmp_path: Path) -> None:
    found = values(
        "DATABASES",
        "BROKER_URL",
        folder=tmp_path,
        SECRETSUI_DATABASE_URL="postgresql://me@db/posture",
        SECRETSUI_DATABASE_PASSWORD="a/b@c:d#e",
        SECRETSUI_BROKER_URL="rediss://redis.example:6380/2",
        SECRETSUI_BROKER_PASSWORD="a/b@c",
    )
    assert found["DATABASES"]["default"]["PASSWORD"] == "a/b@c:d#e"
    assert found["BROKER_URL"] == "rediss://:a%2Fb%40c@redis.example:6380/2"


def test_the_data_folder_follows_the_xdg_specification(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRETSUI_DATA_DIR")
    monkeypatch.setenv("HOME", "/home/ada")
    for home, folder in (
        ("", "/home/ada/.local/share/secretsui"),
        ("relative/is/ignored", "/home/ada/.local/share/secretsui"),
        ("/srv/data", "/srv/data/secretsui"),
    ):
        monkeypatch.setenv("XDG_DATA_HOME", home)
        assert environment.data_dir() == Path(folder)


def test_a_misspelt_setting_is_pointed_out(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "django", "check"],
        env=clean_environment(
            PYTHONPATH=str(ROOT),
            DJANGO_SETTINGS_MODULE="secretsui.settings",
            SECRETSUI_DATA_DIR=str(tmp_path),
            SECRETSUI_SECRET_KEY=SECRET_KEY,
            SECRETSUI_CREDENTIAL_KEYS=CREDENTIAL_KEY,
            SECRETSUI_DIGEST_KEY=CREDENTIAL_KEY,
            SECRETSUI_ALOWED_HOSTS="x",
        ),
        capture_output=True,
        text=True,
    )
    assert "SECRETSUI_ALOWED_HOSTS is set, but this version has no such setting" in ended.stderr
    assert ended.stderr.count("secretsui.W001") == 1


def test_key_files_are_made_once_and_kept_private(tmp_path: Path) -> None:
    made = keys.ensure_keys(tmp_path)
    before = [path.read_text() for path in made]
    assert [path.name for path in made] == ["secret-key", "credential-keys", "digest-key"]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in made)
    assert keys.ensure_keys(tmp_path) == []
    assert [path.read_text() for path in made] == before
    assert refusal_of_open_key(tmp_path) == f"the key file {tmp_path}/secret-key can be read by other users; " + (
        f"run `chmod 600 {tmp_path}/secret-key`."
    )


def refusal_of_open_key(folder: Path) -> str:
    (folder / "secret-key").chmod(0o640)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SettingError) as refused:
        patch.delenv("SECRETSUI_SECRET_KEY", raising=False)
        keys.secret_key(folder)
    return str(refused.value)
