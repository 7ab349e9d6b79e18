"""Runs a program that ends when its parent does, even if the parent is killed with -9.

    python tied.py PARENT_PID COMMAND…

The wish is made here, in the new process, and outlives the exec: PR_SET_PDEATHSIG of prctl(2), on Linux. Needs nothing
but the standard library, so it starts in a few milliseconds with `python -I -S`.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(parent: int) -> None:
    """Asks the kernel for SIGKILL on the death of the thread that started this process. Does nothing elsewhere."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the wish was heard
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606  # no shell is meant
