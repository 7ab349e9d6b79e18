"""Objects from which operators make Secrets: targets, keys, health."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scanners.inventory import PodMount, Reference, SecretStore, SyncObject
from tests.collect.reading import meta, read_input

EXTERNAL = "externalsecrets.external-secrets.io"


def sync(name: str, spec: dict[str, Any], status: dict[str, Any] | None = None, **metadata: Any) -> list[SyncObject]:
    document = {"metadata": meta(**metadata), "spec": spec, "status": status or {}}
    return [record for record in read_input(name, document) if isinstance(record, SyncObject)]


def ready(status: str, reason: str = "SecretSynced", type_: str = "Ready") -> dict[str, Any]:
    return {"conditions": [{"type": "Other", "status": "True"}, {"type": type_, "status": status, "reason": reason}]}


def test_an_external_secret() -> None:
    status = ready("True") | {"refreshTime": "2026-01-02T03:04:05Z"}
    spec = {
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": "vault"},
        "refreshInterval": "1h30m",
        "refreshPolicy": "Periodic",
        "target": {"name": "db-credentials", "creationPolicy": "Owner"},
        "data": [{"secretKey": "password", "remoteRef": {"key": "kv/db"}}],
    }
    (found,) = sync(EXTERNAL, spec, status)
    assert (found.targets, found.target_keys, found.creates) == (("db-credentials",), ("password",), True)
    assert (found.store_kind, found.store) == ("ClusterSecretStore", "vault")
    assert (found.ready, found.reason) == (True, "SecretSynced")
    assert found.refreshed_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (found.refresh_seconds, found.refresh_policy) == (5400, "Periodic")


def test_an_external_secret_with_all_defaults() -> None:
    (found,) = sync(EXTERNAL, {"secretStoreRef": {"name": "vault"}, "dataFrom": [{"extract": {"key": "x"}}]})
    assert (found.targets, found.target_keys, found.creates) == (("x",), None, True)
    assert (found.store_kind, found.refresh_seconds) == ("SecretStore", 3600)
    assert (found.ready, found.reason, found.refreshed_at) == (None, "", None)


@pytest.mark.parametrize(
    ("target", "more", "keys"),
    [
        ({}, {}, ("a", "b")),
        ({"template": {"type": "kubernetes.io/tls"}}, {}, ("a", "b")),
        ({"template": {"data": {"c": "{{ .a }}"}}}, {}, ("c",)),
        ({"template": {"data": {"c": "{{ .a }}"}, "mergePolicy": "Merge"}}, {}, ("a", "b", "c")),
        ({"template": {"data": {"c": "x"}}}, {"dataFrom": [{}]}, ("c",)),
        ({"template": {"data": {"c": "x"}, "mergePolicy": "Merge"}}, {"dataFrom": [{}]}, None),
        ({"template": {"data": {"c": "x"}, "templateFrom": [{"configMap": {"name": "t"}}]}}, {}, None),
        ({}, {"dataFrom": [{}]}, None),
    ],
)
def test_the_keys_an_external_secret_will_write(
    target: dict[str, Any], more: dict[str, Any], keys: tuple[str, ...] | None
) -> None:
    (found,) = sync(EXTERNAL, {"target": target, "data": [{"secretKey": "b"}, {"secretKey": "a"}]} | more)
    assert found.target_keys == keys


@pytest.mark.parametrize(
    ("policy", "creates"),
    [("Owner", True), ("Orphan", True), ("CreateOrMerge", True), ("Merge", False), ("None", False)],
)
def test_who_creates(policy: str, creates: bool) -> None:
    assert sync(EXTERNAL, {"target": {"creationPolicy": policy}})[0].creates is creates


def test_an_external_secret_that_creates_nothing_has_no_target() -> None:
    assert sync(EXTERNAL, {"target": {"creationPolicy": "None"}})[0].targets == ()


def test_other_targets_than_secrets_are_none() -> None:
    assert sync(EXTERNAL, {"target": {"manifest": {"apiVersion": "v1", "kind": "ConfigMap"}}})[0].targets == ()


def test_a_template_s_secret_is_a_reference() -> None:
    template = {"templateFrom": [{"secret": {"name": "parts", "items": [{"key": "k"}]}}]}
    records = read_input(EXTERNAL, {"metadata": meta(), "spec": {"target": {"template": template}}})
    (reference,) = [record for record in records if isinstance(record, Reference)]
    assert (reference.secret, reference.keys) == ("parts", ("k",))


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        ("True", "SecretSynced", (True, "SecretSynced")),
        ("False", "SecretSyncedError", (False, "SecretSyncedError")),
        ("Unknown", "Progressing", (None, "Progressing")),
        ("False", "could not get s3cr3t-v4lue from store", (False, "")),
        ("yes", "X", (None, "X")),
    ],
)
def test_conditions(status: str, reason: str, expected: tuple[bool | None, str]) -> None:
    (found,) = sync(EXTERNAL, {}, ready(status, reason))
    assert (found.ready, found.reason) == expected


def test_a_sealed_secret() -> None:
    spec = {
        "encryptedData": {"password": "AgA" * 50, "user": "AgB", "dropped": "AgC"},
        "template": {"data": {"config": "x", "dropped": None}},
    }
    (found,) = sync("sealedsecrets.bitnami.com", spec, ready("False", "UnsealError", "Synced"))
    assert (found.targets, found.target_keys) == (("x",), ("config", "password", "user"))
    assert (found.ready, found.reason) == (False, "UnsealError")
    (old,) = sync("sealedsecrets.bitnami.com", {"data": "AgA=="})
    assert (old.target_keys, old.ready) == (None, None)


def test_a_secret_provider_class_for_each_secret_it_syncs() -> None:
    name = "secretproviderclasses.secrets-store.csi.x-k8s.io"
    objects = [
        {"secretName": "a", "type": "Opaque", "data": [{"key": "k", "objectName": "o"}]},
        {
            "secretName": "b",
            "type": "Opaque",
            "data": [{"key": "l", "objectName": "o"}, {"key": "m", "objectName": "p"}],
        },
    ]
    found = sync(name, {"provider": "vault", "secretObjects": objects})
    assert [(item.targets, item.target_keys, item.store) for item in found] == [
        (("a",), ("k",), "vault"),
        (("b",), ("l", "m"), "vault"),
    ]
    (none,) = sync(name, {"provider": "vault"})
    assert (none.targets, none.target_keys) == ((), None)


def test_a_provider_class_pod_status() -> None:
    document = {
        "metadata": meta("web-shop-vault"),
        "status": {"podName": "web", "secretProviderClassName": "vault", "mounted": True, "objects": [{"id": "o"}]},
    }
    (found,) = read_input("secretproviderclasspodstatuses.secrets-store.csi.x-k8s.io", document)
    assert found == PodMount(namespace="shop", name="web-shop-vault", pod="web", provider_class="vault", mounted=True)


def test_a_certificate() -> None:
    spec = {
        "secretName": "web-tls",
        "issuerRef": {"kind": "ClusterIssuer", "name": "public"},
        "keystores": {"jks": {"create": True}, "pkcs12": {"create": False}},
        "additionalOutputFormats": [{"type": "CombinedPEM"}],
    }
    (found,) = sync("certificates.cert-manager.io", spec, ready("True", "Ready"))
    assert found.targets == ("web-tls",)
    assert found.target_keys == ("ca.crt", "keystore.jks", "tls-combined.pem", "tls.crt", "tls.key", "truststore.jks")
    assert (found.store_kind, found.store, found.ready) == ("ClusterIssuer", "public", True)


def test_a_kustomization() -> None:
    spec = {
        "interval": "10m",
        "suspend": True,
        "sourceRef": {"kind": "GitRepository", "name": "platform"},
        "decryption": {"provider": "sops", "secretRef": {"name": "age"}},
    }
    records = read_input(
        "kustomizations.kustomize.toolkit.fluxcd.io",
        {"metadata": meta(), "spec": spec, "status": ready("False", "BuildFailed")},
    )
    found, reference = records
    assert isinstance(found, SyncObject)
    assert (found.decryption, found.source_kind, found.suspended) == ("sops", "GitRepository", True)
    assert (found.ready, found.reason, found.targets) == (False, "BuildFailed", ())
    assert isinstance(reference, Reference)
    assert reference.secret == "age"
    (plain,) = sync("kustomizations.kustomize.toolkit.fluxcd.io", {"sourceRef": {"kind": "OCIRepository", "name": "x"}})
    assert (plain.decryption, plain.suspended) == ("", False)


@pytest.mark.parametrize("plural", ["vaultstaticsecrets", "vaultdynamicsecrets", "vaultpkisecrets"])
def test_vault_s_operator(plural: str) -> None:
    spec = {"vaultAuthRef": "app", "refreshAfter": "30s", "destination": {"name": "db", "create": True}}
    status = {"lastRenewalTime": 1767323045} | ready("True", "X", "SecretSynced")
    (found,) = sync(f"{plural}.secrets.hashicorp.com", spec, status)
    assert (found.targets, found.creates, found.ready) == (("db",), True, True)
    assert (found.store_kind, found.store, found.refresh_seconds) == ("VaultAuth", "app", 30)
    assert found.refreshed_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    (merging,) = sync(f"{plural}.secrets.hashicorp.com", {"destination": {"name": "db"}}, {"lastRenewalTime": 10**30})
    assert (merging.creates, merging.ready, merging.refreshed_at) == (False, None, None)


def test_a_sops_secret() -> None:
    templates = [
        {"name": "a", "stringData": {"k": "ENC[AES256_GCM,data:x]"}, "data": {"l": "ENC[]"}},
        {"name": "b"},
    ]
    found = sync("sopssecrets.isindir.github.com", {"secretTemplates": templates}, {"message": "Healthy"})
    assert [(item.targets, item.target_keys, item.ready) for item in found] == [
        (("a",), ("k", "l"), True),
        (("b",), (), True),
    ]
    (broken,) = sync(
        "sopssecrets.isindir.github.com", {"secretTemplates": templates[:1]}, {"message": "Decryption error"}
    )
    assert (broken.ready, broken.reason) == (False, "")


def test_smaller_operators() -> None:
    (item,) = sync("onepassworditems.onepassword.com", {"itemPath": "vaults/a/items/b"}, ready("True"))
    assert (item.targets, item.ready) == (("x",), True)
    doppler = "secrets.doppler.com/SecretSyncReady"
    (here,) = sync(
        "dopplersecrets.secrets.doppler.com", {"managedSecret": {"name": "db"}}, ready("True", "OK", doppler)
    )
    assert (here.targets, here.ready) == (("db",), True)
    infisical = {
        "managedKubeSecretReferences": [
            {"secretName": "a", "secretNamespace": "shop"},
            {"secretName": "b"},
            {"secretName": "c", "secretNamespace": "bank"},
        ]
    }
    found = sync("infisicalsecrets.secrets.infisical.com", infisical)
    assert [(item.targets, item.target_namespace) for item in found] == [(("a",), ""), (("b",), ""), (("c",), "bank")]
    elsewhere = {"managedSecret": {"name": "db", "namespace": "bank"}}
    (away,) = sync("dopplersecrets.secrets.doppler.com", elsewhere)
    assert (away.namespace, away.targets, away.target_namespace) == ("shop", ("db",), "bank")
    targets = [{"kind": "Secret", "name": "a", "namespace": "bank"}, {"kind": "ConfigMap", "name": "b"}]
    (static,) = sync("infisicalstaticsecrets.secrets.infisical.com", {"targets": targets})
    assert (static.targets, static.target_namespace) == (("a",), "bank")


@pytest.mark.parametrize(
    ("name", "spec", "targets"),
    [
        ("azurekeyvaultsecrets.spv.no", {"output": {"secret": {"name": "db", "dataKey": "k"}}}, ("db",)),
        ("bitwardensecrets.k8s.bitwarden.com", {"secretName": "db"}, ("db",)),
        ("secretsyncs.secret-sync.x-k8s.io", {"secretProviderClassName": "vault"}, ("x",)),
        ("sopssecrets.craftypath.github.io", {"stringData": {"a": "ENC[AES256_GCM,x]"}}, ("x",)),
        ("sopssecrets.addons.projectcapsule.dev", {"secrets": [{"name": "a"}, {"name": "b"}, {}]}, ("a", "b")),
    ],
)
def test_kinds_of_which_only_the_target_is_asked(name: str, spec: dict[str, Any], targets: tuple[str, ...]) -> None:
    (found,) = sync(name, spec)
    assert (found.targets, found.target_keys, found.ready) == (targets, None, None)


def test_the_condition_of_a_named_kind() -> None:
    (found,) = sync(
        "bitwardensecrets.k8s.bitwarden.com", {"secretName": "db"}, ready("False", "Failed", "SuccessfulSync")
    )
    assert (found.ready, found.reason) == (False, "Failed")


def test_sealed_values_come_from_what_applied_them() -> None:
    labels = {f"kustomize.toolkit.fluxcd.io/{key}": value for key, value in (("name", "apps"), ("namespace", "flux"))}
    for name in ("sealedsecrets.bitnami.com", "sopssecrets.isindir.github.com", "sopssecrets.craftypath.github.io"):
        assert sync(name, {}, labels=labels)[0].applied_by == "flux/apps"
        assert sync(name, {})[0].applied_by == ""
    assert sync(EXTERNAL, {}, labels=labels)[0].applied_by == "", "its values come from the store"


STORES = "clustersecretstores.external-secrets.io"


def store(spec: dict[str, Any], name: str = STORES, **more: Any) -> SecretStore:
    records = read_input(name, {"metadata": meta(), "spec": spec} | more)
    return next(record for record in records if isinstance(record, SecretStore))


def test_a_store_and_the_secret_it_signs_in_with() -> None:
    vault = {"server": "https://vault", "auth": {"tokenSecretRef": {"name": "token", "key": "t"}}}
    document = {"metadata": meta(), "spec": {"provider": {"vault": vault}}, "status": ready("True", "Valid")}
    found, reference = read_input("secretstores.external-secrets.io", document)
    assert found == SecretStore(
        kind="SecretStore", namespace="shop", name="x", provider="vault", ready=True, reason="Valid"
    )
    assert isinstance(reference, Reference)
    assert reference.secret == "token"


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (None, (0, False)),
        ([], (0, False)),
        ([{"namespaces": ["shop"]}], (1, False)),
        ([{}], (1, False)),
        ([{"namespaceSelector": {"matchLabels": {"team": "shop"}}}], (1, False)),
        ([{"namespaceSelector": {}}], (1, True)),
        ([{"namespaces": ["shop"]}, {"namespaceRegexes": ["nope", ".*"]}], (2, True)),
        ([{"namespaceRegexes": ["^shop-.*$"]}], (1, False)),
        (
            [
                {
                    "namespaceSelector": {
                        "matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "Exists"}]
                    }
                }
            ],
            (1, True),
        ),
        ([{"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "Exists"}]}}], (1, False)),
    ],
)
def test_who_may_use_a_cluster_wide_store(conditions: Any, expected: tuple[int, bool]) -> None:
    found = store({"provider": {"aws": {}}, "conditions": conditions})
    assert (found.namespace, found.provider) == ("", "aws")
    assert (found.conditions, found.matches_all) == expected


def test_windows_that_keep_an_external_secret_from_refreshing() -> None:
    windows = {"kind": "allow", "windows": [{"schedule": "0 22 * * *", "duration": "8h"}]}
    assert sync(EXTERNAL, {"syncWindows": windows})[0].refresh_limited
    assert not sync(EXTERNAL, {"syncWindows": {"kind": "allow", "windows": []}})[0].refresh_limited


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"data": [{"secretKey": "a", "sourceRef": {"storeRef": {"name": "b"}}}]}, ("SecretStore", "b")),
        (
            {"dataFrom": [{"sourceRef": {"generatorRef": {"kind": "Password", "name": "long"}}}]},
            ("Password", "long"),
        ),
        ({"dataFrom": [{"find": {"path": "x"}}]}, ("SecretStore", "")),
    ],
)
def test_a_store_that_an_entry_names_for_itself(more: dict[str, Any], expected: tuple[str, str]) -> None:
    (found,) = sync(EXTERNAL, more)
    assert (found.store_kind, found.store) == expected


@pytest.mark.parametrize(
    ("spec", "status", "renews_at"),
    [
        ({}, {"renewalTime": "2026-11-29T12:00:00Z"}, "2026-11-29T12:00:00+00:00"),
        ({"renewBefore": "240h"}, {"renewalTime": "2026-11-29T12:00:00Z"}, "2026-11-29T12:00:00+00:00"),
        ({"renewBefore": "240h"}, {}, "2026-11-24T12:00:00+00:00"),
        ({"renewBeforePercentage": 10}, {}, "2026-11-25T12:00:00+00:00"),
        ({"renewBefore": "9000h"}, {}, None),
        ({"renewBefore": "10d"}, {}, None),
        ({"renewBefore": "-1h"}, {}, None),
        ({"renewBefore": f"{10**60}h"}, {}, None),
        ({"renewBeforePercentage": 100}, {}, None),
        ({"renewBeforePercentage": -5}, {}, None),
        ({}, {}, None),
    ],
)
def test_when_a_certificate_is_to_be_renewed(
    spec: dict[str, Any], status: dict[str, Any], renews_at: str | None
) -> None:
    dates = {"notBefore": "2026-09-05T12:00:00Z", "notAfter": "2026-12-04T12:00:00Z"}
    (found,) = sync(
        "certificates.cert-manager.io", {"secretName": "web", "issuerRef": {"name": "x"}} | spec, dates | status
    )
    assert (found.renews_at.isoformat() if found.renews_at else None) == renews_at


def test_a_renewal_without_dates_is_not_known() -> None:
    (found,) = sync("certificates.cert-manager.io", {"secretName": "web", "renewBefore": "240h"})
    assert found.renews_at is None


def test_a_certificate_s_dates_are_those_it_has_not_those_it_was_asked_for() -> None:
    spec = {"secretName": "web-tls", "duration": "2160h"}
    status = {"notBefore": "2026-01-02T03:04:05Z", "notAfter": "2026-04-02T03:04:05Z"}
    (found,) = sync("certificates.cert-manager.io", spec, status)
    assert (found.not_before, found.not_after) == (
        datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        datetime(2026, 4, 2, 3, 4, 5, tzinfo=UTC),
    )
    (asked,) = sync("certificates.cert-manager.io", spec | {"notAfter": "2026-04-02T03:04:05Z"})
    assert (asked.not_before, asked.not_after) == (None, None)
