"""`secretsui up` as a real process, and what /proc says about its children."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMAND = "import sys; from pathlib import Path; from secretsui.up import run; "
PATIENCE_SECONDS = 60.0


def wait_until(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, f"still waiting until {what}"
        time.sleep(0.05)


def clean_environment(**more: str) -> dict[str, str]:
    """This process's environment without any setting of secretsui or Django."""
    ours = ("SECRETSUI_", "DJANGO_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | more


def descendants(pid: int) -> set[int]:
    """Every process below `pid`, by id."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return set()
    return {int(child) for child in children}.union(*(descendants(int(child)) for child in children))


def runs(pid: int) -> bool:
    """Whether the process exists and is no zombie waiting for its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


class Up:
    """One start of `up`. What it prints is in `output` and `errors`; it is killed when the `with` ends."""

    def __init__(self, folder: Path, port: int = 0, *, wait: bool = True, **environment: str) -> None:
        self.data = folder / "data"
        self._output = folder / f"output-{time.monotonic_ns()}"
        self._errors = folder / f"errors-{time.monotonic_ns()}"
        with self._output.open("wb") as output, self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-c", f"{COMMAND}sys.exit(run(port={port}, data_dir=Path({str(self.data)!r})))"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                env=clean_environment(PYTHONPATH=str(ROOT), **environment),
                cwd=folder,
            )
        if wait:
            wait_until(lambda: "secretsui is at" in self.output or self.process.poll() is not None, "it is up")
            assert self.process.poll() is None, self.errors

    @property
    def output(self) -> str:
        return self._output.read_text()

    @property
    def errors(self) -> str:
        return self._errors.read_text()

    @property
    def address(self) -> str:
        found = re.search(r"^secretsui is at (\S+)$", self.output, re.MULTILINE)
        assert found, self.output + self.errors
        return found[1]

    @property
    def one_time_password(self) -> str:
        found = re.search(r"one-time password (\S+)$", self.output, re.MULTILINE)
        assert found, self.output + self.errors
        return found[1]

    def children(self) -> set[int]:
        return descendants(self.process.pid)

    def child(self, *words: str) -> int:
        """The child, or the first of a family of them, whose command holds these words."""
        return min(pid for pid in self.children() if all(word in command_of(pid) for word in words))

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)

    def __enter__(self) -> Up:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            children = self.children()
            self.process.kill()
            self.process.wait()
            wait_until(lambda: not any(map(runs, children)), "the children are gone")
