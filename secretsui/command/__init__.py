"""The `secretsui` command: the product without a browser, for CI, cron and clusters without a network.

Each command is a module of this package, imported only when it is asked for: `secretsui scan` needs neither
Django nor a database, and with `--snapshot` no Kubernetes client either.

Exit codes: 0 done; 1 findings at or above `--fail-on`; 2 could not do it; 130 after Ctrl-C, 141 where the
reader of standard output went away, 143 after SIGTERM, as shells count signals.
"""

from __future__ import annotations

import sys
from importlib import import_module

from secretsui.command.arguments import Parser, Version
from secretsui.command.messages import Problem, say, say_defect
from secretsui.command.output import silence_standard_output
from secretsui.command.stopping import Stopped

COMMANDS = {
    "up": "serve the whole product on this machine until Ctrl-C",
    "scan": "scan a cluster or a snapshot, and print the report",
    "collect": "write a snapshot of a cluster, without any value, to be scanned elsewhere",
    "advise": "recommend a tool for your Secrets from your answers, and say why",
    "manifests": "write starter manifests for the recommended tool",
    "repo-scan": "look for plain secrets in a Git working tree, and for CI that looks for them",
}
"""Each is a module here, underscores for hyphens, with `add_arguments(parser)` and `run(arguments) -> int`."""

COULD_NOT, INTERRUPTED, READER_GONE = 2, 130, 141


def main(arguments: list[str] | None = None) -> int:
    """Run one command, by default that of the process. Returns the exit code; errors are printed."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        return _run(given)
    except Problem as problem:
        say(str(problem))
        return COULD_NOT
    except Stopped as stopped:
        say("stopped before it was done.")
        return stopped.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        silence_standard_output()
        return READER_GONE
    except Exception as error:  # noqa: BLE001 (the edge: Python would exit with 1, which means findings)
        say_defect(error)
        return COULD_NOT


def _run(given: list[str]) -> int:
    wanted = given[0] if given else "--"
    if not wanted.startswith("-") and wanted not in COMMANDS:
        raise Problem(f"there is no command {wanted!r}; there are {', '.join(COMMANDS)}.")
    parser = Parser(prog="secretsui", description="Which Kubernetes Secrets are at risk, and what to do about it.")
    parser.add_argument("--version", action=Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, title="commands")
    for name, summary in COMMANDS.items():
        description = f"{summary[0].upper()}{summary[1:]}."
        command = commands.add_parser(name, help=summary, description=description)
        if name == wanted:
            module = import_module(f"{__name__}.{name.replace('-', '_')}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    if not given:
        parser.print_help(sys.stderr)
        return COULD_NOT
    chosen = parser.parse_args(given)
    code: int = chosen.run(chosen)
    return code
