"""Makes the snapshot that the demo shows: `python -m tests.demo_company.snapshot [FILE]`.

A real cluster is started and seeded, read as a deep scan reads any other, and its dates are rewritten (redate.py). The
digests of its values are under a key that is thrown away, so that they compare with one another and with nothing else.
The API server's address on this machine is left out, for it was nobody's; the company gets its name.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from scanners import given
from scanners.collect.audit_policy import parse_audit_policy
from scanners.demo.policy import POLICY
from scanners.digest import KeyedDigest
from scanners.inventory import Inventory
from scanners.policy import parse_policy
from scanners.snapshot import write_snapshot
from tests.cluster.server import Cluster
from tests.cluster.versions import CRD_GROUPS
from tests.collect import conftest as collecting
from tests.demo_company.redate import redate
from tests.demo_company.seeding import AUDIT_POLICY, ENCRYPTION, seed

REPOSITORY = Path(__file__).resolve().parents[2]
SHIPPED = REPOSITORY / "scanners" / "demo" / "demo.json.gz"
NAME = "larkspur-main"
NOT_WHOLE = ("partial", "denied", "error")


class NotWhole(Exception):
    """The collection did not see everything; the message names what it missed."""


def made_anew() -> Inventory:
    """The demo company, seeded into a new cluster, as a scan sees it. Raises NotWhole."""
    with company_in(Cluster) as cluster:
        seed(cluster, _say)
        inventory = collected(cluster)
    unseen = [f"{row.input} ({row.detail})" for row in inventory.coverage.values() if row.status in NOT_WHOLE]
    if unseen:
        raise NotWhole(f"The collection is not whole, so nothing was written: {'; '.join(unseen)}.")
    return replace(inventory, cluster=replace(inventory.cluster, name=NAME, server=""))


def company_in(cluster: Callable[..., Cluster]) -> Cluster:
    """The cluster that the company is seeded into."""
    return cluster(controller_manager=True, crds=CRD_GROUPS, encryption_config=ENCRYPTION, audit_policy=AUDIT_POLICY)


def collected(cluster: Cluster) -> Inventory:
    """What a deep scan with an administrator's rights sees, and the audit policy, which a person has to hand in."""
    with collecting.connect(cluster, cluster.token("admin")) as transport:
        found = collecting.collected(
            transport, deep=True, digest=KeyedDigest.for_this_process(), labels=parse_policy(POLICY).labels
        )
    return given.with_audit_policy(found, parse_audit_policy(json.dumps(AUDIT_POLICY)))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.demo_company.snapshot", description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=SHIPPED, help="default: the one secretsui ships")
    chosen = parser.parse_args(arguments)
    try:
        inventory = redate(made_anew())
    except NotWhole as error:
        _say(str(error))
        return 2
    write_snapshot(inventory, chosen.file)
    chosen.file.chmod(0o644)  # it holds no secret, and whoever installs secretsui has to read it
    _say(f"Wrote {chosen.file}: {len(inventory.secrets)} Secrets, {chosen.file.stat().st_size:,} bytes.")
    return 0


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
