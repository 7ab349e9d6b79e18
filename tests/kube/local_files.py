"""Kubeconfigs on disk, for the tests of `scanners.kube.local`."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanners.kube.errors import CredentialUnavailable
from scanners.kube.local import local_credential
from tests.kube.fake_server import FakeServer

CANARY = "canary-0123456789"
SERVER = {"server": "https://cluster.example:6443"}


def config(
    path: Path, user: Any, cluster: dict[str, Any] = SERVER, name: str = "test", current: str | None = "test"
) -> Path:
    """Writes a kubeconfig whose context, cluster and user have one name."""
    document: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": "shop"}}],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document | ({"current-context": current} if current is not None else {})))
    return path


def cluster_of(server: FakeServer) -> dict[str, Any]:
    """A kubeconfig's cluster entry for a fake server."""
    return {"server": server.url, "certificate-authority-data": base64.b64encode(server.authority.pem).decode()}


def refused(kubeconfig: Path, context: str | None = None) -> str:
    with pytest.raises(CredentialUnavailable) as raised:
        local_credential(kubeconfig, context)
    assert CANARY not in str(raised.value)
    return str(raised.value)
