"""Keeps a handful of child processes running, and ends all of them in time.

Each child leads its own process group, so Ctrl-C in the terminal reaches only the parent, and whatever a child
leaves behind can be ended with it. On Linux a child dies with the parent however that ends (`tied.py`). One thread
does everything here: the wish to die with the parent is tied to the thread that started the child.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

TIED = Path(__file__).with_name("tied.py")

SECONDS_TO_GO = 3.5
"""From SIGTERM to SIGKILL: a running scan gives itself back within 3 s."""

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
"""Seconds before a child that ended is started again; doubled each time it ends soon after its start."""

SETTLED_SECONDS = 30.0
FAREWELL = b"worker: Warm shutdown"
"""What Celery prints when it is told to end, whatever the log level."""

LOOK_SECONDS = 0.25
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


Handler = Callable[[int, FrameType | None], None]


def on_stop_signals(handler: Handler) -> None:
    """Handles Ctrl-C, SIGTERM and the closing of the terminal, the last unless nohup asked to ignore it."""
    for number in STOP_SIGNALS:
        if not (number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN):
            signal.signal(number, handler)


@dataclass(frozen=True)
class Service:
    """A program that is to run all the time. `title` is how a sentence calls it."""

    name: str
    title: str
    command: tuple[str, ...]
    inherited: tuple[int, ...] = ()
    """File descriptors, listening sockets for instance."""


@dataclass
class _Child:
    service: Service
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    start_again: float = 0.0
    rest: bytes = b""
    """Output after the last line end."""


@dataclass
class Supervisor:
    """`start`, then `step` again and again until `stopping`, then `stop`.

    `say` gets each line for people: what a child printed, after its name, and that a child ended.
    """

    services: tuple[Service, ...]
    environment: Mapping[str, str]
    folder: Path
    say: Callable[[str], None]
    stopping: bool = False
    _children: list[_Child] = field(default_factory=list)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def start(self) -> None:
        """Starts every service, and listens to the signals that mean stop."""
        woken, self._waker = socket.socketpair()
        for end in (woken, self._waker):
            end.setblocking(False)
        self._selector.register(woken, selectors.EVENT_READ)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        on_stop_signals(self._stop_soon)
        self._children = [_Child(service) for service in self.services]
        for child in self._children:
            self._launch(child)

    def step(self, seconds: float = LOOK_SECONDS) -> None:
        """Passes output on and starts again what ended; returns after at most `seconds`."""
        for key, _ in self._selector.select(seconds):
            if isinstance(key.data, _Child):
                self._pass_on(key.data, os.read(key.fd, 65536))
            else:
                key.fileobj.recv(4096)  # type: ignore[union-attr]  # only wakes up: `stopping` is set
        now = time.monotonic()
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                self._bury(child, now)
            if child.process is None and now >= child.start_again and not self.stopping:
                self._launch(child)

    def stop(self) -> None:
        """Ends every child: SIGTERM, then SIGKILL after SECONDS_TO_GO or at the second wish to stop."""
        self.stopping = False  # from here on it means: at once
        alive = [child for child in self._children if child.process is not None]
        for child in alive:
            with suppress(ProcessLookupError):
                self._process(child).terminate()
        deadline = time.monotonic() + SECONDS_TO_GO
        while any(self._process(child).poll() is None for child in alive):
            if time.monotonic() > deadline or self.stopping:
                break
            for key, _ in self._selector.select(0.05):
                if isinstance(key.data, _Child):
                    self._pass_on(key.data, os.read(key.fd, 65536))
        for child in alive:
            _end_group(self._process(child))
            self._process(child).wait()
        signal.set_wakeup_fd(-1)
        self._selector.close()

    def _stop_soon(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    @staticmethod
    def _process(child: _Child) -> subprocess.Popen[bytes]:
        assert child.process is not None
        return child.process

    def _launch(self, child: _Child) -> None:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(TIED), str(os.getpid()), *child.service.command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(self.environment),
            cwd=self.folder,
            pass_fds=child.service.inherited,
            process_group=0,
        )
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        self._selector.register(process.stdout, selectors.EVENT_READ, child)
        child.process, child.started, child.rest = process, time.monotonic(), b""

    def _bury(self, child: _Child, now: float) -> None:
        """Notes the end of a child, ends what it left behind, and sets the time of the next start."""
        process = self._process(child)
        assert process.stdout is not None
        _end_group(process)
        with suppress(KeyError):
            self._selector.unregister(process.stdout)
        with suppress(BlockingIOError):
            self._pass_on(child, process.stdout.read() or b"", final=True)
        process.stdout.close()
        child.process = None
        if now - child.started > SETTLED_SECONDS:
            child.pause = FIRST_PAUSE
        child.start_again = now + child.pause
        soon = "" if child.pause < 1 else f" in {child.pause:.0f} s"
        child.pause = min(child.pause * 2, LONGEST_PAUSE)
        if not self.stopping:
            self.say(f"The {child.service.title} ended ({_cause(process.returncode)}); starting it again{soon}.")

    def _pass_on(self, child: _Child, output: bytes, *, final: bool = False) -> None:
        if not output and not final:
            self._selector.unregister(self._process(child).stdout)  # type: ignore[arg-type]  # end of file
            return
        *lines, child.rest = (child.rest + output).split(b"\n")
        if final and child.rest:
            lines.append(child.rest)
        for line in lines:
            if line.strip() and not line.startswith(FAREWELL):
                self.say(f"{child.service.name}: {line.decode(errors='replace')}")


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the group that the child led, for whatever is left of it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _cause(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
