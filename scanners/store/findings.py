"""Findings and their life: new, open, reopened, accepted, resolved.

What a scan did not look at, it does not resolve. A finding that says what it said keeps its row untouched, and no
row is read whole: tens of thousands of findings cost what a few columns of them cost.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from django.db import connection
from django.utils import timezone

from scanners.assess import CheckResult
from scanners.binding import binding, still_holds
from scanners.inventory import Inventory
from scanners.models import FindingEvent, FindingRecord, Scan
from scanners.report import SEVERITIES, Finding
from scanners.store.acceptance import NOT_ACCEPTED, ended_words, lock
from scanners.store.changes import Changes, looked_at, within
from scanners.store.plain import BATCH, READ, clean
from scanners.store.rows import insert

RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}

CHANGED = "What was accepted has changed, or is graver than it was."

SAID = ("severity", "rank", "message", "evidence", "remediation", "folded", "owner", "deep", "binding", "digest")
"""The columns that say what a scan found."""

State = FindingRecord.State


class Known(msgspec.Struct, frozen=True, gc=False):
    """What must be known of a stored finding to decide what becomes of it."""

    pk: int
    state: str
    digest: str


class Accepted(NamedTuple):
    """Until when a finding is accepted, and what it said when it was."""

    until: datetime | None
    evidence: str


class Place(NamedTuple):
    """Where a finding that was not seen again stood."""

    pk: int
    check_id: str
    kind: str
    namespace: str
    name: str
    deep: bool


def save_findings(
    scan: Scan,
    inventory: Inventory,
    results: list[CheckResult],
    findings: Iterable[Finding],
    changes: Changes,
) -> None:
    """Give every finding its next state. To be called in a transaction, which then holds the cluster's findings."""
    lock(scan.cluster_id)
    life = _Life(scan, inventory, changes)
    for item in findings:
        life.seen(item)
    life.not_seen(_disproved(inventory, results))
    life.flush()


class _Life:
    """The findings of one scan against those that are stored; rows are written in batches as they come."""

    def __init__(self, scan: Scan, inventory: Inventory, changes: Changes) -> None:
        self._scan = scan
        self._read_values = inventory.deep
        self._at = inventory.collected_at
        self._clock = timezone.now()
        self._changes = changes
        stored = FindingRecord.objects.filter(cluster_id=scan.cluster_id).order_by()
        rows = stored.values_list("fingerprint", "pk", "state", "digest")
        self._known = {
            fingerprint: Known(pk, sys.intern(state), digest)
            for fingerprint, pk, state, digest in rows.iterator(chunk_size=READ)
        }
        accepted = stored.filter(state=State.ACCEPTED).values_list("pk", "accepted_until", "accepted_evidence")
        self._accepted = {pk: Accepted(until, evidence) for pk, until, evidence in accepted.iterator(chunk_size=READ)}
        self._created: list[FindingRecord] = []
        self._reworded: list[FindingRecord] = []
        self._reopened: list[FindingRecord] = []
        self._opened: list[int] = []
        self._events: list[FindingEvent] = []

    def seen(self, item: Finding) -> None:
        """Take in a finding that this scan reports."""
        known = self._known.pop(item.id, None)
        deep = self._read_values and item.kind == "Secret"
        remediation = item.remediation
        digest = _digest(item, deep, remediation)
        if known is None:
            self._created.append(self._row(item, State.NEW, deep, digest, remediation))
            self._changes.findings_new += 1
        else:
            state, why = self._next_state(known, item, said_the_same=digest == known.digest)
            if state == State.REOPENED:
                self._reopened.append(self._row(item, state, deep, digest, remediation))
                self._note(known.pk, state, why)
                self._changes.findings_reopened += 1
            elif digest != known.digest:
                self._reworded.append(self._row(item, state, deep, digest, remediation))
            elif state != known.state:
                self._opened.append(known.pk)
        if len(self._created) + len(self._reworded) + len(self._reopened) >= BATCH:
            self._write_rows()

    def _next_state(self, known: Known, item: Finding, *, said_the_same: bool) -> tuple[str, str]:
        if known.state == State.RESOLVED:
            return State.REOPENED, ""
        if known.state != State.ACCEPTED:
            return State.OPEN, ""
        accepted = self._accepted[known.pk]
        if accepted.until is not None and accepted.until <= self._clock:
            return State.REOPENED, ended_words(accepted.until)
        if said_the_same or still_holds(accepted.evidence, _binding(item)):
            return State.ACCEPTED, ""
        return State.REOPENED, CHANGED

    def not_seen(self, disproved: Callable[[Place], bool]) -> None:
        """Resolve what this scan disproves of what it does not report, and end what was accepted until now."""
        left = {row.pk: row for row in self._known.values() if row.state != State.RESOLVED}
        for places in _places(list(left)):
            gone = [place.pk for place in places if disproved(place)]
            _update(gone, state=State.RESOLVED, resolved_at=self._at, changed_at=self._at, **NOT_ACCEPTED)
            for pk in gone:
                del left[pk]
                self._note(pk, State.RESOLVED)
            self._changes.findings_resolved += len(gone)
        for pk, (until, _) in self._accepted.items():
            if pk in left and until is not None and until <= self._clock:
                _update([pk], state=State.REOPENED, changed_at=self._clock, **NOT_ACCEPTED)
                self._note(pk, State.REOPENED, ended_words(until))
                self._changes.findings_reopened += 1

    def flush(self) -> None:
        """Write what is left, and the steps of every finding's life."""
        self._write_rows()
        _update(self._opened, state=State.OPEN)
        if self._changes.findings_new:
            _note_the_new(self._scan)
        FindingEvent.objects.bulk_create(self._events, batch_size=BATCH)

    def _note(self, finding_id: int, state: str, why: str = "") -> None:
        self._events.append(
            FindingEvent(finding_id=finding_id, state=state, at=self._at, scan_id=self._scan.pk, note=why)
        )

    def _write_rows(self) -> None:
        insert(self._created)
        _upsert(self._reworded, (*SAID, "state"))
        _upsert(self._reopened, (*SAID, "state", "resolved_at", "changed_at", *NOT_ACCEPTED))
        for rows in (self._created, self._reworded, self._reopened):
            rows.clear()

    def _row(self, item: Finding, state: str, deep: bool, digest: str, remediation: str) -> FindingRecord:
        return FindingRecord(
            cluster_id=self._scan.cluster_id,
            fingerprint=item.id,
            check_id=item.check,
            kind=clean(item.kind),
            namespace=clean(item.namespace),
            name=clean(item.name),
            field=clean(item.field),
            severity=item.severity,
            rank=RANK[item.severity],
            message=clean(item.message),
            evidence=clean(item.evidence),
            remediation=clean(remediation),
            folded=item.folded,
            owner=clean(item.owner),
            deep=deep,
            binding=_binding(item),
            digest=digest,
            state=state,
            first_seen_at=self._at,
            first_scan_id=self._scan.pk,
            changed_at=self._at,
        )


def _upsert(rows: Sequence[FindingRecord], columns: Sequence[str]) -> None:
    """Rewrite these columns of rows that exist; far cheaper than one CASE for each column and row."""
    insert(rows, unique=("cluster_id", "fingerprint"), update=columns)


def _note_the_new(scan: Scan) -> None:
    """The first step of every finding that this scan saw first.

    In one statement, since a first scan may find tens of thousands and there is nothing to say of each.
    """
    event, finding = FindingEvent._meta.db_table, FindingRecord._meta.db_table
    # Only the names of our own tables are put into the text.
    statement = (
        f"INSERT INTO {event} (finding_id, state, at, scan_id, note) "  # noqa: S608
        f"SELECT id, %s, first_seen_at, first_scan_id, '' FROM {finding} WHERE first_scan_id = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [State.NEW, scan.pk])


def _update(keys: Sequence[int], **values: object) -> None:
    for start in range(0, len(keys), BATCH):
        FindingRecord.objects.filter(pk__in=keys[start : start + BATCH]).update(**values)


def _places(keys: Sequence[int]) -> Iterable[list[Place]]:
    for start in range(0, len(keys), BATCH):
        rows = FindingRecord.objects.filter(pk__in=keys[start : start + BATCH]).order_by()
        yield [Place(*row) for row in rows.values_list(*Place._fields)]


def _digest(item: Finding, deep: bool, remediation: str) -> str:
    """Covers every column of SAID that the others do not decide."""
    said = (item.severity, item.message, item.evidence, remediation, item.owner, str(item.folded), str(deep))
    return hashlib.blake2b("\0".join(said).encode(errors="surrogatepass"), digest_size=16).hexdigest()


def _binding(item: Finding) -> str:
    return binding(item.check, item.severity, item.message, item.evidence)


def _disproved(inventory: Inventory, results: list[CheckResult]) -> Callable[[Place], bool]:
    """Whether a finding that this scan does not report was looked at, and so is gone."""
    by_check = {result.check.id: result for result in results}
    secrets = {(clean(secret.namespace), clean(secret.name)) for secret in inventory.secrets}

    def disproved(place: Place) -> bool:
        result = by_check.get(place.check_id)
        if result is None or result.incomplete or (place.namespace, place.name) in result.unjudged:
            return False
        if not within(inventory.scope, place.namespace):
            return False
        if place.deep and not inventory.deep and (place.namespace, place.name) in secrets:
            return False
        return all(looked_at(coverage, place.namespace) for coverage in inventory.missing(result.check.needs))

    return disproved
