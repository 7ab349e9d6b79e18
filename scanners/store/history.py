"""What earlier scans of a cluster saw, read back from the database."""

from __future__ import annotations

from scanners.history import History
from scanners.models import Cluster
from scanners.policy import Policy
from scanners.store.encryption import encryption_history
from scanners.store.observations import observations
from scanners.store.rehearsals import staging_elsewhere


def history(cluster: Cluster, policy: Policy | None = None) -> History:
    """What earlier scans of this cluster saw, and of others what the policy's rehearsals ask for."""
    ages, clusters = staging_elsewhere(cluster, policy or Policy())
    return History(
        dict(observations(cluster)),
        encryption=encryption_history(cluster),
        elsewhere=ages,
        clusters=clusters,
    )
