"""What the command accepts, what it answers to the rest, and what starting it costs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from secretsui.command import main
from tests.command.running import ROOT, environment, secretsui


def exit_code(*arguments: str) -> int | str | None:
    """What `secretsui ARGUMENTS…` ends with, run in this process."""
    try:
        return main(list(arguments))
    except SystemExit as ended:
        return ended.code


def test_help_lists_the_commands_that_work_and_no_others() -> None:
    ended = secretsui("--help")
    assert ended.code == 0
    listed = [line.split()[0] for line in ended.out.split("\n") if line.startswith("    ") and line[4] != " "]
    assert listed == ["up", "scan", "collect", "advise", "manifests", "repo-scan"]


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("--version") == 0
    assert re.fullmatch(r"secretsui (\d+\.\d+\S*|\(not installed\))\n", capsys.readouterr().out)


def test_without_a_command_the_help_goes_to_standard_error() -> None:
    ended = secretsui()
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("usage: secretsui")


@pytest.mark.parametrize("option", ["--audit-log"])
def test_what_does_not_work_yet_is_not_offered(option: str) -> None:
    assert option not in secretsui("scan", "--help").out
    assert exit_code("scan", option, "x") == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["frobnicate"],
            "there is no command 'frobnicate'; there are up, scan, collect, advise, manifests, repo-scan.",
        ),
        (["scan", "-o", "json"], "use --format json"),
        (["scan", "-o", "yaml"], "-o names a file"),
        (["collect", "-o", "json"], "-o names a file"),
        (["scan", "--format", "xml"], "invalid choice: 'xml'"),
        (["scan", "--fail-on", "bad"], "invalid choice: 'bad'"),
        (["scan", "--min-assessed", "60"], "'60' is not a share from 0 to 1"),
        (["scan", "--min-assessed", "nan"], "'nan' is not a share from 0 to 1"),
        (["scan", "-n", "Shop"], "'Shop' is not the name of a namespace"),
        (["scan", "-n", "a,b"], "give -n once for each namespace"),
        (["scan", "-n", "../kube-system"], "is not the name of a namespace"),
        (["scan", "-n", "a", "-A"], "not allowed with argument"),
        (["scan", "--snapshot", "a", "--in-cluster"], "not allowed with argument"),
        (["scan", "--snapshot", "a", "--context", "b"], "--context is for a kubeconfig"),
        (["scan", "--in-cluster", "--context", "b"], "--context is for a kubeconfig"),
        (["scan", "--fail"], "unrecognized arguments: --fail"),
        (["collect"], "required: -o/--output"),
        (["up", "--port", "0"], "'0' is not a port from 1 to 65535"),
        (["scan", "\x1b[2J"], r"\x1b[2J"),
    ],
)
def test_what_it_cannot_take_is_answered_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert exit_code(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("secretsui: ")
    assert words in err


def test_an_option_is_never_abbreviated(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("scan", "--snap", "x") == 2
    assert "unrecognized arguments: --snap" in capsys.readouterr().err


def test_the_console_script_is_declared_as_what_is_tested_here() -> None:
    assert 'secretsui = "secretsui.command:main"' in Path(ROOT, "pyproject.toml").read_text(encoding="utf-8")


def modules_after(*arguments: str) -> set[str]:
    """The modules that Python has imported when `secretsui ARGUMENTS…` ends."""
    program = (
        "import sys, contextlib; from secretsui.command import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(None): main(sys.argv[1:])\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True, text=True, env=environment(), cwd=ROOT, check=True,
    )  # fmt: skip
    return set(ended.stderr.split("\n"))


@pytest.mark.parametrize("arguments", [["--help"], ["up", "--help"], ["scan", "--help"], ["collect", "--help"]])
def test_help_imports_next_to_nothing(arguments: list[str]) -> None:
    modules = modules_after(*arguments)
    assert "secretsui.command" in modules
    assert modules.isdisjoint({"django", "celery", "kubernetes", "urllib3", "msgspec", "yaml", "scanners.checks"})
