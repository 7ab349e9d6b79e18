"""Whether a running container still has the value that a Secret had before it changed.

A container that reads through the environment or a subPath mount reads once, at its start. It holds an old value for
certain where a change of what it reads is proven to lie after that start, and the present one for certain where it
started after the last possible change. In between nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scanners.consumers import FILES, Consumption, reads_at_start
from scanners.inventory import Secret
from scanners.observations import GRAIN, Evidence, Observation, Sightings


@dataclass(frozen=True, slots=True)
class Change:
    """The last change of what a consumer reads: proven by `evidence` to lie after `after`, and at or before `before`.

    None where neither is known.
    """

    after: datetime | None
    before: datetime | None
    evidence: Evidence | None = None


def change_of(
    secret: Secret, known: Observation, keys: Sequence[str], certified: Mapping[str, datetime], *, values_seen: bool
) -> Change:
    """The last change of these keys of a Secret, of all of them where none is named.

    `certified` is the notBefore of each key that holds a certificate; `values_seen`: this very scan read the values.
    """
    if not keys or secret.key_count == 1:
        return _change(_proofs_of_all(known), known.changed_before)
    followed = [known.keys.get(key, ()) for key in keys]
    proofs = [*_proofs(followed, "observed"), *_certificates(keys, certified, known)]
    before = known.changed_before
    if values_seen and all(followed):
        newest = max(sightings[-1].before for sightings in followed)
        before = min(newest, before) if before is not None else newest
    return _change(proofs, before)


def is_stale(
    item: Consumption, starts: Sequence[datetime | None] | None, change: Change, *, all_pods_seen: bool
) -> bool | None:
    """Whether a container holds an old value of what it reads here: None where that is not certain either way.

    `starts` are those of the running containers, None where no Pod lives. Files follow the Secret.
    """
    if not reads_at_start(item.how, item.sub_path):
        return False if item.how in FILES else None
    if starts is None:
        return None
    if change.after is not None and any(start is not None and start + GRAIN <= change.after for start in starts):
        return True
    if not all_pods_seen:
        return None
    before = change.before
    certain = (before is not None and start is not None and start >= before + GRAIN for start in starts)
    return False if all(certain) else None


Proof = tuple[datetime, Evidence]


def _change(proofs: Iterable[Proof], before: datetime | None) -> Change:
    newest = max(proofs, default=None)
    return Change(newest[0], before, newest[1]) if newest is not None else Change(None, before)


def _proofs_of_all(known: Observation) -> Iterable[Proof]:
    """A value that came back may be the one a container holds, so its return proves nothing of the container."""
    if any(_came_back(sightings) for sightings in (*known.keys.values(), known.data_hashes)):
        return [*_proofs(known.keys.values(), "observed"), *_proofs([known.data_hashes], "data-hash")]
    if known.proven and known.changed_after is not None and known.evidence is not None:
        return [(known.changed_after, known.evidence)]
    return []


def _proofs(followed: Iterable[Sightings], evidence: Evidence) -> Iterable[Proof]:
    for sightings in followed:
        if sightings and sightings[-1].after is not None and not _came_back(sightings):
            yield sightings[-1].after, evidence


def _certificates(keys: Sequence[str], certified: Mapping[str, datetime], known: Observation) -> Iterable[Proof]:
    """A certificate that was made for later was there before its first day, which then proves nothing."""
    for key in keys:
        since = certified.get(key)
        if since is not None and (known.changed_before is None or since <= known.changed_before):
            yield since, "certificate"


def _came_back(sightings: Sightings) -> bool:
    return any(earlier.digest == sightings[-1].digest for earlier in sightings[:-1])
