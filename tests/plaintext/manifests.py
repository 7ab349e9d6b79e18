"""Literals put into manifests, read by the readers of a cluster and judged by the checks: from end to end."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec

from scanners.assess import assess_check
from scanners.checks import BY_ID
from scanners.checks.annotation import VALUE_IN_ANNOTATION
from scanners.checks.plaintext import CHECKS
from scanners.collect.inputs import NAMES
from scanners.collect.manifests import Manifests
from scanners.context import Context
from scanners.inventory import Inventory
from scanners.report import Finding
from tests.core.build import NOW, complete

Manifest = dict[str, Any]


def inventory(*objects: Manifest) -> Inventory:
    """What the readers make of these objects, everything else having been read and being absent."""
    manifests = Manifests()
    manifests.add(json.dumps(objects).encode())
    read = manifests.inventory("test", NOW)
    assert all(row.status != "partial" for row in read.coverage.values()), "an object could not be read"
    return msgspec.structs.replace(read, coverage=complete(*NAMES))


def findings(*objects: Manifest) -> list[Finding]:
    """What the checks on plain text find in these objects."""
    context = Context(inventory(*objects))
    return [item for check in (*CHECKS, VALUE_IN_ANNOTATION) for item in assess_check(check, context).findings]


def status(check: str, *objects: Manifest) -> str:
    return assess_check(BY_ID[check], Context(inventory(*objects))).status


def thing(kind: str, name: str, version: str = "v1", **parts: Any) -> Manifest:
    metadata = {"name": name, "namespace": "shop"} | parts.pop("metadata", {})
    return {"apiVersion": version, "kind": kind, "metadata": metadata} | parts


def pod(**spec: Any) -> Manifest:
    return thing("Pod", "api", spec={"containers": [container()]} | spec)


def container(**parts: Any) -> Manifest:
    return {"name": "app", "image": "registry.example.com/app:1"} | parts


def deployment(annotations: dict[str, str] | None = None, **spec: Any) -> Manifest:
    template = {"metadata": {"annotations": annotations or {}}, "spec": {"containers": [container()]} | spec}
    return thing("Deployment", "api", "apps/v1", spec={"template": template})


def config_map(data: dict[str, str] | None = None, **more: Any) -> Manifest:
    return thing("ConfigMap", "api", **({"data": data} if data else {}), **more)


def encoded(value: str | bytes) -> str:
    return base64.b64encode(value if isinstance(value, bytes) else value.encode()).decode()


def planted(where: str, key: str | None, value: str) -> Manifest:
    """An object with the value in the place that a corpus calls `where`."""
    match where:
        case "env":
            return deployment(containers=[container(env=[{"name": key, "value": value}])])
        case "init-env":
            return deployment(initContainers=[container(env=[{"name": key, "value": value}])])
        case "args":
            return deployment(containers=[container(args=[value])])
        case "command":
            return deployment(containers=[container(command=[value])])
        case "configmap":
            return config_map({key or "key": value})
        case "binary-configmap":
            return config_map(binaryData={key or "key": encoded(value)})
        case "annotation":
            return deployment(annotations={key or "note": value})
    raise AssertionError(f"the corpus has a place that no test knows: {where}")
