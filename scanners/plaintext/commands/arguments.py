"""Credentials among the words of a command line: options, assignments, known places, scripts for a shell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from scanners.plaintext.commands.programs import BY_NAME, SHELLS, WRAPPERS, Program
from scanners.plaintext.commands.shell import Command, commands
from scanners.plaintext.detect import by_name, detect
from scanners.plaintext.detected import Detected
from scanners.plaintext.lowered import lowered
from scanners.plaintext.names import Demand, Meaning, meaning, words

MAX_ARGUMENTS = 10_000
MAX_ARGUMENT = 1_000_000
"""Characters of one argument that are looked at; etcd takes no object larger than this."""

_PASSWORD = Meaning("password", Demand.CHOSEN)
_PAIR = Meaning("credentials", Demand.OPAQUE, pair=True)

_OPTION = re.compile(r"(?:-[DPXJ](?=[A-Za-z][\w.-]{0,200}=)|--?)([A-Za-z][\w.:-]{0,200})=(.*)", re.DOTALL)
_ASSIGNMENT = re.compile(r"([A-Za-z_][\w.-]{0,200})=(.*)", re.DOTALL)
_LOOKS_LIKE_OPTION = re.compile(r"-{1,2}[A-Za-z]")
_NO_OPERAND = re.compile(r"-|[a-z_]{1,40}=.")
_DURATION = re.compile(r"\d+(?:\.\d+)?[smhd]?|[\w-]{1,32}:[\w-]{1,32}")
_FROM_STANDARD_INPUT = frozenset({"--password-stdin", "--stdin"})
_SWITCHES = frozenset(
    {
        "no", "not", "without", "disable", "disabled", "enable", "enabled", "allow", "require", "required",
        "use", "print", "show", "ask", "prompt", "skip", "with", "is", "has", "ignore", "insecure", "force",
        "generate", "random", "reset", "rotate", "revoke", "validate", "verify", "check", "automount",
        "mount", "pass", "forward",
    }
)  # fmt: skip
"""Words that begin the names of switches, which take no word after them."""

_OPENSSL_PASSWORD = "pass:"
_OPENSSL_OPTIONS = frozenset({"pass", "passin", "passout"})
"""https://docs.openssl.org/master/man1/openssl-passphrase-options/: the value says where the password comes from."""

_OBJECT_NAME = re.compile(r"(?:[a-z0-9.-]{1,253}/)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


_PROGRAMS = frozenset(BY_NAME)
_PROMISES = ("pass", "psw", "pw", "key", "secret", "token", "cred", "auth", "jwt", "bearer", "cookie", "psk", "pat=")
_BARE_WORD = re.compile(r"[\w.-]+")


class Found(NamedTuple):
    """A credential in the word at `at`. `name` is the option or variable it stands under, "" for none."""

    at: int
    name: str
    detected: Detected


def credentials_in_arguments(arguments: Sequence[str]) -> Iterator[Found]:
    """At most one for each word of `arguments`, which are a container's command and args in one."""
    seen: set[int] = set()
    for found in _credentials(arguments[:MAX_ARGUMENTS]):
        if found.at not in seen:
            seen.add(found.at)
            yield found


def _credentials(arguments: Sequence[str]) -> Iterator[Found]:
    yield from _of_program(arguments)
    script = _script(arguments)
    for at, word in enumerate(arguments):
        if len(word) > MAX_ARGUMENT:
            continue
        if at == script or ((" " in word or "\n" in word) and _is_script(word)):
            for _, name, detected in credentials_in_script(word):
                yield Found(at, name, detected)
            if whole := detect("", word):
                yield Found(at, "", whole)
        elif found := _of_word(arguments, at):
            yield found


def credentials_in_script(script: str) -> Iterator[tuple[int, str, Detected]]:
    """(line, name, credential) for what the commands of a shell's script are given."""
    if not _may_carry(script):
        return
    before: Command | None = None
    for command in commands(script):
        for found in (*_of_command(command), *_piped(before, command)):
            yield command.line, found.name, found.detected
        before = command


def _may_carry(script: str) -> bool:
    """Whether a name in the script promises a credential, or a program is called that takes one."""
    lower = lowered(script)
    return any(map(lower.__contains__, _PROMISES)) or not _PROGRAMS.isdisjoint(_BARE_WORD.findall(script))


def _piped(before: Command | None, command: Command) -> Iterator[Found]:
    """`echo x | docker login --password-stdin`, `echo user:x | chpasswd`."""
    if before is None or before.words[0] not in ("echo", "printf") or len(before.words) < 2:
        return
    text = before.words[-1]
    if _base(command.words[0]) == "chpasswd" and (detected := _pair(text)):
        yield Found(0, "chpasswd", detected)
    elif _FROM_STANDARD_INPUT & set(command.words) and (detected := by_name(_PASSWORD, text)):
        yield Found(0, "--password-stdin", detected)


def _of_command(command: Command) -> Iterator[Found]:
    yield from _of_program(command.words)
    for at in range(len(command.words)):
        if found := _of_word(command.words, at):
            yield found


def _of_word(arguments: Sequence[str], at: int) -> Found | None:
    """What one word shows by itself, or as an option with the word behind it."""
    word = arguments[at]
    if "=" in word:
        found = (_OPTION if word.startswith("-") else _ASSIGNMENT).fullmatch(word)
        name, value = (found[1], found[2]) if found else ("", word)
    elif word.startswith("-"):
        name = word.lstrip("-")
        if not _takes_a_word(name):
            return None
        at += 1
        value = arguments[at] if at < len(arguments) else ""
        if _LOOKS_LIKE_OPTION.match(value):
            return None
    else:
        name, value = "", word
    if "=" in value and meaning(name) is None:  # --set=auth.password=x
        inner = _ASSIGNMENT.fullmatch(value)
        if inner is not None and (detected := _named(inner[1], inner[2])):
            return Found(at, inner[1], detected)
    detected = _named(name, value)
    return Found(at, name, detected) if detected else None


def _named(name: str, value: str) -> Detected | None:
    """As an env var of that name would be judged, but that an option called SECRET often names an object."""
    if not name:
        return detect("", value)
    means = meaning(name)
    if means is not None and means.object_name and _OBJECT_NAME.fullmatch(value) and value.isalpha():
        return None
    if value.startswith(_OPENSSL_PASSWORD) and name.startswith("pass"):
        return by_name(_PASSWORD, value.removeprefix(_OPENSSL_PASSWORD))
    return detect(name, value)


def _takes_a_word(name: str) -> bool:
    """Whether an option without `=` may be followed by its value: a credential by name, and not a switch."""
    if meaning(name) is None:
        return name in _OPENSSL_OPTIONS
    parts = words(name)
    return len(parts) < 2 or parts[0] not in _SWITCHES


def _of_program(arguments: Sequence[str]) -> Iterator[Found]:
    at = _program(arguments)
    if at is None:
        return
    for program in BY_NAME.get(_base(arguments[at]), ()):
        yield from _options(program, arguments, at + 1)
        yield from _operands(program, arguments, at + 1)


def _program(arguments: Sequence[str]) -> int | None:
    """The place of the program that runs, behind those that only start it and behind variables for it."""
    behind_wrapper = False
    for index, word in enumerate(arguments[:40]):
        base = _base(word)
        if base in BY_NAME:
            return index
        if base in WRAPPERS:
            behind_wrapper = True
        elif not (
            _ASSIGNMENT.fullmatch(word)
            or word == "{"
            or (behind_wrapper and (word.startswith("-") or _DURATION.fullmatch(word) or word.isalnum()))
        ):
            return None
    return None


def _options(program: Program, arguments: Sequence[str], start: int) -> Iterator[Found]:
    if program.subcommands and not any(word in program.subcommands for word in arguments[start : start + 4]):
        return
    for index in range(start, len(arguments)):
        for options, means, glued_only in (
            (program.glued, _PASSWORD, True),
            (program.apart, _PASSWORD, False),
            (program.pairs, _PAIR, False),
        ):
            for option in options:
                place, value = _value_of(option, arguments, index, glued_only)
                if value and (detected := by_name(means, value) if means is _PASSWORD else _pair(value)):
                    yield Found(place, option, detected)


def _value_of(option: str, arguments: Sequence[str], index: int, glued_only: bool) -> tuple[int, str]:
    word = arguments[index]
    if word == option and not glued_only:
        return index + 1, arguments[index + 1] if index + 1 < len(arguments) else ""
    if word.startswith(option) and word != option:
        rest = word[len(option) :]
        if option.startswith("--"):
            return index, rest[1:] if rest.startswith("=") else ""
        # `-pass…` may be a long option with one dash.
        return index, "" if rest.startswith("-") else rest
    return index, ""


def _pair(value: str) -> Detected | None:
    """`user:password` as an option that takes nothing else gives it."""
    user, colon, password = value.partition(":")
    if colon and user and password and by_name(_PASSWORD, password) is not None:
        return Detected("user name and password")
    return None


def _operands(program: Program, arguments: Sequence[str], start: int) -> Iterator[Found]:
    for subcommand, place in program.operands:
        at = _behind(subcommand, arguments, start)
        if at is None:
            continue
        operands = [index for index in range(at, len(arguments)) if not _NO_OPERAND.match(arguments[index])]
        if place < len(operands):
            index = operands[place]
            if detected := by_name(_PASSWORD, arguments[index]):
                yield Found(index, " ".join(subcommand), detected)


def _behind(subcommand: Sequence[str], arguments: Sequence[str], start: int) -> int | None:
    """The place behind the words of a subcommand, which may stand between options of the program."""
    words_left = list(subcommand)
    for index in range(start, min(len(arguments), start + 12)):
        if arguments[index] == words_left[0]:
            words_left.pop(0)
            if not words_left:
                return index + 1
        elif not arguments[index].startswith("-"):
            return None
    return None


def _script(arguments: Sequence[str]) -> int | None:
    """The place of the script that a shell is given with `-c`."""
    for index, word in enumerate(arguments[:8]):
        if _base(word) in SHELLS:
            for place in range(index + 1, min(len(arguments) - 1, index + 6)):
                option = arguments[place]
                if option.startswith("-") and not option.startswith("--") and "c" in option:
                    return place + 1
    return None


def _is_script(word: str) -> bool:
    """A word of several lines, or of several words that read like a command: the image's entrypoint may be a shell."""
    if "\n" in word or "$(" in word:
        return True
    return not word.startswith("-") and (
        " -" in word
        or "; " in word
        or " && " in word
        or " | " in word
        or not _PROGRAMS.isdisjoint(_BARE_WORD.findall(word))
    )


def _base(word: str) -> str:
    return word.rpartition("/")[2]
