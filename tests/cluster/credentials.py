"""What a throwaway API server needs to prove who it is and to know who others are: made anew for each cluster."""

from __future__ import annotations

import csv
import datetime
import ipaddress
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAMES = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
ADDRESSES = ("127.0.0.1", "10.0.0.1")
LIFETIME = datetime.timedelta(days=2)


@dataclass(frozen=True)
class Credentials:
    """A certificate authority with the API server's certificate, the key of service account tokens, and user tokens."""

    ca_pem: str
    certificate_pem: str
    key_pem: str
    service_account_key_pem: str
    service_account_public_key_pem: str
    tokens: dict[str, str]

    def write(self, folder: Path, groups: dict[str, list[str]]) -> None:
        """Writes ca.crt, apiserver.crt, apiserver.key, service-account.key and .pub, and tokens.csv."""
        (folder / "ca.crt").write_text(self.ca_pem)
        (folder / "apiserver.crt").write_text(self.certificate_pem)
        (folder / "apiserver.key").write_text(self.key_pem)
        (folder / "service-account.key").write_text(self.service_account_key_pem)
        (folder / "service-account.pub").write_text(self.service_account_public_key_pem)
        with (folder / "tokens.csv").open("w", newline="", encoding="utf-8") as file:
            rows = ([token, name, f"uid-{name}", ",".join(groups[name])] for name, token in self.tokens.items())
            csv.writer(file).writerows(rows)


def new_credentials(users: list[str]) -> Credentials:
    """Fresh keys, a CA that lives two days, the API server's certificate, and a random token for each user."""
    ca_key, server_key, account_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    ca = _ca_certificate(ca_key)
    return Credentials(
        ca_pem=_pem(ca),
        certificate_pem=_pem(_server_certificate(server_key, ca, ca_key)),
        key_pem=_private_pem(server_key),
        service_account_key_pem=_private_pem(account_key),
        service_account_public_key_pem=account_key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode(),
        tokens={user: secrets.token_urlsafe(24) for user in users},
    )


def new_ca_pem() -> str:
    """The certificate of an authority that signed nothing: what a kubeconfig with the wrong CA holds."""
    return _pem(_ca_certificate(ec.generate_private_key(ec.SECP256R1())))


def _ca_certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    return (
        _begun("secretsui-test-ca", key.public_key())
        .issuer_name(_name("secretsui-test-ca"))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _server_certificate(
    key: ec.EllipticCurvePrivateKey, ca: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    alternatives = [x509.DNSName(name) for name in NAMES]
    addresses = [x509.IPAddress(ipaddress.ip_address(address)) for address in ADDRESSES]
    return (
        _begun("kube-apiserver", key.public_key())
        .issuer_name(ca.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([*alternatives, *addresses]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _begun(name: str, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _private_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
