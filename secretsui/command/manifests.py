"""`secretsui manifests`: the starter manifests of the recommended tool, or of one that is named."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.matrix import TITLES, TOOLS
from secretsui.command import arguments as shared
from secretsui.command import output, source
from secretsui.command.advise import add_answers, add_facts_source, advice_of, read_answers
from secretsui.command.messages import Problem, say

if TYPE_CHECKING:
    from advisor.advice import Advice
    from advisor.answers import Answers
    from advisor.manifests import ManifestSet
    from advisor.matrix import Tool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_answers(parser, required=True)
    parser.add_argument("--tool", choices=TOOLS, help="the tool, instead of the one that the answers recommend")
    add_facts_source(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR_OR_ZIP",
        type=shared.output_file,
        required=True,
        help="a new or empty folder, or a file that ends in .zip; - for a zip on standard output",
    )
    parser.add_argument("--force", action="store_true", help="replace files that exist")


def run(arguments: argparse.Namespace) -> int:
    source.check(arguments)
    answers = read_answers(arguments.answers)
    advice = advice_of(arguments, answers)
    tool = arguments.tool or _recommended(advice)
    manifests = _generate(tool, answers, advice)
    if arguments.output == output.STANDARD or arguments.output.lower().endswith(".zip"):
        _write_zip(manifests, arguments.output, force=arguments.force)
    else:
        _write_folder(manifests, arguments.output, force=arguments.force)
    _say_what_to_know(tool, advice)
    if arguments.output != output.STANDARD:
        number = len(manifests.files)
        say(f"wrote {arguments.output}: {number} files for {TITLES[tool]}; begin with README.md.")
    return 0


def _recommended(advice: Advice) -> Tool:
    if advice.winner is not None:
        return advice.winner
    first = ", ".join(line.question for line in advice.confidence.find_out_first)
    raise Problem(
        f"no tool can be recommended. {advice.confidence.because} "
        f"{'Settle' if all(item.ruled_out for item in advice.ranking) else 'Answer'} {first}, or name one with --tool."
    )


def _generate(tool: Tool, answers: Answers, advice: Advice) -> ManifestSet:
    from advisor.answers import AnswersError
    from advisor.parameters import ParameterError
    from advisor.starter import starter_set

    try:
        return starter_set(tool, answers, advice)
    except (AnswersError, ParameterError) as error:
        raise Problem(f"{error}") from error


def _write_zip(manifests: ManifestSet, path: str, *, force: bool) -> None:
    from advisor.manifests import zip_bytes

    content = zip_bytes(manifests)
    with output.opened(path, force=force) as stream, output.writing(path):
        stream.write(content)
        stream.flush()


def _write_folder(manifests: ManifestSet, path: str, *, force: bool) -> None:
    from advisor.manifests import OutputError, write_directory

    try:
        write_directory(manifests, Path(path), force=force)
    except OutputError as error:
        raise Problem(str(error)) from error


def _say_what_to_know(tool: Tool, advice: Advice) -> None:
    """A tool that was named against the advice is written all the same, and said to be so."""
    line = next(item for item in advice.ranking if item.tool == tool)
    if line.ruled_out:
        say(f"your answers rule {TITLES[tool]} out: {line.ruled_out}")
    elif advice.winner is not None and tool != advice.winner:
        say(f"your answers recommend {TITLES[advice.winner]} instead; `secretsui advise` says why.")
