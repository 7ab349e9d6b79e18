"""T31, T32, T34: ages, certificates and stale containers, where other scanners are wrong or look at nothing."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scanners.assess import CheckResult, assess_check, secret_lines
from scanners.checks.certificates import CERTIFICATE_EXPIRING
from scanners.checks.rotation import ROTATION_OVERDUE
from scanners.checks.stale import STALE_CONSUMER
from scanners.collect.manifests import Manifests
from scanners.collect.pool import Pool
from scanners.context import Context
from scanners.digest import KeyedDigest
from scanners.history import History
from scanners.inventory import Inventory, KeyFacts
from tests.core.build import NOW, complete, days_ago, inventory, secret

KEY = KeyedDigest(b"k" * 32)


def stamp(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


# T31: a label added, data the same (kubernetes#121854, kubesphere/console#1593)


def scan(days: float, digest: str, written_days: float, earlier: Context | None = None) -> Context:
    item = secret(
        created_at=days_ago(400),
        data_written_at=days_ago(written_days),
        key_count=1,
        values=(KeyFacts(key="password", digest=digest),),
    )
    seen = inventory(
        secrets=(item,),
        deep=True,
        started_at=days_ago(days),
        collected_at=days_ago(days) + timedelta(minutes=1),
        coverage=complete("secrets"),
    )
    known = {} if earlier is None else {item.uid: earlier.observed(earlier.inventory.secrets[0])}
    return Context(seen, history=History(known))


def test_t31_a_label_does_not_make_a_value_younger() -> None:
    first = scan(10, KEY.of("v", b"same"), 200)
    relabelled = scan(1, KEY.of("v", b"same"), 2, first)
    (line,) = secret_lines(relabelled)
    assert line.value_age is not None
    assert (line.value_age.at_least_days, line.value_age.at_most_days, line.value_age.evidence) == (
        199,
        399,
        "observed",
    )
    assert assess_check(ROTATION_OVERDUE, relabelled).failed == 1


def test_t31_without_values_the_interval_says_that_it_may_have_been_a_label() -> None:
    only = scan(1, KEY.of("v", b"x"), 2)
    (line,) = secret_lines(only)
    assert line.value_age is not None
    assert (line.value_age.at_least_days, line.value_age.at_most_days) == (1, 399)
    assert line.value_age.changed_at is None, "no date is claimed"
    assert assess_check(ROTATION_OVERDUE, only).failed == 0


def test_t31_a_changed_value_is_told_from_a_label() -> None:
    changed = scan(1, KEY.of("v", b"new"), 2, scan(10, KEY.of("v", b"old"), 200))
    (line,) = secret_lines(changed)
    assert line.value_age is not None
    assert (line.value_age.at_least_days, line.value_age.at_most_days, line.rotation) == (1, 9, "fresh")


# T32: certificates (x509-certificate-exporter#20, deckhouse#7363, giantswarm/prometheus-rules#24)


def certificate(not_before: datetime, not_after: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example.org")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM)


GOOD = certificate(days_ago(100), NOW + timedelta(days=300))
EXPIRED = certificate(days_ago(800), days_ago(3))


def tls(name: str, **values: bytes) -> dict[str, Any]:
    data = {key.replace("_", "."): base64.b64encode(value).decode() for key, value in values.items()}
    metadata = {"name": name, "namespace": "shop", "creationTimestamp": stamp(days_ago(900))}
    return {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": metadata, "data": data}


def ingress(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"tls": [{"secretName": name}]},
    }


def read(*objects: dict[str, Any]) -> Inventory:
    manifests = Manifests(pool=Pool(KEY), deep=True)
    manifests.add(b"\n---\n".join(json.dumps(item).encode() for item in objects))
    found = manifests.inventory("case", NOW)
    rows = {name: row if row.status != "error" else None for name, row in found.coverage.items()}
    coverage = {name: row or complete(name)[name] for name, row in rows.items()}
    return msgspec.structs.replace(found, coverage=coverage)


def judged(*objects: dict[str, Any]) -> CheckResult:
    return assess_check(CERTIFICATE_EXPIRING, Context(read(*objects)))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"ca_crt": GOOD, "tls_crt": b"", "tls_key": b""}, "only ca.crt"),
        ({"tls_crt": b"", "tls_key": b""}, "empty tls.crt"),
        ({"tls_crt": b"not a certificate", "tls_key": b"x"}, "no certificate"),
        ({"tls_crt": GOOD + GOOD, "tls_key": b"x"}, "a good chain"),
    ],
)
def test_t32_what_does_not_expire_is_no_finding_and_no_error(values: dict[str, bytes], why: str) -> None:
    result = judged(tls("web", **values), ingress("web"))
    assert (result.status, result.failed, result.evaluated) == ("pass", 0, 1), (why, result.reason)


def test_t32_the_first_of_the_chain_to_expire_decides() -> None:
    result = judged(tls("web", tls_crt=GOOD + EXPIRED, tls_key=b"x"), ingress("web"))
    (finding,) = result.findings
    assert (finding.severity, finding.name) == ("high", "web")
    assert "expired 3 days ago" in finding.message


def test_t32_an_expired_certificate_that_nothing_uses_is_of_low_severity() -> None:
    (finding,) = judged(tls("replaced", tls_crt=EXPIRED, tls_key=b"x")).findings
    assert finding.severity == "low"


# T34: a container that started before the change (radar#1263, platform#2164)


def pod(name: str, started_days: float, container: dict[str, Any], volumes: list[Any]) -> dict[str, Any]:
    running = {"name": "main", "state": {"running": {"startedAt": stamp(days_ago(started_days))}}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"containers": [{"name": "main", "image": "app:1", **container}], "volumes": volumes},
        "status": {"phase": "Running", "containerStatuses": [running]},
    }


ENV = {"env": [{"name": "P", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}]}
ENV_FROM = {"envFrom": [{"secretRef": {"name": "db"}}]}
FILE = {"volumeMounts": [{"name": "v", "mountPath": "/run/db"}]}
SUB_PATH = {"volumeMounts": [{"name": "v", "mountPath": "/run/db/password", "subPath": "password"}]}
VOLUME = [{"name": "v", "secret": {"secretName": "db"}}]
CHANGED, EARLIER_SCAN = 5, 6
"""Days ago: when the value changed, and when it was scanned before that."""


def changed_while_running(*pods: dict[str, Any]) -> Context:
    """Two deep scans, six days ago and now, with another value; the API server recorded the write five days ago."""

    def at(days: float, value: bytes) -> Inventory:
        written = {"manager": "kubectl", "operation": "Update", "time": stamp(days_ago(max(days, CHANGED)))}
        metadata = {
            "name": "db", "namespace": "shop", "uid": "u", "creationTimestamp": stamp(days_ago(100)),
            "managedFields": [written | {"fieldsV1": {"f:data": {"f:password": {}}}}],
        }  # fmt: skip
        item = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
        found = read(item | {"data": {"password": base64.b64encode(value).decode()}}, *pods)
        time = days_ago(days)
        return msgspec.structs.replace(found, started_at=time, collected_at=time + timedelta(seconds=9))

    first = Context(at(EARLIER_SCAN, b"before"))
    return Context(at(0, b"after"), history=History({"u": first.observed(first.inventory.secrets[0])}))


@pytest.mark.parametrize(
    ("started", "container", "volumes", "stale"),
    [
        (30, ENV, [], True),
        (30, ENV_FROM, [], True),
        (30, SUB_PATH, VOLUME, True),
        (30, FILE, VOLUME, False),
        (1, ENV, [], False),
        (1, SUB_PATH, VOLUME, False),
        (5.5, ENV, [], None),
    ],
)
def test_t34_who_still_holds_the_old_value(
    started: float, container: dict[str, Any], volumes: list[Any], stale: bool | None
) -> None:
    context = changed_while_running(pod("api", started, container, volumes))
    (line,) = secret_lines(context)
    assert {item.stale for item in line.consumers} == {stale}
    result = assess_check(STALE_CONSUMER, context)
    assert [finding.name for finding in result.findings] == (["api"] if stale else [])
    assert (result.status == "not-assessed") == (stale is None)


def test_t34_a_container_that_was_started_again_has_read_anew() -> None:
    """One Pod, two containers: only the one that was not started again holds the old value."""
    item = pod("api", 30, ENV, [])
    item["spec"]["containers"].append({"name": "side", "image": "app:1", **ENV})
    item["status"]["containerStatuses"].append(
        {"name": "side", "restartCount": 1, "state": {"running": {"startedAt": stamp(days_ago(1))}}}
    )
    (line,) = secret_lines(changed_while_running(item))
    assert [(use.field, use.stale) for use in line.consumers] == [
        ("spec.containers[0].env[0]", True),
        ("spec.containers[1].env[0]", False),
    ]


def test_t34_an_init_container_that_has_ended_holds_nothing() -> None:
    item = pod("api", 30, {}, [])
    item["spec"]["initContainers"] = [{"name": "migrate", "image": "app:1", **ENV}]
    item["status"]["initContainerStatuses"] = [{"name": "migrate", "state": {"terminated": {"exitCode": 0}}}]
    (line,) = secret_lines(changed_while_running(item))
    assert [use.stale for use in line.consumers] == [False]


def test_t34_no_change_is_claimed_where_none_is_proven() -> None:
    context = changed_while_running(pod("api", 30, ENV, []))
    alone = Context(context.inventory)
    (line,) = secret_lines(alone)
    assert [use.stale for use in line.consumers] == [None]
    assert not assess_check(STALE_CONSUMER, alone).findings
