"""A whole scan of 100,000 Secrets with its store, twice, beside reading the same pages and dropping them.

kubectl is no peer here: it holds the whole answer, which takes more than ten gigabytes. Both scans run in one
process, as in a worker, so that its start counts in neither. The second finds the cluster unchanged: it must write no
Secret row again.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from bench import scale_objects as objects
from bench.measure import CommandFailed, Measurement, measure, print_table
from secretsui import keys
from tests.cluster.server import Cluster

ONE_TO = int(os.environ.get("SECRETSUI_BENCH_ONE_TO", "1"))
"""A scale of one to so many, for a quick look."""
CONNECTIONS = 48

PEER = "reading the same pages, nothing else"
FIRST = "scan and store, first"
SECOND = "scan and store, unchanged"
CPU_SECONDS, MEGABYTES = 60, 500


def main() -> None:
    with Cluster() as cluster, tempfile.TemporaryDirectory(prefix="secretsui-bench-") as folder:
        fill(cluster)
        kubeconfig = Path(folder, "kubeconfig")
        kubeconfig.write_text(cluster.kubeconfig(), encoding="utf-8")
        environment = {
            **os.environ,
            "SECRETSUI_DATA_DIR": folder,
            "SECRETSUI_SECRET_KEY": keys.new_secret_key(),
            "SECRETSUI_CREDENTIAL_KEYS": keys.new_credential_key(),
            "SECRETSUI_DIGEST_KEY": keys.new_digest_key(),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        }
        output = Path(folder, "output.json")
        floor = [sys.executable, "-m", "bench.read_pages", str(kubeconfig)]
        ours = [sys.executable, "-m", "bench.stored_scan", str(kubeconfig), "2"]
        taken = {PEER: [measure(floor, output, environment)]}
        measure(ours, output, environment)
        for name, line in zip((FIRST, SECOND), output.read_text(encoding="utf-8").splitlines(), strict=True):
            outcome = json.loads(line)
            _check(name, outcome)
            taken[name] = [Measurement(**outcome["took"])]
        print_table(f"{_secrets():,} Secrets and the rest of a large cluster", taken, PEER)
        _verdict(taken[FIRST][0], taken[SECOND][0])


def _secrets() -> int:
    return len(objects.share(objects.SMALL_SECRETS, ONE_TO)) + len(objects.share(objects.HELM_RELEASES, ONE_TO))


def fill(cluster: Cluster) -> None:
    """Creates all objects, and tells how long it took."""
    began = time.monotonic()
    for number in range(objects.NAMESPACES):
        name = {"name": objects.namespace(number)}
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": name})
    made = cluster.create_everywhere(_everything(), connections=CONNECTIONS)
    print(f"Filled a cluster with {made:,} objects in {time.monotonic() - began:.0f} s.", file=sys.stderr)


def _everything() -> Iterator[tuple[str, bytes]]:
    return chain(
        objects.small_secrets(objects.share(objects.SMALL_SECRETS, ONE_TO)),
        objects.helm_releases(objects.share(objects.HELM_RELEASES, ONE_TO)),
        objects.workloads(objects.share(objects.WORKLOADS, ONE_TO)),
        objects.config_maps(objects.share(objects.CONFIG_MAPS, ONE_TO)),
        objects.roles(),
        objects.bindings(objects.share(objects.BINDINGS, ONE_TO)),
    )


def _check(name: str, outcome: dict[str, object]) -> None:
    """A fast scan that is not the whole scan is none."""
    print(f"{name}: {json.dumps(outcome)}", file=sys.stderr)
    if outcome["state"] != "done" or outcome["secrets"] != _secrets():
        raise CommandFailed(f"{name}: {outcome}")
    changes = outcome["changes"]
    assert isinstance(changes, dict)
    if name == SECOND and (changes["secrets_added"] or changes["secrets_changed"]):
        raise CommandFailed(f"An unchanged cluster was written again: {changes}")


def _verdict(first: Measurement, second: Measurement) -> None:
    print(
        f"Goals: under {CPU_SECONDS} s of CPU and {MEGABYTES} MB, and the second scan under half of the first.\n"
        f"Here:  {first.cpu_seconds:.0f} s, {max(first.peak_megabytes, second.peak_megabytes):.0f} MiB, "
        f"and {second.cpu_seconds / first.cpu_seconds:.2f} of the first."
    )
