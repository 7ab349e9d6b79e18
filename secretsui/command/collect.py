"""`secretsui collect`: a snapshot without values, to be scanned elsewhere."""

from __future__ import annotations

import argparse
import gzip
from datetime import UTC, datetime

from scanners.formats.amounts import count
from secretsui.command import arguments as shared
from secretsui.command import output, source
from secretsui.command.messages import say
from secretsui.command.stopping import stoppable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    shared.add_source(parser)
    shared.add_namespaces(parser)
    shared.add_output(parser, required=True, what="the snapshot, compressed where it ends in .gz,")


def run(arguments: argparse.Namespace) -> int:
    from scanners.snapshot import encode_snapshot

    source.check(arguments)
    standard = arguments.output == output.STANDARD
    with stoppable() as stopping, output.opened(arguments.output, force=arguments.force) as stream:
        inventory = source.read(arguments, datetime.now(UTC), stopping)
        content = encode_snapshot(inventory)
        with output.writing(arguments.output):
            stream.write(content if arguments.output.endswith(".gz") else gzip.decompress(content))
            stream.flush()
    if not standard:
        unseen = sum(row.status not in ("complete", "absent") for row in inventory.coverage.values())
        seen = count(len(inventory.secrets), "Secret")
        say(f"wrote {arguments.output}: {seen}; {count(unseen, 'input')} not seen whole.")
    return 0
