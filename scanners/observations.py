"""What scans saw of one Secret's value, and between when and when it therefore last changed (design.md, decision 3).

Scan by scan: what one scan reads and what was known before give what is known now, so that nothing but the newest
knowledge is kept. Pure, and true whatever was not looked at:

- A scan saw a value at some time from its start to its end. Two scans that saw different digests prove a change after
  the start of the first and before the end of the second.
- Equal digests prove that the value of then is the value of now. A value that was changed and changed back between
  two scans counts as the same.
- A write by a field manager that owns data bounds the last change from one side only: it may have changed a label.
- A key that was taken away changes none of the values that are left: the age is that of what is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

import msgspec

from scanners.digest import KEY_MARK_CHARACTERS, VALUE_CHARACTERS, comparable
from scanners.inventory import KeyFacts, Secret

Evidence = Literal["observed", "data-hash", "certificate", "managed-fields", "created"]
PROOFS: frozenset[str] = frozenset({"observed", "data-hash", "certificate"})
"""Evidence that a value changed, rather than that something was written."""

GRAIN = timedelta(seconds=1)
"""Kubernetes writes times of objects in whole seconds, cut off: what they stamp may be this much later."""

MAX_SIGHTINGS = 12
"""Values remembered of one key; older ones are forgotten."""

ESO_MANAGER = "externalsecrets.external-secrets.io/"
"""How External Secrets' field managers begin (pkg/controllers/externalsecret: fieldOwnerTemplate)."""


class Sighting(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A value that scans saw, by its keyed digest, and the change that brought it.

    `first_seen` is the end of the first scan that saw it. The change lies after `after`, None where none was
    proven, and at or before `before`. `until` is the start of the last scan that saw it, where a later one did not
    look; None while every scan that looked at values did.
    """

    digest: str
    first_seen: datetime
    before: datetime
    after: datetime | None = None
    until: datetime | None = None


Sightings = tuple[Sighting, ...]
"""Oldest first; the last is the value that was seen last."""

NO_KEYS: Mapping[str, Sightings] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Look:
    """One scan: whatever it read was there at some time from `started_at` to `ended_at`. `deep`: it read values."""

    started_at: datetime
    ended_at: datetime
    deep: bool = False


class Observation(msgspec.Struct, frozen=True, gc=False):
    """What all scans so far know of a Secret's value.

    The last change lies after `changed_after`, None where nothing bounds it, and at or before `changed_before`, None
    where that would be the end of the scan itself. `evidence` is what proves the first of them (`proven`), else what
    gives the second. `newest_data_write` is the newest time ever seen at which a data-owning field manager wrote: an
    owner by server-side apply that gives up its fields takes its time with it. `data_hashes` are External Secrets'
    own, `keys` the values of each key by deep scans. `value_digest` covers all keys, `value_seen_at` is when it was
    first seen. `seen_at` and `values_seen_at` are the starts of the last scans that read the Secret, and its values.
    """

    newest_data_write: datetime | None = None
    changed_after: datetime | None = None
    changed_before: datetime | None = None
    evidence: Evidence | None = None
    proven: bool = False
    resource_version: str = ""
    data_hashes: Sightings = ()
    keys: Mapping[str, Sightings] = msgspec.field(default_factory=lambda: NO_KEYS)
    value_digest: str = ""
    value_seen_at: datetime | None = None
    seen_at: datetime | None = None
    values_seen_at: datetime | None = None


NOTHING_SEEN = Observation()


def observe(
    secret: Secret, look: Look, earlier: Observation | None = None, certified_since: datetime | None = None
) -> Observation:
    """What is known of the value after this look, `earlier` being what was known of the same object (by uid) before.

    `certified_since` is the notBefore of a certificate in the Secret: it cannot have been there before.
    """
    earlier = earlier or NOTHING_SEEN
    created = secret.created_at
    newest = _latest(secret.data_written_at, earlier.newest_data_write)
    recorded = _recorded(secret, newest, look)
    hashes = _follow(earlier.data_hashes, secret.data_hash, earlier.seen_at, recorded, look)
    keys = _follow_keys(earlier, secret.values, recorded, look) if look.deep else earlier.keys

    after, proof = created, None
    for bound, evidence in _proofs(earlier, hashes, keys, certified_since, recorded, look):
        if after is None or bound > after:
            after, proof = bound, evidence
    if recorded is not None and proof in ("observed", "data-hash") and after is not None and recorded <= after:
        # The value changed without a trace in the managed fields, so these say nothing of it.
        recorded = None

    bounds = [*_unchanged_since(secret, look, earlier, hashes, keys), *([recorded] if recorded else [])]
    before = min([*bounds, look.ended_at])
    after = min(after, before) if after is not None else None
    evidence_now = proof or _by_upper_bound(before, recorded, created, look)
    unbounded = evidence_now in ("created", None) and not secret.resource_version
    digest = value_digest(secret.values) if look.deep and secret.values is not None else earlier.value_digest
    return Observation(
        newest_data_write=newest,
        changed_after=after,
        changed_before=None if unbounded else before,
        evidence=evidence_now,
        proven=proof is not None,
        resource_version=secret.resource_version,
        data_hashes=hashes,
        keys=keys,
        value_digest=digest,
        value_seen_at=earlier.value_seen_at if digest == earlier.value_digest else look.ended_at,
        seen_at=look.started_at,
        values_seen_at=look.started_at if look.deep and secret.values is not None else earlier.values_seen_at,
    )


def is_proven(evidence: str, created: datetime | None, changed_after: datetime | None) -> bool:
    """Whether a change of the value is proven by an interval that was kept with its evidence.

    Nothing but a proof bounds the last change more closely than the object's creation.
    """
    return evidence in PROOFS and changed_after is not None and (created is None or changed_after > created)


def changed_before_that(known: Observation) -> datetime | None:
    """After when the change before the last one certainly lies, of a key that changed both times; None if unknown."""
    times = [
        sightings[-2].after
        for sightings in known.keys.values()
        if len(sightings) > 1 and sightings[-1].after == known.changed_after and sightings[-2].after is not None
    ]
    return max(times, default=None)


def value_digest(values: Iterable[KeyFacts] | None) -> str:
    """One digest of all keys and their values, comparable as theirs are; "" where there are none."""
    pairs = sorted((facts.key, facts.digest) for facts in values or ())
    if not pairs:
        return ""
    whole = hashlib.sha256(msgspec.json.encode(pairs)).hexdigest()
    return pairs[0][1][:KEY_MARK_CHARACTERS] + whole[:VALUE_CHARACTERS]


def _latest(*times: datetime | None) -> datetime | None:
    return max([time for time in times if time is not None], default=None)


def _recorded(secret: Secret, newest: datetime | None, look: Look) -> datetime | None:
    """Since when no data-owning manager has written, None where none is recorded.

    An object whose managed fields were cleared is written without a trace until the next server-side apply, so what
    earlier scans saw bounds nothing then. A restored object may carry older times than its own: its value was
    written here at creation.
    """
    if secret.data_written_at is None or newest is None:
        return None
    return min(_latest(newest, secret.created_at) or newest, look.ended_at)


def _follow(
    sightings: Sightings, digest: str, last_seen: datetime | None, recorded: datetime | None, look: Look
) -> Sightings:
    """The sightings after a scan that saw this digest, "" for none; the one before it was seen until `last_seen`."""
    newest = sightings[-1] if sightings else None
    if not digest:
        if newest is None or newest.until is not None or last_seen is None:
            return sightings
        return (*sightings[:-1], msgspec.structs.replace(newest, until=last_seen))
    if newest is not None and newest.digest == digest:
        return sightings if newest.until is None else (*sightings[:-1], msgspec.structs.replace(newest, until=None))
    after = None
    if newest is not None and comparable(newest.digest, digest):
        after = newest.until or last_seen
    return (*sightings, _sighting(digest, after, recorded, look))[-MAX_SIGHTINGS:]


def _sighting(digest: str, after: datetime | None, recorded: datetime | None, look: Look) -> Sighting:
    """A new value. A record of writing that is older than the change it should record is none, or of another clock.

    One of the second in which the scan before began may be of a write after it, cut off: it does not contradict what
    the two digests prove. It may also be of a write before it, so it is no end of the change either.
    """
    if after is None or recorded is None or recorded > after:
        return Sighting(digest, look.ended_at, recorded or look.ended_at, after)
    return Sighting(digest, look.ended_at, look.ended_at, after if after < recorded + GRAIN else recorded)


def _follow_keys(
    earlier: Observation, values: tuple[KeyFacts, ...] | None, recorded: datetime | None, look: Look
) -> Mapping[str, Sightings]:
    """The sightings of every key there is; of a key that is gone, nothing is kept."""
    last_seen = earlier.values_seen_at
    if values is None:
        return {key: _follow(sightings, "", last_seen, recorded, look) for key, sightings in earlier.keys.items()}
    known = next((sightings[-1] for sightings in earlier.keys.values()), None)
    found: dict[str, Sightings] = {}
    for facts in values:
        if not facts.digest:
            continue  # a snapshot may hold anything
        sightings = earlier.keys.get(facts.key, ())
        if not sightings and known is not None and comparable(known.digest, facts.digest):
            # A key that was not there when the others were seen last.
            found[facts.key] = (_sighting(facts.digest, known.until or last_seen, recorded, look),)
        else:
            found[facts.key] = _follow(sightings, facts.digest, last_seen, recorded, look)
    return found


def _proofs(
    earlier: Observation,
    hashes: Sightings,
    keys: Mapping[str, Sightings],
    certified_since: datetime | None,
    recorded: datetime | None,
    look: Look,
) -> Iterable[tuple[datetime, Evidence]]:
    """Times after which the value certainly changed. Between equal ones the first counts."""
    of_a_key_that_is_gone = earlier.evidence == "observed" and not set(earlier.keys) <= set(keys)
    if earlier.proven and earlier.changed_after and earlier.evidence and not of_a_key_that_is_gone:
        yield earlier.changed_after, earlier.evidence
    for sightings in keys.values():
        if sightings[-1].after is not None:
            yield sightings[-1].after, "observed"
    if hashes and hashes[-1].after is not None:
        yield hashes[-1].after, "data-hash"
    # A certificate that was there before its first day was made for later, and proves nothing.
    if certified_since is not None and certified_since <= (recorded or look.ended_at):
        yield certified_since, "certificate"


def _unchanged_since(
    secret: Secret, look: Look, earlier: Observation, hashes: Sightings, keys: Mapping[str, Sightings]
) -> Iterable[datetime]:
    """Times since which the value is certainly what it is now, by comparison with earlier scans."""
    if look.deep and secret.values and {facts.key for facts in secret.values} == set(keys):
        yield max(sightings[-1].before for sightings in keys.values())
    if _written_by_eso_alone(secret) and hashes and secret.data_hash:
        yield hashes[-1].before
    seen_to_change = any(
        sightings and sightings[-1].first_seen == look.ended_at and sightings[-1].after is not None
        for sightings in (hashes, *keys.values())
    )
    if seen_to_change or earlier.changed_before is None:
        return
    if _same_object(secret, earlier) or _unwritten(secret, earlier):
        yield earlier.changed_before


def _same_object(secret: Secret, earlier: Observation) -> bool:
    return bool(secret.resource_version) and secret.resource_version == earlier.resource_version


def _unwritten(secret: Secret, earlier: Observation) -> bool:
    """No manager that owns data wrote since the last scan; a write in that scan's own second could hide."""
    newest, seen_at = earlier.newest_data_write, earlier.seen_at
    if secret.data_written_at is None or newest is None or seen_at is None:
        return False
    return secret.data_written_at <= newest and newest + GRAIN < seen_at


def _written_by_eso_alone(secret: Secret) -> bool:
    """External Secrets writes its hash with the data; whoever else writes a value becomes a manager of its key."""
    return bool(secret.managers) and all(manager.startswith(ESO_MANAGER) for manager in secret.managers)


def _by_upper_bound(
    before: datetime, recorded: datetime | None, created: datetime | None, look: Look
) -> Evidence | None:
    if before < (recorded or look.ended_at):
        return "observed"
    if recorded is not None:
        return "managed-fields"
    return "created" if created is not None else None
