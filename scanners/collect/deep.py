"""Secrets in a deep scan: whole objects where their values are of use, metadata alone where they are not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import cast

import msgspec

from scanners.collect import secrets
from scanners.collect.inputs import BY_NAME, SECRET_VALUES, Input
from scanners.collect.listing import Reading
from scanners.collect.values import HELM_RELEASE, VALUES_OF_NO_USE
from scanners.inventory import Coverage, CoverageStatus, Record, Secret

NOT_DEEP = "values are read only by a deep scan (--deep)"

SECRETS_PER_PAGE = 100
"""Whole Secrets asked for at a time, of at most 1 MiB each: what is held in memory at any moment."""

DEEP_SECRETS: tuple[Input, Input] = (
    replace(
        BY_NAME["secrets"],
        read=secrets.read_object_with_values,
        table=False,
        selector=f"type!={HELM_RELEASE}",
        list_kind="SecretList",
        page=SECRETS_PER_PAGE,
    ),
    replace(BY_NAME["secrets"], selector=f"type={HELM_RELEASE}"),
)
"""Two lists that together are all Secrets: a Secret's type never changes."""

_GRAVEST: tuple[CoverageStatus, ...] = ("error", "denied", "partial", "absent", "complete")


def merged(first: Reading, second: Reading) -> Reading:
    """One reading of the same input's two parts; only what both read whole was read whole.

    A Secret that was deleted and made anew with another type in the meantime may be in both: the first counts.
    """
    rows = (first.coverage, second.coverage)
    worst = min((row.status for row in rows), key=_GRAVEST.index)
    versions = (first.resource_version, second.resource_version)
    return Reading(
        msgspec.structs.replace(
            rows[0],
            status="partial" if worst != "complete" and any(row.read for row in rows) else worst,
            detail="; ".join(dict.fromkeys(row.detail for row in rows if row.detail)),
            read=rows[0].read + rows[1].read,
            namespaces=tuple(name for name in rows[0].namespaces if name in rows[1].namespaces),
        ),
        [*first.records, *_not_in(first, second)],
        min(versions, key=int) if all(versions) else "",
    )


def _not_in(first: Reading, second: Reading) -> Iterable[Secret]:
    """The Secrets of the second part but those whose name is in the first too."""
    names = {_name(record) for record in second.records}
    twice = {_name(record) for record in first.records if _name(record) in names}
    return (cast(Secret, record) for record in second.records if _name(record) not in twice)


def _name(record: Record) -> tuple[str, str]:
    secret = cast(Secret, record)
    return secret.namespace, secret.name


def value_coverage(of_secrets: Coverage, found: Iterable[Secret], *, deep: bool) -> Coverage:
    """How much was seen of the values: `absent` where nobody asked for them, else no more than of the Secrets."""
    if not deep:
        return Coverage(input=SECRET_VALUES, status="absent", detail=NOT_DEEP)
    wanted = [secret for secret in found if secret.type not in VALUES_OF_NO_USE]
    unread = [secret for secret in wanted if secret.values is None]
    row = msgspec.structs.replace(of_secrets, input=SECRET_VALUES, read=len(wanted) - len(unread))
    if not unread:
        return row
    one = f"the values of {len(unread):,} Secret{'s' * (len(unread) > 1)} could not be read"
    detail = "; ".join(filter(None, [row.detail, f"{one}, such as {unread[0].namespace}/{unread[0].name}"]))
    return msgspec.structs.replace(row, status="partial" if row.status == "complete" else row.status, detail=detail)
