"""Gives the demo snapshot a past: `python -m tests.demo_company.redate COLLECTED.json.gz REDATED.json.gz`.

A creationTimestamp cannot be set, so a freshly seeded company is minutes old. Here each date of its snapshot
(`secretsui collect`) is replaced by one that fits what wrote the object, the same on each run: a few told below, the
others drawn from a range by the object's name. No date lies after `collected_at`, nothing is written before it is
created, no Pod is older than what made it, and what operators say of themselves (refresh times) is left as it is.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from scanners.inventory import ConfigMap, ContainerStart, Inventory, Secret, SyncObject, Workload
from scanners.snapshot import SnapshotError, read_snapshot, write_snapshot
from tests.demo_company.values import digest

Days = tuple[float, float]
"""A range of ages in days, from the youngest to the oldest."""

LAST_USED = "kubernetes.io/legacy-token-last-used"


@dataclass(frozen=True)
class Past:
    """How old Secrets of one kind are. `rewritten`: the share whose data was written again later, and how long ago."""

    matches: Callable[[Secret], bool]
    created: Days
    rewritten: float = 0.0
    last_written: Days = (0, 0)


def _written_by(prefix: str) -> Callable[[Secret], bool]:
    return lambda secret: any(manager.startswith(prefix) for manager in secret.managers)


CERT_MANAGER = "cert-manager-certificates-issuing"

PASTS = (
    Past(lambda secret: secret.type == "bootstrap.kubernetes.io/token", (0.3, 0.8)),
    Past(lambda secret: secret.type == "kubernetes.io/service-account-token", (420, 1150)),
    Past(_written_by(CERT_MANAGER), (150, 520), 1, (4, 55)),
    Past(_written_by("externalsecrets.external-secrets.io/"), (12, 420), 0.75, (1, 88)),
    Past(_written_by("secrets-store-csi-driver"), (2, 9)),
    Past(_written_by("controller"), (20, 300), 0.3, (5, 60)),
    Past(_written_by("kustomize-controller"), (20, 300), 0.6, (10, 89)),
    Past(_written_by("kubectl-client-side-apply"), (25, 500), 0.35, (20, 140)),
    Past(lambda secret: True, (10, 420), 0.25, (5, 120)),
)
"""The first that matches a Secret decides."""

STORIES: dict[str, tuple[float, float]] = {
    # namespace/name: days since it was created, days since its data was last written.
    "storefront/christmas-2023-promo": (1086, 1086),
    "storefront/old-payment-gateway": (1290, 1290),
    "storefront/checkout-legacy-db": (1412, 997),
    "storefront/partner-feed-sftp": (830, 830),
    "storefront/loyalty-api": (410, 71),
    "storefront/session-signing": (640, 83),
    "storefront/storefront-db": (402, 241),
    "storefront/algolia-admin": (505, 505),
    "storefront/legacy-shop-tls": (377, 377),
    "storefront/warehouse-client": (400, 9),
    "storefront-staging/warehouse-client": (395, 16),
    "storefront-staging/session-signing": (612, 9),
    "storefront-staging/try-new-search": (6, 6),
    "payments/hsm-pin": (388, 388),
    "payments/psp-hmac": (512, 402),
    "payments-staging/psp-hmac": (505, 21),
    "payments/apple-pay-merchant": (356, 356),
    "payments/invoice-signing": (743, 12),
    "payments-staging/invoice-signing": (480, 480),
    "payments/acquirer-client": (350, 350),
    "payments/pci-scanner": (231, 82),
    "identity/jwks-signing": (702, 78),
    "identity/saml-signing": (702, 702),
    "identity/smtp-relay": (455, 88),
    "ci/github-app": (933, 933),
    "ci/runner-registration": (47, 47),
    "ci/cosign": (590, 85),
    "ci/npm-publish": (721, 721),
    "observability/slack-alerts": (590, 590),
    "external-secrets/aws-bootstrap": (860, 860),
    "platform/internal-ca": (1300, 1300),
    "flux-system/sops-age": (765, 765),
    "default/test-secret": (1120, 1120),
    "default/tmp-db-copy": (233, 233),
    "kube-system/sealed-secrets-key4xk2v": (74, 74),
    "kube-system/sealed-secrets-key9qz7m": (44, 44),
    "kube-system/sealed-secrets-keytw5hd": (14, 14),
}
LAST_USED_DAYS = {
    "ci/deployer-token": 0,
    "data-platform/airflow-worker-token": 1,
    "observability/grafana-reader-token": 211,
}
"""namespace/name of a token Secret → days since it was last used."""

POD_DAYS = {
    "identity/keycloak": 41,
    "storefront/edge": 36,
    "storefront-staging/edge": 3,
}
"""namespace/name of a controller → days since its Pods were made: before, or after, their certificate was renewed."""

DAYS_BETWEEN_RELEASES = (9.0, 26.0)
WORKLOADS: Days = (60, 700)
PODS: Days = (1, 45)


def redate(inventory: Inventory) -> Inventory:
    """The same Inventory with the dates of a company that has existed for four years. The input is not changed."""
    now = inventory.collected_at
    secrets = tuple(_redate_secret(secret, inventory.secrets, now) for secret in inventory.secrets)
    created = {(each.namespace, each.name): each.created_at for each in secrets}
    return replace(
        inventory,
        secrets=secrets,
        workloads=_redate_workloads(inventory.workloads, now),
        config_maps=tuple(_redate_config_map(each, now) for each in inventory.config_maps),
        sync_objects=tuple(_redate_sync(each, created, now) for each in inventory.sync_objects),
    )


def _redate_secret(secret: Secret, all_secrets: tuple[Secret, ...], now: datetime) -> Secret:
    created, written = _days(secret, all_secrets)
    place = f"{secret.namespace}/{secret.name}"
    labels = secret.labels
    if place in LAST_USED_DAYS:
        labels = labels | {LAST_USED: (now - timedelta(days=LAST_USED_DAYS[place])).date().isoformat()}
    return replace(
        secret,
        created_at=_before(now, created),
        data_written_at=(_issued(secret) or _before(now, written)) if secret.data_written_at else None,
        labels=labels,
    )


def _days(secret: Secret, all_secrets: tuple[Secret, ...]) -> tuple[float, float]:
    """Days since the Secret was created and since its data was last written."""
    place = f"{secret.namespace}/{secret.name}"
    if place in STORIES:
        return STORIES[place]
    if secret.type == "helm.sh/release.v1":
        age = _release_age(secret, all_secrets)
        return age, age
    past = next(each for each in PASTS if each.matches(secret))
    created = _drawn(past.created, place, "created")
    if _drawn((0, 1), place, "rewritten") < past.rewritten:
        return created, min(created, _drawn(past.last_written, place, "written"))
    return created, created


def _issued(secret: Secret) -> datetime | None:
    """When cert-manager wrote the certificate that is there now: a moment after its first day."""
    begun = [facts.not_before for facts in secret.values or () if facts.not_before is not None]
    return max(begun) + timedelta(minutes=5) if begun and _written_by(CERT_MANAGER)(secret) else None


def _release_age(secret: Secret, all_secrets: tuple[Secret, ...]) -> float:
    """A release is older the more releases of its chart came after it."""
    chart, _, version = secret.name.rpartition(".v")
    later = [
        int(each.name.rpartition(".v")[2])
        for each in all_secrets
        if each.namespace == secret.namespace
        and each.name.startswith(f"{chart}.v")
        and int(each.name.rpartition(".v")[2]) > int(version)
    ]
    newest = _drawn((2, 20), secret.namespace, chart)
    return newest + sum(_drawn(DAYS_BETWEEN_RELEASES, secret.namespace, chart, str(each)) for each in later)


def _redate_workloads(workloads: tuple[Workload, ...], now: datetime) -> tuple[Workload, ...]:
    """Controllers get an age of months; what they made is younger; containers start a moment after their Pod."""
    ages: dict[tuple[str, str, str], float] = {}
    known = {(each.kind, each.namespace, each.name): each for each in workloads}

    def age(workload: Workload) -> float:
        key = (workload.kind, workload.namespace, workload.name)
        if key not in ages:
            drawn = told(workload) or _drawn(PODS if workload.kind in _MADE_ANEW else WORKLOADS, *key)
            owner = owner_of(workload)
            ages[key] = min(drawn, age(owner) - _HALF_AN_HOUR) if owner else drawn
        return ages[key]

    def owner_of(workload: Workload) -> Workload | None:
        owner = workload.owner
        return known.get((owner.kind, workload.namespace, owner.name)) if owner else None

    def told(workload: Workload) -> float | None:
        """The age of what a controller of POD_DAYS made; a ReplicaSet is there before its Pods."""
        owner = owner_of(workload)
        if owner is None:
            return None
        days = POD_DAYS.get(f"{owner.namespace}/{owner.name}")
        return days + 2 * _HALF_AN_HOUR if days is not None else told(owner)

    return tuple(_redate_workload(each, age(each), now) for each in workloads)


_MADE_ANEW = ("Pod", "ReplicaSet", "Job")
_HALF_AN_HOUR = 0.5 / 24


def _redate_workload(workload: Workload, age: float, now: datetime) -> Workload:
    born = _before(now, age)
    started = tuple(
        ContainerStart(container=each.container, started_at=born + timedelta(seconds=12)) for each in workload.started
    )
    return replace(workload, created_at=born, started=started)


def _redate_config_map(config_map: ConfigMap, now: datetime) -> ConfigMap:
    age = _drawn(WORKLOADS, "ConfigMap", config_map.namespace, config_map.name)
    return replace(config_map, created_at=_before(now, age))


def _redate_sync(item: SyncObject, created: dict[tuple[str, str], datetime | None], now: datetime) -> SyncObject:
    """It was there shortly before the first Secret it made, and before it last refreshed."""
    times = [time for target in item.targets if (time := created.get((item.namespace, target)))]
    times += [item.refreshed_at] if item.refreshed_at else []
    first = min(times, default=None) or _before(now, _drawn(WORKLOADS, item.kind, item.namespace, item.name))
    return replace(item, created_at=first - timedelta(seconds=4))


def _drawn(between: Days, *place: str) -> float:
    """A number of the range that depends on the place alone."""
    share = int(digest("redate", *place)[:8], 16) / 0xFFFFFFFF
    return between[0] + share * (between[1] - between[0])


def _before(now: datetime, days: float) -> datetime:
    return (now - timedelta(days=days)).replace(microsecond=0)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.demo_company.redate", description=__doc__)
    parser.add_argument("collected", type=Path, help="the snapshot that `secretsui collect` wrote")
    parser.add_argument("redated", type=Path, help="where to write it with its new dates; may be the same file")
    chosen = parser.parse_args(arguments)
    try:
        inventory = read_snapshot(chosen.collected, now=datetime.now(UTC))
    except SnapshotError as error:
        print(error, file=sys.stderr)
        return 2
    write_snapshot(redate(inventory), chosen.redated)
    return 0


if __name__ == "__main__":
    sys.exit(main())
