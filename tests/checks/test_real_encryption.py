"""Encryption of Secrets as a real API server shows it: what is told is what lies in etcd, or it is not assessed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanners.assess import CheckResult, assess_check
from scanners.checks.encryption import ENCRYPTION_AT_REST
from scanners.checks.encryption_evidence import encryption_seen
from scanners.checks.encryption_rewriting import ENCRYPTION_NOT_REWRITTEN
from scanners.checks.encryption_strength import ENCRYPTION_WEAK
from scanners.collect.encryption import encryption_entries
from scanners.context import Context
from scanners.encryption import providers
from scanners.history import EncryptionSeen, History, stretches
from tests.checks.encryption_settings import IDENTITY, configuration, local, of_secrets
from tests.cluster.api import eventually
from tests.cluster.identity import make_identity
from tests.cluster.server import Cluster
from tests.collect.conftest import collected, connect

pytestmark = pytest.mark.real

Factory = Callable[..., Cluster]


class Scans:
    """Scans of one cluster, one after the other, each knowing what those before it saw."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._seen: list[EncryptionSeen] = []

    def scan(self, *, remember: bool = True, given: str | None = None) -> dict[str, CheckResult]:
        """Results by check id; with `remember` this scan knows those before it, and those after it know this one."""
        with connect(self._cluster, self._cluster.token("admin")) as transport:
            inventory = collected(transport, encryption_config=given)
        history = History(encryption=stretches(self._seen)) if remember else History()
        context = Context(inventory, history=history)
        seen = encryption_seen(context)
        if remember and seen is not None:
            self._seen.append(seen)
        checks = (ENCRYPTION_AT_REST, ENCRYPTION_WEAK, ENCRYPTION_NOT_REWRITTEN)
        return {check.id: assess_check(check, context) for check in checks}

    def rewriting(self, *, remember: bool = True, given: str | None = None) -> CheckResult:
        return self.scan(remember=remember, given=given)["encryption-not-rewritten"]


def write(cluster: Cluster, *names: str, value: str = "canary") -> None:
    for name in names:
        metadata = {"namespace": "default", "name": name}
        cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"password": value}})


def stored(cluster: Cluster, name: str) -> bytes:
    """A Secret as it lies in etcd."""
    return cluster.stored(f"/registry/secrets/default/{name}")


def rewrite_all(cluster: Cluster) -> None:
    """What `kubectl get secrets -A -o json | kubectl replace -f -` does."""
    for item in list(cluster.items("/api/v1/secrets")):
        metadata = item["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/secrets/{metadata['name']}"
        status, answer = cluster.request("PUT", path, item | {"apiVersion": "v1", "kind": "Secret"})
        assert status == 200, answer


def restart(cluster: Cluster, settings: dict[str, Any] | None) -> None:
    cluster.stop_apiserver()
    cluster.encryption_config = settings
    cluster.start_apiserver()


PROVIDERS: dict[str, tuple[dict[str, Any] | None, str | None, str | None]] = {
    "no configuration": (None, None, None),
    "identity first": (of_secrets(IDENTITY, local("aescbc", "key1")), None, None),
    "configmaps only": (configuration((["configmaps"], [local("aescbc", "key1"), IDENTITY])), None, None),
    "wildcard of the core group": (
        configuration((["*."], [local("secretbox", "key1"), IDENTITY])),
        "k8s:enc:secretbox:v1:key1:",
        "low",
    ),
    "wildcard of everything": (
        configuration((["events"], [IDENTITY]), (["*.*"], [local("aesgcm", "key1"), IDENTITY])),
        "k8s:enc:aesgcm:v1:key1:",
        "medium",
    ),
    "secretbox": (of_secrets(local("secretbox", "box"), IDENTITY), "k8s:enc:secretbox:v1:box:", "low"),
    "aescbc": (of_secrets(local("aescbc", "key1"), IDENTITY), "k8s:enc:aescbc:v1:key1:", "medium"),
    "aesgcm": (of_secrets(local("aesgcm", "key1"), IDENTITY), "k8s:enc:aesgcm:v1:key1:", "medium"),
}


@pytest.mark.parametrize(("settings", "prefix", "weakness"), PROVIDERS.values(), ids=list(PROVIDERS))
def test_each_provider_is_told_as_it_writes(
    cluster_factory: Factory, settings: dict[str, Any] | None, prefix: str | None, weakness: str | None
) -> None:
    cluster = cluster_factory(encryption_config=settings)
    try:
        write(cluster, "one", "two")
        assert stored(cluster, "one").startswith((prefix or "k8s\x00").encode())
        results = Scans(cluster).scan()
        at_rest, weak, rewritten = (results[name] for name in results)
        assert at_rest.status == ("pass" if prefix else "fail")
        assert [finding.severity for finding in weak.findings] == ([weakness] if weakness else [])
        assert weak.status == ("fail" if weakness else "not-assessed")
        assert rewritten.status == ("pass" if prefix else "not-assessed"), rewritten.reason
        if prefix is None:
            assert "in plaintext" in weak.reason
            assert "in plaintext" in rewritten.reason
        if settings is None:
            return
        restart(cluster, settings)
        without_write = Scans(cluster).scan()["encryption-at-rest"]
        covered = bool(providers(encryption_entries(settings)))
        # Certain without a write only where no provider covers Secrets at all.
        assert without_write.status == ("not-assessed" if covered else "fail")
        by_file = Scans(cluster).scan(given=yaml.safe_dump(settings))["encryption-at-rest"]
        assert by_file.status == at_rest.status
    finally:
        cluster.close()


def test_plaintext_left_behind_is_never_passed(cluster_factory: Factory) -> None:
    """Each step from plaintext to proof, without memory of earlier scans and with it."""
    cluster = cluster_factory()
    names = [f"old-{number}" for number in range(6)]
    with_memory, without = Scans(cluster), Scans(cluster)
    try:
        write(cluster, *names)
        assert with_memory.rewriting().status == "not-assessed"

        settings = of_secrets(local("aescbc", "key1"), IDENTITY)
        restart(cluster, settings)
        assert b"canary" in stored(cluster, "old-0")
        unsure = without.rewriting(remember=False)
        assert unsure.status == "not-assessed"
        assert "Change any Secret" in unsure.reason
        (remembered,) = with_memory.rewriting().findings
        assert remembered.message == "At least 6 of 6 Secrets in etcd still are in plaintext."
        assert "default/old-0" in remembered.evidence
        (proved,) = without.rewriting(remember=False, given=yaml.safe_dump(settings, sort_keys=False)).findings
        assert proved.message == remembered.message

        write(cluster, "new")
        (counted,) = without.rewriting(remember=False).findings
        assert counted.message == "At least 6 of 7 Secrets in etcd still are in plaintext."
        write(cluster, "old-0", value="changed")
        (counted,) = with_memory.rewriting().findings
        assert counted.message == "At least 5 of 7 Secrets in etcd still are in plaintext."

        for _ in range(8):
            cluster.get("/api/v1/namespaces/default/secrets/new")
        (named,) = with_memory.rewriting().findings
        assert named.message == "At least 5 of 7 Secrets in etcd still are in plaintext."
        assert "default/old-0" not in named.evidence
        assert without.rewriting(remember=False).status == "not-assessed", "many reads hide what was not rewritten"

        rewrite_all(cluster)
        assert all(stored(cluster, name).startswith(b"k8s:enc:aescbc:v1:key1:") for name in names)
        for result in (with_memory.rewriting(), without.rewriting(remember=False)):
            assert (result.status, result.findings) == ("not-assessed", [])
            assert "Restart the API server" in result.reason

        restart(cluster, settings)
        assert with_memory.rewriting().status == "pass", "the same file wrote under this prefix before"
        assert without.rewriting(remember=False).status == "not-assessed"
        write(cluster, "new", value="changed")
        assert without.rewriting(remember=False).status == "pass"
    finally:
        cluster.close()


def test_an_old_key_is_told_from_the_new_one_through_a_whole_rotation(cluster_factory: Factory) -> None:
    old, new = local("aescbc", "key1", b"a"), local("aescbc", "key2", b"b")
    cluster = cluster_factory(encryption_config=of_secrets(old, IDENTITY))
    scans, fresh = Scans(cluster), Scans(cluster)
    try:
        write(cluster, "one", "two", "three")
        assert scans.rewriting().status == "pass"

        restart(cluster, of_secrets({"aescbc": {"keys": [*old["aescbc"]["keys"], *new["aescbc"]["keys"]]}}, IDENTITY))
        write(cluster, "one", value="changed")
        assert scans.rewriting().status == "pass", "a key that only reads leaves nothing to rewrite"

        both = of_secrets({"aescbc": {"keys": [*new["aescbc"]["keys"], *old["aescbc"]["keys"]]}}, IDENTITY)
        restart(cluster, both)
        write(cluster, "one", value="changed again")
        assert stored(cluster, "two").startswith(b"k8s:enc:aescbc:v1:key1:")
        for result in (scans.rewriting(), fresh.rewriting(remember=False)):
            (finding,) = result.findings
            assert finding.message == "At least 2 of 3 Secrets in etcd still are under an old key."

        rewrite_all(cluster)
        restart(cluster, both)
        assert scans.rewriting().status == "pass"
        restart(cluster, of_secrets(new, IDENTITY))
        write(cluster, "one", value="and again")
        assert scans.rewriting().status == "pass", "taking the old key out leaves nothing to rewrite either"
    finally:
        cluster.close()


def test_a_file_that_is_loaded_without_a_restart_passes_for_nothing(cluster_factory: Factory) -> None:
    """The API server looks at its file once a minute; its counters go on, and tell nothing of the new one."""
    cluster = cluster_factory(
        encryption_config=of_secrets(local("aescbc", "key1"), IDENTITY),
        flags=["--encryption-provider-config-automatic-reload=true"],
    )
    scans = Scans(cluster)
    try:
        write(cluster, "one")
        assert [scans.scan()[name].status for name in ("encryption-at-rest", "encryption-not-rewritten")] == [
            "pass"
        ] * 2
        file = next(cluster.folder.glob("encryption.yaml"))
        text = yaml.safe_dump(of_secrets(IDENTITY, local("aescbc", "key1")))
        file.write_text(text)
        reloaded = "automatic_reloads_total{apiserver_id_hash="
        eventually("the API server to load the file", lambda: reloaded in cluster.metrics(), seconds=180)
        assert {result.status for result in scans.scan().values()} == {"not-assessed"}
        proved = scans.scan(given=text)["encryption-at-rest"]
        assert "identity is the first provider for secrets" in proved.findings[0].message
        write(cluster, "two")
        assert b"canary" in stored(cluster, "two")
        assert {result.status for result in scans.scan(remember=False).values()} == {"not-assessed"}
    finally:
        cluster.close()


def test_another_key_of_the_same_name_is_no_proof(cluster_factory: Factory) -> None:
    """The metrics cannot tell two keys of one name; the failed attempts of the wrong one leave a doubt."""
    first = local("secretbox", "key1", b"a")
    cluster = cluster_factory(encryption_config=of_secrets(first))
    try:
        write(cluster, "one", "two")
        restart(cluster, of_secrets(local("secretbox", "key1", b"b"), first))
        write(cluster, "three")
        result = Scans(cluster).rewriting()
        assert (result.status, result.findings) == ("not-assessed", [])
        assert "did not open" in result.reason
    finally:
        cluster.close()


FORMS: dict[str, Callable[[dict[str, Any]], str]] = {
    "JSON": lambda settings: json.dumps(settings),
    "comment after providers": lambda settings: yaml.safe_dump(settings).replace(
        "providers:", "providers:  # the first one writes\n    # primary"
    ),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_each_form_of_the_file_is_read_as_the_api_server_reads_it(
    cluster_factory: Factory, tmp_path: Path, form: Callable[[dict[str, Any]], str]
) -> None:
    text = form(of_secrets(local("secretbox", "key1"), IDENTITY))
    file = tmp_path / "encryption.conf"
    file.write_text(text)
    cluster = cluster_factory(flags=["--encryption-provider-config", str(file)])
    try:
        write(cluster, "one")
        assert stored(cluster, "one").startswith(b"k8s:enc:secretbox:v1:key1:")
        cluster.stop_apiserver()
        cluster.start_apiserver()
        results = Scans(cluster).scan(given=text)
        assert results["encryption-at-rest"].status == "pass"
        assert [finding.severity for finding in results["encryption-weak"].findings] == ["low"]
        assert results["encryption-not-rewritten"].status == "pass", "the hash proves that this file is loaded"
        assert Scans(cluster).rewriting(given=text + "\n").status == "not-assessed"
    finally:
        cluster.close()


SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "default", "name": "one"}}
PATH = "/api/v1/namespaces/default/secrets/one"


def test_a_kms_plugin_that_is_absent_is_not_passed(cluster_factory: Factory, tmp_path: Path) -> None:
    """The API server answers though its plugin does not, and cannot write a Secret."""
    kms = {"kms": {"apiVersion": "v2", "name": "absent", "endpoint": f"unix://{tmp_path}/kms.sock", "timeout": "1s"}}
    cluster = cluster_factory()
    try:
        write(cluster, "one")
        cluster.stop_apiserver()
        cluster.encryption_config = of_secrets(kms, IDENTITY)
        cluster.start_apiserver(ready=False)
        eventually("the list of Secrets", lambda: cluster.request("GET", "/api/v1/secrets", seconds=5)[0] == 200)
        assert cluster.request("PUT", PATH, SECRET | {"stringData": {"password": "changed"}})[0] == 500
        results = Scans(cluster).scan()
        assert {result.status for result in results.values()} == {"not-assessed"}, results
    finally:
        cluster.close()


POD = {"name": "kube-apiserver-a", "namespace": "kube-system", "labels": {"component": "kube-apiserver"}}
SERVER = {"name": "kube-apiserver", "image": "registry.k8s.io/kube-apiserver:v1.37.2"}
SIDECAR = {"name": "proxy", "image": "proxy:1", "command": ["proxy"]}
PODS: dict[str, list[dict[str, Any]]] = {
    "split in command": [SERVER | {"command": ["kube-apiserver", "--encryption-provider-config", "/e"]}],
    "split in args": [SERVER | {"command": ["kube-apiserver"], "args": ["--encryption-provider-config", "/e"]}],
    "joined in args": [SERVER | {"command": ["kube-apiserver"], "args": ["--encryption-provider-config=/e"]}],
    "second container": [SIDECAR, SERVER | {"command": ["kube-apiserver", "--encryption-provider-config=/e"]}],
}


@pytest.mark.parametrize("containers", PODS.values(), ids=list(PODS))
def test_the_flag_is_found_wherever_it_stands(cluster: Cluster, containers: list[dict[str, Any]]) -> None:
    """By an identity that may not see the metrics, so that the flag alone speaks."""
    identity = make_identity(cluster, [{"resources": ["pods", "secrets", "namespaces"], "verbs": ["list"]}])
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": POD, "spec": {"containers": containers}}
    cluster.apply(pod)
    try:
        with connect(cluster, identity.token) as transport:
            context = Context(collected(transport))
        result = assess_check(ENCRYPTION_AT_REST, context)
        assert (result.status, result.findings) == ("not-assessed", [])
        assert "the API server loads /e" in result.reason
    finally:
        cluster.request("DELETE", "/api/v1/namespaces/kube-system/pods/kube-apiserver-a?gracePeriodSeconds=0")
