"""Values for the demo company's Secrets: each looks like what its key promises, and each is plainly made up.

They are derived from the Secret's place, so that two seedings write the same. Tokens with a provider's prefix are put
together here, so that no scanner takes this file for a leak.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

WORDS = ("amber", "birch", "clover", "dune", "ember", "fjord", "grove", "heron", "iris", "juniper", "kelp", "larch")
WEAK = "changeme"
DEFAULT = "minio123"
"""What MinIO's examples are printed with."""


def digest(*place: str) -> str:
    """Sixty-four hexadecimal digits that depend on the place alone."""
    return hashlib.sha256("/".join(("larkspur", *place)).encode()).hexdigest()


def password(*place: str) -> str:
    """A made-up password, such as demo-fjord-amber-3f9a12c0."""
    seed = digest(*place)
    first, second = (WORDS[int(seed[position : position + 2], 16) % len(WORDS)] for position in (0, 2))
    return f"demo-{first}-{second}-{seed[-8:]}"


def written_down(*place: str) -> str:
    """A made-up password of the sort that people type into a manifest, such as Heron-7f3a-juniper!"""
    seed = digest(*place)
    first, second = (WORDS[int(seed[position : position + 2], 16) % len(WORDS)] for position in (4, 6))
    return f"{first.title()}-{seed[:4]}-{second}!"


def github_token(*place: str) -> str:
    return "gh" + "p_" + ("Demo" + digest(*place))[:36]


def aws_access_key(*place: str) -> str:
    return "AK" + "IA" + base64.b32encode(bytes.fromhex(digest(*place))).decode()[:16]


def aws_secret_key(*place: str) -> str:
    return base64.b64encode(hashlib.sha512(digest(*place).encode()).digest()).decode()[:40]


def stripe_key(*place: str) -> str:
    return "sk" + "_test_" + digest(*place)[:24]


def slack_webhook(*place: str) -> str:
    seed = digest(*place).upper()
    return "https://hooks.slack.com/" + f"services/T{seed[:9]}/B{seed[9:18]}/{digest(*place)[:24]}"


def sops_ciphertext(*place: str) -> str:
    """A value as SOPS leaves it where nobody decrypts it."""
    data, vector, tag = (base64.b64encode(bytes.fromhex(digest(*place, part)))[:24].decode() for part in "div")
    return f"ENC[AES256_GCM,data:{data},iv:{vector}=,tag:{tag},type:str]"


def docker_config(*registries: str) -> str:
    """The JSON of a kubernetes.io/dockerconfigjson Secret."""
    login = {name: ("larkspur-pull", password("registry", name)) for name in registries}
    entries = {
        name: {"username": user, "password": secret, "auth": base64.b64encode(f"{user}:{secret}".encode()).decode()}
        for name, (user, secret) in login.items()
    }
    return json.dumps({"auths": entries})


def private_key_pem(*place: str) -> str:
    """A PEM block of the right shape without a key in it."""
    body = base64.b64encode(b"".join(hashlib.sha512(f"{digest(*place)}{n}".encode()).digest() for n in range(8)))
    lines = [body.decode()[start : start + 70] for start in range(0, 680, 70)]
    kind = "OPENSSH PRIVATE KEY"
    return "\n".join([f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----", ""])


@functools.cache
def tls_pair(name: str, valid_days: int = 90, began_days_ago: int = 20) -> tuple[str, str]:
    """A self-signed certificate for `name` and its key, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    began = datetime.now(UTC) - timedelta(days=began_days_ago)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=valid_days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    written = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), written.decode()


_BY_KEY = {
    "host": lambda place: f"{place[1]}.{place[0]}.svc",
    "port": lambda place: "5432",
    "username": lambda place: place[1].replace("-", "_"),
    "client-id": lambda place: f"{place[1]}-{digest(*place)[:6]}",
    "site-key": lambda place: "6Ldemo" + digest(*place)[:34],
    "access-key": lambda place: aws_access_key(*place),
    "secret-access-key": lambda place: aws_secret_key(*place),
    "github-token": lambda place: github_token(*place),
    "url": lambda place: f"postgres://{place[1]}:{password(*place)}@db.{place[0]}.svc:5432/app",
    "webhook-url": lambda place: slack_webhook(*place),
    "ssh-privatekey": lambda place: private_key_pem(*place),
    "identity": lambda place: private_key_pem(*place),
    "known_hosts": lambda place: f"git.larkspur.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA{digest(*place)[:40]}",
    "age.agekey": lambda place: "AGE-SECRET-" + "KEY-1DEMO" + digest(*place)[:52].upper(),
}


def fake(namespace: str, name: str, key: str) -> str:
    """The value of a key: of the shape its name promises, else a password."""
    place = (namespace, name, key)
    return _BY_KEY[key](place) if key in _BY_KEY else password(*place)
