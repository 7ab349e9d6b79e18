"""Builds the programs of the test cluster from Go modules, once, into a cache folder.

`python -m tests.cluster.build [NAME…]` builds the named programs (default: those a cluster needs) with progress on
standard error and prints where they are. Nothing of it enters the repository: the go.mod, the lock and the binaries
live in `$SECRETSUI_CACHE`, by default `~/.cache/secretsui`.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.cluster.toolchain import CannotBuild, environment, find_go, run_go
from tests.cluster.versions import PROGRAMS, Module, Program

NEEDED_BY_A_CLUSTER = ("etcd", "kube-apiserver", "kube-controller-manager")
NEEDED_BY_TESTS = (*NEEDED_BY_A_CLUSTER, "sops", "age-keygen", "kubeseal")
SECONDS_BETWEEN_REPORTS = 15.0


def cache_folder() -> Path:
    """Where binaries and module workspaces are kept; made when missing."""
    folder = Path(os.environ.get("SECRETSUI_CACHE") or Path.home() / ".cache" / "secretsui").expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def program(name: str) -> Path:
    """The path of the named binary, built first if the cache does not hold it in its pinned version.

    Several processes may ask at once: one builds, the others wait. Raises CannotBuild with a sentence.
    """
    if name not in PROGRAMS:
        raise CannotBuild(f"There is no program {name!r}; known are {', '.join(PROGRAMS)}.")
    wanted = PROGRAMS[name]
    binary = cache_folder() / f"{wanted.name}-{wanted.module.version}"
    if not binary.exists():
        with _alone():
            if not binary.exists():
                _build(wanted, binary)
    return binary


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Holds the one lock for building: the builds share a go.mod, and one alone takes all cores."""
    with (cache_folder() / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(wanted: Program, binary: Path) -> None:
    go = find_go()
    workspace = _workspace(wanted.module)
    unfinished = binary.with_name(f".{binary.name}.unfinished")
    link = " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in wanted.variables)])
    command = [str(go), "build", "-v", "-mod=mod", "-trimpath", "-ldflags", link, "-o", str(unfinished), wanted.package]
    _say(f"Building {binary.name} with {go} (about {wanted.minutes:g} min on two cores, once) …")
    began = time.monotonic()
    try:
        _follow(command, workspace, environment(go), binary.name)
        unfinished.replace(binary)
    finally:
        unfinished.unlink(missing_ok=True)
    _say(f"Built {binary.name} in {time.monotonic() - began:.0f} s: {binary}")


def _follow(command: list[str], folder: Path, variables: dict[str, str], name: str) -> None:
    """Runs a build and says from time to time how far it is; Go names each package on standard error."""
    began = reported = time.monotonic()
    packages, words = 0, []
    with subprocess.Popen(
        command, cwd=folder, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as build:
        assert build.stderr is not None
        try:
            for line in build.stderr:
                words.append(line.rstrip())
                packages += 1
                if time.monotonic() - reported > SECONDS_BETWEEN_REPORTS:
                    reported = time.monotonic()
                    _say(f"  {name}: {reported - began:.0f} s, {packages} steps, now {line.strip()}")
        except BaseException:
            build.terminate()
            raise
    if build.returncode:
        tail = "\n".join(words[-20:])
        raise CannotBuild(
            f"Go could not build {name} (exit {build.returncode}). If it could not fetch a module, check the network "
            f"or GOPROXY. Its last words:\n{tail}"
        )


def _workspace(module: Module) -> Path:
    """A folder whose go.mod requires `module`, so that `go build` can build its commands."""
    folder = cache_folder() / "modules" / f"{module.path.replace('/', '_')}-{module.version}"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "go.mod").exists():
        served = module.served_as or module.path
        requirement = json.loads(run_go("mod", "download", "-json", f"{served}@{module.version}", folder=folder))
        text = Path(requirement["GoMod"]).read_text(encoding="utf-8")
        unfinished = folder / "go.mod.unfinished"
        unfinished.write_text(_go_mod(module, text), encoding="utf-8")
        unfinished.replace(folder / "go.mod")
    return folder


def _go_mod(module: Module, its_own: str) -> str:
    """A go.mod that requires `module` and replaces what the module's own go.mod (`its_own`) takes from its repository.

    A `replace` counts only in the main module, so it has to be said again here:
    https://go.dev/ref/mod#go-mod-file-replace
    """
    go_version = re.search(r"^go (\S+)$", its_own, re.MULTILINE)
    lines = ["module secretsui.invalid/tests", f"go {go_version[1] if go_version else '1.21'}"]
    lines.append(f"require {module.path} {module.version}")
    if module.served_as:
        lines.append(f"replace {module.path} => {module.served_as} {module.version}")
    if module.staging:
        staged = re.findall(r"^\s*(?:replace )?(\S+) => \./\S+$", its_own, re.MULTILINE)
        lines += [f"replace {path} => {path} {module.staging}" for path in staged]
    return "\n".join(lines) + "\n"


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.cluster.build", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(PROGRAMS)}")
    chosen = parser.parse_args(arguments).names or list(NEEDED_BY_A_CLUSTER)
    try:
        for name in chosen:
            print(program(name))
    except CannotBuild as error:
        _say(str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
