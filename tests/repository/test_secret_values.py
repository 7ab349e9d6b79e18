"""What of a Secret's values is a secret in plain, and what evidently is not."""

from __future__ import annotations

import base64

import pytest

from scanners.repository.secret_values import is_plain_secret, is_plain_secret_encoded
from tests.repository.trees import CERTIFICATE, GITHUB_TOKEN, PRIVATE_KEY

LOGIN = base64.b64encode(b"u:hunter2").decode()

SECRETS = [
    ("password", "hunter2"),
    ("password", "password"),
    ("password", "true-blue-42"),
    ("pin", "123456"),
    ("DB_PASS", "s3cr3t"),
    ("token", "k3yT0kenWithDigits99"),
    ("credentials", "hunter2"),
    ("something", "hunter2"),
    ("config", "hunter2"),
    ("url", "postgres://app:hunter2@db:5432/shop"),
    ("username", GITHUB_TOKEN),
    ("config", '{"bearerToken": "abcd1234efghX"}'),
    ("auth", "admin:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/"),
    ("users", "one:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/\ntwo:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/\n"),
    ("tls.key", PRIVATE_KEY),
    ("tls.pem", CERTIFICATE + PRIVATE_KEY),
    ("password", "${DB_PASSWORD:-hunter2}"),
    (".dockerconfigjson", f'{{"auths": {{"r.example.com": {{"auth": "{LOGIN}"}}}}}}'),
]
NONE = [
    ("password", ""),
    ("password", "  \n"),
    ("password", "changeme"),
    ("password", "CHANGE-ME in production"),
    ("password", "<password>"),
    ("password", "your-password-here"),
    ("password", "REPLACE_ME"),
    ("password", "********"),
    ("password", "${DB_PASSWORD}"),
    ("password", "$(DB_PASSWORD)"),
    ("password", "{{ .Values.password }}"),
    ("password", "<path:secret/data/db#password>"),
    ("password", "vault:secret/data/db#password"),
    ("password", "ref+vault://secret/db#password"),
    ("password", "ENC[AES256_GCM,data:dGVzdA==,iv:dGVzdA==,tag:dGVzdA==,type:str]"),
    ("username", "admin"),
    ("POSTGRES_USER", "app"),
    ("type", "git"),
    ("url", "https://github.com/example/shop"),
    ("DB_HOST", "db.shop.svc.cluster.local"),
    ("port", "5432"),
    ("ca.crt", CERTIFICATE),
    ("tls.crt", CERTIFICATE + CERTIFICATE),
    ("ssh-publickey", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me"),
    ("known_hosts", "github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"),
    ("alertmanager.yaml", "global:\n  resolve_timeout: 5m\nroute:\n  receiver: default\n"),
    (".dockerconfigjson", '{"auths": {}}'),
    ("enabled", "true"),
]


@pytest.mark.parametrize(("key", "value"), SECRETS)
def test_a_secret(key: str, value: str) -> None:
    assert is_plain_secret(key, value)
    assert is_plain_secret_encoded(key, base64.b64encode(value.encode()).decode())


@pytest.mark.parametrize(("key", "value"), NONE)
def test_no_secret(key: str, value: str) -> None:
    assert not is_plain_secret(key, value)
    assert not is_plain_secret_encoded(key, base64.b64encode(value.encode()).decode())


def test_base64_is_read_with_its_line_breaks() -> None:
    encoded = base64.encodebytes(PRIVATE_KEY.encode()).decode()
    assert "\n" in encoded.strip()
    assert is_plain_secret_encoded("id_ecdsa", encoded)


def test_bytes_that_are_no_text_are_secret_unless_they_are_certificates() -> None:
    encoded = base64.b64encode(bytes(range(128, 256))).decode()
    assert is_plain_secret_encoded("keystore.jks", encoded)
    assert not is_plain_secret_encoded("ca.der", encoded)
    assert not is_plain_secret_encoded("truststore.jks", encoded)


def test_what_is_no_base64_is_taken_as_it_stands() -> None:
    assert is_plain_secret_encoded("password", "hunter2!")
    assert not is_plain_secret_encoded("password", "{{ .Values.password | b64enc }}")
