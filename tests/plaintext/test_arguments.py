"""Command lines: which word is the credential, under which name, and what is none."""

from __future__ import annotations

import pytest

from scanners.plaintext import credentials_in_arguments
from scanners.plaintext.commands.programs import BY_NAME
from scanners.plaintext.commands.shell import EXPANSION, commands

MEGABYTE = 1_000_000


def found(*words: str) -> list[tuple[int, str]]:
    return [(item.at, item.name) for item in credentials_in_arguments(words)]


@pytest.mark.parametrize(
    ("words", "at", "name"),
    [
        (("--password", "hunter2"), 1, "password"),
        (("-password", "hunter2"), 1, "password"),
        (("--config", "/etc/a", "--api-key", "c8d1f2a97b4e4d6"), 3, "api-key"),
        (("redis-server", "--requirepass", "hunter"), 2, "requirepass"),
        (("mysql", "-u", "root", "-phunter2"), 3, "-p"),
        (("/usr/bin/mysqldump", "-phunter2", "db"), 1, "-p"),
        (("docker-entrypoint.sh", "mysql", "-phunter2"), 2, "-p"),
        (("env", "A=b", "mysql", "-phunter2"), 3, "-p"),
        (("timeout", "-s", "9", "5", "redis-cli", "-a", "hunter", "ping"), 6, "-a"),
        (("sudo", "-u", "postgres", "sshpass", "-phunter2", "ssh", "h"), 4, "-p"),
        (("mongosh", "-u", "root", "-p", "hunter2"), 4, "-p"),
        (("curl", "--user=app:hunter2", "http://h"), 1, "--user"),
        (("docker", "login", "-u", "a", "-p", "hunter2", "h"), 5, "-p"),
        (("skopeo", "copy", "--src-creds", "a:hunter2", "docker://x"), 3, "--src-creds"),
        (("mc", "alias", "set", "s", "http://h", "user", "hunter22"), 6, "alias set"),
        (("vault", "operator", "unseal", "c8d1f2a97b4e4d6"), 3, "operator unseal"),
        (("htpasswd", "-nb", "app", "hunter2"), 3, "-nb"),
        (("env", "PGPASSWORD=hunter2", "psql"), 1, "PGPASSWORD"),
        (("helm", "install", "--set", "auth.password=hunter2"), 3, "auth.password"),
        (("openssl", "rsa", "-passin", "pass:hunter2"), 3, "passin"),
        (("sh", "-c", "mysql -phunter2"), 2, "-p"),
        (("/bin/bash", "-euo", "pipefail", "-c", "export PW=hunter2"), 4, "PW"),
        (("busybox", "sh", "-ec", "PW=hunter2 run"), 3, "PW"),
    ],
    ids=str,
)
def test_the_word_and_its_name(words: tuple[str, ...], at: int, name: str) -> None:
    assert found(*words) == [(at, name)]


@pytest.mark.parametrize(
    "words",
    [
        ("mysql", "-p", "db"),
        ("mysql", "-p$(PW)"),
        ("mysql", "-P3306", "--port", "3306"),
        ("server", "-p", "8080"),
        ("docker", "run", "-p", "80:80", "x"),
        ("--enable-token", "server"),
        ("--no-password", "app"),
        ("--password", "--verbose"),
        ("--password",),
        ("--token", "$(TOKEN)"),
        ("--secret", "ingress"),
        ("--secret-namespace", "shop"),
        ("openssl", "rsa", "-passin", "env:PW"),
        ("openssl", "rsa", "-passin", "file:/run/pw"),
        ("openssl", "rsa", "-passin", "stdin"),
        ("curl", "-u", "app", "http://h"),
        ("curl", "-u", "app:$(PW)", "http://h"),
        ("sh", "-c", "mysql -p\"$PW\" -e 'select 1'"),
        ("sh", "-c", "mysql -p`cat /pw`"),
        ("sh", "-c", "# mysql -phunter2"),
        ("vault", "login", "-method=kubernetes", "role=app"),
        ("echo", "hunter2"),
    ],
    ids=" ".join,
)
def test_what_is_none(words: tuple[str, ...]) -> None:
    assert found(*words) == []


def test_each_word_is_one_finding() -> None:
    script = "mysql -phunter2 a; mysql -phunter3 b; export PASSWORD=hunter4"
    assert found("sh", "-c", script) == [(2, "-p")]
    assert found("--password=hunter2", "--token=c8d1f2a97b4e4d6") == [(0, "password"), (1, "token")]


def test_programs_have_a_manual_and_a_place() -> None:
    for programs in BY_NAME.values():
        for program in programs:
            assert program.source.startswith("https://")
            assert program.glued or program.apart or program.pairs or program.operands


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("a b\nc d", [("a", "b"), ("c", "d")]),
        ("a 'b c' \"d e\" f\\ g", [("a", "b c", "d e", "f g")]),
        ("a | b && c || d; e &", [("a",), ("b",), ("c",), ("d",), ("e",)]),
        ("a # b c\nd", [("a",), ("d",)]),
        ("a#b", [("a#b",)]),
        ("a \\\n  b", [("a", "b")]),
        ("a >/dev/null 2>&1 <b", [("a", "/dev/null", "b")]),
        ("a <<EOF\nb c\nEOF\nd", [("a",), ("d",)]),
        ("a <<-'EOF' | b\n\tx\n\tEOF\nc", [("a",), ("b",), ("c",)]),
        ("a $B ${C} ${D:-x} '$E'", [("a", EXPANSION, EXPANSION, "${D:-x}", "$E")]),
        ("a \"x$(b 'c d')y\"", [("a", f"x{EXPANSION}y"), ("b", "c d")]),
        ("a `b c`", [("a", EXPANSION), ("b", "c")]),
        ("(a; b)", [("a",), ("b",)]),
        ("a 'b", [("a", "b")]),
        ('a "b', [("a", "b")]),
        ("a $(b", [("a", EXPANSION), ("b",)]),
        ("", []),
    ],
    ids=repr,
)
def test_simple_commands_of_a_script(script: str, expected: list[tuple[str, ...]]) -> None:
    assert [command.words for command in commands(script)] == expected


def test_lines_of_commands() -> None:
    script = "a\n\nb \\\n c\n$(d\ne)\ncat <<X\n1\n2\nX\nf"
    assert [(command.words[0], command.line) for command in commands(script)] == [
        ("a", 1), ("b", 3), (EXPANSION, 5), ("d", 5), ("e", 6), ("cat", 7), ("f", 11),
    ]  # fmt: skip


HOSTILE = [
    "a ",
    "'",
    '"',
    "\\",
    "$(",
    "`",
    "${",
    "$((",
    "a\n",
    "<<E\n",
    "<<A <<B ",
    ";",
    "# ",
    "$'",
    "{",
    ")",
    "\x00",
    "é ",
    "$((a",
    "x=$(",
]


@pytest.mark.parametrize("piece", HOSTILE, ids=repr)
def test_half_a_megabyte_of_anything_is_split(piece: str) -> None:
    """A script with more than linear cost would not come back from these."""
    for _ in commands(piece * (MEGABYTE // 2 // len(piece))):
        pass
    found("sh", "-c", "password " + piece * (MEGABYTE // 2 // len(piece)))


def test_very_many_words_are_judged() -> None:
    assert found(*["-p"] * 50_000) == []
    assert found("mysql", *["-pa"] * 3)[:1] == [(1, "-p")]
