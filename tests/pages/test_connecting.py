"""The forms that take a credential: what they refuse, what they never show again, and what replacing one leaves be."""

from __future__ import annotations

import base64
import io
import re
import time
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from scanners import scanning
from scanners.collect.inputs import scanner_rules
from scanners.credentials import unseal
from scanners.models import Cluster, Scan
from secretsui.accounts.decorators import CONFIRMED_AT
from secretsui.accounts.models import AuditEvent
from tests.cluster import server as real
from tests.cluster.credentials import new_ca_pem
from tests.cluster.identity import NAMESPACE, make_identity, service_account_token
from tests.kube.authority import Authority
from tests.pages import rows
from tests.pages.html import page, words

TOKEN = "canary-token-8a51.x.y"
SERVER = "https://cluster.example.org:6443"


@pytest.fixture(autouse=True)
def nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanners.requests.send", lambda scan_id: None)


@pytest.fixture
def confirmed(ada: Client) -> Client:
    """An administrator who has just typed their password."""
    session = ada.session
    session[CONFIRMED_AT] = int(time.time())
    session.save()
    return ada


def by_token(client: Client, address: str = "", **fields: Any) -> Any:
    """Sends the form with server and token."""
    given = {"name": "mine", "server": SERVER, "token": TOKEN} | fields
    return client.post(
        address or reverse("connect"), {"way": "token", **{f"token-{name}": value for name, value in given.items()}}
    )


def errors(answer: Any) -> str:
    """What the page complains about."""
    assert answer.status_code == 400
    found = page(answer)
    said = [element.text for name in ("errorlist", "error") for element in found.with_class(name)]
    return words(" ".join(said))


@pytest.mark.parametrize(
    ("server", "why"),
    [
        ("", "This field is required"),
        ("file:///etc/passwd", "does not start with https://"),
        ("http://10.0.0.1:6443", "would send the credential in the clear"),
        ("ftp://10.0.0.1", "does not start with https://"),
        ("https://user:secret@10.0.0.1", "has a user name or password before the host"),
        ("https://10.0.0.1:0", "has no valid port"),
        ("https://10.0.0.1:99999", "has no valid host and port"),
        ("https://10.0.0.1/../..", "has a path that cannot be used"),
        ("https://10.0.0.1?x=1", "has a query or a fragment"),
        ("https://exa mple", "has characters that no address has"),
        ("https://\u0430pple.example", "has characters that no address has"),
        ("https://" + "a" * 300, "at most 300 characters"),
        ("cluster.example.org", "does not start with https://"),
        ("https://169.254.169.254", "is link-local, where cloud metadata services are"),
        ("https://[fd00:ec2::254]", "is a cloud metadata service (AWS)"),
        ("https://[::ffff:169.254.169.254]", "where cloud metadata services are"),
        ("https://100.100.100.200", "is a cloud metadata service (Alibaba Cloud)"),
        ("https://0.0.0.0:6443", "this machine itself"),
        ("https://no-such-name.invalid", "does not resolve"),
    ],
)
def test_a_server_that_is_refused(confirmed: Client, server: str, why: str) -> None:
    answer = by_token(confirmed, server=server)
    assert why in errors(answer)
    assert TOKEN not in answer.content.decode()
    assert not Cluster.objects.exists()


def test_loopback_is_refused_where_secretsui_serves_others(confirmed: Client, settings: Any) -> None:
    settings.LOCAL = settings.LOOPBACK_CLUSTERS = False
    assert "is this machine itself" in errors(by_token(confirmed, server="https://127.0.0.1:6443"))


@pytest.mark.parametrize(
    "token",
    ["a b", "abc\r\nHost: evil.example", "abc\ndef", "abc\x00def", "t\u00f6ken", "\x7f", "x" * 40_000],
)
def test_a_token_that_no_server_gave(confirmed: Client, token: str) -> None:
    answer = by_token(confirmed, token=token)
    assert re.search("that no token has|Null characters|at most 32768", errors(answer))
    assert token not in answer.content.decode()


def test_a_token_may_be_pasted_with_the_line_end_that_kubectl_prints(confirmed: Client) -> None:
    answer = by_token(confirmed, token=f"  {TOKEN}\r\n", server="https://no-such-name.invalid")
    assert "does not resolve" in errors(answer), "it is the server that is asked, so the token was taken"


AUTHORITY = Authority()
KEY = "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5LWtleQ==\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("authority", "why"),
    [
        ("not a certificate", "holds no certificate in PEM form"),
        (KEY, "holds no certificate in PEM form"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "is not readable"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n", "holds no certificate in PEM form"),
        (base64.b64encode(b"nothing").decode(), "holds no certificate in PEM form"),
        ("A" * 70_000, "at most 65536 characters"),
    ],
)
def test_an_authority_that_is_none(confirmed: Client, authority: str, why: str) -> None:
    answer = by_token(confirmed, authority=authority)
    assert why in errors(answer)
    assert "Y2FuYXJ5LWtleQ" not in answer.content.decode()


def test_a_huge_authority_file(confirmed: Client) -> None:
    file = io.BytesIO(AUTHORITY.pem * 200)
    file.name = "ca.crt"
    assert "larger than 64 KiB" in errors(by_token(confirmed, authority_file=file))


def test_a_mistake_loses_nothing_but_what_is_never_shown(confirmed: Client) -> None:
    pasted = KEY + AUTHORITY.pem.decode()
    answer = by_token(
        confirmed, server="http://10.0.0.1", authority=pasted, tls_server_name="kubernetes", namespace="shop"
    )
    text = answer.content.decode()
    for kept in ('value="mine"', 'value="http://10.0.0.1"', 'value="kubernetes"', 'value="shop"'):
        assert kept in text
    assert AUTHORITY.pem.decode().splitlines()[1] in text, "the certificate is no secret"
    assert TOKEN not in text and "Y2FuYXJ5LWtleQ" not in text


@pytest.mark.parametrize("field", ["tls_server_name", "namespace"])
def test_names_that_are_none(confirmed: Client, field: str) -> None:
    assert "This is not a" in errors(by_token(confirmed, **{field: "../../etc"}))


def test_a_server_longer_than_its_column_is_refused_in_a_kubeconfig_too(confirmed: Client) -> None:
    kubeconfig = f"""
apiVersion: v1
kind: Config
contexts: [{{name: a, context: {{cluster: a, user: a}}}}]
clusters: [{{name: a, cluster: {{server: "https://example.org/{"p" * 300}"}}}}]
users: [{{name: a, user: {{token: {TOKEN}}}}}]
"""
    fields = {"way": "kubeconfig", "kubeconfig-name": "long", "kubeconfig-text": kubeconfig}
    assert "longer than 300 characters" in errors(confirmed.post(reverse("connect"), fields))


@pytest.mark.parametrize("name", ["connect", "cluster-connection"])
def test_the_password_is_asked_for_before_a_credential(ada: Client, posture: Cluster, name: str) -> None:
    address = reverse(name, args=[posture.pk] if name == "cluster-connection" else [])
    for answer in (ada.get(address), by_token(ada, address)):
        assert answer.status_code == 302 and answer["Location"].startswith(reverse("confirm-password"))


def test_in_cluster_is_offered_only_in_a_pod(
    confirmed: Client, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SERVICE_ACCOUNT = tmp_path
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    offer = "The cluster secretsui runs in"
    assert offer not in confirmed.get(reverse("connect")).content.decode(), "there is no token"
    (tmp_path / "token").write_text("t")
    assert offer in confirmed.get(reverse("connect")).content.decode()
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST")
    assert offer not in confirmed.get(reverse("connect")).content.decode()
    sent = {"way": "in-cluster", "in-cluster-name": "x", "confirmed": "yes"}
    assert "does not run in a Pod" in errors(confirmed.post(reverse("connect"), sent))
    assert not Cluster.objects.exists()


def test_nobody_chooses_where_the_mounted_token_is(confirmed: Client, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("stolen")
    sent = {"way": "in-cluster", "in-cluster-name": "x", "in-cluster-folder": str(tmp_path), "folder": str(tmp_path)}
    assert "does not run in a Pod" in errors(confirmed.post(reverse("connect"), sent))


def test_the_demo_has_no_connection_to_replace(confirmed: Client) -> None:
    demo = rows.cluster("demo", connection=Cluster.Connection.DEMO)
    assert confirmed.get(reverse("cluster-connection", args=[demo.pk])).status_code == 404


def test_a_broken_kubeconfig_of_this_machine_does_not_withhold_the_page(
    confirmed: Client, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LOCAL = True
    (tmp_path / "config").write_text("contexts: ]")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
    assert "has no context that can be read" in confirmed.get(reverse("connect")).content.decode()


def test_a_context_that_is_gone_fails_the_scan_with_a_sentence(
    settings: Any, db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LOCAL = True
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    cluster = rows.cluster("mine", connection=Cluster.Connection.CONTEXT, context="gone")
    scan = Scan.objects.create(cluster=cluster)
    scanning.run(scan.pk)
    scan.refresh_from_db()
    assert scan.state == Scan.State.FAILED and "There is no kubeconfig at" in scan.error


# --- against a real API server


class Account:
    """A ServiceAccount of the real cluster, and the folder that a Pod of it would find its token in."""

    def __init__(self, cluster: real.Cluster, folder: Path, *, with_secrets: bool = True) -> None:
        self.cluster, self.folder = cluster, folder
        self.identity = make_identity(cluster, scanner_rules(with_secrets=with_secrets))
        folder.mkdir(exist_ok=True)
        (folder / "ca.crt").write_text(cluster.ca_pem)
        (folder / "namespace").write_text(NAMESPACE)
        self.mount(self.identity.token)

    def mount(self, token: str) -> None:
        """What the kubelet does when it renews the token."""
        (self.folder / "token").write_text(token)

    def renew(self) -> str:
        return service_account_token(self.cluster, NAMESPACE, self.identity.name)


def saved(client: Client, preview: Any, address: str = "") -> Any:
    """Presses the button of the preview, with the hidden fields that it has."""
    assert preview.status_code == 200, errors(preview)
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', preview.content.decode())
    return client.post(address or reverse("connect"), {name: value for name, value in fields if name != "part"})


def last_scan(cluster: Cluster) -> Scan:
    """Runs the scan that is queued, and returns it."""
    scan = cluster.scans.get(state=Scan.State.QUEUED)
    scanning.run(scan.pk)
    scan.refresh_from_db()
    return scan


@pytest.mark.real
@pytest.mark.django_db(transaction=True)
def test_server_authority_and_token_make_a_cluster(confirmed: Client, cluster: real.Cluster, tmp_path: Path) -> None:
    token = Account(cluster, tmp_path / "account").identity.token
    for authority in (cluster.ca_pem, base64.b64encode(cluster.ca_pem.encode()).decode()):
        preview = by_token(confirmed, server=f"{cluster.server}/", token=token, authority=authority)
        assert preview.status_code == 200 and token not in preview.content.decode()
        assert re.search(r"(\d+) of \1 checks can be assessed", preview.content.decode())
    assert not Cluster.objects.exists(), "nothing is saved by looking"
    answer = saved(confirmed, preview)
    stored = Cluster.objects.get()
    assert answer.status_code == 302 and answer["Location"] == stored.scans.get().get_absolute_url()
    assert (stored.connection, stored.server) == (Cluster.Connection.TOKEN, cluster.server)
    assert token.encode() not in bytes(stored.credential) and unseal(bytes(stored.credential), stored.id).token == token
    assert stored.credential_expires_at is not None and stored.next_scan_at is not None
    assert last_scan(stored).state == Scan.State.DONE


@pytest.mark.real
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"authority": ""}, "certificate"),
        ({"authority": new_ca_pem()}, "certificate"),
        ({"tls_server_name": "other.example.org"}, "is for another name"),
        ({"token": "wrong"}, "does not accept the token"),
    ],
)
def test_a_real_server_that_cannot_be_trusted_or_does_not_trust(
    confirmed: Client, cluster: real.Cluster, change: dict[str, str], why: str
) -> None:
    given = {"server": cluster.server, "authority": cluster.ca_pem, "token": cluster.token("admin")} | change
    assert why in errors(by_token(confirmed, **given))


@pytest.mark.real
@pytest.mark.django_db
def test_another_name_in_the_servers_certificate(confirmed: Client, cluster: real.Cluster) -> None:
    answer = by_token(
        confirmed,
        server=cluster.server,
        authority=cluster.ca_pem,
        token=cluster.token("admin"),
        tls_server_name="kubernetes.default.svc",
    )
    assert answer.status_code == 200


@pytest.mark.real
@pytest.mark.django_db(transaction=True)
def test_a_credential_is_replaced_and_the_history_stays(
    confirmed: Client, cluster: real.Cluster, tmp_path: Path
) -> None:
    strong, weak = Account(cluster, tmp_path / "a"), Account(cluster, tmp_path / "b", with_secrets=False)
    given = {"server": cluster.server, "authority": cluster.ca_pem}
    saved(confirmed, by_token(confirmed, token=strong.identity.token, **given))
    stored = Cluster.objects.get()
    first = last_scan(stored)
    before = (stored.credential_fingerprint, stored.findings.count(), stored.secrets.count())
    address = reverse("cluster-connection", args=[stored.pk])

    preview = by_token(confirmed, address, token=weak.identity.token, **given)
    assert "could read secrets in the whole cluster, and this one may not" in words(page(preview).text)
    assert "Until now" not in page(preview).text, "the server is the same"
    stored.refresh_from_db()
    assert stored.credential_fingerprint == before[0], "nothing is replaced by looking"
    draft = preview.content.decode()
    assert saved(confirmed, preview)["Location"] == reverse("connect"), "it was sealed for this cluster's form only"
    assert Cluster.objects.count() == 1

    answer = saved(confirmed, preview, address)
    stored.refresh_from_db()
    assert answer["Location"] == stored.scans.get(state=Scan.State.QUEUED).get_absolute_url()
    assert stored.credential_fingerprint != before[0] and stored.identity == weak.identity.subject
    assert last_scan(stored).state == Scan.State.DONE and stored.scans.count() == 2
    assert (stored.findings.count(), stored.secrets.count()) == before[1:], "what is not seen is not gone"
    assert stored.scans.filter(pk=first.pk).exists()
    event = AuditEvent.objects.get(action="cluster.reconnect")
    assert event.object == "mine" and event.detail["fingerprint_before"] == before[0]
    everything = draft + str(event.detail)
    assert weak.identity.token not in everything and strong.identity.token not in everything

    kubeconfig = {"way": "kubeconfig", "kubeconfig-text": strong.identity.kubeconfig}
    saved(confirmed, confirmed.post(address, kubeconfig), address)
    stored.refresh_from_db()
    assert (stored.connection, stored.name) == (Cluster.Connection.KUBECONFIG, "mine")


@pytest.mark.real
@pytest.mark.django_db(transaction=True)
def test_a_server_at_another_address_is_pointed_out(confirmed: Client, cluster: real.Cluster) -> None:
    stored = rows.cluster("old", server="https://old.example.org")
    given = {"server": cluster.server, "authority": cluster.ca_pem, "token": cluster.token("admin")}
    preview = by_token(confirmed, reverse("cluster-connection", args=[stored.pk]), **given)
    assert "was read at https://old.example.org" in words(page(preview).text)


@pytest.mark.django_db
def test_a_newer_snapshot_takes_the_place_of_the_old_one(confirmed: Client) -> None:
    def snapshot(name: str) -> io.BytesIO:
        secret = f'{{"apiVersion": "v1", "kind": "Secret", "metadata": {{"name": "{name}", "namespace": "shop"}}}}'
        file = io.BytesIO(f'{{"apiVersion": "v1", "kind": "List", "items": [{secret}]}}'.encode())
        file.name = "snapshot.json"
        return file

    confirmed.post(reverse("connect"), {"way": "snapshot", "snapshot-name": "air", "snapshot-file": snapshot("one")})
    stored = Cluster.objects.get()
    assert stored.next_scan_at is None
    address = reverse("cluster-connection", args=[stored.pk])
    assert "token-server" not in confirmed.get(address).content.decode(), "a snapshot stays one"
    Scan.objects.update(state=Scan.State.DONE)
    before = bytes(stored.snapshot)
    confirmed.post(address, {"way": "snapshot", "snapshot-file": snapshot("two")})
    stored.refresh_from_db()
    assert bytes(stored.snapshot) != before and stored.scans.count() == 2


@pytest.mark.real
@pytest.mark.django_db(transaction=True)
def test_the_cluster_secretsui_runs_in(
    confirmed: Client, cluster: real.Cluster, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token mounted as in a Pod, renewed between scans; nothing of it is stored."""
    settings.LOCAL = settings.LOOPBACK_CLUSTERS = False  # the service address is allowed since the platform names it
    account = Account(cluster, tmp_path / "serviceaccount")
    settings.SERVICE_ACCOUNT = account.folder
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(cluster.port))
    preview = confirmed.post(reverse("connect"), {"way": "in-cluster", "in-cluster-name": "home"})
    assert re.search(r"(\d+) of \1 checks can be assessed", preview.content.decode())
    assert account.identity.subject in preview.content.decode()
    saved(confirmed, preview)
    stored = Cluster.objects.get()
    assert (stored.connection, bytes(stored.credential)) == (Cluster.Connection.IN_CLUSTER, b"")
    assert stored.credential_fingerprint == "" and stored.credential_expires_at is None
    assert last_scan(stored).state == Scan.State.DONE

    for token, state in (("not-a-token-any-more", Scan.State.FAILED), (account.renew(), Scan.State.DONE)):
        account.mount(token)
        Scan.objects.create(cluster=stored)
        assert last_scan(stored).state == state, "the file is read anew for each scan"
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST")
    Scan.objects.create(cluster=stored)
    assert "does not run in a Pod" in last_scan(stored).error


def test_only_the_clusters_own_address_is_allowed_in_a_pod(
    confirmed: Client, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the platform names is allowed for that connection alone; a person naming it in a form is refused."""
    settings.LOCAL = settings.LOOPBACK_CLUSTERS = False
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "1")
    assert "is this machine itself" in errors(by_token(confirmed, server="https://127.0.0.1:1"))
