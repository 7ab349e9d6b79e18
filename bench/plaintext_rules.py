"""Our plaintext rules over 10,000 ConfigMaps and 10,000 Deployments, beside decoding the same JSON and nothing else.

The peer's figures are its own, measured on a machine like this one for one rule each (research of the project); it is
not run here. Objects come in pages, as an API server sends them, so memory must not grow with their number.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from bench import plaintext_objects as objects
from bench.measure import CommandFailed, Measurement, measure, print_table

OBJECTS = int(os.environ.get("SECRETSUI_BENCH_OBJECTS", "10000"))
RUNS = 3
PEER_SECONDS = {"configmaps": 7.7, "deployments": 8.9}
"""Kubescape, one rule over 10,000 objects each."""
TIMES_FASTER = 5

FLOOR = "decode the JSON, nothing else"
OURS = "every plaintext rule"
FEWER = "every plaintext rule, a quarter of the objects"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="secretsui-bench-") as folder:
        for name in objects.KINDS:
            pages, fewer = Path(folder, f"{name}.jsonl"), Path(folder, f"{name}-fewer.jsonl")
            objects.write_pages(pages, name, OBJECTS)
            objects.write_pages(fewer, name, OBJECTS // 4)
            program = [sys.executable, "-m", "bench.judge_pages"]
            commands = {
                FLOOR: [*program, "decode", name, str(pages)],
                OURS: [*program, "judge", name, str(pages)],
                FEWER: [*program, "judge", name, str(fewer)],
            }
            taken: dict[str, list[Measurement]] = {label: [] for label in commands}
            answers: dict[str, dict[str, int | float]] = {}
            for _ in range(RUNS):
                for label, command in commands.items():
                    output = Path(folder, "output.json")
                    taken[label].append(measure(command, output, os.environ))
                    answers[label] = _fastest(answers.get(label), json.loads(output.read_bytes()))
            _check(name, answers[OURS])
            size = pages.stat().st_size
            print_table(f"{OBJECTS:,} {name}, {size / 1e6:.1f} MB of JSON in pages of {objects.PAGE}", taken, FLOOR)
            _verdict(name, answers, taken)


def _fastest(before: dict[str, int | float] | None, now: dict[str, int | float]) -> dict[str, int | float]:
    return now if before is None or now["seconds"] < before["seconds"] else before


def _check(name: str, answer: dict[str, int | float]) -> None:
    """A fast answer that is not the whole answer is no answer."""
    expected = objects.planted(name, OBJECTS)
    if answer["objects"] != OBJECTS or answer["findings"] != expected:
        raise CommandFailed(f"{name}: found {answer['findings']:,} of {expected:,} planted credentials, and no others.")


def _verdict(name: str, answers: dict[str, dict[str, int | float]], taken: dict[str, list[Measurement]]) -> None:
    """`seconds` are those of reading and judging alone, without the start of Python, as the peer's are."""
    seconds, floor = answers[OURS]["seconds"], answers[FLOOR]["seconds"]
    peer = PEER_SECONDS[name] * OBJECTS / 10_000
    grown = taken[OURS][-1].peak_megabytes - taken[FEWER][-1].peak_megabytes
    print(
        f"Reading and judging: {seconds:.2f} s; decoding alone: {floor:.2f} s ({seconds / floor:.1f} times). "
        f"The peer's one rule: {peer:.1f} s, {peer / seconds:.1f} times ours (wanted: {TIMES_FASTER}). "
        f"Four times the objects take {grown:+.1f} MiB."
    )


if __name__ == "__main__":
    main()
