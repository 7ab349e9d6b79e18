"""Makes the snapshot that the demo shows: `python -m tests.demo_company.snapshot [FILE]`.

A real cluster is started and seeded, `secretsui collect` reads it as it reads any other, and its dates are rewritten
(redate.py). The API server's address on this machine is left out, for it was nobody's; the company gets its name.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from scanners.inventory import Inventory
from scanners.snapshot import read_snapshot, write_snapshot
from tests.cluster.server import Cluster
from tests.cluster.versions import CRD_GROUPS
from tests.demo_company.redate import redate
from tests.demo_company.seeding import ENCRYPTION, seed

REPOSITORY = Path(__file__).resolve().parents[2]
SHIPPED = REPOSITORY / "scanners" / "demo" / "demo.json.gz"
NAME = "larkspur-main"
NOT_WHOLE = ("partial", "denied", "error")


class NotWhole(Exception):
    """The collection did not see everything; the message names what it missed."""


def made_anew() -> Inventory:
    """The demo company, seeded into a new cluster, as a scan sees it. Raises NotWhole."""
    with Cluster(controller_manager=True, crds=CRD_GROUPS, encryption_config=ENCRYPTION) as cluster:
        seed(cluster, _say)
        inventory = read_snapshot(collected(cluster), now=datetime.now(UTC))
    unseen = [f"{row.input} ({row.detail})" for row in inventory.coverage.values() if row.status in NOT_WHOLE]
    if unseen:
        raise NotWhole(f"The collection is not whole, so nothing was written: {'; '.join(unseen)}.")
    return replace(inventory, cluster=replace(inventory.cluster, name=NAME, server=""))


def collected(cluster: Cluster) -> Path:
    """What `secretsui collect` writes of a cluster with an administrator's rights; the file goes with the cluster."""
    kubeconfig, snapshot = cluster.folder / "admin.kubeconfig", cluster.folder / "collected.json.gz"
    kubeconfig.touch(mode=0o600)
    kubeconfig.write_text(cluster.kubeconfig(), encoding="utf-8")
    command = [sys.executable, "-m", "secretsui.command", "collect", "--force"]
    subprocess.run([*command, "--kubeconfig", str(kubeconfig), "-o", str(snapshot)], cwd=REPOSITORY, check=True)
    return snapshot


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.demo_company.snapshot", description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=SHIPPED, help="default: the one secretsui ships")
    chosen = parser.parse_args(arguments)
    try:
        inventory = redate(made_anew())
    except (NotWhole, subprocess.CalledProcessError) as error:
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
