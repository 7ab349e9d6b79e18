"""The API server's flags, wherever a Pod specification may hold them (peers.md, T5)."""

from __future__ import annotations

from typing import Any

import pytest

from scanners.inventory import ApiServer
from tests.collect.reading import meta, read_input

ENCRYPTION = "--encryption-provider-config"


def servers(*containers: dict[str, Any], namespace: str = "kube-system", **labels: str) -> list[ApiServer]:
    pod = {"metadata": meta("kube-apiserver-1", namespace, labels=labels), "spec": {"containers": list(containers)}}
    return [record for record in read_input("pods", pod) if isinstance(record, ApiServer)]


@pytest.mark.parametrize(
    "container",
    [
        {"command": ["kube-apiserver", f"{ENCRYPTION}=/e.yaml"]},
        {"command": ["kube-apiserver", ENCRYPTION, "/e.yaml"]},
        {"command": ["kube-apiserver"], "args": [f"{ENCRYPTION}=/e.yaml"]},
        {"command": ["/usr/local/bin/kube-apiserver"], "args": ["--v=2", ENCRYPTION, "/e.yaml"]},
        {"command": ["/hyperkube", "kube-apiserver", f"{ENCRYPTION}=/e.yaml"]},
        {"command": ["/bin/sh", "-c", f"exec kube-apiserver --v=2 {ENCRYPTION}=/e.yaml 1>>/var/log/x 2>&1"]},
        {"command": ["sh", "-c"], "args": [f"/usr/local/bin/kube-apiserver \\\n  {ENCRYPTION} '/e.yaml'"]},
        {"args": ["kube-apiserver", f"{ENCRYPTION}=/old.yaml", f"{ENCRYPTION}=/e.yaml"]},
    ],
)
def test_the_flag_is_found(container: dict[str, Any]) -> None:
    (server,) = servers({"name": "proxy", "command": ["haproxy"]}, {"name": "api"} | container)
    assert server.encryption_config == "/e.yaml"
    assert server.audit_policy is None


def test_all_flags_that_concern_secrets() -> None:
    (server,) = servers(
        {
            "command": [
                "kube-apiserver",
                "--audit-policy-file=/audit.yaml",
                "--audit-log-path=-",
                "--audit-webhook-config-file",
                "/hook.yaml",
                "--encryption-provider-config",
                "--v=2",
            ]
        }
    )
    assert server == ApiServer(
        pod="kube-apiserver-1", audit_policy="/audit.yaml", audit_log="-", audit_webhook="/hook.yaml"
    )


def test_the_image_s_entry_point_is_recognised_by_label_and_flags() -> None:
    args = ["--etcd-servers=https://127.0.0.1:2379", f"{ENCRYPTION}=/e.yaml"]
    (server,) = servers({"args": args}, component="kube-apiserver")
    assert server.encryption_config == "/e.yaml"
    assert servers({"args": args}) == []


@pytest.mark.parametrize(
    ("namespace", "labels", "container"),
    [
        ("shop", {"component": "kube-apiserver"}, {"command": ["kube-apiserver"]}),
        ("kube-system", {"component": "kube-apiserver"}, {"command": ["sleep", "1d"]}),
        ("kube-system", {}, {"command": ["kube-apiserver-network-proxy", "--server"]}),
        ("kube-system", {}, {"command": ["konnectivity", "--upstream=kube-apiserver.kube-system"]}),
    ],
)
def test_other_pods_are_no_api_servers(namespace: str, labels: dict[str, str], container: dict[str, Any]) -> None:
    """A Pod taken for an API server would make a cluster look unencrypted."""
    assert servers(container, namespace=namespace, **labels) == []
