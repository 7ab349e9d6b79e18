"""Certificate (cert-manager.io/v1): a key pair that cert-manager writes and renews."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from scanners.collect import keep
from scanners.collect.durations import go_duration
from scanners.collect.metadata import (
    Condition,
    ObjectMeta,
    Shape,
    decoder,
    name_of,
    namespace_of,
    readiness,
    reference,
    utc,
)
from scanners.collect.pool import Pool
from scanners.inventory import SyncObject

GROUP = "cert-manager.io"


class _Issuer(Shape):
    kind: str | None = None
    name: str | None = None


class _Keystore(Shape):
    create: bool = False


class _Keystores(Shape):
    jks: _Keystore | None = None
    pkcs12: _Keystore | None = None


class _OutputFormat(Shape):
    type: str = ""


class _Spec(Shape):
    secret_name: str = ""
    issuer_ref: _Issuer = msgspec.field(default_factory=_Issuer)
    keystores: _Keystores | None = None
    renew_before: str | None = None
    renew_before_percentage: int | None = None
    additional_output_formats: list[_OutputFormat] | None = None


class _Status(Shape):
    conditions: list[Condition] | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    renewal_time: datetime | None = None


class _Certificate(Shape):
    metadata: ObjectMeta
    spec: _Spec
    status: _Status = msgspec.field(default_factory=_Status)


_decoder = decoder(_Certificate)

_OUTPUT_KEYS = {"CombinedPEM": "tls-combined.pem", "DER": "key.der"}


def read_certificate(raw: msgspec.Raw, pool: Pool) -> Iterable[SyncObject]:
    """Its Secret, and the dates of the certificate that is in it now (`status`; `spec` is what was asked for).

    `status.renewalTime` is what cert-manager makes of `renewBefore` or `renewBeforePercentage`.
    """
    found = _decoder.decode(raw)
    ready, reason = readiness(found.status.conditions, "Ready")
    yield SyncObject(
        kind="Certificate",
        group=GROUP,
        namespace=namespace_of(found.metadata, pool),
        name=name_of(found.metadata),
        uid=found.metadata.uid or "",
        created_at=utc(found.metadata.creation_timestamp),
        targets=(reference(found.spec.secret_name, pool),) if found.spec.secret_name else (),
        target_keys=pool.one(tuple(sorted(_keys(found.spec)))),
        ready=ready,
        reason=pool.one(reason),
        store_kind=pool.one(keep.clean(found.spec.issuer_ref.kind or "Issuer")),
        store=reference(found.spec.issuer_ref.name, pool),
        not_before=utc(found.status.not_before),
        not_after=utc(found.status.not_after),
        renews_at=utc(found.status.renewal_time) or _renewal(found),
    )


def _renewal(certificate: _Certificate) -> datetime | None:
    """When the specification asks for renewal; None where it leaves that to cert-manager, or asks for nonsense."""
    spec, start, end = certificate.spec, utc(certificate.status.not_before), utc(certificate.status.not_after)
    if start is None or end is None:
        return None
    if spec.renew_before_percentage is not None:
        before = (end - start) * (min(max(spec.renew_before_percentage, 0), 100) / 100)
    else:
        seconds = go_duration(spec.renew_before)
        before = timedelta(seconds=min(max(seconds or 0.0, 0.0), (end - start).total_seconds()))
    return end - before if timedelta() < before < end - start else None


def _keys(spec: _Spec) -> Iterator[str]:
    """Keys of the Secret (cert-manager.io/docs/usage/certificate). An issuer without a CA leaves ca.crt out."""
    yield from ("tls.crt", "tls.key", "ca.crt")
    for keystore, suffix in (
        (spec.keystores and spec.keystores.jks, "jks"),
        (spec.keystores and spec.keystores.pkcs12, "p12"),
    ):
        if keystore and keystore.create:
            yield from (f"keystore.{suffix}", f"truststore.{suffix}")
    for output in spec.additional_output_formats or ():
        if output.type in _OUTPUT_KEYS:
            yield _OUTPUT_KEYS[output.type]
