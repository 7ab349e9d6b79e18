"""What scans saw of Secrets' values, kept on the rows of Secrets and of scans, and read back for the next scan.

A Secret's row says what is known of its value, and is written only when that changes; when it was last looked at is
told by the scans alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import msgspec
from django.db.models import TextField
from django.db.models.functions import Cast

from scanners.consumers import FILES, READ_AT_START
from scanners.inventory import Inventory
from scanners.models import Cluster, Scan
from scanners.observations import NO_KEYS, Evidence, Observation, Sightings, is_proven
from scanners.report import Consumer
from scanners.store.plain import plain

SCANS_LOOKED_BACK = 200
"""Scans that are asked when a namespace was read last."""

_sightings = msgspec.json.Decoder(Sightings)
_sightings_by_key = msgspec.json.Decoder(dict[str, Sightings])


def secrets_read(inventory: Inventory) -> dict[str, Any]:
    """`Scan.secrets_read`: since when, whether with their values, and in which namespaces Secrets were read whole."""
    coverage = inventory.coverage.get("secrets")
    if coverage is None or not (coverage.status in ("complete", "absent") or coverage.namespaces):
        return {}
    everywhere = coverage.status in ("complete", "absent")
    return {
        "from": msgspec.to_builtins(inventory.started_at),
        "values": inventory.deep,
        "namespaces": None if everywhere else plain(coverage.namespaces),
    }


def observation_columns(known: Observation) -> dict[str, Any]:
    """The columns of a SecretRecord that only the next scan asks for, as `stored` takes them."""
    return {
        "resource_version": known.resource_version[:40],
        "value_digest": known.value_digest,
        "value_seen_at": known.value_seen_at,
        # Sorted, since a database may give a JSON object back in an order of its own.
        "key_history": {key: known.keys[key] for key in sorted(known.keys)},
        "data_hashes": known.data_hashes,
    }


def stale_count(consumers: Iterable[Consumer]) -> int | None:
    """How many objects run containers with an older value; None where that is not known of all that could."""
    could = [item for item in consumers if item.how in READ_AT_START or item.how in FILES]
    stale = {(item.kind, item.namespace, item.name) for item in could if item.stale}
    return None if not stale and any(item.stale is None for item in could) else len(stale)


@dataclass(slots=True)
class _Reads:
    """When the last scans that read Secrets, and their values, began: of a namespace, else of all."""

    seen: datetime | None = None
    values: datetime | None = None
    seen_in: dict[str, datetime] = field(default_factory=dict)
    values_in: dict[str, datetime] = field(default_factory=dict)

    def of(self, namespace: str) -> tuple[datetime | None, datetime | None]:
        return self.seen_in.get(namespace, self.seen), self.values_in.get(namespace, self.values)


def _reads(cluster: Cluster) -> _Reads:
    """From the newest scan back to one that read all namespaces with, and one that did without, their values."""
    found = _Reads()
    scans = cluster.scans.filter(state__in=Scan.FINISHED).exclude(secrets_read={}).order_by("-pk")
    for read in scans.values_list("secrets_read", flat=True)[:SCANS_LOOKED_BACK]:
        began = msgspec.convert(read["from"], datetime)
        if read["namespaces"] is None:
            found.seen = found.seen or began
            found.values = found.values or (began if read["values"] else None)
        for namespace in read["namespaces"] or ():
            if found.seen is None:
                found.seen_in.setdefault(namespace, began)
            if read["values"] and found.values is None:
                found.values_in.setdefault(namespace, began)
        if found.seen is not None and found.values is not None:
            break
    return found


class _Times(dict[str | None, datetime | None]):
    """Times by their text in the database, each read once: most Secrets share theirs with others, or have one twice.

    SQLite keeps them without an offset, in UTC; PostgreSQL gives them with the connection's. Here all are in UTC.
    """

    def __missing__(self, text: str | None) -> datetime | None:
        time = datetime.fromisoformat(text) if text else None
        if time is not None:
            time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
        self[text] = time
        return time


_COLUMNS = ("uid", "namespace", "age_evidence", "resource_version", "value_digest")
_AS_TEXT = (
    "created_at", "newest_data_write", "changed_after", "changed_before", "value_seen_at", "data_hashes", "key_history",
)  # fmt: skip
"""Times of which most are equal and JSON of which most is empty: cheaper to read here than by the ORM for each row."""


def observations(cluster: Cluster) -> Iterator[tuple[str, Observation]]:
    """By uid, what earlier scans of a cluster know of each Secret's value.

    A demo's dates are moved to the present by every scan, so nothing that an earlier one saw holds.
    """
    if cluster.is_demo:
        return
    reads = _reads(cluster)
    times = _Times()
    rows = cluster.secrets.exclude(uid="").order_by()
    columns = rows.values_list(*_COLUMNS, *(Cast(column, TextField()) for column in _AS_TEXT))
    for uid, namespace, evidence, version, digest, *as_text in columns.iterator(chunk_size=2000):
        created, newest, after, before, first = map(times.__getitem__, as_text[:5])
        hashes, keys = as_text[5:]
        seen_at, values_seen_at = reads.of(namespace)
        yield (
            uid,
            Observation(
                newest_data_write=newest,
                changed_after=after,
                changed_before=before,
                evidence=cast("Evidence | None", sys.intern(evidence) or None),
                proven=is_proven(evidence, created, after),
                resource_version=version,
                data_hashes=_sightings.decode(hashes) if hashes != "[]" else (),
                keys=_sightings_by_key.decode(keys) if keys != "{}" else NO_KEYS,
                value_digest=digest,
                value_seen_at=first,
                seen_at=seen_at,
                values_seen_at=values_seen_at,
            ),
        )
