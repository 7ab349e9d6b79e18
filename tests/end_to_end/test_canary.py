"""No value of any Secret is kept, shown, sent or logged: canaries planted wherever values live, searched everywhere."""

from __future__ import annotations

import base64
import json
import os
import stat
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet

from scanners.collect.inputs import scanner_rules
from tests.cluster.identity import make_identity
from tests.cluster.server import Cluster
from tests.command.running import secretsui
from tests.end_to_end import deep_canaries, shop
from tests.end_to_end.canaries import CREATED, Search, all_rows, canary
from tests.end_to_end.chromium import shape
from tests.end_to_end.conftest import CHOSEN
from tests.end_to_end.stored import last_scan, rows
from tests.end_to_end.visitor import CONNECT, Visitor
from tests.secretsui.processes import Up, wait_until

pytestmark = pytest.mark.real

Manifest = dict[str, Any]
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
FORMATS = ("text", "json", "sarif", "csv", "html")


def annotated(manifest: Manifest, **annotations: str) -> Manifest:
    metadata = manifest["metadata"] | {"annotations": {k.replace("_", "/"): v for k, v in annotations.items()}}
    return manifest | {"metadata": metadata}


def applied_by_kubectl(manifest: Manifest) -> Manifest:
    """The object as `kubectl apply` sends it: once more, values and all, in an annotation."""
    copy = manifest["metadata"] | {"annotations": {LAST_APPLIED: json.dumps(manifest)}}
    return manifest | {"metadata": copy}


def encryption_key() -> str:
    return base64.b64encode(canary("EncryptionConfiguration key").ljust(32, "=").encode()).decode()


def encryption_config() -> Manifest:
    provider = {"aescbc": {"keys": [{"name": "key-1", "secret": encryption_key()}]}}
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [{"resources": ["secrets"], "providers": [provider, {"identity": {}}]}],
    }


@pytest.fixture(scope="module")
def planted(cluster_factory: Callable[..., Cluster]) -> Cluster:
    """A cluster with a canary wherever a value may stand."""
    cluster = cluster_factory(crds=("external-secrets",), encryption_config=encryption_config())
    cluster.create(shop.namespace("shop"))
    data = shop.secret("shop", "data")
    data.pop("stringData")
    value = canary("Secret data")
    cluster.create(
        data | {"data": {"password": base64.b64encode(f"{value}".encode()).decode(), "nested": twice(value)}},
        shop.secret("shop", "string-data", password=canary("Secret stringData"), url=connection("Secret stringData")),
        annotated(shop.secret("shop", "noted"), example_note=canary("Secret annotation")),
        applied_by_kubectl(shop.secret("shop", "applied", password=canary("last-applied stringData"))),
        applied_by_kubectl(
            {"apiVersion": "v1", "kind": "Secret", "metadata": shop.metadata("applied-data", "shop")}
            | {"data": {"key": base64.b64encode(canary("last-applied data").encode()).decode()}}
        ),
        shop.secret("shop", "basic", "kubernetes.io/basic-auth", username="me", password=canary("basic-auth")),
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": shop.metadata("settings", "shop"),
            "data": {"app.yaml": f"password: {canary('ConfigMap data')}\n"},
            "binaryData": {"blob": base64.b64encode(canary("ConfigMap binaryData").encode()).decode()},
        },
        annotated(shop.service_account("shop", "web"), example_note=canary("ServiceAccount annotation")),
        applied_by_kubectl(annotated(workload(), example_note=canary("Deployment annotation"))),
        external_secret(),
    )
    cluster.apply_status(external_secret() | {"status": failing_status()})
    deep_canaries.plant(cluster)
    return cluster


def twice(value: str) -> str:
    return base64.b64encode(base64.b64encode(value.encode())).decode()


def connection(place: str) -> str:
    return f"postgres://app:{canary(place)}@db.example.org/app"


def workload() -> Manifest:
    main = shop.container(
        shop.literal("DB_PASSWORD", canary("env literal")),
        shop.literal("DATABASE_URL", connection("env connection string")),
        shop.literal("AWS_SECRET_ACCESS_KEY", canary("env access key")),
        shop.from_secret("TOKEN", "data", "password"),
        shop.from_secret("GONE", "gone", "password"),
        args=[f"--password={canary('args')}"],
        command=["/bin/app", canary("command")],
        livenessProbe={"httpGet": {"port": 80, "httpHeaders": [{"name": "Authorization", "value": canary("header")}]}},
    )
    init = shop.container(shop.literal("API_TOKEN", canary("init container env")), name="init")
    manifest = shop.deployment("shop", "web", {"containers": [main], "initContainers": [init]})
    manifest["spec"]["template"]["metadata"]["annotations"] = {"example/note": canary("Pod template annotation")}
    return manifest


def external_secret() -> Manifest:
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": shop.metadata("synced", "shop"),
        "spec": {
            "secretStoreRef": {"name": "store"},
            "target": {"template": {"data": {"password": canary("ExternalSecret template")}}},
            "data": [{"secretKey": "a", "remoteRef": {"key": "x"}}],
        },
    }


def failing_status() -> Manifest:
    return {
        "conditions": [
            {
                "type": "Ready",
                "status": "False",
                "reason": "SecretSyncedError",
                "message": f"could not parse value {canary('condition message')}: invalid",
            }
        ]
    }


def kubectl_get(cluster: Cluster) -> bytes:
    """What `kubectl get secrets,configmaps,deployments,serviceaccounts -A -o json` prints: values and all."""
    items = []
    for kind, path in (
        ("Secret", "/api/v1/secrets"),
        ("ConfigMap", "/api/v1/configmaps"),
        ("ServiceAccount", "/api/v1/serviceaccounts"),
        ("Deployment", "/apis/apps/v1/deployments"),
        ("ExternalSecret", "/apis/external-secrets.io/v1/externalsecrets"),
    ):
        version = path.removeprefix("/apis/").removeprefix("/api/").rpartition("/")[0]
        items += [{"apiVersion": version, "kind": kind} | item for item in cluster.items(path)]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items}).encode()


@contextmanager
def watched(search: Search, *folders: Path) -> Iterator[None]:
    """Searches, while the work goes on, whatever file appears in folders for temporary files, however briefly."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.01):
            for path in (path for folder in folders if folder.exists() for path in folder.rglob("*")):
                try:
                    search.content(path.read_bytes(), f"temporary file {path.name}")
                except OSError:
                    continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_no_canary_is_found_anywhere(planted: Cluster, product: Up, tmp_path: Path) -> None:
    began = time.time()
    identity = make_identity(planted, scanner_rules(with_secrets=True))
    CREATED["kubeconfig token"] = identity.token.split(".")[2]  # its signature, which nothing else has
    search = Search()
    own = tmp_path / "own-files"
    own.mkdir()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    visitor = Visitor(product.address)
    visitor.sign_in("admin", product.one_time_password)
    visitor.send("/account/password/", new=CHOSEN, again=CHOSEN)
    CREATED["chosen password"] = CHOSEN
    CREATED["one-time password"] = product.one_time_password

    raw = kubectl_get(planted)
    control = Search()
    control.content(raw, "the upload")
    found = {each.partition(" in ")[0] for each in control.found}
    # A certificate's and a token's canary stand in them at another alignment of base64.
    hidden = {"deep gzip", "deep PEM name", "deep JWT", "deep registry login", "deep base64 of base64"}
    assert found >= {"Secret data", "last-applied data", "env literal", *deep_canaries.PLACES} - hidden

    with watched(search, product.data / "tmp", temporary):
        use_in_the_browser(visitor, planted, identity.kubeconfig, raw, product)
        use_by_command(search, planted, identity.kubeconfig, raw, own, temporary)
        visitor.walk()

    assert {shape(urllib.parse.urlsplit(page.url).path) for page in visitor.pages} >= {
        "/?", "/clusters/ID/?", "/clusters/ID/secrets/SECRET?", "/clusters/ID/findings/FINDING?", "/settings/log/?",
    }  # fmt: skip
    for page in visitor.pages:
        search.content(page.text, f"page {page.path}")
    search.content(product.errors, "what `up` logged")
    search.content(product.output.replace(product.one_time_password, "", 1), "what `up` printed")
    search.files(product.data, "the data folder", [product.data / "static"])
    search.database(product.data / "db.sqlite3")
    for pid in product.children():
        for name in ("cmdline", "environ"):
            search.content(Path(f"/proc/{pid}/{name}").read_bytes(), f"{name} of a process")
    for path in Path(tempfile.gettempdir()).iterdir():
        if path.is_file() and path.stat().st_mtime >= began and os.access(path, os.R_OK):
            search.content(path.read_bytes(), f"temporary file {path.name}")
    assert sorted(search.found) == []
    assert search.looked_at > 500
    assert list(temporary.iterdir()) == []
    assert list((product.data / "tmp").iterdir()) == []


def use_in_the_browser(visitor: Visitor, cluster: Cluster, kubeconfig: str, raw: bytes, product: Up) -> None:
    """Connects by kubeconfig and by the raw upload, gives an EncryptionConfiguration, and makes mistakes."""
    visitor.connect("live", kubeconfig)
    visitor.connect("deep", kubeconfig)
    deep = visitor.cluster_path("deep", product.data)
    wait_until(lambda: last_scan(product.data, "deep")["state"] == "done", "it is scanned")
    assert visitor.submit(f"{deep}deep/", {"deep": "on"}, form=f"{deep}settings/").status == 200
    wait_until(lambda: last_scan(product.data, "deep")["state"] == "done", "it is scanned again, deep")
    assert last_scan(product.data, "deep")["deep"]
    visitor.submit(CONNECT, {"way": "snapshot", "snapshot-name": "raw"}, snapshot_file=raw)
    for name in ("live", "raw", "deep"):
        wait_until(
            lambda name=name: last_scan(product.data, name)["state"] in ("done", "partial"), f"{name} is scanned"
        )

    settings = f"{visitor.cluster_path('live', product.data)}settings/"
    given = yaml.safe_dump(encryption_config())
    assert visitor.submit(settings, {"part": "encryption"}, file=given.encode()).status == 200
    for broken in (given.replace("resources:", "resource:"), given + "\n]", given.replace("aescbc", "aesxyz")):
        assert visitor.submit(settings, {"part": "encryption"}, file=broken.encode()).status == 400
    wait_until(lambda: last_scan(product.data, "live")["state"] == "done", "it is scanned again")

    token = CREATED["kubeconfig token"]
    for mistake in (
        kubeconfig.replace("https://127.0.0.1", "https://127.0.0.2"),
        kubeconfig.replace("https://", "http://"),
        kubeconfig.replace("token:", "password:"),
        kubeconfig.replace("token:", "tokenFile:"),
        kubeconfig.replace("current-context: test", "current-context: other"),
        kubeconfig.replace("contexts:", "contexts: ]"),
        kubeconfig + f"\n- *{token}",
        f"{token}: {token}",
        token,
    ):
        for fields, files in (
            ({"kubeconfig-text": mistake}, {}),
            ({}, {"kubeconfig_file": mistake.encode()}),
        ):
            page = visitor.submit(CONNECT, {"way": "kubeconfig", "kubeconfig-name": "mistake", **fields}, **files)
            assert page.status == 400
    given = {"way": "token", "token-name": "mistake", "token-server": cluster.server, "token-token": token}
    for fields in (
        {"token-server": cluster.server.replace("https://", "http://")},
        {"token-token": f"{token}\n{token}"},
        {"token-authority": token},
        {"token-authority": cluster.ca_pem, "token-tls_server_name": "no such name"},
        {"token-authority": f"{token}\n{cluster.ca_pem}", "token-namespace": "no such name"},
    ):
        assert visitor.submit(CONNECT, given | fields).status == 400
    secret = canary("broken snapshot")
    for mistake in (raw[: len(raw) // 2], secret.encode(), f'{{"kind": "{secret}"}}'.encode(), f"{secret}: [".encode()):
        assert visitor.submit(CONNECT, {"way": "snapshot", "snapshot-name": "no"}, snapshot_file=mistake).status == 400
    visitor.submit("/settings/policy/", {"part": "yaml", "yaml": "rotation: ["})


def use_by_command(search: Search, cluster: Cluster, kubeconfig: str, raw: bytes, own: Path, temporary: Path) -> None:
    """Scans and collects in every format, from the cluster and from the raw file, and makes mistakes."""
    mine, file, given, broken = (own / name for name in ("kubeconfig", "raw.json", "encryption.yaml", "broken.json"))
    mine.write_text(kubeconfig)
    file.write_bytes(raw)
    given.write_text(yaml.safe_dump(encryption_config()))
    broken.write_bytes(raw[: len(raw) // 2])
    snapshot = own / "collected.json.gz"
    wrong = own / "wrong"
    wrong.write_text(kubeconfig.replace("contexts:", "contexts: ]"))
    source = ("--kubeconfig", mine, "--encryption-config", given)
    commands: list[tuple[int, tuple[str | Path, ...]]] = [
        *((0, ("scan", *source, "--format", name)) for name in FORMATS),
        *((0, ("scan", "--deep", *source, "--format", name)) for name in FORMATS),
        *((0, ("scan", "--snapshot", file, "--format", name)) for name in ("text", "json")),
        *((0, ("scan", "--deep", "--snapshot", file, "--format", name)) for name in FORMATS),
        (0, ("collect", "--kubeconfig", mine, "-o", snapshot)),
        (0, ("collect", "--snapshot", file, "-o", "-")),
        (0, ("scan", "--snapshot", snapshot, "--format", "json")),
        (2, ("scan", "--deep", "--snapshot", snapshot)),
        (2, ("scan", "--snapshot", broken)),
        (2, ("scan", "--deep", "--snapshot", broken)),
        (2, ("scan", "--kubeconfig", wrong)),
        (2, ("scan", "--snapshot", file, "--encryption-config", file)),
        (2, ("scan", "--snapshot", file, "--policy", given)),
    ]
    for code, command in commands:
        ended = secretsui(*command, TMPDIR=str(temporary))
        words = " ".join(map(str, command))
        assert ended.code == code, (words, ended.err)
        assert ended.out if code == 0 and "-o" not in command else ended.err or ended.out
        search.content(ended.out, f"output of {words}")
        search.content(ended.err, f"messages of {words}")
    search.content(snapshot.read_bytes(), "the collected snapshot")


def test_the_credential_is_stored_and_only_encrypted(product: Up) -> None:
    """Runs after the search: the token is there, under a key that is not in the database."""
    keys = product.data / "credential-keys"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    key = keys.read_text().split()[0].encode()
    (sealed,) = rows(product.data, "SELECT credential FROM scanners_cluster WHERE name = 'live'")
    assert CREATED["kubeconfig token"] in Fernet(key).decrypt(sealed["credential"]).decode()
    for table, row in all_rows(product.data / "db.sqlite3"):
        assert all(key not in str(value).encode() for value in row.values()), table


def test_the_deep_scan_did_read_values_and_its_key_is_only_in_its_file(planted: Cluster, product: Up) -> None:
    """Runs after the search: what it did not find was there to be found."""
    found = rows(
        product.data,
        "SELECT finding.* FROM scanners_findingrecord finding JOIN scanners_cluster cluster ON cluster.id = "
        "finding.cluster_id WHERE cluster.name = 'deep' AND check_id IN ('weak-value', 'duplicate-value')",
    )
    assert {(row["check_id"], row["namespace"], row["name"]) for row in found} >= {
        ("duplicate-value", "shop", "shared"), ("duplicate-value", "bank", "shared"), ("weak-value", "shop", "weak"),
    }  # fmt: skip
    assert {row["field"] for row in found if row["name"] == "weak"} >= {
        'data["password"]', 'data["SECRET_KEY"]', 'data["user-password"]',
    }  # fmt: skip
    file = product.data / "digest-key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    key = file.read_text().strip()
    raw = base64.urlsafe_b64decode(key)
    for table, row in all_rows(product.data / "db.sqlite3"):
        assert not any(form in str(value) for value in row.values() for form in (key, raw.hex())), table
