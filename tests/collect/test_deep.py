"""A deep collection of servers and files that misbehave: a state of coverage, and no value anywhere."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import msgspec
import pytest

import scanners.values.facts
from scanners.collect import Options, collect
from scanners.collect.deep import DEEP_SECRETS, merged
from scanners.collect.listing import Reading
from scanners.collect.pool import Pool
from scanners.collect.secrets import read_object, read_object_with_values
from scanners.digest import SECRET_VALUE, KeyedDigest
from scanners.inventory import Coverage, Inventory, Secret
from scanners.kube.transport import Transport
from scanners.snapshot import SnapshotError, encode_snapshot, read_snapshot
from tests.collect.fake_cluster import FakeCluster, secret_row, table
from tests.collect.reading import meta, read
from tests.kube.conftest import connect, serve, stack  # noqa: F401 fixtures
from tests.kube.fake_server import Answer, FakeServer, Request

NOW = datetime(2026, 11, 23, tzinfo=UTC)
CANARY = "Kq-c4n4ry-v4lue-Zw"
SECRETS = "/api/v1/secrets"
DIGEST = KeyedDigest(b"k" * 32)
Collect = Callable[..., Inventory]


@pytest.fixture(name="collected")
def _collected(serve: Callable[..., FakeServer], connect: Callable[..., Transport]) -> Collect:  # noqa: F811
    def run(fake: FakeCluster, **options: Any) -> Inventory:
        given = Options(**({"name": "fake", "deep": True, "digest": DIGEST} | options))
        return collect(connect(serve(fake), deadline_seconds=20), given, lambda *_: None, lambda: None)

    return run


def whole(name: str, kind: str = "Opaque", **data: str | bytes) -> dict[str, Any]:
    raw = {key: value.encode() if isinstance(value, str) else value for key, value in data.items()}
    return {
        "metadata": meta(name),
        "type": kind,
        "data": {key: base64.b64encode(value).decode() for key, value in raw.items()},
    }


def release_row(name: str) -> dict[str, Any]:
    return secret_row(name) | {"cells": [name, "helm.sh/release.v1", 1, "1d"]}


def offers(*objects: dict[str, Any], helm: tuple[Any, ...] = ()) -> FakeCluster:
    """A cluster that answers both lists of a deep reading."""

    def reply(request: Request, answer: Answer) -> None:
        if request.query["fieldSelector"] == "type=helm.sh/release.v1":
            assert "as=Table" in request.headers["accept"]
            assert request.query["includeObject"] == "Metadata"
            answer.send(table(*helm))
        else:
            assert request.query["fieldSelector"] == "type!=helm.sh/release.v1"
            assert "as=Table" not in request.headers["accept"]
            answer.send({"kind": "SecretList", "metadata": {}, "items": list(objects)})

    return FakeCluster().reply(SECRETS, reply)


def test_values_become_facts_and_releases_stay_metadata(collected: Collect) -> None:
    inventory = collected(offers(whole("a", password=CANARY), helm=(release_row("sh.helm.release.v1.x.v1"),)))
    assert inventory.deep
    release, secret = sorted(inventory.secrets, key=lambda item: item.name, reverse=True)
    assert secret.values is not None
    assert [(fact.key, fact.digest) for fact in secret.values] == [
        ("password", DIGEST.of(SECRET_VALUE, CANARY.encode()))
    ]
    assert release.values is None
    assert (inventory.coverage["secrets"].status, inventory.coverage["secrets"].read) == ("complete", 2)
    assert (inventory.coverage["secretvalues"].status, inventory.coverage["secretvalues"].read) == ("complete", 1)
    assert CANARY not in msgspec.json.encode(inventory).decode()
    assert CANARY not in repr(inventory)


def test_a_scan_that_is_not_deep_asks_for_no_value_and_says_so(collected: Collect) -> None:
    def reply(request: Request, answer: Answer) -> None:
        assert "as=Table" in request.headers["accept"]
        answer.send(table(secret_row("a")))

    inventory = collected(FakeCluster().reply(SECRETS, reply), deep=False)
    assert not inventory.deep
    row = inventory.coverage["secretvalues"]
    assert (row.status, row.detail) == ("absent", "values are read only by a deep scan (--deep)")


def test_deep_needs_a_digest() -> None:
    with pytest.raises(ValueError, match="needs a digest"):
        Options(name="x", deep=True)


def test_a_token_is_not_looked_at(collected: Collect) -> None:
    inventory = collected(offers(whole("t", "kubernetes.io/service-account-token", token=CANARY)))
    assert inventory.secrets[0].values is None
    assert inventory.secrets[0].keys == ("token",)
    assert inventory.coverage["secretvalues"].status == "complete"


@pytest.mark.parametrize(
    "answered", [table(secret_row("a")), {"kind": "List", "items": [whole("a", p=CANARY)]}, {"kind": "PodList"}]
)
def test_another_kind_than_secrets_is_an_error(collected: Collect, answered: dict[str, Any]) -> None:
    inventory = collected(FakeCluster().reply(SECRETS, answered))
    for name in ("secrets", "secretvalues"):
        assert inventory.coverage[name].status in ("error", "partial")
        assert "another kind than SecretList" in inventory.coverage[name].detail
    assert all(secret.values is None for secret in inventory.secrets)
    assert CANARY not in msgspec.json.encode(inventory).decode()


def test_a_refused_list_is_denied_for_the_values_too(collected: Collect) -> None:
    inventory = collected(FakeCluster().reply(SECRETS, 403))
    assert {inventory.coverage[name].status for name in ("secrets", "secretvalues")} == {"denied"}


def test_a_value_that_is_no_base64_is_missing_and_counted(collected: Collect) -> None:
    broken = whole("broken") | {"data": {"password": f"{CANARY}!"}}
    number = whole("number") | {"data": {"password": 5}}
    inventory = collected(offers(broken, number, whole("a", password=CANARY)))
    assert {secret.name: secret.values is None for secret in inventory.secrets} == {
        "a": False,
        "broken": True,
        "number": True,
    }
    row = inventory.coverage["secretvalues"]
    assert (row.status, row.read) == ("partial", 1)
    assert "the values of 2 Secrets could not be read, such as shop/broken" in row.detail
    assert inventory.coverage["secrets"].status == "complete"
    assert CANARY not in msgspec.json.encode(inventory).decode()


def test_a_defect_in_the_judgement_loses_one_secret_and_says_nothing_of_it(
    collected: Collect,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    real = scanners.values.facts.validity

    def defective(value: bytes) -> Any:
        if CANARY.encode() in value:
            raise RuntimeError(f"a defect that quotes {value!r}")
        return real(value)

    monkeypatch.setattr(scanners.values.facts, "validity", defective)
    inventory = collected(offers(whole("a", password=CANARY), whole("b", password="other-value-1")))
    assert {secret.name: secret.values is None for secret in inventory.secrets} == {"a": True, "b": False}
    assert inventory.coverage["secretvalues"].status == "partial"
    said = capfd.readouterr()
    assert CANARY not in said.out + said.err + caplog.text + msgspec.json.encode(inventory).decode()


def test_both_lists_are_read_in_every_namespace_where_the_whole_is_refused(collected: Collect) -> None:
    fake = offers(whole("a", password="x-value-123"), helm=(release_row("h"),))
    reply = fake.replies[SECRETS]
    fake.reply("/api/v1/namespaces", 403)
    fake.reply(SECRETS, 403).reply("/api/v1/namespaces/shop/secrets", reply).reply(
        "/api/v1/namespaces/bank/secrets", 403
    )
    inventory = collected(fake, known_namespaces=("shop", "bank"))
    assert [secret.name for secret in inventory.secrets] == ["a", "h"]
    assert inventory.coverage["secrets"].namespaces == ("shop",)
    assert inventory.coverage["secretvalues"].status == "partial"
    assert inventory.coverage["secretvalues"].namespaces == ("shop",)


def test_a_secret_in_both_lists_counts_once() -> None:
    first, second = (
        Reading(Coverage(input="secrets", status="complete", read=1, namespaces=("a", name)), [record], version)
        for name, record, version in (
            ("b", Secret(namespace="a", name="s", type="Opaque"), "12"),
            ("c", Secret(namespace="a", name="s", type="helm.sh/release.v1"), "9"),
        )
    )
    both = merged(first, second)
    assert [record.type for record in both.records if isinstance(record, Secret)] == ["Opaque"]
    assert both.coverage.namespaces == ("a",)
    assert both.resource_version == "9"


def test_the_lists_together_are_all_secrets() -> None:
    with_values, without = DEEP_SECRETS
    assert with_values.selector.replace("!=", "=") == without.selector
    assert not with_values.table
    assert without.table


def both_ways(document: dict[str, Any]) -> Iterator[Secret]:
    yield from read(read_object, document, Pool(DIGEST))
    yield from read(read_object_with_values, document, Pool(DIGEST))


def test_the_record_is_the_same_but_for_the_values() -> None:
    managed = [
        {"manager": "helm", "operation": "Update", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:data": {"f:a": {}}}}
    ]
    document = whole("a", a="one-value", b="two-values") | {
        "metadata": meta("a", uid="u", resourceVersion="5", managedFields=managed, labels={"team": "shop"})
    }
    plain, deep = both_ways(document)
    assert plain.values is None
    assert deep.values is not None
    assert msgspec.structs.replace(deep, values=None) == plain


def test_string_data_of_a_file_wins_as_it_does_in_the_api_server() -> None:
    document = whole("a", password="from-data-1") | {"stringData": {"password": "from-string-2"}}
    (secret,) = read(read_object_with_values, document, Pool(DIGEST))
    assert secret.values[0].digest == DIGEST.of(SECRET_VALUE, b"from-string-2")


def test_a_manifest_encrypted_by_sops_shows_its_ciphertext() -> None:
    document = whole("a") | {"data": {"password": "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]"}}
    (secret,) = read(read_object_with_values, document, Pool(DIGEST))
    assert [fact.encrypted for fact in secret.values] == ["sops"]


def test_files_give_their_values_only_when_asked() -> None:
    items = [{"apiVersion": "v1", "kind": "Secret"} | whole("a", password=CANARY)]
    content = json.dumps({"apiVersion": "v1", "kind": "List", "items": items}).encode()
    shallow = read_snapshot(BytesIO(content), now=NOW)
    assert shallow.secrets[0].values is None
    assert shallow.coverage["secretvalues"].status == "absent"
    deep = read_snapshot(BytesIO(content), now=NOW, deep=DIGEST)
    assert deep.secrets[0].values is not None
    assert deep.coverage["secretvalues"].status == "complete"
    assert CANARY not in msgspec.json.encode(deep).decode()
    with pytest.raises(SnapshotError, match="a deep scan has nothing to read in it"):
        read_snapshot(BytesIO(encode_snapshot(shallow)), now=NOW, deep=DIGEST)


def test_a_snapshot_with_a_date_without_a_zone_is_refused() -> None:
    content = json.dumps(
        {"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Secret"} | whole("a", x="y")]}
    )
    inventory = read_snapshot(BytesIO(content.encode()), now=NOW, deep=DIGEST)
    assert inventory.secrets[0].values is not None
    facts = msgspec.structs.replace(inventory.secrets[0].values[0], not_after=datetime(2030, 1, 1))
    secret = msgspec.structs.replace(inventory.secrets[0], values=(facts,))
    with pytest.raises(SnapshotError, match="a time without a zone"):
        read_snapshot(BytesIO(encode_snapshot(msgspec.structs.replace(inventory, secrets=(secret,)))), now=NOW)
