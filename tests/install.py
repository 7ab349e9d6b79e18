"""Installs and builds what the tests need beside Python packages, once: `python -m tests.install`.

Where this runs as root on Debian (as CI does), the servers and the browser come from apt. Elsewhere what is
missing is named, and the tests that need it are skipped with that reason; under CI=true a skip is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = {
    "postgresql": lambda: any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb"),
    "redis-server": lambda: shutil.which("redis-server"),
    "chromium": lambda: shutil.which("chromium"),
}
"""Debian package → whether what it brings is there."""


def install_packages() -> None:
    missing = [name for name, present in PACKAGES.items() if not present()]
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print(f"Not installed: {', '.join(missing)}. The tests that need them are skipped.", file=sys.stderr)
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=quiet)
    subprocess.run(["apt-get", "install", "-y", "-qq", *missing, "fonts-dejavu-core"], check=True, env=quiet)


def build_parts() -> None:
    from tests.cluster import build

    if build.main([*build.NEEDED_BY_TESTS]) != 0:
        print("The tests that need a real API server, SOPS or kubeseal are skipped.", file=sys.stderr)


if __name__ == "__main__":
    install_packages()
    build_parts()
