"""Which provider writes, by the rules. What a real API server shows is in test_real_encryption.py."""

from __future__ import annotations

import pytest
import yaml

from scanners.checks.encryption import API_SERVERS, CONFIGURATION, ENCRYPTION_AT_REST, METRICS
from scanners.collect.encryption import encryption_entries
from scanners.collect.inputs import NAMES
from scanners.encryption import State, by_configuration, covers, encrypts, named, providers, write_provider
from scanners.inventory import EncryptionEntry, EncryptionProvider

IDENTITY = EncryptionProvider(kind="identity")
AESCBC = EncryptionProvider(kind="aescbc", keys=("key1",))
KMS = EncryptionProvider(kind="kms", keys=("vault",), kms_version="v2")


def entry(*resources: str, by: tuple[EncryptionProvider, ...]) -> EncryptionEntry:
    return EncryptionEntry(resources=resources, providers=by)


@pytest.mark.parametrize(
    ("pattern", "resource", "covered"),
    [
        ("secrets", "secrets", True),
        ("secrets.", "secrets", True),
        ("*.", "secrets", True),
        ("*.*", "secrets", True),
        ("configmaps", "secrets", False),
        ("secret", "secrets", False),
        ("*", "secrets", False),
        ("*.apps", "secrets", False),
        ("secrets.example.io", "secrets", False),
        ("secrets", "secrets.example.io", False),
        ("*.example.io", "secrets.example.io", True),
        ("*.example.io", "secrets.other.example.io", False),
        ("*.", "secrets.example.io", False),
        ("*.*", "secrets.example.io", True),
        ("", "secrets", False),
    ],
)
def test_what_a_name_in_the_configuration_covers(pattern: str, resource: str, covered: bool) -> None:
    assert covers(pattern, resource) is covered


def test_the_first_provider_of_the_first_entry_writes() -> None:
    entries = (
        entry("events", by=(IDENTITY,)),
        entry("configmaps", "secrets", by=(KMS, AESCBC, IDENTITY)),
        entry("*.*", by=(IDENTITY,)),
    )
    assert write_provider(entries) == KMS
    assert providers(entries) == (KMS, AESCBC, IDENTITY)
    assert write_provider(entries, "deployments.apps") == IDENTITY
    assert by_configuration(entries).state is State.ENCRYPTED


@pytest.mark.parametrize(
    "entries",
    [(), (entry("configmaps", by=(KMS,)),), (entry("secrets", by=()),)],
    ids=["none", "others", "no provider"],
)
def test_no_provider_is_plaintext(entries: tuple[EncryptionEntry, ...]) -> None:
    assert write_provider(entries) is None
    assert not encrypts(write_provider(entries))
    assert by_configuration(entries).state is State.PLAINTEXT


def test_providers_have_names_for_people() -> None:
    assert [named(item) for item in (IDENTITY, AESCBC, KMS, EncryptionProvider(kind="kms"))] == [
        "identity",
        "aescbc",
        "KMS v2",
        "KMS",
    ]


def test_the_check_and_the_collection_call_inputs_by_the_same_names() -> None:
    assert {API_SERVERS, METRICS, CONFIGURATION} <= set(NAMES)


def test_the_manifests_of_the_fix_are_whole() -> None:
    """What the fix tells to write is read back as what it promises."""
    blocks = [part for part in ENCRYPTION_AT_REST.fix.split("\n\n") if part.lstrip().startswith("apiVersion")]
    configuration, migration = (yaml.safe_load(block) for block in blocks)
    assert write_provider(encryption_entries(configuration)) == EncryptionProvider(
        kind="kms", keys=("kms",), kms_version="v2"
    )
    assert migration["spec"] == {"resource": {"group": "", "resource": "secrets"}}
