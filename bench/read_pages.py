"""Reads every object of the kinds that `posture_at_scale` makes, page by page, and drops them: the floor of a scan.

`python -m bench.read_pages KUBECONFIG`. Secrets come as they do in a scan, without values. Prints the number of bytes.
"""

from __future__ import annotations

import json
import ssl
import sys
from pathlib import Path

import urllib3

from scanners.kube.kubeconfig import parse_kubeconfig

TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1"
PATHS = (
    ("/api/v1/secrets?includeObject=Metadata&", TABLE),
    ("/api/v1/configmaps?", "application/json"),
    ("/apis/apps/v1/deployments?", "application/json"),
    ("/apis/batch/v1/cronjobs?", "application/json"),
    ("/apis/rbac.authorization.k8s.io/v1/roles?", "application/json"),
    ("/apis/rbac.authorization.k8s.io/v1/rolebindings?", "application/json"),
)


def main() -> None:
    credential = parse_kubeconfig(Path(sys.argv[1]).read_text(encoding="utf-8"))
    context = ssl.create_default_context(cadata=(credential.ca_pem or b"").decode())
    pool = urllib3.PoolManager(ssl_context=context, headers={"Authorization": f"Bearer {credential.token}"})
    print(sum(_read(pool, credential.server + path, accept) for path, accept in PATHS))


def _read(pool: urllib3.PoolManager, address: str, accept: str) -> int:
    """All pages of one list; of a page only the token of the next is looked at, which stands at its beginning."""
    read, token = 0, ""
    while True:
        headers = {**pool.headers, "Accept": accept, "Accept-Encoding": "gzip"}
        body = pool.request("GET", f"{address}limit=500&continue={token}", headers=headers).data
        read += len(body)
        head = body[: body.index(b"}", body.index(b'"metadata"')) + 1]
        token = json.loads(head[head.index(b"{", head.index(b'"metadata"')) :]).get("continue", "")
        if not token:
            return read


if __name__ == "__main__":
    main()
