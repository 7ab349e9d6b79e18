"""What earlier scans saw, as far as it changes a judgement of today. Pure: whoever keeps scans hands it in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from scanners.ages import AgeInterval
from scanners.etcd_prefix import Prefix
from scanners.observations import Observation


@dataclass(frozen=True, slots=True)
class EncryptionSeen:
    """An earlier scan's encryption: the hash of the configuration, and the resourceVersion of its list of Secrets.

    A Secret whose resourceVersion is not above it was last written under that configuration, or an older one. A new
    file is not always another way to write (a key added for reading, an entry for other resources, a comment), so
    `written` tells the prefix under which Secrets were written then, None where the scan could not know it.
    """

    config_hash: str
    resource_version: int
    written: Prefix | None = None


def stretches(scans: Iterable[EncryptionSeen]) -> tuple[EncryptionSeen, ...]:
    """Of each stretch of scans under one configuration the last, from all scans, oldest first.

    One scan that could tell how a file writes tells it for every scan that saw the same file.
    """
    found: list[EncryptionSeen] = []
    written: dict[str, Prefix] = {}
    for scan in scans:
        if scan.config_hash and scan.written is not None:
            written[scan.config_hash] = scan.written
        before = found[-1] if found else None
        if before and before.config_hash == scan.config_hash and (scan.config_hash or before.written == scan.written):
            found.pop()
        found.append(scan)
    return tuple(replace(scan, written=written.get(scan.config_hash, scan.written)) for scan in found)


@dataclass(frozen=True, slots=True)
class History:
    """`secrets` by uid; `encryption` oldest first, for each stretch of scans under one configuration the last of them.

    `elsewhere` are the ages of Secrets in other clusters, by (cluster name, namespace, name), for rehearsals that
    go across clusters, None where nothing tells one; `clusters` are the names of those that were looked at for it.
    `digests_elsewhere` where else a value's digest is held, as `cluster/namespace/name`.
    """

    secrets: Mapping[str, Observation] = field(default_factory=dict)
    encryption: tuple[EncryptionSeen, ...] = ()
    elsewhere: Mapping[tuple[str, str, str], AgeInterval | None] = field(default_factory=dict)
    clusters: frozenset[str] = frozenset()
    digests_elsewhere: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
