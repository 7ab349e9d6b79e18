"""`python -m tests.cluster`: a real API server to play with, holding the demo company, until Ctrl-C.

`--empty` leaves the demo company out. The kubeconfig of an administrator is written to `--kubeconfig`.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from tests.cluster.identity import make_identity
from tests.cluster.server import Cluster, ClusterFailed
from tests.cluster.toolchain import CannotBuild
from tests.cluster.versions import CRD_GROUPS
from tests.demo_company import ENCRYPTION, seed

READ_WITHOUT_SECRETS = [
    {"resources": ["pods", "namespaces", "serviceaccounts"], "verbs": ["get", "list"]},
    {"apiGroups": ["apps", "batch", "networking.k8s.io"], "resources": ["*"], "verbs": ["get", "list"]},
]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    parser.add_argument("--empty", action="store_true", help="an empty cluster, with the CRDs of all tools")
    parser.add_argument("--kubeconfig", type=Path, help="where to write it (default: in the cluster's folder)")
    chosen = parser.parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        with Cluster(controller_manager=True, crds=CRD_GROUPS, encryption_config=ENCRYPTION) as cluster:
            _say(f"The API server answers at {cluster.server} ({cluster.seconds_to_start:.1f} s).")
            if not chosen.empty:
                seed(cluster, _say)
            _explain(cluster, chosen.kubeconfig or cluster.folder / "admin.kubeconfig")
            threading.Event().wait()
    except KeyboardInterrupt:
        _say("Stopped; all the cluster held is gone with it.")
    except (CannotBuild, ClusterFailed) as error:
        _say(str(error))
        return 2
    return 0


def _explain(cluster: Cluster, admin: Path) -> None:
    limited = cluster.folder / "limited.kubeconfig"
    _write(admin, cluster.kubeconfig("admin"))
    _write(limited, make_identity(cluster, READ_WITHOUT_SECRETS).kubeconfig)
    print(
        f"""
An administrator's kubeconfig:          {admin}
One that may not list Secrets:          {limited}
Logs and data of the cluster:           {cluster.folder}

Connect it in the browser with the content of either file, or:

    secretsui scan --kubeconfig {admin}
    kubectl --kubeconfig {admin} get externalsecrets -A

Ctrl-C ends it.""",
        flush=True,
    )


def _write(path: Path, kubeconfig: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(kubeconfig)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
