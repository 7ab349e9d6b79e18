"""This machine's own kubeconfig, as kubectl finds and reads it."""

from __future__ import annotations

import base64
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from scanners.kube.errors import CredentialUnavailable
from scanners.kube.local import LocalContext, local_contexts, local_credential
from tests.kube.authority import Authority, Issued
from tests.kube.local_files import CANARY, SERVER, config, refused

pytestmark = pytest.mark.usefixtures("home")


# --- where the kubeconfig is


def test_no_kubeconfig(home: Path) -> None:
    assert local_contexts() == []
    with pytest.raises(CredentialUnavailable, match=r"There is no kubeconfig at ~/\.kube/config"):
        local_credential()


def test_the_default_place(home: Path) -> None:
    config(home / ".kube" / "config", {"token": CANARY})
    assert local_contexts() == [LocalContext("test", "test", "https://cluster.example:6443", True)]
    found = local_credential()
    assert (found.token, found.namespace, found.refresh) == (CANARY, "shop", None)


def test_several_files_the_first_of_a_name_wins(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = config(home / "first", {"token": "one"}, name="north", current=None)
    second = config(home / "second", {"token": "two"}, {"server": "https://south.example"}, "south", "south")
    third = config(home / "third", {"token": "three"}, {"server": "https://evil.example"}, "north", "north")
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, [first, home / "missing", second, third])))
    assert local_contexts() == [
        LocalContext("north", "north", "https://cluster.example:6443", False),
        LocalContext("south", "south", "https://south.example", True),
    ]
    assert local_credential().token == "two"
    assert local_credential(context="north").token == "one"


def test_an_explicit_file_is_the_only_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(config(home / "other", {"token": "other"})))
    assert local_credential(config(home / "this", {"token": "this"})).token == "this"


def test_a_context_that_does_not_exist(home: Path) -> None:
    assert "has no context 'prod'; it has: test." in refused(config(home / "c", {"token": CANARY}), "prod")


def test_no_current_context(home: Path) -> None:
    path = config(home / "c", {"token": CANARY}, current=None)
    assert "has no current-context" in refused(path)
    assert [context.current for context in local_contexts(path)] == [False]
    assert local_credential(path, "test").token == CANARY


@pytest.mark.parametrize(
    "text",
    [
        f"users: [{{user: {{token: {CANARY}}}}}]",
        f"users: {CANARY}",
        f"users: [{{name: a, user: {CANARY}",
        f"[{CANARY}]",
        f"users: [{CANARY}]",
        "",
        "\x00",
    ],
)
def test_a_kubeconfig_that_is_not_valid(home: Path, text: str) -> None:
    """The official loader's own messages quote whole entries."""
    path = home / "broken"
    path.write_text(text)
    assert "is not valid" in refused(path)
    with pytest.raises(CredentialUnavailable, match="is not valid"):
        local_contexts(path)


@pytest.mark.parametrize("user", [CANARY, [CANARY], {"exec": CANARY}])
def test_a_user_that_has_no_fields(home: Path, user: Any) -> None:
    assert "is not valid" in refused(config(home / "c", user))


def test_a_kubeconfig_that_cannot_be_opened(home: Path) -> None:
    assert "cannot be opened" in refused(home)  # a folder


# --- what it may say


def test_files_beside_the_kubeconfig(home: Path, issued: Issued) -> None:
    """Relative paths start from the folder of the kubeconfig that names them."""
    folder = home / "deep"
    authority = Authority()
    user = {"client-certificate": "pki/c.pem", "client-key": "pki/k.pem", "tokenFile": "token"}
    path = config(folder / "config", user, SERVER | {"certificate-authority": "pki/ca.pem"})
    (folder / "pki").mkdir()
    (folder / "pki" / "ca.pem").write_bytes(authority.pem)
    (folder / "pki" / "c.pem").write_bytes(issued.certificate_pem)
    (folder / "pki" / "k.pem").write_bytes(issued.key_pem)
    (folder / "token").write_text("from-a-file\n")
    found = local_credential(path)
    assert found.ca_pem == authority.pem
    assert (found.client_certificate_pem, found.client_key_pem) == (issued.certificate_pem, issued.key_pem)
    assert found.token == "from-a-file"


def test_data_wins_over_files(home: Path, issued: Issued) -> None:
    data = base64.b64encode(issued.certificate_pem).decode()
    key = base64.b64encode(issued.key_pem).decode()
    user = {"client-certificate": "missing", "client-certificate-data": data, "client-key-data": key}
    assert local_credential(config(home / "c", user)).client_key_pem == issued.key_pem


def test_inline_keys_are_never_written_to_a_file(
    home: Path, issued: Issued, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The official loader would write them to /tmp and leave them until the process ends."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    written = []
    monkeypatch.setattr(tempfile, "mkstemp", lambda *given, **more: written.append(given))
    pems = [base64.b64encode(pem).decode() for pem in (issued.certificate_pem, issued.key_pem)]
    local_credential(config(home / "c", {"client-certificate-data": pems[0], "client-key-data": pems[1]}))
    assert written == []


@pytest.mark.parametrize(
    ("user", "cluster", "fragment"),
    [
        ({"token": CANARY}, {"insecure-skip-tls-verify": True}, "insecure-skip-tls-verify"),
        ({"token": CANARY}, {"server": "http://cluster.example"}, "starts with http://"),
        ({"token": CANARY}, {"server": ""}, "The server address is empty"),
        ({"token": CANARY}, {"proxy-url": "socks5://127.0.0.1:1080"}, "proxy-url of this context is not http://"),
        ({"token": CANARY}, {"certificate-authority": "missing"}, "that certificate-authority of this context names"),
        ({"token": CANARY}, {"certificate-authority-data": "aGVsbG8="}, "holds no certificate in PEM form"),
        ({"token": CANARY}, {"certificate-authority-data": "a"}, "is not valid base64"),
        ({"token": CANARY, "as": "admin"}, {}, "acts as somebody else"),
        ({"token": f"{CANARY}\nX: y"}, {}, "has characters that no token has"),
        ({"username": "a", "password": CANARY}, {}, "user name and password"),
        ({}, {}, "has no credential"),
        ({"token": CANARY}, {"certificate-authority-data": "é"}, "is not valid base64"),
        ({"tokenFile": "missing"}, {}, "file that tokenFile of this context names"),
        ({"tokenFile": "~nobody-of-that-name/token"}, {}, "file that tokenFile of this context names"),
        ({"tokenFile": "a\0b"}, {}, "file that tokenFile of this context names"),
        ({"client-certificate-data": base64.b64encode(b"x").decode(), "token": ""}, {}, "has no credential"),
        ({"auth-provider": {"name": "gcp", "config": {"cmd-path": "touch canary"}}}, {}, "auth-provider"),
    ],
)
def test_what_is_refused(home: Path, user: dict[str, Any], cluster: dict[str, Any], fragment: str) -> None:
    assert fragment in refused(config(home / "c", user, SERVER | cluster))


def id_token(expires: float) -> str:
    payload = base64.urlsafe_b64encode(json.dumps({"exp": expires}).encode()).decode().rstrip("=")
    return f"e30.{payload}.{CANARY}"


def test_an_oidc_token_is_used_while_it_lasts_and_never_refreshed(home: Path) -> None:
    token = id_token(time.time() + 600)
    provider = {"name": "oidc", "config": {"id-token": token, "idp-issuer-url": "https://127.0.0.1:1"}}
    assert local_credential(config(home / "c", {"auth-provider": provider})).token == token
    provider["config"]["id-token"] = id_token(time.time() - 1)
    assert "has expired; run `kubectl" in refused(config(home / "c", {"auth-provider": provider}))
