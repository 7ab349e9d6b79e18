"""What the detector answers beyond yes and no, and how it bears hostile input."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scanners.plaintext import Detected, detect
from scanners.plaintext.formats import FORMATS, TokenFormat
from scanners.plaintext.vocabulary import (
    COUNTED_TOKENS,
    KEY_KINDS,
    MEANINGFUL_WORDS,
    NEUTRAL_AFTER,
    PASSWORD_NOUNS,
    PUBLIC_KEYS,
    SOMETHING_ABOUT_IT,
    URL_SCHEMES,
)
from tests.plaintext.cases import Case, ours

MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    ("name", "value", "credential", "masked"),
    [
        ("DB_PASSWORD", "hunter2", "password", ""),
        ("KEYCLOAK_CLIENT_SECRET", "hunter2", "client secret", ""),
        ("AWS_ACCESS_KEY_ID", "AKIA" + "QYLPMN5HFIQR7XYA", "AWS access key", "AKIA…"),
        ("X", "ghp_" + "1aB2cD3eF4gH5iJ6kL7mN8oP9qR0sT1uV2wX", "GitHub token", "ghp_…"),
        ("X", "postgres://app:hunter2@db/x", "connection string with a password", "postgres://…"),
        ("X", "hunter2+x://app:hunter2@db/x", "connection string with a password", ""),
        ("X", "-Dspring.datasource.password=hunter2", "password inside a longer text", ""),
        ("X", "-----BEGIN EC " + "PRIVATE KEY-----\nMHcCAQEE\n", "private key", ""),
        ("X", "-----BEGIN ENCRYPTED " + "PRIVATE KEY-----\nMIIFHDBO\n", "encrypted private key", ""),
        ("BASIC_AUTH", "admin:hunter2", "user name and password", ""),
        ("ADMIN_PASSWORD", "$2y$10$wkRFcGfZ5bDqGkYq1lnQpuZ9QoXq9jYwqgY0b6Hc8H5N1k2zOaGdS", "password hash", ""),
    ],
)
def test_the_kind_of_credential_and_its_shown_form(name: str, value: str, credential: str, masked: str) -> None:
    assert detect(name, value) == Detected(credential, masked)


KINDS = (
    {form.credential for form in FORMATS}
    | set(KEY_KINDS.values())
    | set(PASSWORD_NOUNS.values())
    | {
        "token",
        "secret",
        "client secret",
        "key",
        "access key",
        "credentials",
        "salt",
        "session cookie",
        "shared secret",
    }
    | {"private key", "encrypted private key", "signed token (JWT)", "registry login", "password hash", "bearer token"}
    | {"connection string with a password", "connection string with an Azure key", "Azure shared access signature"}
    | {"incoming webhook URL", "basic authentication header", "user name and password"}
)
SHOWN = {form.shown for form in FORMATS} | {f"{scheme}://…" for scheme in URL_SCHEMES} | {"", "eyJ…", "s.…"}


@pytest.mark.parametrize("case", [case for case in ours() if case.leak], ids=lambda case: case.name)
def test_the_answer_tells_nothing_of_the_value(case: Case) -> None:
    """Both parts of the answer come from closed lists, so no value can make its way into a report."""
    found = detect(case.name, case.value)
    assert found is not None
    assert found.credential.removesuffix(" inside a longer text") in KINDS
    assert found.masked in SHOWN


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: f"{form.credential}:{form.marker}")
def test_every_format_finds_its_own_tokens(form: TokenFormat) -> None:
    """A format whose expression, marker and beginnings contradict each other finds nothing."""

    @settings(max_examples=5, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.from_regex(re.compile(form.body, re.ASCII), fullmatch=True))
    def finds(token: str) -> None:
        assume(len(set(token.removeprefix(form.prefix))) >= 6)
        assert form.marker in token
        for literal in (token, f"--flag {token} and more", f"key={token},next"):
            assert detect("X", literal) is not None

    finds()


def test_formats_name_their_source() -> None:
    assert all(form.source.startswith("https://") for form in FORMATS)
    assert len({form.body for form in FORMATS}) == len(FORMATS)


HOSTILE = [
    "a", "1", "/a", "a.", "a-", "a:", "a@", "://", "x://a:b/", "http://a:b", "eyJ", "eyJaaaaaaaaaa.", "-----BEGIN ",
    "-----BEGIN PRIVATE KEY-----", "LS0tLS1CRUdJTi", "password=", "password", "password ", 'password:"', "password=<",
    "${", "${a", "password=$(a", "password=${x}", "Basic+", "basic aaaaaaaa ", "=Bearer ", '"auth":"aaaa"', "glpat-",
    "AGE-PLUGIN-", "sk-aaaaaaaaaaaaaaaaaaaaT3BlbkFJ", "xoxb-", "aaa1Q~", "?sig=&sv=", "AccountKey=", "a:b@tcp(",
    "https://hooks.slack.com/services/", "jdbc:oracle:thin:a/", "{", "<", '{"password":{', "A_", "aB1+", "\n", " ", '"',
    "sha-", "1m", "0x", "a1", "_", "a-key=", "\\", "\x00", "\ud800", "é", "🔑",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE, ids=repr)
def test_a_megabyte_of_anything_is_judged(piece: str) -> None:
    """An expression with more than linear cost would not come back from these."""
    for name in ("PASSWORD", "API_KEY", "CREDENTIALS", "X"):
        detect(name, piece * (MEGABYTE // len(piece)) + "!")


def test_a_name_of_a_megabyte_is_read_from_its_end() -> None:
    assert detect("A_" * (MEGABYTE // 2) + "PASSWORD", "hunter2") == Detected("password")
    assert detect("PASSWORD_" * (MEGABYTE // 9) + "FILE", "hunter2") is None


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["PASSWORD", "TOKEN", "API_KEY", "AUTH", "X", ""]), st.text())
def test_any_text_is_judged_without_an_error(name: str, value: str) -> None:
    found = detect(name, value)
    assert found is None or (value.strip() and found.credential)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_name_is_read_without_an_error(name: str, value: str) -> None:
    detect(name, value)


@pytest.mark.parametrize("password", ["hunter2", "/hunter2!", "correct horse", "123456", "a"])
@pytest.mark.parametrize("about", sorted(SOMETHING_ABOUT_IT))
def test_a_word_about_the_password_is_not_the_password(about: str, password: str) -> None:
    assert detect(f"DB_PASSWORD_{about.upper()}", password) is None


@pytest.mark.parametrize("after", sorted(NEUTRAL_AFTER))
def test_a_neutral_word_leaves_the_password_one(after: str) -> None:
    assert detect(f"PASSWORD_{after.upper()}", "hunter2") == Detected("password")


@pytest.mark.parametrize("word", sorted(MEANINGFUL_WORDS))
def test_a_word_with_a_meaning_is_no_token_but_may_be_a_password(word: str) -> None:
    assert detect("API_TOKEN", word) is None
    assert detect("API_TOKEN", word.upper()) is None
    assert detect("DB_PASSWORD", word) == Detected("password")


@pytest.mark.parametrize(
    "name", [f"{word}_KEY" for word in sorted(PUBLIC_KEYS)] + [f"{word}_TOKEN" for word in sorted(COUNTED_TOKENS)]
)
def test_keys_and_tokens_that_open_nothing(name: str) -> None:
    assert detect(name.upper(), "9f86d081884c7d659a2feaa0c55ad015") is None


def test_values_are_not_cached() -> None:
    """Names may be remembered between calls, values must not be: they would outlive the scan in memory."""
    modules = [module for name, module in sys.modules.items() if name.startswith("scanners.plaintext.")]
    cached = {
        f"{item.__module__}.{attribute}"
        for module in modules
        for attribute, item in vars(module).items()
        if hasattr(item, "cache_info")
    }
    assert cached == {"scanners.plaintext.names._meaning"}
