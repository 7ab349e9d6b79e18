"""What earlier scans of a cluster saw, read back from the database."""

from __future__ import annotations

from scanners.ages import Observation
from scanners.history import History
from scanners.models import Cluster


def history(cluster: Cluster) -> History:
    """What earlier scans of this cluster saw."""
    rows = cluster.secrets.exclude(uid="").values_list("uid", "newest_data_write")
    return History({uid: Observation(newest) for uid, newest in rows.iterator(chunk_size=2000)})
