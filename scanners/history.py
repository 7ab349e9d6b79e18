"""What earlier scans saw, as far as it changes a judgement of today. Pure: whoever keeps scans hands it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scanners.ages import AgeInterval, Observation


@dataclass(frozen=True, slots=True)
class EncryptionSeen:
    """An earlier scan's encryption: the hash of the configuration, and the resourceVersion of its list of Secrets.

    A Secret whose resourceVersion is not above it was last written under that configuration, or an older one.
    """

    config_hash: str
    resource_version: int


@dataclass(frozen=True, slots=True)
class History:
    """`secrets` by uid; `encryption` oldest first, one entry for each configuration: the last scan under it.

    `elsewhere` are the ages of Secrets in other clusters, by (cluster name, namespace, name), for rehearsals that
    go across clusters; `digests_elsewhere` where else a value's digest is held, as `cluster/namespace/name`.
    """

    secrets: Mapping[str, Observation] = field(default_factory=dict)
    encryption: tuple[EncryptionSeen, ...] = ()
    elsewhere: Mapping[tuple[str, str, str], AgeInterval] = field(default_factory=dict)
    digests_elsewhere: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
