"""Labelled clusters: exactly the faults that were put there come out, for every check of the registry."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from scanners.assess import CheckResult, run_checks
from scanners.checks import BY_ID
from scanners.collect.encryption import parse_encryption_config
from scanners.context import Context
from scanners.digest import KeyedDigest
from scanners.inventory import Coverage, Inventory
from scanners.policy import parse_policy
from scanners.snapshot import read_snapshot
from tests.cluster.fixtures import open_cluster
from tests.cluster.server import Cluster
from tests.collect.conftest import collected, connect
from tests.command.running import secretsui
from tests.end_to_end import labelled_cluster, labelled_posture
from tests.end_to_end.shop import namespace, secret

pytestmark = pytest.mark.real

Manifest = dict[str, Any]
ENCRYPTION = (BY_ID["encryption-at-rest"],)


def inventory(cluster: Cluster, **options: object) -> Inventory:
    with connect(cluster, cluster.token("admin")) as transport:
        return collected(transport, **options)


@dataclass(frozen=True)
class Scanned:
    """What a scan of the labelled cluster found, by check, and whether it read values."""

    deep: bool
    by_check: dict[str, CheckResult]


@pytest.fixture(scope="module", params=[False, True], ids=["shallow", "deep"])
def scanned(request: pytest.FixtureRequest, labelled: Cluster) -> Scanned:
    found = inventory(labelled, deep=request.param, digest=KeyedDigest.for_this_process())
    results = run_checks(Context(found, parse_policy(labelled_posture.POLICY)))
    return Scanned(request.param, {result.check.id: result for result in results})


def labels_of(check: str, *, deep: bool) -> set[labelled_cluster.Label]:
    labels = labelled_cluster.LABELS | (labelled_posture.DEEP_LABELS if deep else set())
    return {label for label in labels if label[0] == check}


def test_every_check_of_the_registry_is_accounted_for_once() -> None:
    failing = {label[0] for label in labelled_cluster.LABELS | labelled_posture.DEEP_LABELS}
    tables = (failing, set(labelled_posture.NOT_ASSESSED), set(labelled_posture.NOTHING_TO_FIND))
    assert sorted(name for table in tables for name in table) == sorted(BY_ID)
    assert set(labelled_posture.NEEDS_VALUES) <= failing


@pytest.mark.parametrize("check", sorted(BY_ID))
def test_exactly_the_labelled_faults_are_found(scanned: Scanned, check: str) -> None:
    result = scanned.by_check[check]
    found = {
        (each.check, each.severity, each.kind, each.namespace, each.name if each.kind != "Cluster" else "")
        for each in result.findings
        if not each.folded
    }
    labels = labels_of(check, deep=scanned.deep)
    assert {"not found": labels - found, "false": found - labels} == {"not found": set(), "false": set()}
    unseen = labelled_posture.NOT_ASSESSED | ({} if scanned.deep else labelled_posture.NEEDS_VALUES)
    assert result.status == ("fail" if labels else "not-assessed" if check in unseen else "pass"), result.reason
    assert unseen.get(check, "") in result.reason
    if result.status == "pass":
        assert result.reason == ""


def test_each_finding_names_its_field(scanned: Scanned) -> None:
    leaks = {each.name.removeprefix("leak-"): each for each in scanned.by_check["plaintext-env"].findings}
    for name, variable in labelled_cluster.LEAKS.items():
        finding = leaks[name]
        assert variable["name"] in finding.field + finding.message
        assert "env" in finding.field
        assert variable["value"] not in repr(finding)
    assert "initContainers" in leaks["init"].field
    assert "ephemeralContainers" in leaks["ephemeral"].field
    assert "jobTemplate" in leaks["cron"].field
    files = {each.name: each.field for each in scanned.by_check["plaintext-configmap"].findings}
    assert files["file-leak"] == 'data["app.yaml"] db.password'
    assert 'binaryData["db.properties"]' in files["binary-leak"]
    (argument,) = scanned.by_check["plaintext-args"].findings
    assert argument.field == "spec.template.spec.containers[0].args[1]"
    assert labelled_posture.SECRET_LEAK not in repr(scanned.by_check)


def config(*entries: tuple[list[str], list[str]]) -> Manifest:
    keys = [{"name": "k", "secret": base64.b64encode(b"0123456789abcdef" * 2).decode()}]
    provider = {
        "identity": {"identity": {}},
        "kms": {"kms": {"apiVersion": "v2", "name": "vault", "endpoint": "unix:///kms.sock"}},
    }
    resources = [
        {"resources": names, "providers": [provider.get(each, {each: {"keys": keys}}) for each in providers]}
        for names, providers in entries
    ]
    return {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "EncryptionConfiguration", "resources": resources}


SERVERS: dict[str, tuple[Manifest | None, str]] = {
    "none": (None, "fail"),
    "identity-first": (config((["secrets"], ["identity", "aescbc"])), "fail"),
    "configmaps-only": (config((["configmaps"], ["aescbc"])), "fail"),
    "secretbox": (config((["secrets"], ["secretbox", "identity"])), "pass"),
    "wildcard": (config((["*.*"], ["aesgcm", "identity"])), "pass"),
    "core-wildcard": (config((["*."], ["aescbc", "identity"])), "pass"),
    "another-wildcard": (config((["*.apps"], ["aescbc", "identity"])), "fail"),
    "identity-for-secrets-then-all": (config((["secrets"], ["identity"]), (["*.*"], ["aescbc"])), "fail"),
}


@pytest.mark.parametrize("case", SERVERS)
def test_what_the_api_server_itself_does_is_told_from_its_metrics(case: str) -> None:
    """A cluster each, since an API server with another configuration could not read what this one wrote."""
    encryption_config, expected = SERVERS[case]
    with open_cluster(encryption_config=encryption_config) as cluster:
        cluster.create(namespace("shop"), secret("shop", "db"))
        stored = cluster.stored("/registry/secrets/shop/db")
        assert stored.startswith(b"k8s:enc:") == (expected == "pass"), "the label is right"
        (result,) = run_checks(Context(inventory(cluster)), ENCRYPTION)
    assert result.status == expected, result.reason


T3 = config((["secrets"], ["kms"]), (["events"], ["identity"]))
GIVEN: dict[str, tuple[str, str]] = {
    "T1-identity-first": (yaml.safe_dump(config((["secrets"], ["identity", "aescbc"]))), "fail"),
    "T2-configmaps-only": (yaml.safe_dump(config((["configmaps"], ["aescbc"]))), "fail"),
    "T3-kms-and-events-identity": (yaml.safe_dump(T3), "pass"),
    "T4-comment": (yaml.safe_dump(T3).replace("providers:", "providers: # primary: kms\n  # second: none\n"), "pass"),
    "T4-json": (json.dumps(T3), "pass"),
    "order-of-entries": (yaml.safe_dump(config((["*.*"], ["identity"]), (["secrets"], ["aescbc"]))), "fail"),
}


@pytest.mark.parametrize("case", GIVEN)
def test_a_given_configuration_is_read_as_the_api_server_reads_it(case: str) -> None:
    text, expected = GIVEN[case]
    given = Coverage(input="encryptionconfiguration", status="complete", verb="get")
    empty = read([namespace("shop")])
    found = msgspec.structs.replace(
        empty, encryption=parse_encryption_config(text), coverage=empty.coverage | {given.input: given}
    )
    (result,) = run_checks(Context(found), ENCRYPTION)
    assert result.status == expected, result.reason


def read(objects: list[Manifest]) -> Inventory:
    """The Inventory of a file with these objects."""
    content = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}).encode()
    return read_snapshot(io.BytesIO(content), now=datetime.now(UTC))


def api_server(*containers: Manifest) -> Manifest:
    metadata = {
        "name": "kube-apiserver-node-1",
        "namespace": "kube-system",
        "labels": {"component": "kube-apiserver", "tier": "control-plane"},
        "annotations": {"kubernetes.io/config.mirror": "x", "kubernetes.io/config.source": "file"},
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": list(containers)}}


IMAGE = "registry.k8s.io/kube-apiserver:v1.37.2"
FLAGS: dict[str, tuple[list[Manifest], bool]] = {
    "joined": ([{"command": ["kube-apiserver", "--encryption-provider-config=/e"]}], True),
    "T5-split": ([{"command": ["kube-apiserver", "--encryption-provider-config", "/e"]}], True),
    "T5-args": ([{"command": ["kube-apiserver"], "args": ["--encryption-provider-config=/e"]}], True),
    "T5-not-first": ([{"name": "proxy", "image": "proxy"}, {"args": ["--encryption-provider-config=/e"]}], True),
    "without": ([{"command": ["kube-apiserver", "--etcd-servers=https://127.0.0.1:2379"]}], False),
}


@pytest.mark.parametrize("case", FLAGS)
def test_the_flag_of_the_api_server_is_found_wherever_it_stands(case: str) -> None:
    """The flag alone does not tell what the file says: that is never a pass and never a failure."""
    containers, present = FLAGS[case]
    pod = api_server(*({"name": "kube-apiserver", "image": IMAGE} | each for each in containers))
    (result,) = run_checks(Context(read([pod])), ENCRYPTION)
    assert result.status == ("not-assessed" if present else "fail"), result.reason


def days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def aged(name: str, created: float, *writes: tuple[str, float, Manifest], kind: str = "Opaque") -> Manifest:
    """A Secret as a cluster prints it: created so many days ago, with the writes of its managers."""
    managed = [
        {"manager": manager, "operation": "Update", "apiVersion": "v1", "time": days_ago(at), "fieldsType": "FieldsV1"}
        | {"fieldsV1": fields}
        for manager, at, fields in writes
    ]
    metadata = {"name": name, "namespace": "orders", "uid": name, "creationTimestamp": days_ago(created)}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": kind,
        "metadata": metadata | {"managedFields": managed},
        "data": {"password": "eA=="},
    }


DATA: Manifest = {"f:data": {".": {}, "f:password": {}}}
LABEL: Manifest = {"f:metadata": {"f:labels": {"f:team": {}}}}
AGED: dict[str, tuple[Manifest, str | None, str | None]] = {
    "fresh": (aged("fresh", 5, ("kubectl", 5, DATA)), None, None),
    "old": (aged("old", 100, ("kubectl", 100, DATA)), "rotation-overdue", "medium"),
    "very-old": (aged("very-old", 400, ("kubectl", 399, DATA)), "rotation-overdue", "high"),
    "rewritten": (aged("rewritten", 400, ("kubectl", 10, DATA)), "rotation-unproven", "low"),
    "relabelled-by-its-owner": (
        aged("relabelled-by-its-owner", 400, ("m", 5, DATA | LABEL)),
        "rotation-unproven",
        "low",
    ),
    "label-by-another": (
        aged("label-by-another", 400, ("m", 400, DATA), ("n", 5, LABEL)),
        "rotation-overdue",
        "high",
    ),
    "string-data": (
        aged("string-data", 400, ("m", 400, DATA), ("m", 3, {"f:stringData": {"f:password": {}}})),
        "rotation-unproven",
        "low",
    ),
    "unmanaged": (aged("unmanaged", 400), "rotation-unproven", "low"),
    "helm": (aged("helm", 400, ("helm", 400, DATA), kind="helm.sh/release.v1"), None, None),
    "token": (aged("token", 400, ("kcm", 400, DATA), kind="kubernetes.io/service-account-token"), None, None),
    "bootstrap": (aged("bootstrap", 400, ("k", 400, DATA), kind="bootstrap.kubernetes.io/token"), None, None),
}


def test_ages_are_those_of_the_dates(tmp_path: Path) -> None:
    snapshot = tmp_path / "secrets.json"
    items = [manifest for manifest, _, _ in AGED.values()]
    snapshot.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    ended = secretsui("scan", "--snapshot", snapshot, "--format", "json")
    assert ended.code == 0, ended.err
    report = json.loads(ended.out)
    found = {
        (each["name"], each["check"], each["severity"])
        for each in report["findings"]
        if each["check"].startswith("rotation-")
    }
    assert found == {(name, check, severity) for name, (_, check, severity) in AGED.items() if check}
    ages = {each["name"]: each["value_age"] for each in report["secrets"]}
    assert (ages["rewritten"]["at_least_days"], ages["rewritten"]["at_most_days"]) == (10, 400)
    assert (ages["very-old"]["at_least_days"], ages["very-old"]["at_most_days"]) == (399, 400)
    known = {name for name, age in ages.items() if age["changed_at"] is not None}
    written_once = {"fresh", "old", "helm", "token", "bootstrap", "label-by-another"}
    assert known == written_once, "a moment is named only where nothing was written after the creation"
