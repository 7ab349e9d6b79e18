"""EncryptionConfigurations for tests, as the API server takes them."""

from __future__ import annotations

import base64
from copy import deepcopy
from typing import Any

IDENTITY: dict[str, Any] = {"identity": {}}


def local(kind: str, name: str, material: bytes = b"k") -> dict[str, Any]:
    """A provider with one key on the API server's disk."""
    return {kind: {"keys": [{"name": name, "secret": base64.b64encode(material * 32).decode()}]}}


def configuration(*entries: tuple[list[str], list[dict[str, Any]]]) -> dict[str, Any]:
    """Of (resources, providers), in this order."""
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        # Copies, since YAML would write a provider that stands twice as an alias.
        "resources": [{"resources": names, "providers": deepcopy(by)} for names, by in entries],
    }


def of_secrets(*providers: dict[str, Any]) -> dict[str, Any]:
    """For Secrets alone."""
    return configuration((["secrets"], list(providers)))
