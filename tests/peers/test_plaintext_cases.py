"""Cases of plain text in which other tools answer otherwise (docs/comparison.md): T8 to T17, end to end."""

from __future__ import annotations

import json

import msgspec
import pytest

from scanners.assess import assess_check
from scanners.checks.annotation import ANNOTATION, VALUE_IN_ANNOTATION
from scanners.checks.usage import SECRET_IN_ENV
from scanners.context import Context
from tests.plaintext.manifests import (
    Manifest,
    config_map,
    container,
    deployment,
    encoded,
    findings,
    inventory,
    pod,
    status,
    thing,
)

PRIVATE_KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEabc\n-----END RSA PRIVATE KEY-----\n"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIEabc\n-----END CERTIFICATE-----\n"
CANARY = "canary-hunter2-Zk7q"


def env(name: str, value: str) -> Manifest:
    return deployment(containers=[container(env=[{"name": name, "value": value}])])


def found(*objects: Manifest) -> list[tuple[str, str]]:
    return [(item.check, item.field) for item in findings(*objects)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X_SECRET_KEY_PATH", "/etc/ml_secret_key"),
        ("METALLB_ML_SECRET_KEY_PATH", "/etc/ml_secret_key"),
        ("MARIADB_ROOT_PASSWORD_FILE", "/opt/mariadb/secrets/root-password"),
        ("POSTGRES_PASSWORD_FILE", "/run/secrets/db"),
        ("SECRETS_DIR", "/var/run/secrets"),
        ("SECRET_NAME", "my-db"),
    ],
)
def test_t8_paths_of_secrets_are_none(name: str, value: str) -> None:
    assert found(env(name, value)) == []


def test_t9_a_variable_from_elsewhere_is_no_literal() -> None:
    app = container(
        envFrom=[{"secretRef": {"name": "db"}}],
        env=[{"name": "TOKEN", "value": "$(OTHER)"}, {"name": "GITLAB_TOKEN", "value": "$(GITLAB_PRIVATE_TOKEN)"}],
        args=["--token=$(OTHER)", "--password", "$(OTHER)"],
    )
    assert found(deployment(containers=[app])) == []


def test_t10_env_from_a_secret_is_use_of_env_and_not_plain_text() -> None:
    app = deployment(containers=[container(envFrom=[{"secretRef": {"name": "db"}}])])
    assert found(app) == []
    used = assess_check(SECRET_IN_ENV, Context(inventory(thing("Secret", "db", data={"k": "eA=="}), app)))
    assert [(item.kind, item.name) for item in used.findings] == [("Deployment", "api")]


@pytest.mark.parametrize("containers", ["initContainers", "containers", "ephemeralContainers"])
def test_t11_every_kind_of_container(containers: str) -> None:
    member = container(env=[{"name": "DB_PASSWORD", "value": "hunter2-prod"}], args=["--password=hunter2-prod"])
    assert found(pod(**{containers: [member]})) == [
        ("plaintext-env", f"spec.{containers}[0].env[0]"),
        ("plaintext-args", f"spec.{containers}[0].args[0]"),
    ]


CONTROLLERS = {
    "Deployment": ("apps/v1", "spec.template.spec"),
    "StatefulSet": ("apps/v1", "spec.template.spec"),
    "DaemonSet": ("apps/v1", "spec.template.spec"),
    "ReplicaSet": ("apps/v1", "spec.template.spec"),
    "ReplicationController": ("v1", "spec.template.spec"),
    "Job": ("batch/v1", "spec.template.spec"),
    "CronJob": ("batch/v1", "spec.jobTemplate.spec.template.spec"),
    "Rollout": ("argoproj.io/v1alpha1", "spec.template.spec"),
    "DeploymentConfig": ("apps.openshift.io/v1", "spec.template.spec"),
}


@pytest.mark.parametrize("kind", CONTROLLERS)
def test_t11_every_kind_of_workload(kind: str) -> None:
    version, path = CONTROLLERS[kind]
    spec: Manifest = {"template": {"spec": {"initContainers": [container(command=["run", "--password=hunter2"])]}}}
    spec = {"jobTemplate": {"spec": spec}} if kind == "CronJob" else spec
    assert found(thing(kind, "api", version, spec=spec)) == [("plaintext-args", f"{path}.initContainers[0].command[1]")]


def test_t12_connection_strings_everywhere() -> None:
    url = "postgres://app:hunter2@db/x"
    app = deployment(
        containers=[container(env=[{"name": "DATABASE_URL", "value": url}], args=["--password=pw1", "--db", url])]
    )
    assert found(app, config_map({"DATABASE_URL": url, "app.yaml": f"db:\n  url: {url}\n"})) == [
        ("plaintext-env", "spec.template.spec.containers[0].env[0]"),
        ("plaintext-args", "spec.template.spec.containers[0].args[0]"),
        ("plaintext-args", "spec.template.spec.containers[0].args[2]"),
        ("plaintext-configmap", 'data["DATABASE_URL"]'),
        ("plaintext-configmap", 'data["app.yaml"] db.url'),
    ]


@pytest.mark.parametrize("password", ["/hunter2-prod!", "/s3cr3t", "/Pa55/word!"])
def test_t13_a_password_may_begin_with_a_slash(password: str) -> None:
    assert len(found(env("DB_PASSWORD", password))) == 1
    assert len(found(deployment(containers=[container(args=[f"--password={password}"])]))) == 1
    assert len(found(config_map({"app.yaml": f"password: {password}\n"}))) == 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("server-tokens", "false"),
        ("external_secrets_replicas", "2"),
        ("LOG_LEVEL", "INFO"),
        ("PORT", "8080"),
        ("bypass_cache", "on"),
        ("passive_mode", "on"),
        ("tokenizer", "bert-base-uncased"),
    ],
)
def test_t14_names_and_values_that_only_sound_like_it(key: str, value: str) -> None:
    assert found(config_map({key: value, "app.yaml": f"a:\n  {key}: {value!r}\n"}), env(key, value)) == []


@pytest.mark.parametrize(
    "body", ['password: ""', "password: ${DB_PASSWORD}", "password: {{ .Values.pw }}", "password:"]
)
def test_t15_empty_and_templated_passwords_in_a_file(body: str) -> None:
    assert found(config_map({"config.yaml": f"{body}\n", "config": f"db:\n  {body}\n  host: db\n"})) == []


def test_t16_private_keys_in_data_and_binary_data_but_no_certificate() -> None:
    keys = config_map({"tls.pem": PRIVATE_KEY}, binaryData={"k.pem": encoded(PRIVATE_KEY)})
    certificates = thing(
        "ConfigMap", "ca", data={"ca.crt": CERTIFICATE}, binaryData={"ca.pem": encoded(CERTIFICATE * 3)}
    )
    assert found(keys, certificates) == [
        ("plaintext-configmap", 'data["tls.pem"]'),
        ("plaintext-configmap", 'binaryData["k.pem"]'),
    ]
    assert status("plaintext-configmap", certificates) == "pass"


@pytest.mark.parametrize("applied", [{"stringData": {"password": CANARY}}, {"data": {"password": encoded(CANARY)}}])
def test_t17_the_annotation_of_kubectl_apply_is_a_leak_and_is_not_stored(applied: Manifest) -> None:
    annotations = {ANNOTATION: json.dumps({"kind": "Secret"} | applied)}
    secret = thing("Secret", "db", metadata={"annotations": annotations}, data={"password": encoded(CANARY)})
    read = inventory(secret)
    result = assess_check(VALUE_IN_ANNOTATION, Context(read))
    assert [item.field for item in result.findings] == [f'metadata.annotations["{ANNOTATION}"]']
    for value in (CANARY, encoded(CANARY)):
        assert value.encode() not in msgspec.json.encode(read)
        assert value not in str(result.findings)
    assert status("value-in-annotation", thing("Secret", "db", data={"password": "eA=="})) == "pass"
