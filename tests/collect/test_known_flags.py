"""Flags of known controllers: an allow-list by image and by form, so that nothing else of a command line comes in."""

from __future__ import annotations

from typing import Any

import pytest

from scanners.images import image_tag, is_sealed_secrets_controller
from scanners.inventory import Workload
from tests.collect.reading import meta, read_input

IMAGE = "docker.io/bitnami/sealed-secrets-controller:0.40.0"


def flags(container: dict[str, Any], image: str = IMAGE) -> dict[str, str]:
    template = {"spec": {"containers": [{"name": "x", "image": image} | container]}}
    (found,) = read_input("deployments", {"metadata": meta(), "spec": {"template": template}})
    assert isinstance(found, Workload)
    return found.flags


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ({}, {}),
        ({"args": ["--update-status", "--key-renew-period", "0"]}, {"key-renew-period": "0"}),
        ({"args": ["--key-renew-period=0s"]}, {"key-renew-period": "0"}),
        ({"args": ["--key-renew-period=720h0m0s"]}, {"key-renew-period": "2592000"}),
        ({"command": ["controller", "--rotate-period", "24h"]}, {"key-renew-period": "86400"}),
        ({"env": [{"name": "SEALED_SECRETS_KEY_RENEW_PERIOD", "value": "0"}]}, {"key-renew-period": "0"}),
        (
            {
                "args": ["--key-renew-period=1h"],
                "env": [{"name": "SEALED_SECRETS_KEY_RENEW_PERIOD", "value": "0"}],
            },
            {"key-renew-period": "3600"},
        ),
        (
            {"env": [{"name": "SEALED_SECRETS_KEY_RENEW_PERIOD", "valueFrom": {"configMapKeyRef": {"name": "c"}}}]},
            {"key-renew-period": "?"},
        ),
        ({"args": ["--key-renew-period=s3cr3t-v4lue", "--token=s3cr3t"]}, {"key-renew-period": "?"}),
    ],
)
def test_the_period_of_key_renewal(container: dict[str, Any], expected: dict[str, str]) -> None:
    assert flags(container) == expected


def test_other_programs_keep_nothing() -> None:
    assert flags({"args": ["--key-renew-period=0"]}, "registry.example/team/app:1") == {}


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (IMAGE, True),
        ("ghcr.io/bitnami-labs/sealed-secrets-controller@sha256:abc", True),
        ("docker.io/bitnami/sealed-secrets:0.24.5-debian-11-r1", True),
        ("registry:5000/mirror/bitnami-sealed-secrets-controller:v0.27.0", True),
        ("bitnami/sealed-secrets-kubeseal:0.40.0", False),
        ("sealed-secrets-web:3", False),
    ],
)
def test_the_controller_s_image(image: str, expected: bool) -> None:
    assert is_sealed_secrets_controller(image) is expected


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("a/b:1.2", "1.2"),
        ("registry:5000/a/b", ""),
        ("registry:5000/a/b:1.2@sha256:abc", "1.2"),
        ("a/b@sha256:abc", ""),
        ("", ""),
    ],
)
def test_the_tag_of_an_image(image: str, tag: str) -> None:
    assert image_tag(image) == tag
