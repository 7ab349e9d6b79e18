"""Runs one command and prints what it took, as JSON: `python -I -S launch.py COMMAND…`.

A program of its own, and a small one, because Linux counts the memory of the process that starts a command as
the command's own until it has become another program (getrusage(2), ru_maxrss).
"""

from __future__ import annotations

import json
import os
import sys
import time


def main() -> None:
    began = time.monotonic()
    process = os.spawnvp(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
    _, status, usage = os.wait4(process, 0)
    took = {
        "exit_code": os.waitstatus_to_exitcode(status),
        "wall_seconds": time.monotonic() - began,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_megabytes": usage.ru_maxrss / 1024,
    }
    print(json.dumps(took))


if __name__ == "__main__":
    main()
