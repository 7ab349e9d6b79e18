"""What is kept of a ConfigMap, and of annotations: where a credential stands, and nothing that it is."""

from __future__ import annotations

import base64
import gzip
import json

import msgspec
import pytest

from scanners.inventory import ConfigMap
from tests.collect.reading import meta, read_input

CANARY = "Zk7-q9PmXw2Lr8Tn"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def config_map(**parts: object) -> ConfigMap:
    (found,) = read_input("configmaps", {"metadata": meta("api", **parts.pop("metadata", {}))} | parts)  # type: ignore[arg-type]
    assert isinstance(found, ConfigMap)
    return found


def test_every_value_is_judged_counted_and_dropped() -> None:
    found = config_map(
        data={"app.yaml": f"db:\n  password: {CANARY}\n", "PORT": "8080", "EMPTY": "", "TOKEN": CANARY},
        binaryData={"b": base64.b64encode(f"password={CANARY}".encode()).decode(), "none": ""},
        metadata={
            "annotations": {"example.com/password": CANARY, LAST_APPLIED: json.dumps({"data": {"TOKEN": CANARY}})}
        },
    )
    assert found.looked_at == 4
    assert [(item.field, item.name, item.credential) for item in found.plaintext] == [
        ('data["app.yaml"] db.password', "password", "password"),
        ('data["TOKEN"]', "TOKEN", "token"),
        ('binaryData["b"] password', "password", "password"),
    ]
    assert [item.field for item in found.plaintext_annotations] == ['metadata.annotations["example.com/password"]']
    assert CANARY.encode() not in msgspec.json.encode(found)


def test_metadata_is_kept_as_far_as_it_says_who_owns_it() -> None:
    found = config_map(
        metadata={
            "uid": "u",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"team": "shop", "other": CANARY},
            "ownerReferences": [
                {"kind": "Kafka", "name": "events", "apiVersion": "kafka.strimzi.io/v1", "controller": True}
            ],
        }
    )
    assert (found.namespace, found.name, found.uid, found.labels) == ("shop", "api", "u", {"team": "shop"})
    assert found.owner is not None
    assert (found.owner.kind, found.owner.group) == ("Kafka", "kafka.strimzi.io")
    assert (found.looked_at, found.plaintext, found.unreadable) == (0, (), ())


def test_what_cannot_be_judged_whole_is_named() -> None:
    deep = '{"a":' * 200 + '{"password":"x1"}' + "}" * 200
    found = config_map(data={"deep.json": deep, "ok": "1", "large": "y" * 4_000_001})
    assert found.unreadable == ("deep.json", "large")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("kube-root-ca.crt", {"ca.crt": "-----BEGIN CERTIFICATE-----\nMIIEabc\n-----END CERTIFICATE-----\n"}),
        ("istio-ca-root-cert", {"root-cert.pem": "-----BEGIN CERTIFICATE-----\nMIIEabc\n-----END CERTIFICATE-----\n"}),
        (
            "kubeadm-config",
            {
                "ClusterConfiguration": (
                    "apiServer:\n  extraArgs:\n  - {name: service-account-key-file, value: /etc/sa.pub}\n"
                )
            },
        ),
        ("aws-auth", {"mapRoles": "- rolearn: arn:aws:iam::111122223333:role/a\n  username: b\n", "mapUsers": "[]\n"}),
        (
            "extension-apiserver-authentication",
            {
                "requestheader-username-headers": '["X-Remote-User"]',
                "requestheader-allowed-names": '["front-proxy-client"]',
            },
        ),
        (
            "cluster-info",
            {
                "jws-kubeconfig-abcdef": "eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9"
                + "..HAnIVa9kGaJXFuwtlmJ1SkbZcVbC3gQ0jRSiQ8Z7q9A",
                "kubeconfig": "apiVersion: v1\nclusters:\n- cluster: {server: https://h:6443}\nusers: null\n",
            },
        ),
        (
            "sh.helm.release.v1.x.v1",
            {"release": base64.b64encode(base64.b64encode(gzip.compress(b"x" * 9999))).decode()},
        ),
    ],
)
def test_what_systems_write_raises_nothing(name: str, data: dict[str, str]) -> None:
    (found,) = read_input("configmaps", {"metadata": meta(name, "kube-system"), "data": data})
    assert (found.plaintext, found.unreadable) == ((), ())


def test_manifests_with_numbers_are_read_as_text() -> None:
    found = config_map(data={"PORT": 8080, "FLAG": True, "NONE": None, "PASSWORD": 123456})
    assert [item.field for item in found.plaintext] == ['data["PASSWORD"]']
    assert found.looked_at == 3


def test_keys_are_hostile_input() -> None:
    found = config_map(data={"\u202e" + "x" * 400 + "PASSWORD": CANARY})
    (item,) = found.plaintext
    assert item.field.isprintable()
    assert len(item.field) < 300


def secret(**annotations: str) -> list[tuple[str, str]]:
    (found,) = read_input("secrets", {"metadata": meta("db", annotations=annotations), "data": {"k": "eA=="}})
    assert CANARY.encode() not in msgspec.json.encode(found)
    return [(item.name, item.credential) for item in found.plaintext_annotations]


def packed(manifest: object) -> str:
    return base64.b64encode(gzip.compress(json.dumps(manifest).encode())).decode()


COPY = {"kind": "Secret", "data": {"password": base64.b64encode(CANARY.encode()).decode()}}


def test_copies_of_a_secret_are_told_and_kept_of_no_other_object() -> None:
    annotations = {"kapp.k14s.io/original": json.dumps(COPY), "objectset.rio.cattle.io/applied": packed(COPY)}
    assert sorted(secret(**annotations)) == [
        ("kapp.k14s.io/original", "copy of the Secret's values"),
        ("objectset.rio.cattle.io/applied", "copy of the Secret's values"),
    ]
    assert config_map(metadata={"annotations": annotations}).plaintext_annotations == ()


@pytest.mark.parametrize(
    "text", [json.dumps({"kind": "Secret"}), json.dumps({"data": {"a": ""}}), "{", "[]", "H4sI", packed([]), "bm8=", ""]
)
def test_copies_without_values_and_broken_ones_are_none(text: str) -> None:
    assert secret(**{"kapp.k14s.io/original": text, "objectset.rio.cattle.io/applied": text}) == []


def test_a_copy_that_would_fill_the_memory_is_not_unpacked_whole() -> None:
    bomb = base64.b64encode(gzip.compress(b'{"data":{"a":"' + b"x" * 50_000_000 + b'"}}')).decode()
    assert secret(**{"objectset.rio.cattle.io/applied": bomb}) == []


def test_annotations_of_workloads_and_their_templates() -> None:
    annotations = {"note": f"password={CANARY}", LAST_APPLIED: json.dumps({"spec": {"password": CANARY}})}
    template = {"metadata": {"annotations": annotations}, "spec": {"containers": []}}
    job = {"metadata": {"annotations": annotations}, "spec": {"template": template}}
    (found,) = read_input("cronjobs", {"metadata": meta(annotations=annotations), "spec": {"jobTemplate": job}})
    assert [item.field for item in found.plaintext_annotations] == [
        'metadata.annotations["note"]',
        'spec.jobTemplate.metadata.annotations["note"]',
        'spec.jobTemplate.spec.template.metadata.annotations["note"]',
    ]
    (pod,) = read_input("pods", {"metadata": meta(annotations=annotations), "spec": {"containers": []}})
    assert [item.field for item in pod.plaintext_annotations] == ['metadata.annotations["note"]']
    assert CANARY.encode() not in msgspec.json.encode([found, pod])
