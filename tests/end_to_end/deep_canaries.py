"""Canaries in the values that a deep scan reads: in every form that a value comes in, and each form's mistakes."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime
from typing import Any

from tests.cluster.server import Cluster
from tests.end_to_end import shop
from tests.end_to_end.canaries import canary
from tests.values.certificates import KEY_PEM, certificate

EXPIRED = datetime(2026, 2, 1, tzinfo=UTC)
PLACES = (
    "deep text", "deep binary", "deep base64 of base64", "deep PEM name", "deep broken PEM", "deep large value",
    "deep large binary", "deep JSON", "deep YAML", "deep URL", "deep registry login", "deep gzip", "deep placeholder",
    "deep default", "deep user name", "deep guessable", "deep SOPS", "deep JWT", "deep hostile key", "deep shared",
    "deep not UTF-8", "deep Helm release",
)  # fmt: skip


def plant(cluster: Cluster) -> None:
    """Creates a Secret for each form; `deep shared` is in two namespaces."""
    cluster.create(shop.namespace("bank"))
    cluster.create(*(_secret("shop", name, **data) for name, data in _forms().items()))
    cluster.create(_secret("bank", "shared", password=canary("deep shared")))
    cluster.create(
        _secret("shop", "sh.helm.release.v1.app.v1", "helm.sh/release.v1", release=canary("deep Helm release"))
    )


def _secret(namespace: str, name: str, kind: str = "Opaque", **data: str | bytes) -> dict[str, Any]:
    raw = {key: value.encode() if isinstance(value, str) else value for key, value in data.items()}
    made = shop.secret(namespace, name, kind) | {
        "data": {key: base64.b64encode(value).decode() for key, value in raw.items()}
    }
    made.pop("stringData")
    return made


def _forms() -> dict[str, dict[str, str | bytes]]:
    login = base64.b64encode(f"robot:{canary('deep registry login')}".encode()).decode()
    payload = base64.urlsafe_b64encode(json.dumps({"sub": canary("deep JWT")}).encode()).decode().rstrip("=")
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    chain = certificate(EXPIRED, name=canary("deep PEM name")) + KEY_PEM
    broken = f"-----BEGIN CERTIFICATE-----\n{canary('deep broken PEM')}\n-----END CERTIFICATE-----\n"
    user = canary("deep user name")
    return {
        "text": {"password": canary("deep text")},
        "binary": {"encryption-key": b"\x00\xff\xfe" + canary("deep binary").encode() + bytes(40)},
        "twice": {"token": base64.b64encode(canary("deep base64 of base64").encode())},
        "chain": {"tls.crt": chain, "ca.crt": broken},
        "large": {
            "token": canary("deep large value") * 8_000,
            "blob": b"\x00" + canary("deep large binary").encode() * 6_000,
        },
        "files": {
            "app.json": json.dumps({"db": {"password": canary("deep JSON")}}),
            "app.yaml": f"db:\n  password: {canary('deep YAML')}\n",
            "DATABASE_URL": f"postgres://app:{canary('deep URL')}@db/shop",
            ".dockerconfigjson": json.dumps({"auths": {"registry.example": {"auth": login}}}),
            "packed": gzip.compress(canary("deep gzip").encode()),
            "session": f"{header}.{payload}.c2lnbmF0dXJlLXNpZ25hdHVyZQ",
        },
        "weak": {
            "password": f"<your-{canary('deep placeholder')}>",
            "SECRET_KEY": f"django-insecure-{canary('deep default')}",
            "username": user,
            "user-password": user,
            "pair-password": canary("deep guessable") * 2,
        },
        "sops": {"password": f"ENC[AES256_GCM,data:{canary('deep SOPS')},iv:x,tag:y,type:str]"},
        "hostile": {
            key: canary("deep hostile key") + key[:3] for key in ("-1", ".hidden", "x" * 253, "__proto__", "_TOKEN")
        },
        "shared": {"password": canary("deep shared")},
        "latin": {"password": f"M\u00fcller{canary('deep not UTF-8')}".encode("latin-1")},
    }
