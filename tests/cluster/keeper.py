"""Runs one program and sees to it that the program ends when the process that wanted it does, however that ends.

    python keeper.py OWNER_PID FOLDER LOG COMMAND…

The keeper's own standard output gets one line, the program's process id. It ends the program when its owner is gone
(then it removes FOLDER too, since nobody else will) and ends itself when the program does, with its exit code.

Why not only PR_SET_PDEATHSIG in the child: that signal comes when the *thread* that started the child ends (prctl(2)),
and tests start API servers from threads. Here the main thread of the keeper starts it, and lives as long. The keeper
needs nothing but the standard library, so that it starts in a few milliseconds with `python -I -S`.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable

PR_SET_PDEATHSIG = 1  # linux/prctl.h
SECONDS_BETWEEN_LOOKS = 0.1


def main() -> int:
    owner, folder, log, command = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
    with open(log, "ab") as output:
        program = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder, preexec_fn=_die_with_keeper()
        )
    print(program.pid, flush=True)
    while program.poll() is None:
        if os.getppid() != owner:
            program.kill()
            program.wait()
            shutil.rmtree(folder, ignore_errors=True)
            break
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return program.returncode if program.returncode >= 0 else 128 - program.returncode


def _die_with_keeper() -> Callable[[], object] | None:
    """For the case that someone kills the keeper itself; only Linux has this."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
