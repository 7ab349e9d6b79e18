"""The demo snapshot's dates: they tell one story, and none of them can be impossible."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from scanners.inventory import Cluster, ContainerStart, Inventory, Owner, Secret, SyncObject, Workload
from scanners.snapshot import read_snapshot, write_snapshot
from tests.demo_company import redate as redating
from tests.demo_company.redate import redate

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SEEDED = NOW - timedelta(minutes=2)


def secret(place: str, manager: str = "kubectl-create", **more: object) -> Secret:
    namespace, name = place.split("/")
    return Secret(
        namespace=namespace, name=name, created_at=SEEDED, data_written_at=SEEDED, managers=(manager,), **more
    )


def workload(kind: str, name: str, owner: Owner | None = None, started: tuple[ContainerStart, ...] = ()) -> Workload:
    return Workload(kind=kind, namespace="shop", name=name, owner=owner, created_at=SEEDED, started=started)


INVENTORY = Inventory(
    started_at=SEEDED,
    collected_at=NOW,
    cluster=Cluster(name="demo"),
    secrets=(
        secret("payments/hsm-pin", "externalsecrets.external-secrets.io/hsm-pin"),
        secret("ci/deployer-token", type="kubernetes.io/service-account-token", labels={"other": "stays"}),
        *(secret(f"shop/sh.helm.release.v1.shop.v{n}", "helm", type="helm.sh/release.v1") for n in (8, 9, 10)),
        *(secret(f"shop/made-{n}") for n in range(200)),
        *(secret(f"shop/synced-{n}", f"externalsecrets.external-secrets.io/synced-{n}") for n in range(200)),
        Secret(namespace="shop", name="nobody-owns-its-data", created_at=SEEDED),
    ),
    workloads=(
        workload(
            "Pod",
            "web-1-a",
            Owner(kind="ReplicaSet", name="web-1"),
            (ContainerStart(container="web", started_at=SEEDED),),
        ),
        workload("ReplicaSet", "web-1", Owner(kind="Deployment", name="web")),
        workload("Deployment", "web"),
        workload("Pod", "db-0", Owner(kind="StatefulSet", name="not-collected")),
    ),
    sync_objects=(
        SyncObject(
            kind="ExternalSecret",
            group="external-secrets.io",
            namespace="payments",
            name="hsm-pin",
            targets=("hsm-pin",),
            created_at=SEEDED,
            refreshed_at=NOW - timedelta(days=388),
        ),
    ),
)


def test_no_date_is_impossible() -> None:
    done = redate(INVENTORY)
    for each in done.secrets:
        assert each.created_at is not None
        assert each.created_at <= (each.data_written_at or each.created_at) < NOW - timedelta(hours=1)
    born = {each.name: each.created_at for each in done.workloads}
    assert born["web"] < born["web-1"] < born["web-1-a"] < NOW
    assert done.workloads[0].started[0].started_at > born["web-1-a"]
    (external,) = done.sync_objects
    assert external.created_at < done.secrets[0].created_at <= external.refreshed_at + timedelta(hours=1)
    assert external.refreshed_at == INVENTORY.sync_objects[0].refreshed_at


def test_tells_the_stories_and_a_mix_of_old_and_fresh() -> None:
    done = {f"{each.namespace}/{each.name}": each for each in redate(INVENTORY).secrets}
    assert (NOW - done["payments/hsm-pin"].data_written_at).days == 388
    assert done["ci/deployer-token"].labels == {"other": "stays", redating.LAST_USED: "2026-11-23"}
    assert done["shop/nobody-owns-its-data"].data_written_at is None
    releases = [done[f"shop/sh.helm.release.v1.shop.v{number}"].created_at for number in (8, 9, 10)]
    assert releases == sorted(releases)
    written = [(NOW - each.data_written_at).days for name, each in done.items() if "/made-" in name]
    assert sum(days > 90 for days in written) > 100
    assert sum(days <= 90 for days in written) > 10
    proven = [each.created_at == each.data_written_at for name, each in done.items() if "/synced-" in name]
    assert 20 < sum(proven) < 100


def test_changes_nothing_but_dates_and_the_same_way_each_time(tmp_path: Path) -> None:
    collected, redated = tmp_path / "collected.json.gz", tmp_path / "redated.json.gz"
    write_snapshot(INVENTORY, collected)
    assert redating.main([str(collected), str(redated)]) == 0
    first = redated.read_bytes()
    assert redating.main([str(collected), str(redated)]) == 0
    assert redated.read_bytes() == first
    read = read_snapshot(redated, now=NOW)
    assert read == redate(INVENTORY)
    assert [(each.namespace, each.name, each.type, each.managers) for each in read.secrets] == [
        (each.namespace, each.name, each.type, each.managers) for each in INVENTORY.secrets
    ]
    assert redating.main([str(tmp_path / "none"), str(redated)]) == 2
    assert redated.read_bytes() == first
