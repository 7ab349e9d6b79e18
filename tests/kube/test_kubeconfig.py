"""Uploaded kubeconfigs: what is taken, and the corpus of what is refused, each file with the sentence it earns.

A file of `kubeconfigs/` begins with lines `# refused: FRAGMENT`. Placeholders stand for credentials made at
run time, and for the path of a canary file that no kubeconfig may bring into being.
"""

from __future__ import annotations

import base64
import builtins
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec

from scanners.kube.kubeconfig import KubeconfigRefused, contexts, parse_kubeconfig
from tests.kube.authority import Authority, private_pem

CORPUS = sorted(Path(__file__).with_name("kubeconfigs").glob("*.yaml"))
TOKEN = "sha256~canary-0123456789-token"


@dataclass(frozen=True)
class Material:
    """Credentials in PEM, made once for this module."""

    authority: bytes
    certificate: bytes
    key: bytes
    other_key: bytes
    encrypted_key: bytes

    @property
    def broken_certificate(self) -> bytes:
        return b"-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgI\n-----END CERTIFICATE-----\n"

    def values(self) -> dict[str, str]:
        """What the placeholders of the corpus stand for, but for the canary."""
        return {
            "TOKEN": TOKEN,
            "CA": base64_of(self.authority),
            "CERTIFICATE": base64_of(self.certificate),
            "BROKEN_CERTIFICATE": base64_of(self.broken_certificate),
            "KEY": base64_of(self.key),
            "OTHER_KEY": base64_of(self.other_key),
            "ENCRYPTED_KEY": base64_of(self.encrypted_key),
        }


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.fixture(scope="module")
def material() -> Material:
    authority = Authority()
    issued = authority.issue("someone")
    other = ec.generate_private_key(ec.SECP256R1())
    return Material(
        authority.pem, issued.certificate_pem, issued.key_pem, private_pem(other), private_pem(other, b"passphrase")
    )


def config(cluster: dict[str, Any], user: dict[str, Any], **context: Any) -> str:
    """A kubeconfig with one context."""
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "someone", "user": user}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "someone"} | context}],
            "current-context": "test",
        }
    )


SERVER = {"server": "https://cluster.example:6443"}
USER = {"token": TOKEN}


# --- the corpus


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_refused(file: Path, material: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    canary = tmp_path / "canary"
    values = material.values() | {"CANARY": str(canary)}
    template = file.read_text(encoding="utf-8")
    expected = [line.removeprefix("# refused: ") for line in template.splitlines() if line.startswith("# refused: ")]
    text = template
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    assert "${" not in text

    opened: list[object] = []
    open_file = builtins.open
    monkeypatch.setattr(builtins, "open", lambda *given, **more: opened.append(given) or open_file(*given, **more))
    monkeypatch.setattr(subprocess, "Popen", lambda *given, **more: opened.append(given))
    with pytest.raises(KubeconfigRefused) as raised:
        parse_kubeconfig(text)
    monkeypatch.undo()

    sentence = str(raised.value)
    assert expected, "A file of the corpus says what it expects."
    for fragment in expected:
        assert fragment in sentence
    assert sentence.endswith(".")
    assert not canary.exists()
    assert opened == []
    for secret in secrets_of(values):
        assert secret not in sentence
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


def secrets_of(values: dict[str, str]) -> set[str]:
    """The token, and every line of every private key or certificate, as they stand in the file and decoded."""
    found = {values["TOKEN"], values["TOKEN"][:20]}
    for name, value in values.items():
        if name not in ("TOKEN", "CANARY"):
            found |= {value, value[:40]}
            found |= {line for line in base64.b64decode(value).decode().splitlines() if not line.startswith("---")}
    return found - {""}


def test_the_corpus_is_there() -> None:
    assert len(CORPUS) >= 20


# --- bombs, made here because they are large


def test_a_file_that_is_too_large() -> None:
    with pytest.raises(KubeconfigRefused, match="larger than 256 KiB"):
        parse_kubeconfig(config(SERVER, USER) + "#" + "x" * 256 * 1024)


def test_merge_keys_that_explode() -> None:
    lines = ["a0: &a0 {x: 1}", *(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 2000))]
    with pytest.raises(KubeconfigRefused, match="uses YAML aliases"):
        parse_kubeconfig("\n".join(lines))


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_nesting_without_end(opening: str) -> None:
    with pytest.raises(KubeconfigRefused, match=r"nested deeper|not valid YAML|nested too deeply"):
        parse_kubeconfig(opening * 20_000)


def test_pem_blocks_that_never_end(material: Material) -> None:
    """Looking for the end of each of many beginnings would take time that grows with the square of the size."""
    many = base64_of(b"-----BEGIN CERTIFICATE-----\n" * 2000)
    with pytest.raises(KubeconfigRefused, match="holds no certificate in PEM form"):
        parse_kubeconfig(config(SERVER | {"certificate-authority-data": many}, USER))


def test_certificates_that_are_too_large() -> None:
    huge = base64_of(b"x" * 65 * 1024)
    with pytest.raises(KubeconfigRefused, match="larger than 64 KiB"):
        parse_kubeconfig(config(SERVER | {"certificate-authority-data": huge}, USER))


def test_a_token_that_is_too_long() -> None:
    with pytest.raises(KubeconfigRefused, match="cannot be a token"):
        parse_kubeconfig(config(SERVER, {"token": "x" * 33_000}))


def test_names_in_a_sentence_are_shortened_and_harmless() -> None:
    text = config(SERVER, USER).replace("current-context: test", "current-context: " + "<script>" * 100)
    with pytest.raises(KubeconfigRefused) as raised:
        parse_kubeconfig(text)
    assert "<" not in str(raised.value)
    assert len(str(raised.value)) < 300


# --- what is taken


def test_a_token(material: Material) -> None:
    cluster = SERVER | {"certificate-authority-data": base64_of(material.authority), "tls-server-name": "kubernetes"}
    found = parse_kubeconfig(config(cluster, USER, namespace="shop"))
    assert found.server == "https://cluster.example:6443"
    assert found.ca_pem == material.authority
    assert (found.token, found.tls_server_name, found.namespace) == (TOKEN, "kubernetes", "shop")
    assert (found.client_certificate_pem, found.client_key_pem, found.proxy_url, found.refresh) == (None,) * 4


def test_a_client_certificate(material: Material) -> None:
    user = {
        "client-certificate-data": base64_of(material.certificate),
        "client-key-data": base64_of(material.key),
    }
    found = parse_kubeconfig(config(SERVER, user))
    assert (found.client_certificate_pem, found.client_key_pem) == (material.certificate, material.key)
    assert (found.token, found.ca_pem) == (None, None)


def test_only_the_pem_blocks_are_kept(material: Material) -> None:
    wordy = b"Subject: CN=canary\n" + material.authority + material.key + b"Bag Attributes\n"
    cluster = SERVER | {"certificate-authority-data": base64_of(wordy)}
    assert parse_kubeconfig(config(cluster, USER)).ca_pem == material.authority


def test_base64_may_be_folded(material: Material) -> None:
    cluster = SERVER | {"certificate-authority-data": base64.encodebytes(material.authority).decode()}
    assert parse_kubeconfig(config(cluster, USER)).ca_pem == material.authority


@pytest.mark.parametrize(
    "server",
    [
        "https://cluster.example",
        "https://10.0.0.1:6443",
        "https://[fd12::1]:6443",
        "HTTPS://Cluster.Example:6443/",
        "https://rancher.example/k8s/clusters/c-m-abc12",
        "https://kind_control-plane:6443",
    ],
)
def test_servers(server: str) -> None:
    assert parse_kubeconfig(config({"server": server}, USER)).server == server.rstrip("/")


def test_fields_that_are_empty_or_harmless() -> None:
    cluster = SERVER | {
        "insecure-skip-tls-verify": False,
        "proxy-url": "",
        "certificate-authority": None,
        "extensions": [{"name": "minikube.sigs.k8s.io", "extension": {"version": "v1.37.0"}}],
        "disable-compression": True,
    }
    user = USER | {"exec": None, "username": "", "as-groups": []}
    assert parse_kubeconfig(config(cluster, user)).token == TOKEN


def test_only_the_context_in_use_has_to_be_clean() -> None:
    document = yaml.safe_load(config(SERVER, USER))
    document["users"].append({"name": "cloud", "user": {"exec": {"command": "aws"}}})
    document["contexts"].append({"name": "cloud", "context": {"cluster": "test", "user": "cloud"}})
    text = yaml.safe_dump(document)
    assert parse_kubeconfig(text).token == TOKEN
    with pytest.raises(KubeconfigRefused, match=r"\(exec\)"):
        parse_kubeconfig(text, "cloud")
    assert contexts(text) == ["test", "cloud"]


def test_the_only_context_needs_not_be_current() -> None:
    assert parse_kubeconfig(config(SERVER, USER).replace("current-context: test", "current-context: ''")).token == TOKEN


def test_the_context_asked_for_must_exist() -> None:
    with pytest.raises(KubeconfigRefused, match=r"has no context “prod”; choose one of “test”\."):
        parse_kubeconfig(config(SERVER, USER), "prod")


def test_contexts_of_what_is_no_kubeconfig() -> None:
    with pytest.raises(KubeconfigRefused, match="not a kubeconfig"):
        contexts("kind: Secret")
    assert contexts("kind: Config") == []
