"""What `plaintext_rules` measures, in a process of its own: `decode|judge configmaps|deployments FILE`.

`FILE` has one page, a JSON list, to a line. Prints how many objects and findings there were, and the seconds of CPU.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from scanners.assess import assess_check
from scanners.checks.annotation import VALUE_IN_ANNOTATION
from scanners.checks.plaintext import CHECKS
from scanners.collect.inputs import BY_NAME
from scanners.collect.listing import Reading
from scanners.collect.pool import Pool
from scanners.context import Context
from scanners.inventory import Cluster, Coverage, Inventory


class _Page(msgspec.Struct):
    items: list[msgspec.Raw]


def main() -> None:
    command, name, path = sys.argv[1:]
    began = time.process_time()
    objects, findings = (_decode if command == "decode" else _judge)(name, path)
    print(json.dumps({"objects": objects, "findings": findings, "seconds": time.process_time() - began}))


def _decode(_name: str, path: str) -> tuple[int, int]:
    with Path(path).open("rb") as pages:
        return sum(len(msgspec.json.decode(page)["items"]) for page in pages), 0


def _judge(name: str, path: str) -> tuple[int, int]:
    read, pool, page_of = BY_NAME[name].read, Pool(), msgspec.json.Decoder(_Page)
    reading = Reading(Coverage(input=name, status="complete"))
    with Path(path).open("rb") as pages:
        for page in pages:
            for raw in page_of.decode(page).items:
                reading.records.extend(read(raw, pool))
    now = datetime(2026, 11, 23, tzinfo=UTC)
    records = {"config_maps" if name == "configmaps" else "workloads": tuple(reading.records)}
    inventory = Inventory(started_at=now, collected_at=now, cluster=Cluster(name="bench"), **records)
    context = Context(inventory)
    checks = (*CHECKS, VALUE_IN_ANNOTATION)
    return len(reading.records), sum(len(assess_check(check, context).findings) for check in checks)


if __name__ == "__main__":
    main()
