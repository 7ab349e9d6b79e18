"""What can be guessed, by the key it stands under, and what must not be called so."""

from __future__ import annotations

import pytest

from scanners.values.passwords import COMMON_WORDS, DEFAULTS
from scanners.values.weakness import Surroundings, weakness

SHOP = Surroundings("shop-db", "storefront", ("anna", "shop_rw"))


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        # empty
        ("password", "", "empty"),
        ("password", " \n", "empty"),
        ("api-key", "", "empty"),
        ("DATABASE_URL", "postgres://app:@db:5432/shop", "empty"),
        ("username", "", ""),
        ("tls.key", "", ""),
        ("ca.crt", "", ""),
        # placeholder
        ("password", "changeme", "placeholder"),
        ("password", "CHANGE_ME!", "placeholder"),
        ("password", "change-this-in-production", "placeholder"),
        ("password", "password", "placeholder"),
        ("password", "<your-password>", "placeholder"),
        ("api-key", "YOUR_API_KEY", "placeholder"),
        ("jwt-secret", "your-256-bit-secret", "placeholder"),
        ("password", "xxxxxxxx", "placeholder"),
        ("password", "********", "placeholder"),
        ("password", "null", "placeholder"),
        ("token", "undefined", "placeholder"),
        ("password", "${DB_PASSWORD}", "placeholder"),
        ("password", "{{ .Values.password }}", "placeholder"),
        ("key", "changeme", "placeholder"),
        ("value", "replace-me", "placeholder"),
        ("DATABASE_URL", "postgres://app:<password>@db/shop", "placeholder"),
        # default
        ("password", "postgres", "default"),
        ("password", "minio123", "default"),
        ("password", "Guest", "default"),
        ("admin-password", "prom-operator", "default"),
        ("keystore-password", "changeit", "default"),
        ("SECRET_KEY", "django-insecure-7b3kd9x0q", "default"),
        ("token-secret", "0123456789abcdef", "default"),
        ("auth", "admin:admin", "default"),
        ("DATABASE_URL", "postgres://postgres:postgres@db/shop", "default"),
        # guessable
        ("password", "1234", "guessable"),
        ("pin-password", "20240131", "guessable"),
        ("password", "a1!x", "guessable"),
        ("password", "anna", "guessable"),
        ("password", "shop_rw", "guessable"),
        ("password", "shop-db", "guessable"),
        ("password", "Storefront2026!", "guessable"),
        ("redis-password", "redis-password", "guessable"),
        ("password", "P@ssw0rd123!", "guessable"),
        ("password", "Summer2026", "guessable"),
        ("password", "letmein", "guessable"),
        ("password", "hunter2", "guessable"),
        ("password", "mydbpass", "guessable"),
        ("password", "adminadmin", "guessable"),
        ("password", "aaaaaaaaaa", "guessable"),
        ("password", "qwertz123", "guessable"),
        ("password", "1qaz2wsx", "guessable"),
        ("password", "abcd1234", "guessable"),
        ("api-key", "letmein-1", "guessable"),
        ("password", "  hunter2\n", "guessable"),
        # none of it
        ("password", "correct-horse-9217", ""),
        ("password", "tr0ub4dor-and-3", ""),
        ("password", "8347261937", ""),
        ("password", "gT7$kk2p", ""),
        ("password", "vault:secret/data/shop#password", ""),
        ("password", "true", ""),
        ("password-file", "/run/secrets/x", ""),
        ("token-ttl", "3600", ""),
        ("username", "admin", ""),
        ("username", "changeme", ""),
        ("host", "changeme", ""),
        ("port", "5432", ""),
        ("database", "postgres", ""),
        ("POSTGRES_DB", "shop-db", ""),
        ("url", "https://example.org", ""),
        ("secret", "shop-db-credentials", ""),
        ("auth", "basic", ""),
        ("token", "jwt", ""),
        ("token", "kR9mQ2vX7bT4nL8w", ""),
        ("DATABASE_URL", "postgres://app:gT7kk2pQz9@db/shop", ""),
        ("password", "x" * 4 + "y" * 200, ""),
    ],
)
def test_weakness(key: str, value: str, expected: str) -> None:
    assert weakness(key, value, SHOP) == expected


def test_every_default_and_common_word_is_found_as_a_password() -> None:
    for default in DEFAULTS:
        assert weakness("password", default.value, Surroundings()) == "default", default
        assert default.source.startswith("https://")
        assert default.value == default.value.lower()
    assert {word for word in COMMON_WORDS if not weakness("password", word, Surroundings())} == set()


def test_random_passwords_are_not_called_weak() -> None:
    import random
    import string

    chance = random.Random(7)
    alphabets = (string.ascii_letters + string.digits, string.ascii_lowercase + string.digits, string.hexdigits)
    values = ["".join(chance.choices(alphabet, k=12)) for alphabet in alphabets for _ in range(20_000)]
    assert [value for value in values if weakness("password", value, SHOP)] == []
