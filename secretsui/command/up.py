"""`secretsui up`: the whole product on one machine."""

from __future__ import annotations

import argparse
from pathlib import Path

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host", metavar="H", default=DEFAULT_HOST, help="the address to listen on (default: %(default)s)"
    )
    parser.add_argument(
        "--port",
        metavar="P",
        default=DEFAULT_PORT,
        type=port,
        help="the port to listen on, or the next free one (default: %(default)s)",
    )
    parser.add_argument("--data-dir", metavar="D", type=Path, help="where the database and keys are kept")


def run(arguments: argparse.Namespace) -> int:
    from secretsui import up  # Django, Celery and the web server: only this command needs them

    return up.run(arguments.host, arguments.port, arguments.data_dir)


def port(text: str) -> int:
    """A TCP port, as an argument."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to 65535")
    return int(text)
