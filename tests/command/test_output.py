"""Where results go: whole files or none, and a standard output that nobody may read to the end."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from secretsui.command import output
from secretsui.command.messages import Problem
from tests.command.running import COMMAND, environment, secretsui
from tests.command.snapshots import encoded, shop

TraceFunction = Callable[[FrameType, str, object], object]


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    path = tmp_path / "shop.json"
    path.write_bytes(encoded(shop()))
    return path


def test_a_report_is_written_to_a_file(snapshot: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    ended = secretsui("scan", "--snapshot", snapshot, "-o", file)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.startswith(f"secretsui: wrote {file}: ")
    assert file.read_text(encoding="utf-8") == secretsui("scan", "--snapshot", snapshot).out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.txt", "shop.json"]


def test_a_dash_is_standard_output(snapshot: Path) -> None:
    assert secretsui("scan", "--snapshot", snapshot, "-o", "-").out.startswith("Cluster prod-eu")


def test_an_existing_file_is_left_as_it_is(snapshot: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    file.write_text("mine", encoding="utf-8")
    ended = secretsui("scan", "--snapshot", snapshot, "-o", file)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        f"secretsui: {file} exists and was left as it is; choose another name, or replace it with --force.\n"
    )
    assert file.read_text(encoding="utf-8") == "mine"


def test_force_replaces_a_file_and_keeps_who_may_read_it(snapshot: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    file.write_text("old", encoding="utf-8")
    file.chmod(0o640)
    assert secretsui("scan", "--snapshot", snapshot, "-o", file, "--force").code == 0
    assert file.read_text(encoding="utf-8").startswith("Cluster prod-eu")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_link_is_followed_not_replaced(snapshot: Path, tmp_path: Path) -> None:
    file, link = tmp_path / "report.txt", tmp_path / "latest"
    file.write_text("old", encoding="utf-8")
    link.symlink_to(file)
    assert secretsui("scan", "--snapshot", snapshot, "-o", link, "--force").code == 0
    assert link.is_symlink()
    assert file.read_text(encoding="utf-8").startswith("Cluster prod-eu")


def test_a_new_file_has_the_mode_of_any_new_file(tmp_path: Path) -> None:
    ordinary, ours = tmp_path / "ordinary", tmp_path / "ours"
    ordinary.touch()
    with output.opened(str(ours), force=False) as stream:
        stream.write(b"x")
    assert ours.stat().st_mode == ordinary.stat().st_mode


def test_a_scan_that_fails_leaves_an_existing_file_even_with_force(tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    file.write_text("mine", encoding="utf-8")
    assert secretsui("scan", "--snapshot", "/no/such/file", "-o", file, "--force").code == 2
    assert file.read_text(encoding="utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    with pytest.raises(Problem, match="exists and was left"), output.opened(str(file), force=False) as stream:
        stream.write(b"ours")
        file.write_text("theirs", encoding="utf-8")
    assert file.read_text(encoding="utf-8") == "theirs"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("no/such/folder/report.txt", "No such file or directory"),
        (".", "is a folder; name a file in it"),
        ("/dev/full", "No space left on device"),
    ],
)
def test_what_cannot_be_written_is_one_clear_line(snapshot: Path, tmp_path: Path, file: str, words: str) -> None:
    ended = secretsui("scan", "--snapshot", snapshot, "-o", tmp_path / file)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert words in ended.err


def test_a_device_is_written_to_and_stays_a_device(snapshot: Path) -> None:
    assert secretsui("scan", "--snapshot", snapshot, "-o", "/dev/null").code == 0
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_full_standard_output_is_an_error(snapshot: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [*COMMAND, "scan", "--snapshot", str(snapshot), "--format", "json"],
            stdout=full, stderr=subprocess.PIPE, env=environment(), check=False,
        )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stderr.decode() == (
        "secretsui: cannot write to standard output: No space left on device; make room, or choose another place.\n"
    )


def test_a_reader_that_goes_away_is_no_error_to_talk_about(snapshot: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [*COMMAND, "scan", "--snapshot", str(snapshot)],
        stdout=writing, stderr=subprocess.PIPE, env=environment(), check=False,
    )  # fmt: skip
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (141, b"")


def test_help_into_a_closed_pipe_is_quiet_too() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [*COMMAND, "scan", "--help"], stdout=writing, stderr=subprocess.PIPE, env=environment(), check=False
    )
    os.close(writing)
    assert ended.stderr == b""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("command", ["scan", "collect"])
def test_a_signal_leaves_nothing_half_written(tmp_path: Path, command: str, number: int, code: int) -> None:
    file = tmp_path / "result.json"
    with subprocess.Popen(
        [*COMMAND, command, "--snapshot", "-", "-o", str(file)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
    ) as process:  # fmt: skip
        while not list(tmp_path.iterdir()):  # it prepares its file, then waits for standard input
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == code
    assert out == b""
    assert err == b"secretsui: stopped before it was done.\n"
    assert list(tmp_path.iterdir()) == []


def test_a_signal_at_the_moment_the_file_appears_leaves_nothing_behind(tmp_path: Path) -> None:
    """The narrowest moment: the unfinished file exists, and nobody has been told its name yet."""
    file = tmp_path / "result.json"

    def interrupt(frame: FrameType, event: str, argument: object) -> TraceFunction:
        if any(tmp_path.iterdir()):
            sys.settrace(None)
            raise KeyboardInterrupt
        return interrupt

    before = sys.gettrace()
    sys.settrace(interrupt)
    try:
        with pytest.raises(KeyboardInterrupt), output.opened(str(file), force=False):
            pytest.fail("the interruption came too late")
    finally:
        sys.settrace(before)
    assert list(tmp_path.iterdir()) == []
