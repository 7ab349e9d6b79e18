"""Where Pod templates read Secrets, and which literals are credentials."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from scanners.inventory import Workload
from tests.collect.reading import meta, read_input

CANARY = "Zk7-q9PmXw2Lr8Tn"


def deployment(spec: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "metadata": meta("web"),
        "spec": {"template": {"metadata": {"labels": {"app": "web"}}, "spec": spec}} | more,
    }


def uses(spec: dict[str, Any]) -> list[tuple[Any, ...]]:
    (workload,) = read_input("deployments", deployment(spec))
    return [(use.secret, use.how, use.field.removeprefix("spec.template.spec."), use.keys) for use in workload.uses]


def container(name: str = "app", **more: Any) -> dict[str, Any]:
    return {"name": name, "image": "registry/app:1"} | more


def secret_env(secret: str, key: str, **more: Any) -> dict[str, Any]:
    return {"name": "X", "valueFrom": {"secretKeyRef": {"name": secret, "key": key} | more}}


def test_env_and_env_from_of_every_kind_of_container() -> None:
    spec = {
        "initContainers": [container("init", env=[secret_env("a", "k")])],
        "containers": [container(envFrom=[{"configMapRef": {"name": "c"}}, {"secretRef": {"name": "b"}}])],
        "ephemeralContainers": [container("debug", env=[{"name": "Y", "value": "1"}, secret_env("d", "l")])],
    }
    assert uses(spec) == [
        ("a", "env", "initContainers[0].env[0]", ("k",)),
        ("b", "env-from", "containers[0].envFrom[1]", ()),
        ("d", "env", "ephemeralContainers[0].env[1]", ("l",)),
    ]


def test_optional_is_kept_for_every_way() -> None:
    spec = {
        "containers": [
            container(
                env=[secret_env("a", "k", optional=True)], envFrom=[{"secretRef": {"name": "b", "optional": True}}]
            )
        ],
        "volumes": [
            {"name": "v", "secret": {"secretName": "c", "optional": True}},
            {"name": "p", "projected": {"sources": [{"secret": {"name": "d", "optional": True}}]}},
            {"name": "q", "secret": {"secretName": "e"}},
        ],
    }
    (workload,) = read_input("deployments", deployment(spec))
    assert {use.secret: use.optional for use in workload.uses} == {
        "a": True,
        "b": True,
        "c": True,
        "d": True,
        "e": False,
    }


def test_volumes_of_every_kind() -> None:
    spec = {
        "containers": [container()],
        "imagePullSecrets": [{"name": "pull"}, {}],
        "volumes": [
            {
                "name": "a",
                "secret": {"secretName": "s1", "items": [{"key": "k1", "path": "p"}, {"key": "k2", "path": "q"}]},
            },
            {
                "name": "b",
                "projected": {
                    "sources": [
                        {"serviceAccountToken": {"path": "token"}},
                        {"secret": {"name": "s2", "items": [{"key": "k", "path": "p"}]}},
                        {"configMap": {"name": "no"}},
                    ]
                },
            },
            {"name": "c", "csi": {"driver": "files.example.com", "nodePublishSecretRef": {"name": "s3"}}},
            {"name": "d", "azureFile": {"secretName": "s4", "shareName": "x"}},
            {"name": "e", "cephfs": {"secretRef": {"name": "s5"}}},
            {"name": "f", "rbd": {"secretRef": {"name": "s6"}}},
            {"name": "g", "iscsi": {"secretRef": {"name": "s7"}}},
            {"name": "h", "flexVolume": {"secretRef": {"name": "s8"}}},
            {"name": "i", "scaleIO": {"secretRef": {"name": "s9"}}},
            {"name": "j", "storageos": {"secretRef": {"name": "s10"}}},
            {"name": "k", "cinder": {"secretRef": {"name": "s11"}}},
            {"name": "l", "emptyDir": {}},
        ],
    }
    assert uses(spec) == [
        ("s1", "volume", "volumes[0].secret.secretName", ("k1", "k2")),
        ("s2", "projected", "volumes[1].projected.sources[1].secret.name", ("k",)),
        ("s3", "csi", "volumes[2].csi.nodePublishSecretRef.name", ()),
        ("s4", "volume", "volumes[3].azureFile.secretName", ()),
        ("s5", "volume", "volumes[4].cephfs.secretRef.name", ()),
        ("s6", "volume", "volumes[5].rbd.secretRef.name", ()),
        ("s7", "volume", "volumes[6].iscsi.secretRef.name", ()),
        ("s8", "volume", "volumes[7].flexVolume.secretRef.name", ()),
        ("s9", "volume", "volumes[8].scaleIO.secretRef.name", ()),
        ("s10", "volume", "volumes[9].storageos.secretRef.name", ()),
        ("s11", "volume", "volumes[10].cinder.secretRef.name", ()),
        ("pull", "image-pull", "imagePullSecrets[0].name", ()),
    ]


def test_a_volume_is_used_by_each_container_that_mounts_it_and_sub_paths_are_told_apart() -> None:
    spec = {
        "containers": [
            container("one", volumeMounts=[{"name": "v", "mountPath": "/a"}]),
            container("two", volumeMounts=[{"name": "v", "mountPath": "/b", "subPath": "k"}]),
            container("three", volumeMounts=[{"name": "v", "mountPath": "/c", "subPathExpr": "$(K)"}]),
            container("four"),
        ],
        "volumes": [{"name": "v", "secret": {"secretName": "s"}}],
    }
    (workload,) = read_input("deployments", deployment(spec))
    assert [(use.container, use.sub_path) for use in workload.uses] == [("one", False), ("two", True), ("three", True)]


def test_secrets_store_volumes_name_their_provider_class() -> None:
    spec = {
        "containers": [container()],
        "volumes": [
            {
                "name": "v",
                "csi": {
                    "driver": "secrets-store.csi.k8s.io",
                    "volumeAttributes": {"secretProviderClass": "vault"},
                    "nodePublishSecretRef": {"name": "cloud-credentials"},
                },
            },
            {"name": "w", "csi": {"driver": "other.example.com", "volumeAttributes": {"secretProviderClass": "no"}}},
        ],
    }
    (workload,) = read_input("deployments", deployment(spec))
    assert [(mount.provider_class, mount.field) for mount in workload.csi] == [
        ("vault", "spec.template.spec.volumes[0].csi")
    ]
    assert [(use.secret, use.how) for use in workload.uses] == [("cloud-credentials", "csi")]


def test_literals_are_judged_counted_and_dropped() -> None:
    spec = {
        "initContainers": [container("init", env=[{"name": "DB_PASSWORD", "value": CANARY}])],
        "containers": [
            container(
                env=[
                    {"name": "LOG_LEVEL", "value": "INFO"},
                    {"name": "EMPTY", "value": ""},
                    {"name": "TOKEN", "value": "$(OTHER)"},
                    {"name": "DATABASE_URL", "value": f"postgres://app:{CANARY}@db/shop"},
                    secret_env("s", "k"),
                ],
                args=[f"--password={CANARY}"],
                command=["run", CANARY],
            )
        ],
    }
    (workload,) = read_input("deployments", deployment(spec))
    assert isinstance(workload, Workload)
    assert workload.literals == 4
    assert [(item.field, item.name) for item in workload.plaintext_env] == [
        ("spec.template.spec.initContainers[0].env[0]", "DB_PASSWORD"),
        ("spec.template.spec.containers[0].env[3]", "DATABASE_URL"),
    ]
    assert workload.arguments == 3
    assert [(item.field, item.name) for item in workload.plaintext_args] == [
        ("spec.template.spec.containers[0].args[0]", "password"),
    ]
    assert CANARY.encode() not in msgspec.json.encode(workload)


def test_command_lines_of_every_container_of_probes_and_of_hooks() -> None:
    line = ["mysql", f"-p{CANARY}"]
    probe = {"exec": {"command": ["redis-cli", "-a", CANARY, "ping"]}}
    headers = [{"name": "X-Api-Key", "value": CANARY}, {"name": "A", "value": "b"}]
    request = {"httpGet": {"port": 80, "httpHeaders": headers}}
    spec = {
        "initContainers": [container("init", command=line)],
        "containers": [
            container(
                command=["run"],
                args=["--token", CANARY],
                livenessProbe=probe,
                readinessProbe=request,
                startupProbe=probe,
                lifecycle={"postStart": probe, "preStop": request},
            )
        ],
        "ephemeralContainers": [container("debug", args=["sh", "-c", f"curl -u a:{CANARY} h"])],
    }
    (workload,) = read_input("deployments", deployment(spec))
    assert [(item.field.removeprefix("spec.template.spec."), item.name) for item in workload.plaintext_args] == [
        ("initContainers[0].command[1]", "-p"),
        ("containers[0].args[1]", "token"),
        ("containers[0].lifecycle.postStart.exec.command[2]", "-a"),
        ("containers[0].lifecycle.preStop.httpGet.httpHeaders[0]", "X-Api-Key"),
        ("containers[0].startupProbe.exec.command[2]", "-a"),
        ("containers[0].livenessProbe.exec.command[2]", "-a"),
        ("containers[0].readinessProbe.httpGet.httpHeaders[0]", "X-Api-Key"),
        ("ephemeralContainers[0].args[2]", "-u"),
    ]
    assert workload.arguments == 2 + 3 + 3 * 4 + 2 * 2 + 3
    assert CANARY.encode() not in msgspec.json.encode(workload)


@pytest.mark.parametrize(
    ("kind", "prefix"),
    [
        ("deployments", "spec.template.spec"),
        ("statefulsets", "spec.template.spec"),
        ("daemonsets", "spec.template.spec"),
        ("replicasets", "spec.template.spec"),
        ("jobs", "spec.template.spec"),
        ("replicationcontrollers", "spec.template.spec"),
        ("rollouts.argoproj.io", "spec.template.spec"),
        ("deploymentconfigs.apps.openshift.io", "spec.template.spec"),
    ],
)
def test_every_controller_has_its_template_read(kind: str, prefix: str) -> None:
    (workload,) = read_input(kind, deployment({"containers": [container(envFrom=[{"secretRef": {"name": "s"}}])]}))
    assert [(use.secret, use.field) for use in workload.uses] == [("s", f"{prefix}.containers[0].envFrom[0]")]
    assert workload.images == ("registry/app:1",)
    assert workload.labels == {"app": "web"}
