"""How many Secrets are still in etcd as they were written before, in plaintext or under an old key: certain counts.

Two ways lead there. Within one scan, from the API server's counters: the watch cache reads every Secret from etcd
when it is filled, and again whenever one is written, by whichever API server. So each Secret that has the write
prefix was read under it at least once, and with S Secrets and E such reads at least S − E do not have it. (A Secret
read twice, or deleted since, only makes E larger: the count is a floor.)

Between scans, from resourceVersions: a Secret that has not been written since a scan under another write prefix is
in etcd as it was then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scanners.etcd_prefix import PLAINTEXT, Prefix, Reads
from scanners.history import EncryptionSeen
from scanners.inventory import Secret
from scanners.revisions import revision


@dataclass(frozen=True, slots=True)
class Counted:
    """What the counters say of `listed` Secrets. `doubt` is a clause that says why nothing is certain, "" if it is.

    `remaining` is the number of Secrets that certainly do not have the write prefix; `all_rewritten` whether none can
    be left.
    """

    listed: int
    remaining: int = 0
    all_rewritten: bool = False
    doubt: str = ""


def count(listed: int, seen: Reads, *, cache_fills: int) -> Counted:
    """The floor S − E, if the counters cover every Secret of a complete list that was read before them."""
    if not cache_fills:
        return Counted(listed, doubt="the API server does not tell that it has read all Secrets since its start")
    if seen.total < listed:
        return Counted(
            listed,
            doubt=(
                f"the API server that answered has read {seen.total} Secrets from etcd, fewer than the {listed} that "
                "are listed"
            ),
        )
    if seen.under < listed:
        return Counted(listed, remaining=listed - seen.under)
    if seen.strays:
        return Counted(
            listed,
            doubt=(
                f"since its start the API server has also read Secrets under {' and '.join(map(shown, seen.strays))}, "
                "which may have been rewritten since"
            ),
        )
    if seen.failed:
        return Counted(listed, doubt="a key of the configuration did not open every Secret that was read")
    return Counted(listed, all_rewritten=True)


def left_behind(
    secrets: Iterable[Secret],
    earlier: Sequence[EncryptionSeen],
    now: Prefix | None,
    config_hash: str,
    listed_at: int,
    seen: Reads,
) -> tuple[Secret, ...]:
    """Secrets last written under another prefix than `now`: not above a scan's resourceVersion under that one.

    `earlier` is oldest first. Whatever was written before such a scan may be older still, so nothing is concluded
    from a scan that comes after one under the present prefix, or under an unknown one. With `now` unknown, only
    what was written in plaintext counts. `listed_at` is the resourceVersion of the list of Secrets.

    Nothing is concluded either where the cluster says otherwise: its versions went back (a restored etcd), or the
    API server has read fewer such values since its start than there would be (a rollout over several API servers
    was under way at the time of the earlier scan).
    """
    boundary = 0
    for scan in earlier:
        same_file = bool(config_hash) and scan.config_hash == config_hash
        written = scan.written
        if same_file or written is None or (written != PLAINTEXT if now is None else written == now):
            break
        boundary = max(boundary, scan.resource_version)
    if not 0 < boundary <= listed_at:
        return ()
    found = tuple(secret for secret in secrets if 0 < revision(secret.resource_version) <= boundary)
    return found if len(found) <= (seen.plaintext if now is None else seen.other) else ()


def shown(prefix: str) -> str:
    """A prefix in a sentence."""
    return "no encryption (identity)" if prefix == "identity" else prefix
