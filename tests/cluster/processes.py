"""Programs that run beside a test: started under a keeper, watched, frozen, stopped by their id."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

KEEPER = Path(__file__).with_name("keeper.py")
SECONDS_TO_GO = 3.0


class Running:
    """One program started by `start`. Its output is in `log`; it never outlives the process that started it."""

    def __init__(self, name: str, command: list[str], folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._keeper = subprocess.Popen(
            [sys.executable, "-I", "-S", str(KEEPER), str(os.getpid()), str(folder), str(self.log), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the tests; they stop their programs in their own order
            text=True,
        )
        assert self._keeper.stdout is not None
        with self._keeper.stdout as line:
            told = line.readline().strip()
        if not told.isdigit():
            raise RuntimeError(f"{name} did not start: {' '.join(command)}")
        self.pid = int(told)

    @property
    def alive(self) -> bool:
        return self._keeper.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to the program; nothing happens if it has ended."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def stop(self, *, kill: bool = False) -> None:
        """Ends the program and waits for it: politely (SIGTERM) for some seconds unless `kill`, frozen or not."""
        if not kill:
            self.signal(signal.SIGTERM)
            self.signal(signal.SIGCONT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._keeper.wait(SECONDS_TO_GO)
        self.signal(signal.SIGKILL)
        self._keeper.wait(SECONDS_TO_GO)

    def last_words(self, characters: int = 1500) -> str:
        """The end of the program's output, for an error message."""
        try:
            return self.log.read_text(encoding="utf-8", errors="replace")[-characters:].strip()
        except FileNotFoundError:
            return ""


def free_ports(count: int) -> list[int]:
    """Loopback ports that were free a moment ago. Another process may take one first: be ready to try again."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
