"""`secretsui up`: the whole product on one machine, in one process tree, with its data in one folder."""

from __future__ import annotations

import fcntl
import http.client
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

import secretsui
from secretsui.environment import SettingError
from secretsui.environment import data_dir as default_data_dir
from secretsui.keys import CREDENTIAL_KEYS_FILE, ensure_keys
from secretsui.listening import CannotListen, Listener, listen
from secretsui.logs import describe
from secretsui.supervisor import Service, Supervisor, on_stop_signals

WEB = "gunicorn --config python:secretsui.gunicorn_settings secretsui.wsgi:application"
WORKER = (
    "celery --quiet --app secretsui.celery worker --pool threads --without-gossip --without-mingle --without-heartbeat"
)
SCHEDULER = "celery --quiet --app secretsui.celery beat --pidfile="

SECONDS_TO_FIRST_PAGE = 60.0
COULD_NOT = 2


class CannotStart(Exception):
    """The message is a sentence that says what to do."""


def run(host: str = "127.0.0.1", port: int = 8000, data_dir: Path | None = None) -> int:
    """Serves until Ctrl-C or SIGTERM, which end every child within 5 seconds. Returns the exit code.

    The data folder is made if need be, and is locked while this runs. The address is the last thing printed.
    """
    # Until the children run, a signal to stop interrupts whatever is being prepared.
    on_stop_signals(signal.default_int_handler)
    try:
        folder = _data_folder(data_dir)
        with _only_one(folder) as lock:
            listener = listen(host, port)
            _environment(folder, listener)
            _keys(folder)
            _note_address(lock, listener)
            _prepare()
            return _serve(folder, listener, port)
    except (CannotStart, CannotListen) as error:
        _complain(f"secretsui cannot start: {error}")
    except SettingError as error:
        _complain(str(error.code))
    except KeyboardInterrupt:
        _complain("Stopped before it was up; nothing is lost.")
        return 0
    return COULD_NOT


def _data_folder(wanted: Path | None) -> Path:
    folder = (wanted or default_data_dir()).expanduser().absolute()
    os.umask(0o077)  # everything here, and what the children write, is for this user only
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
        temporary = folder / "tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(mode=0o700)
    except OSError as error:
        raise CannotStart(
            f"the data folder {folder} cannot be used ({error.strerror}); give another with --data-dir."
        ) from None
    return folder


@contextmanager
def _only_one(folder: Path) -> Iterator[TextIO]:
    """Holds a lock on the data folder; it goes with this process, however that ends."""
    with (folder / "up.lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            where = lock.read().strip() or "it is still starting"
            raise CannotStart(
                f"it runs already with the data in {folder} ({where}). Use that one, stop it, or give "
                "another folder with --data-dir."
            ) from None
        lock.truncate(0)
        yield lock


def _note_address(lock: TextIO, listener: Listener) -> None:
    lock.write(f"process {os.getpid()}, {listener.url}\n")
    lock.flush()


def _environment(folder: Path, listener: Listener) -> None:
    """What the settings are read from, here and in the children."""
    environment = os.environ
    environment["DJANGO_SETTINGS_MODULE"] = "secretsui.settings"
    environment["SECRETSUI_DATA_DIR"] = str(folder)
    environment["SECRETSUI_LOCAL"] = "1" if listener.loopback else "0"
    environment["SECRETSUI_BIND"] = f"fd://{listener.socket.fileno()}"
    _default("SECRETSUI_LOG_LEVEL", "WARNING")
    if listener.loopback:
        _default("SECRETSUI_PLAIN_HTTP", "1")
    else:
        _default("SECRETSUI_ALLOWED_HOSTS", ",".join(_names_of_this_machine(listener)))
    environment["TMPDIR"] = str(folder / "tmp")
    tempfile.tempdir = None  # so that it is looked up again
    environment["PYTHONUNBUFFERED"] = "1"
    # The children run in the data folder, so that no file of the present one is imported by accident.
    paths = [str(Path(secretsui.__file__).absolute().parents[1]), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    if own := environment.get("KUBECONFIG"):
        environment["KUBECONFIG"] = os.pathsep.join(
            str(Path(path).absolute()) for path in own.split(os.pathsep) if path
        )


def _default(name: str, value: str) -> None:
    if not os.environ.get(name) and not os.environ.get(f"{name}_FILE"):
        os.environ[name] = value


def _names_of_this_machine(listener: Listener) -> list[str]:
    """Host names under which a browser may ask for us when we listen beyond loopback."""
    names = {"localhost", "127.0.0.1", "[::1]", socket.gethostname().lower(), socket.getfqdn().lower(), listener.host}
    with suppress(OSError):  # a machine that does not know its own name is still reached by address
        names |= {str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None)}
    return sorted(f"[{name}]" if ":" in name and not name.startswith("[") else name for name in names)


def _keys(folder: Path) -> None:
    """Makes the keys at the first start; refuses to put a new one beside data that needs the old one."""
    given = any(os.environ.get(f"SECRETSUI_CREDENTIAL_KEYS{end}") for end in ("", "_FILE"))
    if (folder / "db.sqlite3").exists() and not (folder / CREDENTIAL_KEYS_FILE).exists() and not given:
        raise CannotStart(
            f"{folder} holds a database but not {CREDENTIAL_KEYS_FILE}, which its cluster credentials need. "
            "Put the file back from a backup, or move db.sqlite3 away to begin anew."
        )
    ensure_keys(folder)


def _prepare() -> None:
    """Database, static files, first administrator, demo cluster: all of it harmless when done already."""
    import django

    django.setup()
    from django.db import Error, connections

    from secretsui.accounts.passwords import ensure_first_administrator
    from secretsui.assets import ensure_collected

    ensure_collected()
    try:
        _migrate()
        made = ensure_first_administrator()
    except Error as error:
        why = str(error).partition("\n")[0] or type(error).__name__
        raise CannotStart(f"the database cannot be used: {why}.") from None
    if made is not None:
        name, password = made
        _tell(f"Sign in as {name} with the one-time password {password}")
        _tell("It is shown only now; you choose your own at the first sign-in.")
    _load_demo()
    connections.close_all()


def _migrate() -> None:
    """Brings the database to this version, unless a newer one wrote it: then nothing is touched."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    ahead = sorted(set(loader.applied_migrations) - set(loader.disk_migrations))
    if ahead:
        raise CannotStart(
            f"the data was written by a newer version of secretsui ({'.'.join(ahead[-1])}). Start that version, or "
            "give another folder with --data-dir."
        )
    call_command("migrate", interactive=False, verbosity=0)


def _load_demo() -> None:
    try:
        from scanners.demo.load import ensure_demo

        ensure_demo()
    except Exception as error:  # noqa: BLE001  # without its demo the product is whole; this is where that is said
        _complain(f"The demo cluster could not be loaded; all else works. Please report this: {describe(error)}")


def _serve(folder: Path, listener: Listener, wanted_port: int) -> int:
    supervisor = Supervisor(_services(listener), os.environ.copy(), folder, _complain)
    try:
        supervisor.start()
        deadline = time.monotonic() + SECONDS_TO_FIRST_PAGE
        while not supervisor.stopping and not _answers(listener):
            if time.monotonic() > deadline:
                raise CannotStart("its web server did not answer within a minute; the lines above say why.")
            supervisor.step(0.1)
        if not supervisor.stopping:
            _announce(folder, listener, wanted_port)
        while not supervisor.stopping:
            supervisor.step()
    finally:
        supervisor.stop()
    _tell("Stopped.")
    return 0


def _services(listener: Listener) -> tuple[Service, ...]:
    """The same commands as in docker-compose.yml."""
    # -P: the working folder is not searched for modules.
    python = (sys.executable, "-P", "-m")
    return (
        Service("web", "web server", (*python, *WEB.split()), inherited=(listener.socket.fileno(),)),
        Service("worker", "worker", (*python, *WORKER.split())),
        Service("scheduler", "scheduler", (*python, *SCHEDULER.split())),
    )


def _answers(listener: Listener) -> bool:
    """Whether the web server says that it is healthy."""
    client = http.client.HTTPConnection(listener.connect_to, listener.port, timeout=1)
    try:
        client.request("GET", "/healthz", headers={"Connection": "close"})
        return client.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        client.close()


def _announce(folder: Path, listener: Listener, wanted_port: int) -> None:
    _tell(f"Data and keys are in {folder}; Ctrl-C stops everything and loses nothing.")
    if not listener.loopback:
        _tell(
            "Warning: this is reachable from other machines and speaks no TLS. Put a TLS proxy in front of it; "
            "browsers keep the sign-in cookie only over https. docs/running-in-production.md says how."
        )
        _tell(f"It answers to these names: {os.environ['SECRETSUI_ALLOWED_HOSTS']} (SECRETSUI_ALLOWED_HOSTS).")
    if wanted_port not in (0, listener.port):
        _tell(f"Port {wanted_port} is taken, so it is {listener.port}.")
    _tell(f"secretsui is at {listener.url}")


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _complain(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
