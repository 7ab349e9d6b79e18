"""What a deep scan tells of values: kinds of credentials, dates, ciphertext; and that nothing of them is in it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import msgspec
import pytest

from scanners.digest import SECRET_VALUE, KeyedDigest
from scanners.inventory import KeyFacts
from scanners.values import About, key_facts
from tests.values.certificates import BEGAN, KEY_PEM, certificate, der, keystore

DIGEST = KeyedDigest(b"k" * 32)
SOON, LATE = datetime(2027, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)


def facts(**values: bytes) -> dict[str, KeyFacts]:
    return {fact.key: fact for fact in key_facts(values, About("shop", "db"), DIGEST)}


def fact(key: str, value: bytes) -> KeyFacts:
    (found,) = key_facts({key: value}, About("shop", "db"), DIGEST)
    return found


def test_a_digest_of_each_value_whatever_its_key() -> None:
    found = facts(a=b"same-value-1", b=b"same-value-1", c=b"other")
    assert found["a"].digest == found["b"].digest == DIGEST.of(SECRET_VALUE, b"same-value-1")
    assert found["c"].digest != found["a"].digest


@pytest.mark.parametrize(
    ("key", "value", "credential"),
    [
        ("password", b"correct-horse-9217", "password"),
        ("token", b"kR9mQ2vX7bT4nL8wZ1cV", "token"),
        ("DATABASE_URL", b"postgres://app:gT7kk2pQz9@db/shop", "connection string with a password"),
        ("tls.key", KEY_PEM, "private key"),
        ("anything", b"7f3a9c1e5b8d2f4a6c0e1b3d5f7a9c2e", "generated string"),
        ("encryption-key", bytes(range(130, 162)), "encryption key"),
        ("store.p12", keystore(LATE), "keystore"),
        ("store.jks", b"\xfe\xed\xfe\xed\x00\x00\x00\x02", "keystore"),
        ("username", b"shop", ""),
        ("host", b"db.shop.svc", ""),
        ("port", b"5432", ""),
        ("enabled", b"true", ""),
        ("checksum", b"7f3a9c1e5b8d2f4a6c0e1b3d5f7a9c2e", ""),
        ("ca.crt", certificate(LATE), ""),
        ("blob", hashlib.sha512(b"blob").digest(), ""),
        ("password", b"", "password"),
    ],
)
def test_kinds_of_credentials(key: str, value: bytes, credential: str) -> None:
    assert fact(key, value).credential == credential


def test_the_certificate_that_expires_first_gives_the_dates() -> None:
    later = datetime(2026, 6, 1, tzinfo=UTC)
    chain = certificate(LATE) + certificate(SOON, since=later) + certificate(LATE)
    found = fact("tls.crt", chain)
    assert (found.not_before, found.not_after) == (later, SOON)
    assert fact("cert.der", der(SOON)).not_after == SOON
    assert fact("cert", b"# comment\r\n" + certificate(SOON).replace(b"\n", b"\r\n")).not_before == BEGAN


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----",
        b"-----BEGIN CERTIFICATE-----\n" + b"A" * 1000,
        b"-----BEGIN CERTIFICATE-----" * 3000,
        b"\x30\x82\x03\x10 no certificate",
        keystore(SOON),
    ],
)
def test_what_is_no_certificate_or_cannot_be_opened_has_no_dates(value: bytes) -> None:
    assert fact("tls.crt", value).not_after is None


def test_a_broken_certificate_in_a_chain_hides_none_of_the_others() -> None:
    broken = b"-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n"
    assert fact("tls.crt", certificate(LATE) + broken + certificate(SOON)).not_after == SOON


def test_ciphertext_of_sops_is_neither_weak_nor_a_credential() -> None:
    whole = b'{"password": "ENC[AES256_GCM,data:x1,iv:a,tag:b,type:str]", "sops": {"mac": "ENC[AES256_GCM,data:..."}}'
    for key, value in (("password", b"ENC[AES256_GCM,data:x1,iv:a,tag:b,type:str]"), ("app.yaml", whole)):
        found = fact(key, value)
        assert (found.encrypted, found.credential, found.weakness) == ("sops", "", "")


def test_the_user_beside_a_password_is_the_first_guess() -> None:
    assert facts(username=b"payments_rw", password=b"payments_rw")["password"].weakness == "guessable"
    assert facts(username=b"payments_rw", password=b"correct-horse-9217")["password"].weakness == ""


def test_no_part_of_a_value_is_in_the_facts() -> None:
    canary = "Kq4f9c21b7aa0dZw"
    values = {
        "password": canary.encode(),
        "url": f"postgres://app:{canary}@db/shop".encode(),
        "app.yaml": f"db:\n  password: {canary}\n".encode(),
        "binary": canary.encode() + b"\x00\xff",
        "chain": certificate(SOON, name=canary),
        "large": (canary * 10_000).encode(),
    }
    found = key_facts(values, About("shop", "db"), DIGEST)
    for text in (msgspec.json.encode(found).decode(), repr(found)):
        assert canary not in text
        assert canary[:6] not in text


def test_hostile_values_cost_no_more_than_their_length_and_raise_nothing() -> None:
    for value in (
        b"\x00" * 1_000_000,
        b"\xff" * 1_000_000,
        b"a" * 1_000_000,
        b"-----BEGIN " * 90_000,
        b"://:@" * 50_000,
    ):
        for key in ("password", "tls.crt", "DATABASE_URL", "x" * 253):
            assert fact(key, value).digest
