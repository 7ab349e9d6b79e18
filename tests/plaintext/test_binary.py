"""Binary values: text, keystores that programs really write, and what is none."""

from __future__ import annotations

import base64
import struct
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.plaintext import Inspection, inspect_binary
from scanners.plaintext.binary import key_container

KEY = ec.generate_private_key(ec.SECP256R1())
SUBJECT = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
NOW = datetime(2026, 1, 1, tzinfo=UTC)
CERTIFICATE = (
    x509.CertificateBuilder()
    .subject_name(SUBJECT)
    .issuer_name(SUBJECT)
    .public_key(KEY.public_key())
    .serial_number(1)
    .not_valid_before(NOW)
    .not_valid_after(NOW + timedelta(days=1))
    .sign(KEY, hashes.SHA256())
)
DER = CERTIFICATE.public_bytes(Encoding.DER)
PKCS8 = PrivateFormat.PKCS8


def java_keystore(*tags: int, magic: bytes = b"\xfe\xed\xfe\xed", version: int = 2) -> bytes:
    """A keystore with one entry for each tag, as sun.security.provider.JavaKeyStore writes it."""
    entries = b""
    for tag in tags:
        entries += struct.pack(">I", tag) + struct.pack(">H", 5) + b"alias" + struct.pack(">Q", 0)
        certificate = (struct.pack(">H", 5) + b"X.509" if version == 2 else b"") + struct.pack(">I", len(DER)) + DER
        entries += certificate if tag == 2 else struct.pack(">I", 64) + b"x" * 64 + struct.pack(">I", 0)
    return magic + struct.pack(">II", version, len(tags)) + entries + b"d" * 20


def pkcs12_of(key: ec.EllipticCurvePrivateKey | None, password: bytes | None) -> bytes:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return pkcs12.serialize_key_and_certificates(b"x", key, CERTIFICATE if key else None, [CERTIFICATE], encryption)


@pytest.mark.parametrize(
    ("content", "credential"),
    [
        (pkcs12_of(KEY, b"hunter2"), "PKCS#12 keystore with a private key"),
        (pkcs12_of(KEY, None), "PKCS#12 keystore with a private key"),
        (java_keystore(1), "Java keystore with a key"),
        (java_keystore(2, 2, 1), "Java keystore with a key"),
        (java_keystore(2, 1, version=1), "Java keystore with a key"),
        (java_keystore(3, magic=b"\xce\xce\xce\xce"), "Java keystore with a key"),
        (KEY.private_bytes(Encoding.DER, PKCS8, NoEncryption()), "private key"),
        (rsa.generate_private_key(65537, 2048).private_bytes(Encoding.DER, PKCS8, NoEncryption()), "private key"),
        (KEY.private_bytes(Encoding.PEM, PKCS8, NoEncryption()), "private key"),
        (b"\x05\x02\x00\x00\x00\x20" + b"\x00\x01\x00\x04HOME\x00\x04host" + b"\x00" * 40, "Kerberos keytab"),
        (b"\xef\xbb\xbfpassword: hunter2\na: b\n", "password"),
        ("password=hunter2\n".encode("utf-16"), "password"),
    ],
    ids=range(12),
)
def test_what_holds_a_key(content: bytes, credential: str) -> None:
    found = inspect_binary("file.conf", base64.b64encode(content).decode())
    assert [item.detected.credential for item in found.found] == [credential]
    assert found.whole


@pytest.mark.parametrize(
    "content",
    [
        pkcs12_of(None, b"changeit"),
        pkcs12_of(None, None),
        java_keystore(2, 2),
        java_keystore(),
        java_keystore(2)[:40],
        java_keystore(7),
        DER,
        CERTIFICATE.public_bytes(Encoding.PEM),
        KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        b"\x1f\x8b\x08\x00password=hunter2",
        b"\x89PNG\r\n\x1a\n\x00password=hunter2",
        b"\xff\xfe\x00",
        b"\xff",
        b"0",
        b"0\x80",
        b"0\xff",
        b"",
    ],
    ids=range(17),
)
def test_what_holds_none(content: bytes) -> None:
    assert inspect_binary("file.conf", base64.b64encode(content).decode()) == Inspection()


@pytest.mark.parametrize("text", ["not base64!", "aGk", "aGk=aGk=", "é"])
def test_what_is_no_base64_is_nothing(text: str) -> None:
    assert inspect_binary("a", text) == Inspection()


def test_what_is_too_large_is_not_judged() -> None:
    assert not inspect_binary("a", "A" * 6_000_000).whole


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80), st.sampled_from([b"\xfe\xed\xfe\xed\x00\x00\x00\x02", b"0\x82", b"\x05\x02", b""]))
def test_any_bytes_are_judged_without_an_error(content: bytes, head: bytes) -> None:
    key_container(head + content)
