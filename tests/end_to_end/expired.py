"""A service account's token that was right and has expired: the API server mints none that ends within a test."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.cluster.server import Cluster

ISSUER = "https://kubernetes.default.svc"


def expired_token(cluster: Cluster, hours_ago: int = 2) -> str:
    """A token signed by the cluster's own key (JWT, ES256: RFC 7518 section 3.4), which ended so many hours ago."""
    key = serialization.load_pem_private_key((cluster.folder / "service-account.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    ended = int(time.time()) - hours_ago * 3600
    claims = {
        "iss": ISSUER,
        "aud": [ISSUER],
        "sub": "system:serviceaccount:default:late",
        "iat": ended - 3600,
        "nbf": ended - 3600,
        "exp": ended,
        "kubernetes.io": {"namespace": "default", "serviceaccount": {"name": "late", "uid": "0"}},
    }
    signed = f"{_part({'alg': 'ES256', 'typ': 'JWT'})}.{_part(claims)}"
    numbers = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{_base64(b''.join(number.to_bytes(32, 'big') for number in numbers))}"


def _part(document: dict[str, Any]) -> str:
    return _base64(json.dumps(document).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
