"""One credential of each kind in a real cluster, among much that only looks like one: exactly those are found."""

from __future__ import annotations

import json
from collections.abc import Callable

import msgspec
import pytest

from scanners.assess import assess_check
from scanners.checks.annotation import VALUE_IN_ANNOTATION
from scanners.checks.plaintext import CHECKS
from scanners.context import Context
from scanners.inventory import Inventory
from tests.cluster.api import Manifest, eventually
from tests.cluster.server import Cluster
from tests.collect.conftest import collected, connect
from tests.plaintext.manifests import encoded

pytestmark = pytest.mark.real

NAMESPACE = "plain"
CANARY = "canary7-hunter2-Zk29"
PRIVATE_KEY = "-----BEGIN " + "PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----\n"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIEabc\n-----END CERTIFICATE-----\n"


def thing(version: str, kind: str, name: str, **parts: object) -> Manifest:
    annotations = parts.pop("annotations", {})
    metadata = {"name": name, "namespace": NAMESPACE, "annotations": annotations}
    return {"apiVersion": version, "kind": kind, "metadata": metadata} | parts


def workload(name: str, version: str = "apps/v1", kind: str = "Deployment", **spec: object) -> Manifest:
    labels = {"app": name}
    annotations = spec.pop("annotations", {})
    template = {"metadata": {"labels": labels, "annotations": annotations}, "spec": spec}
    return thing(version, kind, name, spec={"selector": {"matchLabels": labels}, "template": template})


def container(**parts: object) -> Manifest:
    return {"name": "app", "image": "registry.example.com/app:1"} | parts


CLEAN = container(
    env=[
        {"name": "DB_PASSWORD", "value": "$(OTHER)"},
        {"name": "TOKEN_TTL", "value": "3600"},
        {"name": "SECRET_KEY_PATH", "value": "/etc/keys/key"},
        {"name": "DATABASE_URL", "value": "postgres://app@db/x"},
    ],
    args=["--password-file=/run/secrets/db", "--secret-name", "my-db", "--token=$(TOKEN)"],
    livenessProbe={"exec": {"command": ["redis-cli", "-a", "$(REDIS_PASSWORD)", "ping"]}},
)
CRON_JOB = {
    "schedule": "0 3 * * *",
    "suspend": True,
    "jobTemplate": {
        "spec": {
            "template": {
                "spec": {
                    "restartPolicy": "Never",
                    "containers": [container(command=["sh", "-c"], args=[f"mysqldump -uroot -p{CANARY} shop"])],
                }
            }
        }
    },
}

OBJECTS = (
    workload(
        "leaking",
        annotations={"ad.datadoghq.com/app.instances": json.dumps([{"host": "%%host%%", "password": CANARY}])},
        initContainers=[container(name="init", command=["mysql", f"-p{CANARY}"])],
        containers=[
            container(
                env=[{"name": "DB_PASSWORD", "value": CANARY}],
                args=["--token", CANARY],
                readinessProbe={"exec": {"command": ["redis-cli", "-a", CANARY, "ping"]}},
            )
        ],
    ),
    workload("clean", annotations={"checksum/secret": "b" * 8 + "9f86d081884c7d65" * 3}, containers=[CLEAN]),
    thing("batch/v1", "CronJob", "nightly", spec=CRON_JOB),
    thing(
        "v1",
        "ConfigMap",
        "leaking",
        annotations={"example.com/api-key": CANARY},
        data={
            "DB_PASSWORD": CANARY,
            "application.yaml": f"spring:\n  datasource:\n    password: {CANARY}\n",
            "app.properties": f"a=b\ndb.password={CANARY}\n",
            "tls.pem": PRIVATE_KEY,
            "LOG_LEVEL": "INFO",
        },
        binaryData={"app.json": encoded(json.dumps({"db": [{"password": CANARY}]}))},
    ),
    thing(
        "v1",
        "ConfigMap",
        "clean",
        data={
            "ca.crt": CERTIFICATE,
            "app.yaml": 'db:\n  password: ${DB_PASSWORD}\n  token: ""\n',
            "server-tokens": "false",
        },
        binaryData={"ca.pem": encoded(CERTIFICATE)},
    ),
    thing("v1", "Secret", "leaking", annotations={"note": f"password={CANARY}"}, stringData={"password": CANARY}),
    thing("v1", "Secret", "clean", annotations={"note": "made by hand"}, stringData={"password": CANARY}),
)

PLANTED = {
    ("plaintext-env", "Deployment", "leaking", "spec.template.spec.containers[0].env[0]"),
    ("plaintext-args", "Deployment", "leaking", "spec.template.spec.initContainers[0].command[1]"),
    ("plaintext-args", "Deployment", "leaking", "spec.template.spec.containers[0].args[1]"),
    ("plaintext-args", "Deployment", "leaking", "spec.template.spec.containers[0].readinessProbe.exec.command[2]"),
    ("plaintext-args", "CronJob", "nightly", "spec.jobTemplate.spec.template.spec.containers[0].args[0]"),
    ("plaintext-configmap", "ConfigMap", "leaking", 'data["DB_PASSWORD"]'),
    ("plaintext-configmap", "ConfigMap", "leaking", 'data["application.yaml"] spring.datasource.password'),
    ("plaintext-configmap", "ConfigMap", "leaking", 'data["app.properties"] db.password'),
    ("plaintext-configmap", "ConfigMap", "leaking", 'data["tls.pem"]'),
    ("plaintext-configmap", "ConfigMap", "leaking", 'binaryData["app.json"] db[0].password'),
    ("value-in-annotation", "ConfigMap", "leaking", 'metadata.annotations["example.com/api-key"]'),
    (
        "value-in-annotation",
        "Deployment",
        "leaking",
        'spec.template.metadata.annotations["ad.datadoghq.com/app.instances"]',
    ),
    ("value-in-annotation", "Secret", "leaking", 'metadata.annotations["note"]'),
}  # fmt: skip


@pytest.fixture(scope="module")
def inventory(cluster_factory: Callable[..., Cluster]) -> Inventory:
    cluster = cluster_factory(controller_manager=True)
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    account = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/default"
    eventually("default ServiceAccount", lambda: cluster.request("GET", account)[0] == 200)
    cluster.apply(*OBJECTS)
    eventually("two Pods", lambda: len(list(cluster.items(f"/api/v1/namespaces/{NAMESPACE}/pods"))) == 2)
    with connect(cluster, cluster.token("admin")) as transport:
        return collected(transport)


def test_exactly_what_was_planted_is_found(inventory: Inventory) -> None:
    context = Context(inventory)
    results = [assess_check(check, context) for check in (*CHECKS, VALUE_IN_ANNOTATION)]
    found = {(item.check, item.kind, item.name, item.field) for result in results for item in result.findings}
    assert found == PLANTED
    assert {result.status for result in results} == {"fail"}
    assert not any(result.reason for result in results), "everything could be read"


def test_no_value_is_in_the_inventory(inventory: Inventory) -> None:
    encoded_inventory = msgspec.json.encode(inventory)
    assert CANARY.encode() not in encoded_inventory
    assert encoded(CANARY).rstrip("=").encode()[:20] not in encoded_inventory
    assert b"MIIEvQ" not in encoded_inventory
    assert CANARY not in repr(inventory)


def test_system_config_maps_raise_nothing(inventory: Inventory) -> None:
    """The cluster's own are there (kube-root-ca.crt and others), were looked at, and hold nothing."""
    own = [item for item in inventory.config_maps if item.namespace != NAMESPACE or item.name == "kube-root-ca.crt"]
    assert "kube-root-ca.crt" in {item.name for item in own}
    assert len({item.name for item in own}) > 1
    assert all(item.looked_at and not item.plaintext and not item.unreadable for item in own)
