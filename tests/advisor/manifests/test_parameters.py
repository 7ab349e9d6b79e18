"""Parameters are untrusted: what is legal comes through unchanged, the rest is refused by a sentence that helps."""

from __future__ import annotations

import pytest
import yaml

from advisor.parameters import STORE_FIELDS, ParameterError, parse_parameters
from advisor.syntax import go_duration
from advisor.versions import KNOWN
from tests.advisor.manifests.sets import HOSTILE_KEYS, HOSTILE_LABELS

# The public key of age's own documentation.
RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"


def test_nothing_given_gives_everything() -> None:
    parameters = parse_parameters({})
    assert parameters.keys and parameters.store.path and parameters.store.address.startswith("https://")
    assert set(parameters.versions) == set(KNOWN)
    assert parameters.given == frozenset()
    assert parse_parameters(None) == parameters


@pytest.mark.parametrize("word", HOSTILE_LABELS)
def test_legal_names_stay_as_they_are(word: str) -> None:
    parameters = parse_parameters({"namespace": word, "secret": word, "service-account": word})
    assert (parameters.namespace, parameters.secret, parameters.service_account) == (word, word, word)


def test_legal_keys_stay_as_they_are_and_in_order() -> None:
    assert parse_parameters({"keys": list(HOSTILE_KEYS)}).keys == HOSTILE_KEYS


@pytest.mark.parametrize(
    "text", ["keys: [no]", "keys: [1]", "keys: [~]", "keys: [1.5]", "secret: null", "namespace: on"]
)
def test_a_word_that_yaml_bent_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(ParameterError, match="put it in double quotes"):
        parse_parameters(yaml.safe_load(text))


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"nmespace": "a"}, ["'nmespace'", "namespace, secret, keys"]),
        ({"store": {"kind": "vault", "region": "eu-west-1"}}, ["'store.region'", "vault", "store.address"]),
        ({"store": {"kind": "s3"}}, ["store.kind", "aws-secrets-manager", "fake"]),
        ({"store": "vault"}, ["store must be a mapping"]),
        ({"workload": {"kind": "Job", "name": "a"}}, ["workload.kind", "Deployment"]),
        ({"workload": {"image": "a"}}, ["'workload.image'", "workload.name"]),
        ({"workload": {"kind": "CronJob", "name": "a" * 53}}, ["workload.name", "52"]),
        ({"namespace": "a.b"}, ["namespace", "lowercase letters"]),
        ({"namespace": "a" * 64}, ["64 characters", "63"]),
        ({"namespace": "a\n"}, ["namespace"]),
        ({"secret": "A"}, ["secret is 'A'"]),
        ({"secret": "ａ"}, ["secret is"]),
        ({"keys": []}, ["keys is empty"]),
        ({"keys": "password"}, ["keys must be a list"]),
        ({"keys": ["a", "a"]}, ["more than once"]),
        ({"keys": ["."]}, ["keys[0]"]),
        ({"keys": ["a", "..b"]}, ["keys[1]"]),
        ({"keys": ["a b"]}, ["keys[0]"]),
        ({"keys": ["k"] * 101}, ["101", "100"]),
        ({"refresh": "1d"}, ["'1d'", "24h"]),
        ({"refresh": "0"}, ["Go duration"]),
        ({"refresh": "0s"}, ["one second"]),
        ({"refresh": 3600}, ["a number"]),
        ({"refresh": "-1h"}, ["Go duration"]),
        ({"scope": "cluster"}, ["strict, namespace-wide, cluster-wide"]),
        ({"age-recipients": [RECIPIENT[:-1] + "q"]}, ["age-recipients[0]", "checksum"]),
        ({"age-recipients": ["ssh-ed25519 AAAA"]}, ["age1"]),
        ({"age-recipients": RECIPIENT}, ["age-recipients must be a list"]),
        ({"versions": {"external-secrets": "0.9.13"}}, ["versions.external-secrets", "2.9"]),
        ({"versions": {"helm": "3"}}, ["'versions.helm'", "versions.sops"]),
        ({"versions": {"sops": 3.13}}, ["versions.sops", "a number"]),
        ({1: "a"}, ["'1'"]),
        ({"store": {"kind": "vault", "address": "http://vault:8200"}}, ["store.address", "https://"]),
        ({"store": {"kind": "vault", "address": "https://"}}, ["no host"]),
        ({"store": {"kind": "vault", "address": "https://vault:8200/v1"}}, ["nothing behind it"]),
        ({"store": {"kind": "vault", "address": "https://vault:x"}}, ["store.address"]),
        ({"store": {"kind": "vault", "path": "data/app/db"}}, ["data/"]),
        ({"store": {"kind": "vault", "path": "../sys/seal"}}, ["store.path"]),
        ({"store": {"kind": "vault", "path": 'a" } path "*'}}, ["store.path"]),
        ({"store": {"kind": "vault", "role": "a;b"}}, ["store.role"]),
        ({"store": {"kind": "aws-secrets-manager", "region": "europe"}}, ["AWS region"]),
        ({"store": {"kind": "aws-secrets-manager", "role-arn": "role"}}, ["ARN"]),
        ({"store": {"kind": "aws-parameter-store", "path": "/aws/x"}}, ["store.path"]),
        ({"store": {"kind": "gcp-secret-manager", "project": "A"}}, ["project"]),
        ({"store": {"kind": "gcp-secret-manager", "path": "a/b"}}, ["no folders"]),
        ({"store": {"kind": "azure-key-vault", "vault-url": "https://vault.example.com"}}, ["vault.azure.net"]),
        ({"store": {"kind": "azure-key-vault", "tenant-id": "x"}}, ["UUID"]),
        ({"store": {"kind": "1password", "path": "a/b"}}, ["store.path"]),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(mapping: dict[str, object], words: list[str]) -> None:
    with pytest.raises(ParameterError) as caught:
        parse_parameters(mapping)
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert message.endswith(".") and "\n" not in message and len(message) < 600


@pytest.mark.parametrize(
    "mapping",
    [
        {"age-recipients": ["AGE-SECRET-KEY-1CANARY"]},
        {"store": {"kind": "vault", "address": "https://admin:canary@vault:8200"}},
        {"store": {"kind": "azure-key-vault", "vault-url": "https://canary@x.vault.azure.net"}},
    ],
)
def test_what_may_be_a_credential_is_never_quoted(mapping: dict[str, object]) -> None:
    with pytest.raises(ParameterError) as caught:
        parse_parameters(mapping)
    assert "canary" not in str(caught.value).lower()


def test_a_hostile_value_reaches_no_terminal_unescaped() -> None:
    with pytest.raises(ParameterError) as caught:
        parse_parameters({"namespace": "\x1b[2J" + "a" * 50})
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "canonical"),
    [("1h", "1h0m0s"), ("90m", "1h30m0s"), ("1h30m", "1h30m0s"), ("45s", "45s"), ("1.5h", "1h30m0s"), ("1500ms", "2s")],
)
def test_durations_are_written_as_go_writes_them(given: str, canonical: str) -> None:
    assert go_duration(parse_parameters({"refresh": given}).refresh_seconds) == canonical


@pytest.mark.parametrize("path", ["team/app", "/team/app", "secret/team/app", "secret/data/team/app", "team/app/"])
def test_every_spelling_of_a_vault_path_is_the_same_secret(path: str) -> None:
    assert parse_parameters({"store": {"kind": "vault", "path": path}}).store.path == "team/app"


def test_versions_are_completed_and_aliased() -> None:
    versions = parse_parameters(
        {"versions": {"external-secrets": "v2.3", "secrets-store-csi-driver": "1.5.6"}}
    ).versions
    assert versions["external-secrets"] == "2.3.0"
    assert versions["vault-csi"] == "1.5.6"
    assert versions["sops"] == KNOWN["sops"].default


def test_recipients_are_kept_once_and_checked() -> None:
    assert parse_parameters({"age-recipients": [RECIPIENT, f" {RECIPIENT} "]}).age_recipients == (RECIPIENT,)


@pytest.mark.parametrize("kind", STORE_FIELDS)
def test_a_given_default_is_accepted_again(kind: str) -> None:
    """What stands in for a missing field is itself valid."""
    store = parse_parameters({"store": {"kind": kind}}).store
    fields = {name: getattr(store, name.replace("-", "_")) for name in STORE_FIELDS[store.kind]}
    again = parse_parameters({"store": {"kind": kind, **fields}})
    assert again.store == store
    assert again.given >= {f"store.{name}" for name in fields}
