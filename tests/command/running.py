"""Running the command as a process of its own, as a shell would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

COMMAND = [sys.executable, "-m", "secretsui.command"]
ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120.0


class Ended(NamedTuple):
    code: int
    out: str
    err: str


def secretsui(*arguments: str | Path, stdin: bytes = b"", **changes: str) -> Ended:
    """Run `secretsui ARGUMENTS…` to its end. `changes` are environment variables."""
    ended = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=SECONDS,
        env=environment(**changes),
        check=False,
    )
    return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


def environment(**changes: str) -> dict[str, Any]:
    """The environment of a shell that has never heard of a cluster, with the checkout importable from anywhere."""
    own = {name: value for name, value in os.environ.items() if name not in ("KUBECONFIG", "DJANGO_SETTINGS_MODULE")}
    own |= {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default", "HOME": "/nonexistent"}
    return own | changes
