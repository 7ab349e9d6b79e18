"""One scan of a real cluster through the product's own path, store included: `python -m bench.stored_scan KUBECONFIG`.

The data lie in SECRETSUI_DATA_DIR, so that a second call scans the same cluster again. Prints what the scan changed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from scanners import scanning
    from scanners.credentials import seal
    from scanners.kube.kubeconfig import parse_kubeconfig
    from scanners.models import Cluster, Scan

    call_command("migrate", verbosity=0)
    cluster, new = Cluster.objects.get_or_create(
        name="large", defaults={"connection": Cluster.Connection.KUBECONFIG, "scan_every_hours": None}
    )
    if new:
        credential = parse_kubeconfig(Path(sys.argv[1]).read_text(encoding="utf-8"))
        cluster.server, cluster.credential = credential.server, seal(credential, cluster.id)
        cluster.save()
    scan = Scan.objects.create(cluster=cluster, sent_at=timezone.now())
    scanning.run(scan.pk)
    scan.refresh_from_db()
    facts = {"state": scan.state, "error": scan.error, "changes": scan.changes, "secrets": cluster.secrets.count()}
    print(json.dumps(facts | {"findings": cluster.findings.count()}))


if __name__ == "__main__":
    main()
