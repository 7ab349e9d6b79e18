"""Measuring whole commands beside each other: wall time, CPU time, peak memory, as the kernel counts them."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

LAUNCHER = Path(__file__).with_name("launch.py")


class Measurement(NamedTuple):
    """`cpu_seconds` is user and system time together, `peak_megabytes` the largest resident set, in MiB."""

    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: float


class CommandFailed(Exception):
    """A measured command did not do its work, so its figures say nothing."""


def measure(command: Sequence[str], output: Path, environment: Mapping[str, str]) -> Measurement:
    """Run `command` once with its standard output in `output`."""
    # The shell gives the command its own standard output and leaves the launcher's for the figures.
    line = 'file="$1"; shift; exec "$@" >"$file"'
    launched = subprocess.run(
        [sys.executable, "-I", "-S", str(LAUNCHER), "sh", "-c", line, "sh", str(output), *command],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=True,
    )
    took = json.loads(launched.stdout)
    if took.pop("exit_code") != 0:
        raise CommandFailed(f"{' '.join(command)} failed: {launched.stderr.strip()}")
    return Measurement(**took)


def median(measurements: Sequence[Measurement]) -> Measurement:
    """The median of each figure on its own."""
    return Measurement(*(statistics.median(figures) for figures in zip(*measurements, strict=True)))


def print_table(title: str, rows: Mapping[str, Sequence[Measurement]], peer: str) -> None:
    """The medians, and each as a multiple of the peer's in the same run."""
    of_peer = median(rows[peer])
    print(f"\n{title}\n")
    print(f"{'':44} {'wall s':>8} {'CPU s':>8} {'peak MiB':>9}   {'wall':>6} {'CPU':>6} {'memory':>7}")
    for name, measurements in rows.items():
        own = median(measurements)
        ratios = [figure / other for figure, other in zip(own, of_peer, strict=True)]
        print(
            f"{name:44} {own.wall_seconds:8.2f} {own.cpu_seconds:8.2f} {own.peak_megabytes:9.0f}"
            f"   {ratios[0]:5.2f}x {ratios[1]:5.2f}x {ratios[2]:6.2f}x"
        )
    print(f"\nMedians of {len(rows[peer])} runs, the commands taking turns; multiples are of {peer}.")
