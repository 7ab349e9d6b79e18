"""`python -m tests.demo_company --kubeconfig FILE`: writes the demo company into a running test cluster.

`python -m tests.cluster --empty` starts one and says where its kubeconfig is.
"""

from __future__ import annotations

import argparse
import base64
import sys
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from tests.cluster.api import Api, ApiError
from tests.demo_company.seeding import seed


class NotATestCluster(Exception):
    """The kubeconfig is not one of a test cluster; nothing was sent."""


def api_of(kubeconfig: Path) -> Api:
    """The API server of a kubeconfig that `tests.cluster` wrote. Raises NotATestCluster for any other."""
    config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
    try:
        cluster = config["clusters"][0]["cluster"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        server, token = cluster["server"], config["users"][0]["user"]["token"]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise NotATestCluster(
            f"{kubeconfig} has no server, certificate authority and token of a test cluster."
        ) from error
    if urlsplit(server).hostname != "127.0.0.1":
        raise NotATestCluster(f"{server} is not on this machine; the demo company goes into test clusters only.")
    api = Api(authority, {"admin": token})
    api.connect_to(server)
    return api


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.demo_company", description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True, help="of a running test cluster's administrator")
    chosen = parser.parse_args(arguments)
    try:
        seed(api_of(chosen.kubeconfig), lambda words: print(words, file=sys.stderr, flush=True))
    except (NotATestCluster, ApiError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
