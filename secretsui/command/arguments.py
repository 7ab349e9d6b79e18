"""Arguments that several commands share, and a parser whose errors are one line."""

from __future__ import annotations

import argparse
import re
from typing import NoReturn

from secretsui.command.messages import say

_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")  # RFC 1123 label, as the API server asks
_OUTPUT_FORMATS = frozenset({"text", "json", "sarif", "csv", "html", "yaml", "wide", "name"})


class Parser(argparse.ArgumentParser):
    """Takes no abbreviated options: a script must not change its meaning when an option is added."""

    def __init__(self, **options: object) -> None:
        super().__init__(allow_abbrev=False, **options)  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        say(f"{message}. See `{self.prog} --help`.".replace("..", "."))
        raise SystemExit(2)


class Version(argparse.Action):
    """Prints the version and ends; it is looked up only then."""

    def __call__(self, parser: argparse.ArgumentParser, *given: object) -> NoReturn:
        from scanners.formats.version import version

        print(f"secretsui {version() or '(not installed)'}")  # noqa: T201 (what was asked for)
        raise SystemExit(0)


def add_source(parser: argparse.ArgumentParser) -> None:
    """SOURCE: what to look at. Without any of them, what kubectl would use."""
    group = parser.add_argument_group("source", "what to look at; by default the cluster that kubectl would use")
    sources = group.add_mutually_exclusive_group()
    sources.add_argument(
        "--kubeconfig", metavar="F", type=file, help="a kubeconfig of your own, used as kubectl uses it"
    )
    sources.add_argument("--in-cluster", action="store_true", help="the cluster that this process runs in")
    sources.add_argument(
        "--snapshot",
        metavar="F",
        type=file,
        help="what `secretsui collect` or `kubectl get … -o json` wrote, YAML, or a folder of manifests; "
        "- for standard input",
    )
    group.add_argument("--context", metavar="C", help="a context of the kubeconfig, instead of its current one")


def add_namespaces(parser: argparse.ArgumentParser) -> None:
    """`-n`, repeatable, and `-A`, which says aloud what is the default."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "-n",
        "--namespace",
        metavar="N",
        dest="namespaces",
        action="append",
        default=[],
        type=namespace,
        help="look at this namespace only; may be given several times (default: all)",
    )
    group.add_argument("-A", "--all-namespaces", action="store_true", help="look at every namespace (the default)")


def add_output(parser: argparse.ArgumentParser, *, required: bool, what: str) -> None:
    """`-o` and `--force`."""
    parser.add_argument(
        "-o",
        "--output",
        metavar="F",
        type=output_file,
        required=required,
        help=f"the file to write {what} to; - for standard output" + ("" if required else " (the default)"),
    )
    parser.add_argument("--force", action="store_true", help="replace the output file if it exists")


def namespace(text: str) -> str:
    """The name of a namespace, as an argument."""
    if not _NAMESPACE.fullmatch(text):
        hint = "; give -n once for each namespace" if "," in text else ""
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a namespace{hint}")
    return text


def output_file(text: str) -> str:
    """A file to write; kubectl's `-o json` is answered with what is meant here."""
    if text in _OUTPUT_FORMATS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is taken for a format, and -o names a file: use --format {text} for the format, "
            f"or -o ./{text} for a file of that name"
        )
    return file(text)


def file(text: str) -> str:
    """A file's name. An empty one is a variable that was not set, not the folder we stand in."""
    if not text:
        raise argparse.ArgumentTypeError("the file name is empty")
    return text


def share(text: str) -> float:
    """A share from 0 to 1."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to 1, such as 0.8")
    return number
