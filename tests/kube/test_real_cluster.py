"""The same against a real API server."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import urllib3

from scanners.kube.access import Question, api_groups, cluster_version, permissions, who_am_i
from scanners.kube.credential import Credential
from scanners.kube.errors import Denied, KubeError, NotServed, TooSlow, Unauthorized, Unreachable, UntrustedCertificate
from scanners.kube.kubeconfig import parse_kubeconfig
from scanners.kube.local import local_contexts, local_credential
from scanners.kube.pages import TABLE_ACCEPT, pages
from scanners.kube.transport import Transport
from tests.cluster.identity import make_identity, service_account_token
from tests.cluster.server import Cluster
from tests.kube.authority import Authority

pytestmark = pytest.mark.real

Connect = Callable[..., Transport]

VALUE = "canary-" + secrets.token_hex(8)
METADATA = {"includeObject": "Metadata"}


@pytest.fixture
def shop(cluster: Cluster, namespace: str) -> str:
    """A namespace with seven Secrets of one value."""
    encoded = base64.b64encode(VALUE.encode()).decode()
    for number in range(7):
        cluster.create(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": f"s{number}", "namespace": namespace},
                "data": {"password": encoded},
            }
        )
    return namespace


@pytest.fixture
def admin(cluster: Cluster, connect: Connect) -> Transport:
    return connect(parse_kubeconfig(cluster.kubeconfig("admin")))


def path(namespace: str, resource: str = "secrets") -> str:
    return f"/api/v1/namespaces/{namespace}/{resource}"


def refused(transport: Transport, kind: type[KubeError], where: str = "/api/v1/secrets") -> str:
    with pytest.raises(kind) as raised:
        transport.get(where)
    assert type(raised.value) is kind
    return str(raised.value)


def test_a_table_of_secrets_without_values(admin: Transport, shop: str) -> None:
    found = list(pages(admin, path(shop), query=METADATA, accept=TABLE_ACCEPT, limit=3, expect_kind="Table"))
    assert [len(page.items) for page in found] == [3, 3, 1]
    assert [page.remaining for page in found] == [4, 1, None]
    assert {page.kind for page in found} == {"Table"}
    assert {page.columns for page in found} == {("Name", "Type", "Data", "Age")}
    assert len({page.resource_version for page in found}) == 1
    rows = [msgspec.json.decode(row) for page in found for row in page.items]
    assert [row["cells"][:3] for row in rows] == [[f"s{number}", "Opaque", 1] for number in range(7)]
    assert {row["object"]["kind"] for row in rows} == {"PartialObjectMetadata"}
    everything = b"".join(bytes(row) for page in found for row in page.items)
    assert base64.b64encode(VALUE.encode()) not in everything


def test_a_list(admin: Transport, shop: str) -> None:
    found = list(pages(admin, path(shop), limit=5, query={"fieldSelector": "metadata.name!=s0"}))
    assert [page.kind for page in found] == ["SecretList", "SecretList"]
    items = [msgspec.json.decode(item)["metadata"]["name"] for page in found for item in page.items]
    assert items == [f"s{number}" for number in range(1, 7)]


def test_an_empty_list(admin: Transport, namespace: str) -> None:
    (page,) = pages(admin, path(namespace, "pods"))
    assert page.items == []


def test_large_answers_come_compressed_and_whole(admin: Transport, cluster: Cluster, namespace: str) -> None:
    data = {"key": "x" * 300_000}  # the API server compresses from 128 KiB on
    cluster.create(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "big", "namespace": namespace}, "data": data}
    )
    body = admin.get(path(namespace, "configmaps") + "/big")
    assert json.loads(body)["data"] == data


def test_the_version_and_the_groups(admin: Transport) -> None:
    assert cluster_version(admin).startswith("v1.")
    groups = {group.name: group.versions for group in api_groups(admin)}
    assert groups["rbac.authorization.k8s.io"][0] == "v1"
    assert "external-secrets.io" not in groups


def test_who_am_i(admin: Transport) -> None:
    identity = who_am_i(admin)
    assert identity.username == "admin"
    assert set(identity.groups) == {"system:masters", "system:authenticated"}


def test_permissions(cluster: Cluster, connect: Connect, shop: str) -> None:
    rbac = "rbac.authorization.k8s.io"
    account = make_identity(
        cluster,
        [
            {"resources": ["pods"], "verbs": ["list"]},
            {"apiGroups": [rbac], "resources": ["roles"], "verbs": ["get"]},
            {"nonResourceURLs": ["/metrics"], "verbs": ["get"], "apiGroups": []},
        ],
        {shop: [{"resources": ["secrets"], "verbs": ["list"]}]},
    )
    transport = connect(parse_kubeconfig(account.kubeconfig))
    assert who_am_i(transport).username == account.subject
    expected = {
        Question(verb="list", resource="pods"): True,
        Question(verb="list", resource="pods", namespace=shop): True,
        Question(verb="watch", resource="pods"): False,
        Question(verb="get", group=rbac, resource="roles"): True,
        Question(verb="get", resource="roles"): False,
        Question(verb="list", resource="secrets"): False,
        Question(verb="list", resource="secrets", namespace=shop): True,
        Question(verb="get", resource="secrets", namespace=shop, name="s1"): False,
        Question(verb="get", path="/metrics"): True,
        Question(verb="get", path="/debug"): False,
    }
    answers = permissions(transport, list(expected))
    assert [answer.allowed for answer in answers] == list(expected.values())
    assert all("RBAC: allowed by" in answer.reason for answer in answers if answer.allowed)

    assert len(list(pages(transport, path(shop)))) == 1
    assert transport.get("/metrics", accept="text/plain;version=0.0.4").startswith(b"# HELP")
    with pytest.raises(Denied) as denied:
        list(pages(transport, "/api/v1/secrets"))
    assert (denied.value.verb, denied.value.resource, denied.value.namespace) == ("list", "secrets", "")
    with pytest.raises(Denied) as denied:
        list(pages(transport, path(shop, "configmaps")))
    assert (denied.value.resource, denied.value.namespace) == ("configmaps", shop)


def test_masters_may_everything(admin: Transport) -> None:
    """Which a SelfSubjectRulesReview would not show."""
    asked = [Question(verb="delete", resource="secrets"), Question(verb="get", path="/metrics")]
    assert [answer.allowed for answer in permissions(admin, asked)] == [True, True]


def test_what_is_not_served(admin: Transport) -> None:
    sentence = refused(admin, NotServed, "/apis/external-secrets.io/v1/externalsecrets")
    assert "does not serve externalsecrets.external-secrets.io" in sentence


def test_a_wrong_token(cluster: Cluster, connect: Connect) -> None:
    transport = connect(parse_kubeconfig(cluster.kubeconfig("admin", token="wrong-canary")))
    sentence = refused(transport, Unauthorized)
    assert "does not accept the token" in sentence
    assert "canary" not in sentence


def test_a_token_of_a_service_account(cluster: Cluster, connect: Connect, namespace: str) -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "short", "namespace": namespace}}
    cluster.create(account)
    token = service_account_token(cluster, namespace, "short", 600)
    credential = parse_kubeconfig(cluster.kubeconfig("short", token=token))
    assert credential.expires_at is not None
    assert credential.expires_at - datetime.now(UTC) <= timedelta(seconds=600)
    cluster.delete(account)
    sentence = refused(connect(credential), Unauthorized)
    assert "does not accept the token: it is wrong for this cluster, expired or revoked" in sentence
    assert token not in sentence


def test_an_expired_token(cluster: Cluster, connect: Connect) -> None:
    payload = base64.urlsafe_b64encode(b'{"exp": 1700000000}').decode().rstrip("=")
    transport = connect(parse_kubeconfig(cluster.kubeconfig("admin", token=f"e30.{payload}.canary")))
    sentence = refused(transport, Unauthorized)
    assert "expired on 2023-11-14 at 22:13 UTC; make a new one" in sentence


def test_the_wrong_authority(cluster: Cluster, connect: Connect) -> None:
    credential = Credential(server=cluster.server, ca_pem=Authority().pem, token=cluster.token("admin"))
    refused(connect(credential), UntrustedCertificate)


def test_no_reading_kind_is_a_transport_of_writes(admin: Transport, cluster: Cluster, namespace: str) -> None:
    with pytest.raises(ValueError, match="Only reviews of oneself"):
        admin.review("secrets", {"metadata": {"name": "x"}})
    assert list(cluster.items(path(namespace))) == []


def test_four_kinds_at_a_time(admin: Transport, shop: str) -> None:
    def count(resource: str) -> int:
        return sum(len(page.items) for page in pages(admin, path(shop, resource), limit=2))

    with ThreadPoolExecutor(4) as threads:
        counts = list(threads.map(count, ["secrets", "pods", "configmaps", "serviceaccounts"] * 5))
    assert counts[0::4] == [7] * 5
    assert counts[1::4] == [0] * 5


def test_the_local_kubeconfig(cluster: Cluster, connect: Connect, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(cluster.kubeconfig("admin"))
    (context,) = local_contexts(file)
    assert (context.server, context.current) == (cluster.server, True)
    assert who_am_i(connect(local_credential(file))).username == "admin"


def test_a_server_that_hangs_and_one_that_stops(cluster_factory: Callable[..., Cluster], connect: Connect) -> None:
    cluster = cluster_factory()
    credential = parse_kubeconfig(cluster.kubeconfig("admin"))
    known = connect(credential, deadline_seconds=3, connect_seconds=2)
    cluster_version(known)
    cluster.freeze()
    _ask_until(TooSlow, known)
    fresh = connect(credential, deadline_seconds=5, connect_seconds=0.3)
    assert "did not begin TLS within 0.3 s" in refused(fresh, Unreachable)
    cluster.thaw()
    assert cluster_version(connect(credential)).startswith("v1.")
    cluster.stop_apiserver(kill=True)
    assert "Nothing listens at" in refused(known, Unreachable)
    cluster.start_apiserver()
    assert cluster_version(connect(credential)).startswith("v1.")


def _ask_until(kind: type[KubeError], transport: Transport) -> None:
    """A stopped process may have threads that answer for some moments more."""
    with pytest.raises(kind) as raised:
        for _ in range(1000):
            transport.get("/version")
    assert type(raised.value) is kind


def test_a_list_that_outlives_the_state_it_began_with(
    cluster_factory: Callable[..., Cluster], connect: Connect
) -> None:
    """etcd is compacted in mid-list: the API server answers 410 with a token to go on with. (With its watch
    cache, 1.37 would go on from a snapshot in memory; a restart or a long list brings the 410 there too.)
    """
    cluster = cluster_factory(flags=["--watch-cache=false"])
    cluster.create(
        *(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{number}", "namespace": "default"}}
            for number in range(6)
        )
    )
    walk = pages(connect(parse_kubeconfig(cluster.kubeconfig("admin"))), path("default", "configmaps"), limit=2)
    found = [next(walk)]
    _compact(cluster)
    found += walk
    names = [msgspec.json.decode(item)["metadata"]["name"] for page in found for item in page.items]
    assert sorted(names) == [f"c{number}" for number in range(6)]
    assert [page.inconsistent for page in found] == [False, True, True]
    assert not any(page.restarted for page in found)


def _compact(cluster: Cluster) -> None:
    """Writes something, so that there is a later revision, and forgets all before it."""
    created = cluster.create(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"later-{secrets.token_hex(3)}"}}
    )
    body = json.dumps({"revision": created[0]["metadata"]["resourceVersion"], "physical": True})
    answer = urllib3.request("POST", f"{cluster._storage}/v3/kv/compaction", body=body, timeout=10)
    assert answer.status == 200, answer.data
