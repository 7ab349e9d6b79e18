"""Credentials as data: what is shown of them, how they are kept, when they end."""

from __future__ import annotations

import base64
import dataclasses
import json
from datetime import UTC, datetime, timedelta

import pytest

from scanners.kube.credential import Credential, token_expiry
from tests.kube.authority import DAY, Authority

CANARY = "canary-0123456789"
SERVER = "https://cluster.example:6443"


def jwt(claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.c2ln"


def whole() -> Credential:
    issued = Authority().issue("someone")
    return Credential(
        server=SERVER,
        ca_pem=Authority().pem,
        token=CANARY,
        client_certificate_pem=issued.certificate_pem,
        client_key_pem=issued.key_pem,
        tls_server_name="kubernetes",
        namespace="shop",
    )


def test_nothing_secret_is_shown() -> None:
    credential = whole()
    assert credential.client_key_pem is not None
    for shown in (repr(credential), str(credential), f"{credential}", repr([credential]), credential.fingerprint()):
        assert CANARY not in shown
        assert credential.client_key_pem.decode().splitlines()[1] not in shown
    assert repr(credential) == f"Credential(server='{SERVER}', identity='token and client certificate')"


@pytest.mark.parametrize(
    "fields",
    [
        {"token": f"{CANARY}\r\nX: y"},
        {"token": f" {CANARY}"},
        {"token": ""},
        {"ca_pem": b""},
        {"server": f"https://user:{CANARY}@cluster.example"},
        {"server": "http://cluster.example"},
        {"client_key_pem": CANARY.encode()},
        {"tls_server_name": f"{CANARY} x"},
    ],
)
def test_what_cannot_be_used_is_refused_without_being_shown(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"\.$") as raised:
        Credential(**({"server": SERVER} | fields))
    assert CANARY not in str(raised.value)


def test_it_can_be_kept_as_json() -> None:
    credential = whole()
    assert Credential.from_dict(json.loads(json.dumps(credential.to_dict()))) == credential
    assert Credential.from_dict(Credential(server=SERVER).to_dict()) == Credential(server=SERVER)


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"token": CANARY},
        {"server": SERVER, "exec": CANARY},
        {"server": SERVER, "proxy_url": f"http://{CANARY}"},
        {"server": SERVER, "token": [CANARY]},
        {"server": SERVER, "ca_pem": "é" + CANARY},
    ],
)
def test_what_was_not_kept_by_it_is_refused(stored: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\.$") as raised:
        Credential.from_dict(stored)
    assert CANARY not in str(raised.value)


@pytest.mark.parametrize("change", [{"proxy_url": "http://127.0.0.1:3128"}, {"refresh": whole}])
def test_what_only_this_machine_can_use_is_not_kept(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="keep the context's name instead"):
        dataclasses.replace(whole(), **change).to_dict()


def test_fingerprints() -> None:
    credential = whole()
    assert len(credential.fingerprint()) == 16
    assert credential.fingerprint() == dataclasses.replace(credential, namespace="other").fingerprint()
    changes: list[dict[str, object]] = [
        {"server": "https://other.example"},
        {"ca_pem": None},
        {"token": "other"},
        {"token": None},
        {"tls_server_name": None},
        {"client_certificate_pem": None, "client_key_pem": None},
    ]
    different = {dataclasses.replace(credential, **change).fingerprint() for change in changes}
    assert len(different | {credential.fingerprint()}) == len(changes) + 1


def test_fingerprints_know_where_a_field_ends() -> None:
    one = Credential(server=SERVER, ca_pem=b"ca", token="token")
    other = Credential(server=SERVER, ca_pem=b"cat", token="oken")
    assert one.fingerprint() != other.fingerprint()


def test_when_a_token_ends() -> None:
    end = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert token_expiry(jwt({"exp": end.timestamp(), "aud": ["x"]})) == end
    assert Credential(server=SERVER, token=jwt({"exp": int(end.timestamp())})).expires_at == end


@pytest.mark.parametrize(
    "token",
    [
        None,
        "static",
        "a.b",
        "a.!!!.c",
        jwt({}),
        jwt([]),
        jwt({"exp": "soon"}),
        jwt({"exp": None}),
        jwt({"exp": 1e300}),
        jwt({"exp": -1e300}),
        f"a.{base64.urlsafe_b64encode(b'[' * 20000).decode()}.c",
    ],
)
def test_tokens_that_do_not_say(token: str | None) -> None:
    assert token_expiry(token) is None


def test_the_certificate_may_end_first() -> None:
    issued = Authority().issue("someone", lasts=DAY)
    in_a_week = (datetime.now(UTC) + timedelta(days=7)).timestamp()
    credential = Credential(
        server=SERVER,
        token=jwt({"exp": in_a_week}),
        client_certificate_pem=issued.certificate_pem,
        client_key_pem=issued.key_pem,
    )
    assert credential.expires_at is not None
    assert datetime.now(UTC) < credential.expires_at < datetime.now(UTC) + 2 * DAY
    assert dataclasses.replace(credential, client_certificate_pem=b"x").expires_at == datetime.fromtimestamp(
        in_a_week, UTC
    )
