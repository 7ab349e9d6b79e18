"""Which provider writes: by the rules, and as the real API server shows it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from scanners.assess import CheckResult, assess_check
from scanners.checks.encryption import API_SERVERS, CONFIGURATION, ENCRYPTION_AT_REST, METRICS
from scanners.collect.encryption import encryption_entries
from scanners.collect.inputs import NAMES
from scanners.context import Context
from scanners.encryption import State, by_configuration, covers, encrypts, named, providers, write_provider
from scanners.inventory import EncryptionEntry, EncryptionProvider
from tests.cluster.server import Cluster
from tests.collect.conftest import collected, connect

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


KEY = {"keys": [{"name": "key1", "secret": base64.b64encode(b"k" * 32).decode()}]}


def configuration(*entries: tuple[list[str], list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [{"resources": names, "providers": by} for names, by in entries],
    }


def write_secret(cluster: Cluster, name: str) -> bytes:
    """A new Secret, as it lies in etcd."""
    metadata = {"namespace": "default", "name": name}
    cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"password": "canary"}})
    return cluster.stored(f"/registry/secrets/default/{name}")


def judged(cluster: Cluster, given: str | None = None) -> CheckResult:
    with connect(cluster, cluster.token("admin")) as transport:
        seen = collected(transport, encryption_config=given)
    return assess_check(ENCRYPTION_AT_REST, Context(seen))


REAL = {
    "no configuration": (None, False),
    "identity first": (configuration((["secrets"], [{"identity": {}}, {"aescbc": KEY}])), False),
    "configmaps only": (configuration((["configmaps"], [{"aescbc": KEY}, {"identity": {}}])), False),
    "exempted before a wildcard": (
        configuration((["secrets"], [{"identity": {}}]), (["*.*"], [{"secretbox": KEY}])),
        False,
    ),
    "aescbc": (configuration((["secrets"], [{"aescbc": KEY}, {"identity": {}}])), True),
    "wildcard of the core group": (configuration((["*."], [{"secretbox": KEY}, {"identity": {}}])), True),
    "wildcard of everything": (
        configuration((["events"], [{"identity": {}}]), (["*.*"], [{"aesgcm": KEY}, {"identity": {}}])),
        True,
    ),
}


@pytest.mark.real
@pytest.mark.parametrize(("settings", "encrypted"), REAL.values(), ids=list(REAL))
def test_real_api_server(
    cluster_factory: Callable[..., Cluster], settings: dict[str, Any] | None, encrypted: bool
) -> None:
    """Metrics and rules say what etcd holds, and after a restart without a write nothing is guessed."""
    cluster = cluster_factory(encryption_config=settings)
    try:
        stored = write_secret(cluster, "one")
        assert stored.startswith(b"k8s:enc:") is encrypted
        assert (b"canary" in stored) is not encrypted
        by_metrics = judged(cluster)
        assert by_metrics.status == ("pass" if encrypted else "fail"), by_metrics
        if settings is None:
            return
        assert encrypts(write_provider(encryption_entries(settings))) is encrypted
        cluster.stop_apiserver()
        cluster.start_apiserver()
        without_write = judged(cluster)
        assert without_write.status == ("fail" if without_write.findings else "not-assessed")
        if without_write.findings:
            # Certain without a write only where no provider covers Secrets at all.
            assert not providers(encryption_entries(settings))
        assert judged(cluster, given=yaml.safe_dump(settings)).status == by_metrics.status
    finally:
        cluster.close()
