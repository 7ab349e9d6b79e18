"""The certificate in a Secret: its dates, from a deep scan or from the Certificate that cert-manager keeps there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from scanners.inventory import KeyFacts, Secret, SyncObject

TLS = "kubernetes.io/tls"
CERTIFICATE_KEY = "tls.crt"
CERTIFICATE_GROUP = "cert-manager.io"

_TLS_KEYS = frozenset({CERTIFICATE_KEY, "ca.crt"})
_AUTHORITIES = re.compile(r"(^|[-_.])(ca|cacert|cacerts|root|roots|trust|truststore|bundle|chain)([-_.]|$)", re.I)
"""Keys of trusted authorities: of a bundle of many, some are always about to expire, and none is served."""


@dataclass(frozen=True, slots=True)
class CertificateDates:
    """The certificate that expires first: of the chain under `key`, or, with key "", of the Certificate `stated_by`.

    `not_before` is None where it is not known. `renews_at` is when cert-manager means to renew it, None where no
    Certificate says so.
    """

    not_after: datetime
    not_before: datetime | None
    key: str = ""
    stated_by: str = ""
    renews_at: datetime | None = None


def certificate_dates(secret: Secret, writers: Sequence[SyncObject]) -> CertificateDates | None:
    """What a Secret's certificate says of itself, None where none is known. `writers` name it as their target.

    The value counts before a Certificate's status, which may lag behind it.
    """
    if not secret.values and not writers:
        return None
    served = [facts for facts in secret.values or () if _is_served(secret, facts)]
    found = [
        CertificateDates(facts.not_after, facts.not_before, facts.key)
        for facts in served
        if facts.not_after is not None
    ]
    if not found and secret.values is None:
        found = [
            CertificateDates(item.not_after, item.not_before, stated_by=f"Certificate {item.namespace}/{item.name}")
            for item in writers
            if _is_certificate(item) and item.not_after is not None
        ]
    first = min(found, key=lambda dates: dates.not_after, default=None)
    if first is None:
        return None
    renewals = (item.renews_at for item in writers if _is_certificate(item) and item.renews_at is not None)
    return replace(first, renews_at=min(renewals, default=None))


def certified_since(secret: Secret, writers: Iterable[SyncObject]) -> datetime | None:
    """The newest notBefore of any certificate in the Secret: as it is now, it cannot have been there before."""
    return max(certified_keys(secret, writers).values(), default=None)


def certified_keys(secret: Secret, writers: Iterable[SyncObject]) -> dict[str, datetime]:
    """The same for each key that holds a certificate."""
    if secret.values is not None:
        return {facts.key: facts.not_before for facts in secret.values if facts.not_before is not None}
    times = [item.not_before for item in writers if _is_certificate(item) and item.not_before is not None]
    return {CERTIFICATE_KEY: max(times)} if times else {}


def _is_certificate(item: SyncObject) -> bool:
    return item.group == CERTIFICATE_GROUP and item.kind == "Certificate"


def _is_served(secret: Secret, facts: KeyFacts) -> bool:
    """Whether the key holds a certificate that stands for this Secret's holder, rather than what it trusts."""
    if secret.type == TLS:
        return facts.key in _TLS_KEYS
    if _AUTHORITIES.search(facts.key) is not None:
        return False
    return any("private key" in other.credential.lower() for other in secret.values or ())
