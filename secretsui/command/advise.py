"""`secretsui advise`: which tool should manage the Secrets, and why; or the questions that it asks."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from secretsui.command import arguments as shared
from secretsui.command import output, source
from secretsui.command.messages import Problem
from secretsui.command.stopping import stoppable

if TYPE_CHECKING:
    from advisor.advice import Advice
    from advisor.answers import Answers
    from scanners.inventory import Inventory

WIDTH_OF_A_FILE = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--questions", action="store_true", help="print the questions and their answers, as JSON")
    add_answers(wanted)
    add_facts_source(parser)
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to print the advice (default: %(default)s)"
    )


def add_answers(parser: argparse._ActionsContainer, *, required: bool = False) -> None:
    """`--answers`, for `advise` and `manifests`."""
    options = {"required": True} if required else {}
    parser.add_argument(
        "--answers",
        metavar="F",
        type=shared.file,
        help="a file with your answers, YAML or JSON; {} answers nothing; - for standard input",
        **options,  # type: ignore[arg-type]
    )


def add_facts_source(parser: argparse.ArgumentParser) -> None:
    """SOURCE where it is optional: without it no cluster is looked at."""
    group = parser.add_argument_group("source", "a cluster that answers what it shows; by default none is looked at")
    sources = group.add_mutually_exclusive_group()
    sources.add_argument("--kubeconfig", metavar="F", type=shared.file, help="a kubeconfig, used as kubectl uses it")
    sources.add_argument("--in-cluster", action="store_true", help="the cluster that this process runs in")
    sources.add_argument(
        "--snapshot", metavar="F", type=shared.file, help="what `secretsui collect` wrote, or manifests"
    )
    group.add_argument("--context", metavar="C", help="a context of the kubeconfig, instead of its current one")
    parser.set_defaults(namespaces=[])


def run(arguments: argparse.Namespace) -> int:
    import msgspec

    from scanners.formats.json import encode

    if arguments.questions:
        from advisor.questions import QUESTIONNAIRE

        if _source_is_given(arguments):
            raise Problem("--questions looks at no cluster; leave the source out, or give --answers.")
        _print([msgspec.json.format(encode(QUESTIONNAIRE), indent=2) + b"\n"])
        return 0
    source.check(arguments)
    advice = advice_of(arguments, read_answers(arguments.answers))
    if arguments.format == "json":
        _print([msgspec.json.format(encode(advice), indent=2) + b"\n"])
    else:
        _print(_text(advice))
    return 0


def read_answers(path: str) -> Answers:
    """The answers file. Raises Problem naming the file and what is wrong with it."""
    from advisor.answers import MAX_BYTES, AnswersError, parse_answers

    try:
        if path == "-":
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        return parse_answers(data.decode("utf-8-sig"))
    except OSError as error:
        raise Problem(f"cannot read {path}: {error.strerror}; check its name and its mode.") from error
    except UnicodeDecodeError as error:
        raise Problem(f"cannot read {path}: it is not UTF-8 text.") from error
    except AnswersError as error:
        raise Problem(f"{'standard input' if path == '-' else path}: {error}") from error


def advice_of(arguments: argparse.Namespace, answers: Answers) -> Advice:
    """The advice for the answers, with the facts of SOURCE where one is given."""
    from advisor.advice import advise
    from advisor.facts import facts

    inventory = _inventory(arguments)
    return advise(answers, facts(inventory) if inventory is not None else ())


def _inventory(arguments: argparse.Namespace) -> Inventory | None:
    if not _source_is_given(arguments):
        return None
    with stoppable() as stopping:
        return source.read(arguments, datetime.now(UTC), stopping)


def _source_is_given(arguments: argparse.Namespace) -> bool:
    given = (arguments.kubeconfig, arguments.snapshot, arguments.context)
    return arguments.in_cluster or any(item is not None for item in given)


def _text(advice: Advice) -> Iterator[bytes]:
    from advisor.text import write

    width = shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else WIDTH_OF_A_FILE
    for line in write(advice, width):
        yield f"{line.rstrip()}\n".encode()


def _print(pieces: list[bytes] | Iterator[bytes]) -> None:
    with output.opened(None, force=False) as stream, output.writing(None):
        for piece in pieces:
            stream.write(piece)
        stream.flush()
