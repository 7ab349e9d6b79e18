"""A scan of 20,000 Secrets beside `kubectl get secrets -A -o json` over the same API server.

kubectl only prints what it reads; the scan reads without values, judges every check and writes the report.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.measure import CommandFailed, Measurement, measure, print_table
from tests.cluster.build import program
from tests.cluster.server import Cluster

SECRETS = int(os.environ.get("SECRETSUI_BENCH_SECRETS", "20000"))
NAMESPACES = 40
CONNECTIONS = 48
RUNS = 3

PEER = "kubectl get secrets -A -o json"
OURS = "secretsui scan --format json"


def main() -> None:
    with Cluster() as cluster, tempfile.TemporaryDirectory(prefix="secretsui-bench-") as folder:
        fill(cluster)
        kubeconfig = Path(folder, "kubeconfig")
        kubeconfig.write_text(cluster.kubeconfig(), encoding="utf-8")
        commands = {
            PEER: [str(program("kubectl")), f"--kubeconfig={kubeconfig}", *PEER.split()[1:]],
            OURS: [
                sys.executable,
                "-m",
                "secretsui.command",
                "scan",
                f"--kubeconfig={kubeconfig}",
                "--format=json",
            ],
        }
        outputs = {name: Path(folder, f"{number}.json") for number, name in enumerate(commands)}
        taken: dict[str, list[Measurement]] = {name: [] for name in commands}
        for _ in range(RUNS):
            for name, command in commands.items():
                taken[name].append(measure(command, outputs[name], os.environ))
        for name, output in outputs.items():
            _check(name, output)
        print_table(f"{SECRETS:,} Secrets in {NAMESPACES} namespaces, kube-apiserver on this machine", taken, PEER)


def fill(cluster: Cluster) -> None:
    """SECRETS Secrets of about 1.8 kB as JSON, the same in every run."""
    began = time.monotonic()
    per_namespace = -(-SECRETS // NAMESPACES)
    for number in range(NAMESPACES):
        name = f"team-{number:02}"
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        first = number * per_namespace
        bodies = _secrets(name, range(first, min(first + per_namespace, SECRETS)))
        cluster.create_many(f"/api/v1/namespaces/{name}/secrets", bodies, connections=CONNECTIONS)
    print(f"Filled a cluster with {SECRETS:,} Secrets in {time.monotonic() - began:.0f} s.", file=sys.stderr)


def _secrets(namespace: str, numbers: range) -> Iterator[bytes]:
    for number in numbers:
        value = base64.b64encode(hashlib.shake_256(f"{number}".encode()).digest(384)).decode()
        yield json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {
                    "name": f"credentials-{number:05}",
                    "namespace": namespace,
                    "labels": {"app.kubernetes.io/name": f"service-{number % 200}", "team": namespace},
                },
                "type": "Opaque",
                "data": {"username": value[:24], "password": value[:44], "config.json": value},
            }
        ).encode()


def _check(name: str, output: Path) -> None:
    """A fast answer that is not the whole answer is no answer."""
    document = json.loads(output.read_bytes())
    found = len(document["items"] if name == PEER else document["secrets"])
    if found != SECRETS:
        raise CommandFailed(f"{name} found {found:,} of {SECRETS:,} Secrets.")
