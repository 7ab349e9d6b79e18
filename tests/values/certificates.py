"""Certificates for tests, with the dates that a test needs."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from cryptography.x509.oid import NameOID

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
KEY_PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def certificate(until: datetime, since: datetime = BEGAN, name: str = "example.org") -> bytes:
    """A self-signed certificate in PEM."""
    return _built(until, since, name).public_bytes(Encoding.PEM)


def der(until: datetime) -> bytes:
    return _built(until, BEGAN, "example.org").public_bytes(Encoding.DER)


def keystore(until: datetime) -> bytes:
    """A PKCS#12 file without a password."""
    return pkcs12.serialize_key_and_certificates(b"tls", KEY, _built(until, BEGAN, "example.org"), None, NoEncryption())


def _built(until: datetime, since: datetime, name: str) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .sign(KEY, hashes.SHA256())
    )
