"""The dates of certificates in a value: of a chain, the certificate that expires first.

PEM and single DER certificates are read. PKCS#12 files and Java keystores are not opened: they need a password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from cryptography import x509

MOST_CERTIFICATES = 256
"""Certificates looked at in one value: a bundle of the world's authorities has about 150."""

_PEM = re.compile(
    rb"-----BEGIN (?:TRUSTED )?CERTIFICATE-----[A-Za-z0-9+/=\s]{1,65536}?-----END (?:TRUSTED )?CERTIFICATE-----"
)
_DER = b"\x30\x82"
_DER_LONGEST = 16 * 1024


def validity(value: bytes) -> tuple[datetime, datetime] | None:
    """`not_before` and `not_after`, in UTC, of the certificate that expires first; None where none can be read."""
    found = [(each.not_valid_before_utc, each.not_valid_after_utc) for each in _certificates(value)]
    return min(found, key=lambda dates: dates[1], default=None)


def _certificates(value: bytes) -> Iterator[x509.Certificate]:
    for number, block in enumerate(_PEM.finditer(value)):
        if number >= MOST_CERTIFICATES:
            return
        try:
            yield x509.load_pem_x509_certificate(block[0].replace(b"TRUSTED ", b""))
        except ValueError:  # a block that is none; the others of the chain still have their dates
            continue
    if value.startswith(_DER) and len(value) <= _DER_LONGEST:
        try:
            yield x509.load_der_x509_certificate(value)
        except ValueError:
            return
