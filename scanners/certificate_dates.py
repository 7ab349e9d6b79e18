"""When the certificates in a cluster's Secrets expire, as of the last scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from scanners.models import Cluster, SecretRecord
from scanners.rotations import as_of
from scanners.words import days

SOON_DAYS = 30
SHOWN = 12

CERTIFICATE_LABELS = {
    "expired": "Its certificate has expired",
    "soon": f"Its certificate expires within {days(SOON_DAYS)}",
    "later": f"Its certificate is valid for more than {days(SOON_DAYS)}",
}


def certificate_condition(state: str, moment: datetime) -> Q:
    """The rows of SecretRecord whose certificate is in a state of CERTIFICATE_LABELS at a moment."""
    soon = moment + timedelta(days=SOON_DAYS)
    return {
        "expired": Q(certificate_expires_at__lt=moment),
        "soon": Q(certificate_expires_at__gte=moment, certificate_expires_at__lte=soon),
        "later": Q(certificate_expires_at__gt=soon),
    }[state]


@dataclass(frozen=True, slots=True)
class Certificates:
    """How many certificates are in each state, and the first to expire: those expired and those that will soon."""

    expired: int
    soon: int
    later: int
    first: Sequence[SecretRecord]
    moment: datetime

    @property
    def known(self) -> int:
        return self.expired + self.soon + self.later


def certificates(cluster: Cluster) -> Certificates:
    """Two queries whatever the number of Secrets."""
    moment = as_of(cluster)
    dated = SecretRecord.objects.filter(cluster=cluster, certificate_expires_at__isnull=False)
    counts = dated.aggregate(
        **{state: Count("pk", filter=certificate_condition(state, moment)) for state in CERTIFICATE_LABELS}
    )
    first = dated.exclude(certificate_condition("later", moment)).order_by(
        "certificate_expires_at", "namespace", "name"
    )
    columns = ("cluster_id", "namespace", "name", "source_kind", "certificate_expires_at")
    return Certificates(**counts, first=list(first.only(*columns)[:SHOWN]), moment=moment)
