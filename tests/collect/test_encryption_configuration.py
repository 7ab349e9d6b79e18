"""EncryptionConfiguration: order, coverage and kinds of providers; never a key (peers.md, T1 to T4)."""

from __future__ import annotations

import json

import msgspec
import pytest

from scanners.collect.encryption import EncryptionConfigError, parse_encryption_config
from scanners.inventory import EncryptionEntry, EncryptionProvider

KEY = "c2VjcmV0LWNhbmFyeS1rZXktMzItYnl0ZXMtbG9uZyE="
IDENTITY = EncryptionProvider(kind="identity")


def config(resources: str) -> str:
    return f"apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n{resources}"


def test_order_coverage_and_kinds() -> None:
    text = config(
        f"""
  - resources: [secrets, '*.apps']
    providers: # the first one writes
      - identity: {{}}
      - aescbc: {{keys: [{{name: key2, secret: {KEY}}}, {{name: 1, secret: {KEY}}}]}}
      - secretbox: {{keys: [{{name: k, secret: {KEY}}}]}}
  - resources: ['*.*']
    providers:
      - kms: {{apiVersion: v2, name: cloud, endpoint: unix:///kms.sock, timeout: 3s}}
      - kms: {{name: old, endpoint: unix:///kms.sock}}
      - identity:
"""
    )
    entries = parse_encryption_config(text)
    assert entries == (
        EncryptionEntry(
            resources=("secrets", "*.apps"),
            providers=(
                IDENTITY,
                EncryptionProvider(kind="aescbc", keys=("key2", "1")),
                EncryptionProvider(kind="secretbox", keys=("k",)),
            ),
        ),
        EncryptionEntry(
            resources=("*.*",),
            providers=(
                EncryptionProvider(kind="kms", keys=("cloud",), kms_version="v2"),
                EncryptionProvider(kind="kms", keys=("old",), kms_version="v1"),
                IDENTITY,
            ),
        ),
    )
    assert KEY.encode() not in msgspec.json.encode(entries)


def test_json_is_read_too() -> None:
    document = {
        "kind": "EncryptionConfiguration",
        "apiVersion": "apiserver.config.k8s.io/v1",
        "resources": [{"resources": ["secrets"], "providers": [{"aesgcm": {"keys": [{"name": "a", "secret": KEY}]}}]}],
    }
    (entry,) = parse_encryption_config(json.dumps(document))
    assert entry.providers == (EncryptionProvider(kind="aesgcm", keys=("a",)),)


def test_a_key_in_the_place_of_its_name_is_not_kept() -> None:
    text = config(
        f"  - resources: [secrets]\n    providers: [{{aescbc: {{keys: [{{name: '{KEY}', secret: key1}}]}}}}]\n"
    )
    assert parse_encryption_config(text)[0].providers[0].keys == ("(unnamed)",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        KEY,
        f"- {KEY}",
        "kind: Secret",
        f"kind: EncryptionConfiguration\nresources: {KEY}",
        config(f"  - resources: {KEY}\n    providers: [identity: {{}}]"),
        config(f"  - resources: [secrets]\n    providers: {KEY}"),
        config(f"  - resources: [secrets]\n    providers: [{KEY}]"),
        config(f"  - resources: [secrets]\n    providers: [{{'{KEY}': {{}}}}]"),
        config(f"  - resources: [secrets]\n    providers: [{{aescbc: {{keys: '{KEY}'}}}}]"),
        config(
            f"  - resources: [secrets]\n    providers: [{{identity: {{}}, aescbc: {{keys: [{{secret: '{KEY}'}}]}}}}]"
        ),
        config("  - &a [secrets]\n  - *a"),
        config(f"  - resources: [secrets\n    {KEY}: :\n"),
        "x: " + "[" * 5000,
        "x" * (1024 * 1024 + 1),
    ],
)
def test_anything_else_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(EncryptionConfigError) as raised:
        parse_encryption_config(text)
    assert KEY not in str(raised.value)
    assert str(raised.value).startswith(("The encryption configuration", "resources["))
    assert str(raised.value).endswith(".")
