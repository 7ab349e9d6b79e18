"""Pages and rescans over a stored cluster of 20,000 Secrets, on SQLite.

A page's peer is the physical limit on the same database: reading the rows that the page shows by primary key. A
rescan's peer is the first scan of the same cluster; it must write no Secret row.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

SECRETS = int(os.environ.get("SECRETSUI_BENCH_SECRETS", "20000"))
RUNS = 15
SHOWN = 50
LIMIT_MILLISECONDS = 300


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="secretsui-bench-") as folder:
        os.environ["SECRETSUI_DATA_DIR"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        rescans()
        _pages()


def _inventory() -> Any:
    from scanners.collect.inputs import NAMES
    from scanners.inventory import SecretUse
    from tests.core.build import complete, days_ago, deployment, inventory, secret

    return inventory(
        coverage=complete(*NAMES),
        secrets=tuple(
            secret(
                f"secret-{number}",
                f"team-{number % 50}",
                created_at=days_ago(number % 500 + 1),
                data_written_at=days_ago(number % 500 * 0.8),
                keys=("username", "password"),
                key_count=2,
            )
            for number in range(SECRETS)
        ),
        workloads=tuple(
            deployment(
                f"api-{number}",
                f"team-{number % 50}",
                SecretUse(
                    secret=f"secret-{number}",
                    how="env",
                    keys=("password",),
                    field="spec.template.spec.containers[0].env[0]",
                ),
            )
            for number in range(SECRETS // 4)
        ),
    )


def rescans() -> None:
    """Assesses and stores the same cluster twice, in whatever database is set up."""
    from django.db import connection
    from django.utils import timezone

    from scanners.assess import report, run_checks
    from scanners.context import Context
    from scanners.models import Cluster, Scan
    from scanners.store import history, save

    cluster = Cluster.objects.create(name="large", connection=Cluster.Connection.KUBECONFIG)
    seen = _inventory()
    taken: list[tuple[float, float, Any]] = []
    for _ in range(2):
        scan = Scan.objects.create(cluster=cluster, state=Scan.State.RUNNING, attempt=1, started_at=timezone.now())
        began, cpu = time.perf_counter(), time.process_time()
        context = Context(seen, history=history(cluster))
        context.observe_all()
        results = run_checks(context)
        changes = save(scan, context, results, report(context, results, secrets=False))
        taken.append((time.perf_counter() - began, time.process_time() - cpu, changes))
    (first, first_cpu, _), (second, second_cpu, changes) = taken
    written = changes.secrets_added + changes.secrets_changed
    _say(f"\n{SECRETS:,} Secrets assessed and stored in {connection.display_name}")
    _say(f"  first scan     {first:6.2f} s wall  {first_cpu:6.2f} s CPU")
    _say(f"  the same again {second:6.2f} s wall  {second_cpu:6.2f} s CPU  {second_cpu / first_cpu:.2f} of the first")
    _say(f"  Secret rows written again: {written}")
    if written:
        sys.exit("A repeated scan of an unchanged cluster wrote Secret rows.")


def _pages() -> None:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from scanners.models import Cluster, SecretRecord
    from secretsui.accounts.models import User

    cluster = Cluster.objects.get()
    client = Client()
    client.force_login(User.objects.create_user("bench", role=User.Role.ADMINISTRATOR))
    keys = list(SecretRecord.objects.values_list("pk", flat=True)[:SHOWN])
    floor = _median(lambda: list(SecretRecord.objects.filter(pk__in=keys)))
    base = cluster.get_absolute_url()
    secret = SecretRecord.objects.get(namespace="team-7", name="secret-7")
    finding = cluster.findings.first()
    addresses = {
        "overview": "/",
        "cluster": base,
        "Secrets": f"{base}secrets/",
        "Secrets, searched": f"{base}secrets/?q=secret-1999",
        "Secrets, overdue, last page": f"{base}secrets/?rotation=overdue&page=last",
        "Secret": secret.get_absolute_url(),
        "rotation": f"{base}rotation/",
        "findings, by check": f"{base}findings/",
        "findings, one by one": f"{base}findings/?view=list",
        "finding": finding.get_absolute_url() if finding else base,
        "scans": f"{base}scans/",
    }
    _say(f"\nServer time per page; reading {SHOWN} rows by key takes {floor:.1f} ms on the same database")
    _say(f"  {'page':<30}{'median':>10}{'of the floor':>14}{'queries':>9}")
    slow = []
    for name, address in addresses.items():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            status = client.get(address).status_code
            asked = len(queries)
        if status != 200:
            sys.exit(f"{name} answered {status}")
        took = _median(lambda address=address: client.get(address))  # type: ignore[misc]
        _say(f"  {name:<30}{took:>7.0f} ms{took / floor:>13.0f}x{asked:>9}")
        slow += [name] if took > LIMIT_MILLISECONDS else []
    _say(f"  above {LIMIT_MILLISECONDS} ms: {', '.join(slow) or 'none'}")


def _median(work: Callable[[], object]) -> float:
    """Milliseconds."""
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def _say(line: str) -> None:
    print(line, flush=True)
