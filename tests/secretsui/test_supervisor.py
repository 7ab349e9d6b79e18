"""The supervisor with children that misbehave: deaf to SIGTERM, dying at once, leaving others behind."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from secretsui import supervisor
from secretsui.supervisor import SECONDS_TO_GO, Service, Supervisor
from tests.secretsui.processes import descendants, runs, wait_until

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"
PARENT = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', sys.argv[1]]); time.sleep(600)"


@pytest.fixture(autouse=True)
def own_signal_handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in supervisor.STOP_SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def supervise(folder: Path, said: list[str], *arguments: str) -> Supervisor:
    service = Service("thing", "thing", (sys.executable, "-c", *arguments))
    return Supervisor((service,), dict(os.environ), folder, said.append)


def test_the_deaf_and_what_they_started_are_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert SECONDS_TO_GO < 5, "promised: every child ends within 5 s"
    monkeypatch.setattr(supervisor, "SECONDS_TO_GO", 0.2)
    said: list[str] = []
    watched = supervise(tmp_path, said, PARENT, DEAF)
    others = descendants(os.getpid())
    watched.start()
    wait_until(lambda: watched.step(0.05) or "thing: ready" in said, "the grandchild is there")
    family = descendants(os.getpid()) - others
    assert len(family) == 2
    watched.stop()
    wait_until(lambda: not any(map(runs, family)), "both are gone")


def test_a_child_that_keeps_dying_is_started_less_and_less_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 0.05)
    said: list[str] = []
    watched = supervise(tmp_path, said, "import sys; print('last words', end=''); sys.exit(3)")
    watched.start()
    wait_until(lambda: watched.step(0.01) or len(said) >= 8, "it died several times")
    watched.stop()
    assert said[:2] == ["thing: last words", "The thing ended (exit code 3); starting it again."]


def test_a_signal_ends_the_wait(tmp_path: Path) -> None:
    watched = supervise(tmp_path, [], "import time; time.sleep(600)")
    watched.start()
    os.kill(os.getpid(), signal.SIGTERM)
    watched.step(600)  # seconds; the signal cuts it short, or this test never ends
    assert watched.stopping
    watched.stop()


def test_output_is_passed_on_by_line(tmp_path: Path) -> None:
    said: list[str] = []
    watched = supervise(
        tmp_path,
        said,
        "import sys, time; sys.stdout.write('a\\n\\nb'); sys.stdout.flush(); print('c\\xff'); time.sleep(9)",
    )
    watched.start()
    wait_until(lambda: watched.step(0.05) or len(said) == 2, "both lines are there")
    watched.stop()
    assert said == ["thing: a", "thing: bcÿ"]
