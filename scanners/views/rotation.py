"""Rotation: what is overdue, what is next, and what was begun and not finished?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from scanners.certificate_dates import certificates
from scanners.charts import Cell, overdue_by_owner, owner_cells, rotation_ages, rows_url
from scanners.due import Calendar, Due, day_name, due_dates, overdue_condition
from scanners.exports import OF_DUE, View, export
from scanners.models import Cluster, FindingRecord, Scan, SecretRecord
from scanners.remedies import remedy_parts
from scanners.rotation_plan import (
    Horizon,
    OwnerTally,
    Unfinished,
    not_rehearsed,
    overdue_in,
    stale_counts,
    unfinished,
)
from scanners.rotation_plan import overdue_by_owner as tally_owners
from scanners.rotations import as_of, tally_ages
from scanners.runbooks import restart_command
from scanners.store.acceptance import expire
from scanners.tables import PAGE_SIZES, DueTable
from scanners.views.pages import list_page, secrets_seen, visible_cluster
from scanners.views.secrets import rotation_title
from scanners.words import days, number, plural

SOON_DAYS = 30
SHOWN_UNFINISHED = 20
SHOWN_NOT_REHEARSED = 12


@dataclass(frozen=True, slots=True)
class Tab:
    """A choice of the due list: `value` in the URL, "" for what is shown without it."""

    value: str
    label: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class Restart:
    """An object that runs on an older value: the command that starts it anew, and its finding where one is open."""

    label: str
    command: str
    finding: FindingRecord | None


@require_safe
def rotation(request: HttpRequest, cluster_id: UUID) -> HttpResponseBase:
    expire(timezone.now())
    cluster = visible_cluster(request, cluster_id)
    horizons = overdue_in([cluster])
    due = _due_list(request, cluster, horizons)
    if (file := export(request.GET.get("export", ""), due["view"], OF_DUE)) is not None:
        return file
    context = due if getattr(request, "htmx", None) else due | _page(cluster, horizons)
    return list_page(request, "scanners/rotation.html", "scanners/rotation_due.html", cluster, "rotation", context)


def _due_list(request: HttpRequest, cluster: Cluster, horizons: Sequence[Horizon]) -> dict[str, Any]:
    """What is overdue, or will be within a horizon: 30 days unless another is asked for."""
    moment, asked = as_of(cluster), request.GET.get("due", "")
    values = {"overdue", *(str(item.days) for item in horizons)}
    chosen = asked if asked in values else str(SOON_DAYS)
    tabs = [
        Tab("overdue", "Overdue now", horizons[0].overdue_now, chosen == "overdue"),
        *(_tab(item, chosen) for item in horizons),
    ]
    condition = overdue_condition(moment) if chosen == "overdue" else Due(within=int(chosen)).condition(moment)
    count = next(tab.count for tab in tabs if tab.current)
    rows = SecretRecord.objects.filter(condition, cluster=cluster)
    table = DueTable(rows, request.GET, count, moment)
    words = "Overdue" if chosen == "overdue" else f"Overdue within {days(int(chosen))} if nobody changes it"
    return {
        "tabs": tabs,
        "chosen": chosen,
        "table": table,
        "page_sizes": PAGE_SIZES,
        "exports": OF_DUE,
        "problem": asked and asked not in values,
        "view": View(cluster, "due", f"{plural(count, 'Secret')}: {words.lower()}", [words], table),
    }


def _tab(item: Horizon, chosen: str) -> Tab:
    value = str(item.days)
    return Tab("" if item.days == SOON_DAYS else value, f"In {days(item.days)}", item.more, chosen == value)


def _page(cluster: Cluster, horizons: Sequence[Horizon]) -> dict[str, Any]:
    """All that the page says around the list."""
    ages = tally_ages([cluster])
    counts = ages.by_cluster[cluster.pk]
    tallies = tally_owners([cluster], SOON_DAYS)
    stale, stale_unknown = stale_counts([cluster])
    dates, rehearsals = due_dates(cluster), not_rehearsed([cluster])
    return {
        "title": _title(cluster, counts, horizons),
        "secret_count": sum(counts.values()),
        "secrets_seen": secrets_seen(cluster.last_scan),
        "ages_chart": rotation_ages([cluster], ages),
        "teams_chart": overdue_by_owner(cluster, tallies, SOON_DAYS),
        "nobodys": _nobodys(cluster, tallies),
        "soon_days": SOON_DAYS,
        "calendar": dates,
        "calendar_sentence": _calendar_sentence(dates),
        "calendar_table": _calendar_table(cluster, dates),
        "stale": stale,
        "stale_unknown": stale_unknown,
        "unfinished": _unfinished(cluster),
        "rehearsal_line": _rehearsal_line(cluster.last_scan),
        "not_rehearsed": rehearsals[:SHOWN_NOT_REHEARSED],
        "not_rehearsed_count": len(rehearsals),
        "certificates": certificates(cluster),
    }


def _title(cluster: Cluster, counts: Mapping[str, int], horizons: Sequence[Horizon]) -> str:
    title = rotation_title(cluster, counts)
    more = next(item.more for item in horizons if item.days == SOON_DAYS)
    if not more:
        return title
    return f"{title}, {number(more)} {'more' if counts.get('overdue') else 'will be'} within {days(SOON_DAYS)}"


def _nobodys(cluster: Cluster, tallies: Sequence[OwnerTally]) -> dict[str, Cell] | None:
    """The numbers of the Secrets under policy for which no rule names a team; None where there are none."""
    found = next((item for item in tallies if not item.owner), None)
    if found is None:
        return None
    names = ("secrets", "overdue", "soon", "unknown")
    return dict(zip(names, owner_cells(cluster, found, SOON_DAYS), strict=True))


def _calendar_sentence(found: Calendar) -> str:
    until = day_name(found.last)
    if not found.count:
        return f"No Secret certainly becomes overdue up to {until}."
    busiest = max(found.busy, key=lambda day: day.count)
    words = f"{plural(found.count, 'Secret becomes', 'Secrets become')} overdue up to {until} if nobody changes them"
    if len(found.busy) == 1:
        return f"{words}, all on {day_name(busiest.day)}."
    return f"{words}, on {number(len(found.busy))} days; most on {day_name(busiest.day)}, {number(busiest.count)}."


def _calendar_table(cluster: Cluster, found: Calendar) -> dict[str, Any]:
    """The same numbers as a table, for components/chart_table.html."""
    return {
        "headers": ("Day (UTC)", "Secrets due"),
        "rows": [
            (Cell(day_name(day.day)), Cell(number(day.count), rows_url("secrets", cluster, due=day.parameter)))
            for day in found.busy
        ],
    }


def _unfinished(cluster: Cluster) -> list[tuple[Unfinished, list[Restart]]]:
    """Each Secret whose change has not reached all its consumers, with what is to be started anew."""
    items = unfinished([cluster])[:SHOWN_UNFINISHED]
    labels = {label for item in items for label in item.consumers}
    findings = _stale_findings(cluster, {item.namespace for item in items}) if items else []
    by_place: dict[str, list[FindingRecord]] = {}
    for finding in findings:
        label = f"{finding.kind} {finding.namespace}/{finding.name}"
        if label in labels:
            by_place.setdefault(label, []).append(finding)
    return [(item, [_restart(label, item, by_place.get(label, ())) for label in item.consumers]) for item in items]


def _stale_findings(cluster: Cluster, namespaces: Iterable[str]) -> Iterable[FindingRecord]:
    states = (*FindingRecord.ACTIVE, FindingRecord.State.ACCEPTED)
    found = FindingRecord.objects.filter(cluster=cluster, check_id="stale-consumer", state__in=states)
    return found.filter(namespace__in=namespaces).only(
        "cluster_id", "fingerprint", "kind", "namespace", "name", "field", "remediation", "state"
    )


def _restart(label: str, item: Unfinished, findings: Iterable[FindingRecord]) -> Restart:
    finding = next((one for one in findings if one.field in item.fields), None)
    kind, _, place = label.partition(" ")
    namespace, _, name = place.partition("/")
    command = restart_command(kind, namespace, name)
    if finding is not None:
        command = next((part.text for part in remedy_parts(finding.remediation) if part.code), command)
    return Restart(label, command, finding)


def _rehearsal_line(scan: Scan | None) -> dict[str, Any] | None:
    """What the last scan made of the rehearsals: the line of its check, None where it did not look."""
    lines = scan.checks if scan is not None else ()
    return next((line for line in lines if line["id"] == "rotation-not-rehearsed"), None)
