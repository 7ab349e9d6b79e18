"""The findings that a person chose from a list: those they ticked, or all that their filters leave."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from django.db.models import QuerySet
from django.http import QueryDict

from scanners.filters import finding_filter
from scanners.models import Cluster, FindingRecord
from scanners.report import SEVERITIES

MOST_TICKED = 1000


def seen(findings: Iterable[tuple[str, str, str]]) -> str:
    """A digest of findings, each as fingerprint, state and binding, in the order of the fingerprints."""
    text = "\n".join(map(" ".join, findings))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class Selection:
    """Findings of one cluster in certain states. `seen` changes when any of them does.

    A choice is shown with its number before anything is done, and what was shown is what is done: `seen` goes along
    in the form, so that nobody accepts what a scan put in its place meanwhile.
    """

    def __init__(self, findings: QuerySet[FindingRecord], states: Collection[str]) -> None:
        self.findings = findings.filter(state__in=states)

    @classmethod
    def ticked(cls, cluster: Cluster, fingerprints: Collection[str], states: Collection[str]) -> Selection:
        """Findings by their fingerprints; what the cluster does not have is left out."""
        wanted = list(dict.fromkeys(fingerprints))[:MOST_TICKED]
        return cls(FindingRecord.objects.filter(cluster=cluster, fingerprint__in=wanted), states)

    @classmethod
    def listed(cls, cluster: Cluster, query: QueryDict, states: Collection[str]) -> Selection:
        """All that a Findings page with this query lists."""
        keys = finding_filter(query, cluster).qs.order_by().values("pk")
        return cls(FindingRecord.objects.filter(cluster=cluster, pk__in=keys), states)

    @cached_property
    def _rows(self) -> list[tuple[str, str, str, str, str]]:
        columns = ("fingerprint", "state", "binding", "severity", "check_id")
        return list(self.findings.order_by("fingerprint").values_list(*columns))

    @property
    def count(self) -> int:
        return len(self._rows)

    @cached_property
    def seen(self) -> str:
        """A digest of which findings these are, how they stand and what they say."""
        return seen(row[:3] for row in self._rows)

    @property
    def severities(self) -> list[tuple[str, int]]:
        """How many there are of each severity, the gravest first."""
        counts = Counter(row[3] for row in self._rows)
        return [(severity, counts[severity]) for severity in SEVERITIES if counts[severity]]

    @property
    def checks(self) -> Mapping[str, int]:
        """How many there are of each check, most first."""
        return dict(Counter(row[4] for row in self._rows).most_common())
