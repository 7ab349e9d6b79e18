"""Scans of a real cluster through the product's own path, store included, one after the other in one process.

`python -m bench.stored_scan KUBECONFIG SCANS`. So does a worker: it starts once and scans for weeks. The data lie in
SECRETSUI_DATA_DIR. Prints a line of JSON for each scan: what it changed, and what it took as the kernel counts it.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from scanners.credentials import seal
    from scanners.kube.kubeconfig import parse_kubeconfig
    from scanners.models import Cluster

    call_command("migrate", verbosity=0)
    cluster = Cluster(name="large", connection=Cluster.Connection.KUBECONFIG, scan_every_hours=None)
    credential = parse_kubeconfig(Path(sys.argv[1]).read_text(encoding="utf-8"))
    cluster.server, cluster.credential = credential.server, seal(credential, cluster.id)
    cluster.save()
    for _ in range(int(sys.argv[2])):
        _scan(cluster.pk)


def _scan(cluster_id: object) -> None:
    from django.utils import timezone

    from scanners import scanning
    from scanners.models import Cluster, Scan

    cluster = Cluster.objects.get(pk=cluster_id)
    scan = Scan.objects.create(cluster=cluster, sent_at=timezone.now())
    began, before = time.monotonic(), _cpu_seconds()
    scanning.run(scan.pk)
    took = {"wall_seconds": time.monotonic() - began, "cpu_seconds": _cpu_seconds() - before}
    took["peak_megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    scan.refresh_from_db()
    found = {"secrets": cluster.secrets.count(), "findings": cluster.findings.count()}
    outcome = {"state": scan.state, "error": scan.error, "changes": scan.changes, **found, "took": took}
    print(json.dumps(outcome), flush=True)


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
