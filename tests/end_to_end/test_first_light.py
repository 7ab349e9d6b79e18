"""The main path as a stranger walks it: one command, the demo, a real cluster, its posture, down to one field."""

from __future__ import annotations

import base64
import copy
import itertools
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from playwright.sync_api import Browser, expect

from scanners.collect.inputs import scanner_rules
from tests.cluster.credentials import new_ca_pem
from tests.cluster.identity import make_identity
from tests.cluster.server import Cluster
from tests.command.running import secretsui
from tests.end_to_end.chromium import NARROW, WIDE, Person, shape
from tests.end_to_end.expired import expired_token
from tests.end_to_end.shop import HOSTILE, open_shop
from tests.end_to_end.stored import counts, rows
from tests.secretsui.processes import Up

pytestmark = pytest.mark.real

SECONDS_TO_SCAN = 60_000  # for Playwright, in milliseconds


@dataclass(frozen=True)
class Connected:
    """What the person read on the way to a connected cluster."""

    limited_preview: str
    preview: str
    preview_sticks_out: str
    scan_page: str
    posture: str


@pytest.fixture(scope="module")
def shop(cluster_factory: Callable[..., Cluster]) -> Cluster:
    cluster = cluster_factory()
    open_shop(cluster)
    return cluster


@pytest.fixture(scope="module")
def connected(administrator: Person, shop: Cluster) -> Connected:
    """The shop, connected in the browser and scanned once."""
    limited = make_identity(shop, scanner_rules(with_secrets=False)).kubeconfig
    whole = make_identity(shop, scanner_rules(with_secrets=True)).kubeconfig
    paste(administrator, "shop", limited)
    limited_preview = administrator.all_text
    administrator.page.get_by_role("link", name="Back").click()
    paste(administrator, "shop", whole)
    preview = administrator.all_text
    administrator.dress(NARROW, "dark")
    sticks_out = administrator.sticks_out()
    administrator.dress(WIDE, "light")
    administrator.press("Save and scan")
    scan_page = administrator.path
    expect(administrator.page.locator("h1")).to_have_text("The scan is done", timeout=SECONDS_TO_SCAN)
    administrator.page.get_by_role("link", name="Read the posture").click()
    return Connected(limited_preview, preview, sticks_out, scan_page, administrator.path)


def paste(person: Person, name: str, kubeconfig: str) -> None:
    """Fills in the form with a pasted kubeconfig and sends it."""
    person.open("/clusters/connect/")
    person.page.fill("[name=kubeconfig-name]", name)
    person.page.locator("[name=kubeconfig-text]").evaluate("(field, text) => { field.value = text }", kubeconfig)
    person.press("Look before saving")


def test_the_demo_is_there_scanned_and_says_so(administrator: Person) -> None:
    administrator.open("/")
    assert "Secrets" in administrator.title and re.search(r"\d", administrator.title), "the title states the finding"
    assert "Demo company demo" in " ".join(administrator.text.split())
    administrator.page.get_by_role("link", name="Demo company").first.click()
    for tab in ("Posture", "Secrets", "Findings", "Scans"):
        administrator.page.get_by_role("link", name=tab, exact=True).first.click()
        expect(administrator.page.locator(".notices")).to_contain_text("This is the demo: a made-up company")
    administrator.page.get_by_role("link", name="Secrets", exact=True).first.click()
    (found,) = re.findall(r"of (\d+) Secrets", administrator.title)
    assert 100 <= int(found) <= 200


def test_the_preview_names_what_the_identity_may_do(connected: Connected) -> None:
    limited = connected.limited_preview
    assert "nothing is saved yet" in limited
    assert "What it may not read Right Answer list secrets no" in limited
    assert "pods list" in limited
    assert "Every Secret is used by something not assessed in full: needs list on secrets" in limited
    assert "No wildcard reaches Secrets can be assessed" in limited
    assert "This identity may not list Secrets in the whole cluster" in limited
    assert "system:serviceaccount:identities:" in limited
    assert "secrets list" in connected.preview
    assert "It may read everything that is asked for" in connected.preview
    assert "needs list on" not in connected.preview


def test_the_preview_fits_a_phone(connected: Connected) -> None:
    assert connected.preview_sticks_out == ""


def test_the_identity_to_make_is_there_to_copy_and_is_enough(
    administrator: Person, connected: Connected, shop: Cluster
) -> None:
    """The manifest on the page, applied as it stands, gives an identity with which every check is assessed."""
    administrator.open("/clusters/connect/")
    for details in administrator.page.locator("#identity details").all():
        details.locator("summary").click()
    first, second, commands = administrator.page.locator("#identity pre").all_inner_texts()
    assert "kubectl -n secretsui create token secretsui" in commands
    assert {"secrets"} == resources(first) - resources(second)
    verbs = {verb for rule in rules(first) for verb in rule["verbs"]}
    assert verbs == {"list", "get"}, "get is for /metrics"
    assert all("nonResourceURLs" in rule for rule in rules(first) if "get" in rule["verbs"])
    for document in yaml.safe_load_all(first):
        shop.apply(document)
    token = shop.post(
        "/api/v1/namespaces/secretsui/serviceaccounts/secretsui/token",
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}},
    )["status"]["token"]
    paste(administrator, "by-the-manifest", shop.kubeconfig("secretsui", token=token))
    outlook = re.fullmatch(r"(\d+) of (\d+) checks can be assessed with this identity", administrator.title)
    assert outlook and outlook[1] == outlook[2]


def rules(manifests: str) -> list[dict[str, Any]]:
    return [rule for each in yaml.safe_load_all(manifests) for rule in each.get("rules", ())]


def resources(manifests: str) -> set[str]:
    return {name for rule in rules(manifests) for name in rule.get("resources", ())}


def test_the_scan_page_tells_how_it_went(administrator: Person, connected: Connected) -> None:
    administrator.open(connected.scan_page)
    assert administrator.title == "The scan is done"
    assert "Read the posture" in administrator.text
    assert re.search(r"\d+ Secrets in \d+ namespaces of v1\.\d+", administrator.text)


def test_the_posture_is_that_of_the_shop(administrator: Person, connected: Connected) -> None:
    administrator.open(connected.posture)
    text = " ".join(administrator.text.split())
    assert administrator.title.startswith("5 Secrets, ")
    assert "This is the demo" not in text
    assert "Every Secret and key that is referred to exists High fails 1 of" in text
    assert "system:serviceaccount:identities:" in text, "who it is read as"


def test_secrets_are_searched_filtered_and_sorted_by_address(
    administrator: Person, connected: Connected, browser: Browser
) -> None:
    page = administrator.page
    administrator.open(f"{connected.posture}secrets/")
    page.fill("#q", "db")
    page.wait_for_url("**q=db*")
    expect(names_listed(administrator)).to_have_count(2)
    page.locator(".facets a", has_text="warehouse").first.click()
    page.wait_for_url("**namespace=warehouse*")
    expect(names_listed(administrator)).to_have_count(1)
    assert parse_qs(urlsplit(administrator.path).query) == {"q": ["db"], "namespace": ["warehouse"]}
    assert "warehouse" in administrator.page.locator("#results tbody tr").first.inner_text()
    page.go_back()
    expect(names_listed(administrator)).to_have_count(2)

    administrator.open(f"{connected.posture}secrets/?sort=secret")
    upwards = names_listed(administrator).all_inner_texts()
    page.locator("thead a", has_text="Secret").first.click()
    page.wait_for_url("**sort=-secret*")
    expect(names_listed(administrator).first).to_have_text(upwards[-1])
    downwards = names_listed(administrator).all_inner_texts()
    assert downwards == upwards[::-1]
    administrator.open(administrator.path)
    assert names_listed(administrator).all_inner_texts() == downwards, "the address alone gives the same page"


def names_listed(person: Person) -> Any:
    """The links of a list's rows."""
    return person.page.locator("#results tbody tr a.row-link")


def test_one_secrets_page(administrator: Person, connected: Connected) -> None:
    administrator.open(f"{connected.posture}secrets/shop/db/")
    text = " ".join(administrator.text.split())
    assert administrator.title == "db"
    assert "By hand" in text
    assert "Deployment" in text and "web" in text
    assert "DATABASE_PASSWORD" not in text or "env" in text
    assert administrator.page.locator(".keys code").all_inner_texts() == ["password", "username"]
    assert "In this Secret for" in text
    assert "Values are never shown because they are never here" in text
    assert "findings on this Secret" in text or "finding on this Secret" in text


def test_a_findings_page_shows_the_field_why_and_the_fix(administrator: Person, connected: Connected) -> None:
    administrator.open(f"{connected.posture}findings/?check=plaintext-env")
    administrator.page.locator("#results a.row-link").first.click()
    administrator.page.wait_for_url("**/findings/*/")
    text = administrator.text
    assert "spec.template.spec.containers" in text and "env" in text, "the path to the field"
    assert "SMTP_PASSWORD" in text
    assert "tr0ub4dor" not in text
    for heading in ("Where", "Why it matters", "How to fix it"):
        assert administrator.page.get_by_role("heading", name=heading).count() == 1
    why = administrator.page.locator("section", has_text="Why it matters").first.locator(".prose").inner_text()
    assert len(why.split()) > 15
    assert administrator.page.locator("section:has(#fix-title) pre, section:has(#fix-title) code").count() > 0


def test_a_hostile_subject_is_text(administrator: Person, connected: Connected) -> None:
    administrator.open(f"{connected.posture}findings/?check=rbac-list-watch")
    assert HOSTILE in administrator.text
    assert administrator.page.locator("img").count() == 0


def test_a_collected_snapshot_is_connected(administrator: Person, product: Up, shop: Cluster, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(shop.kubeconfig())
    snapshot = tmp_path / "shop.json.gz"
    ended = secretsui("collect", "--kubeconfig", kubeconfig, "-o", snapshot)
    assert ended.code == 0, ended.err
    administrator.open("/clusters/connect/")
    administrator.page.fill("[name=snapshot-name]", "shop-from-a-file")
    administrator.page.set_input_files("[name=snapshot-file]", snapshot)
    administrator.press("Scan this snapshot")
    expect(administrator.page.locator("h1")).to_have_text("The scan is done", timeout=SECONDS_TO_SCAN)
    administrator.page.get_by_role("link", name="Read the posture").click()
    assert "This is a snapshot; it shows the cluster as it was on" in administrator.text
    live, file = (
        rows(
            product.data,
            "SELECT check_id, severity, finding.kind, namespace, finding.name, field FROM scanners_finding finding "
            "JOIN scanners_cluster cluster ON cluster.id = finding.cluster_id WHERE cluster.name = ? "
            "AND namespace IN ('shop', 'warehouse') ORDER BY 1, 2, 3, 4, 5, 6".replace(
                "scanners_finding ", "scanners_findingrecord "
            ),
            name,
        )
        for name in ("shop", "shop-from-a-file")
    )
    assert live == file, "the file tells what the cluster told"
    assert live


def changed(kubeconfig: str, cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None) -> str:
    """The kubeconfig with other fields in its cluster, or another user."""
    document = copy.deepcopy(yaml.safe_load(kubeconfig))
    document["clusters"][0]["cluster"].update(cluster or {})
    if user is not None:
        document["users"][0]["user"] = user
    return yaml.safe_dump(document)


def runs_a_program(canary: Path) -> dict[str, Any]:
    command = {"command": "/bin/sh", "args": ["-c", f"echo here >> {canary}"], "interactiveMode": "Never"}
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1"} | command}


CANARY = "the-program-ran"
OTHER_AUTHORITY = {"certificate-authority-data": base64.b64encode(new_ca_pem().encode()).decode()}
Change = Callable[[Cluster, Path], str]
REFUSED: dict[str, tuple[Change, str]] = {
    "exec": (
        lambda shop, tmp: changed(shop.kubeconfig(), user=runs_a_program(tmp / CANARY)),
        "runs a program to get its credential (exec), which is never run",
    ),
    "auth-provider": (
        lambda shop, tmp: changed(
            shop.kubeconfig(),
            user={
                "auth-provider": {"name": "gcp", "config": {"cmd-path": "/bin/sh", "cmd-args": f"-c {tmp}/{CANARY}"}}
            },
        ),
        "auth-provider",
    ),
    "token-file": (lambda shop, _: changed(shop.kubeconfig(), user={"tokenFile": "/etc/hostname"}), "tokenFile"),
    "proxy": (lambda shop, _: changed(shop.kubeconfig(), {"proxy-url": "http://127.0.0.1:9"}), "proxy"),
    "no-verification": (
        lambda shop, _: changed(shop.kubeconfig(), {"insecure-skip-tls-verify": True}),
        "insecure-skip-tls-verify",
    ),
    "wrong-authority": (
        lambda shop, _: changed(shop.kubeconfig(), OTHER_AUTHORITY),
        "is not signed by the certificate authority given for it",
    ),
    "expired-token": (lambda shop, _: shop.kubeconfig("late", token=expired_token(shop)), "expired"),
    "wrong-token": (lambda shop, _: shop.kubeconfig("nobody", token="no-such-token"), "does not accept the token"),
    "unreachable": (
        lambda shop, _: changed(shop.kubeconfig(), {"server": "https://127.0.0.1:9"}),
        "Nothing listens at 127.0.0.1:9",
    ),
    "unknown-name": (
        lambda shop, _: changed(shop.kubeconfig(), {"server": "https://cluster.invalid:6443"}),
        "The name cluster.invalid does not resolve",
    ),
    "cloud-metadata": (
        lambda shop, _: changed(shop.kubeconfig(), {"server": "https://169.254.169.254"}),
        "cloud metadata",
    ),
    "yaml-that-acts": (lambda _, tmp: f"!!python/object/apply:os.mkdir ['{tmp / CANARY}']", "YAML tags"),
    "yaml-that-grows": (
        lambda *_: "a: &a [x]\n" + "".join(f"{b}: &{b} [*{a},*{a},*{a}]\n" for a, b in itertools.pairwise("abcdefgh")),
        "YAML aliases",
    ),
    "no-kubeconfig": (lambda *_: "hello", "This is not a kubeconfig"),
    "null-bytes": (lambda *_: "apiVersion: v1\x00", "Null characters"),
    "huge": (lambda *_: "#" * 1_000_000, "has 1000000"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_one_sentence_and_saves_nothing(
    administrator: Person, product: Up, shop: Cluster, tmp_path: Path, case: str
) -> None:
    change, words = REFUSED[case]
    before = counts(product.data)
    with administrator.refused_with(400):
        paste(administrator, "refused", change(shop, tmp_path))
    alerts = administrator.page.locator("[role=alert], .errorlist li").all_inner_texts()
    assert len(alerts) == 1, alerts
    assert words in alerts[0]
    assert is_a_sentence(alerts[0])
    assert counts(product.data) == before
    assert not (tmp_path / CANARY).exists()


def is_a_sentence(text: str) -> bool:
    return text.endswith(".") and "\n" not in text and "Traceback" not in text and len(text) < 400


def test_huge_files_are_one_sentence_and_save_nothing(administrator: Person, product: Up, tmp_path: Path) -> None:
    before = counts(product.data)
    huge = tmp_path / "huge"
    with huge.open("wb") as file:
        file.truncate(70 * 1024 * 1024)
    for field, button, size, words in (
        ("kubeconfig", "Look before saving", 1024 * 1024, "The file is larger than 256 KiB."),
        ("kubeconfig", "Look before saving", 70 * 1024 * 1024, "This upload is larger than 64 MiB"),
        ("snapshot", "Scan this snapshot", 70 * 1024 * 1024, "This upload is larger than 64 MiB"),
        ("snapshot", "Scan this snapshot", 1024 * 1024, "snapshot"),
    ):
        with huge.open("r+b") as file:
            file.truncate(size)
        administrator.open("/clusters/connect/")
        administrator.page.fill(f"[name={field}-name]", "refused")
        administrator.page.set_input_files(f"[name={field}-file]", huge)
        with administrator.refused_with(413), administrator.refused_with(400):
            administrator.press(button)
        assert words in administrator.text, (field, size)
    with administrator.refused_with(413):
        paste(administrator, "refused", "#" * 3_000_000)
    assert "What was typed or pasted is larger than 2560 KiB, so nothing was saved." in administrator.text
    assert counts(product.data) == before


def test_a_server_that_never_answers_is_one_sentence(administrator: Person, product: Up, shop: Cluster) -> None:
    before = counts(product.data)
    shop.freeze()
    try:
        began = time.monotonic()
        with administrator.refused_with(400):
            paste(administrator, "refused", shop.kubeconfig())
        waited = time.monotonic() - began
    finally:
        shop.thaw()
    (alert,) = administrator.page.locator("[role=alert]").all_inner_texts()
    assert is_a_sentence(alert)
    assert "within 5 s; check that an API server listens there" in alert, alert
    assert waited < 30, "a person waits for this"
    assert counts(product.data) == before


def test_a_name_taken_meanwhile_saves_nothing(
    administrator: Person, connected: Connected, product: Up, shop: Cluster
) -> None:
    """Two previews of one name are open; the second is told when it is saved."""
    paste(administrator, "twice", shop.kubeconfig())
    other = administrator.context.new_page()
    try:
        other.goto(administrator.page.url)
        other.fill("[name=kubeconfig-name]", "twice")
        other.fill("[name=kubeconfig-text]", shop.kubeconfig())
        other.get_by_role("button", name="Look before saving").first.click()
        other.get_by_role("button", name="Save and scan").click()
        expect(other.locator("h1")).to_have_text("The scan is done", timeout=SECONDS_TO_SCAN)
    finally:
        other.close()
    before = counts(product.data)
    administrator.press("Save and scan")
    assert "There is a cluster named twice already. Choose another name. Nothing was saved." in administrator.text
    assert counts(product.data) == before


def test_a_sealed_credential_is_of_no_use_to_another_form(administrator: Person, product: Up, shop: Cluster) -> None:
    paste(administrator, "tampered", shop.kubeconfig())
    before = counts(product.data)
    administrator.page.locator("[name=sealed]").evaluate(
        "field => { field.value = field.value.slice(0, -8) + 'AAAAAAA=' }"
    )
    administrator.press("Save and scan")
    assert "Nothing was saved." in administrator.text
    assert counts(product.data) == before


def test_every_page_fits_and_breaks_no_rule(administrator: Person, connected: Connected) -> None:
    """Every kind of page that a link leads to: wide and light, narrow and dark, without a complaint of the browser."""
    seen: dict[str, int] = {}
    waiting, visited, overflowing, wrong = ["/"], set(), [], []
    while waiting:
        path = waiting.pop(0)
        kind, parameters = shape(path), len(parse_qs(urlsplit(path).query, keep_blank_values=True))
        if path in visited or "export=" in path or parameters > 1 or seen.get(kind, 0) >= (1 if parameters else 2):
            continue
        visited.add(path)
        seen[kind] = seen.get(kind, 0) + 1
        administrator.dress(WIDE, "light")
        answer = administrator.open(path)
        if answer.status != 200 or not administrator.title.strip():
            wrong.append((path, answer.status))
        waiting += sorted(administrator.links() - visited)
        overflowing += [f"{path}, wide: {administrator.sticks_out()}"]
        administrator.dress(NARROW, "dark")
        administrator.open(path)
        overflowing += [f"{path}, narrow: {administrator.sticks_out()}"]
    administrator.dress(WIDE, "light")
    assert len(seen) >= 15, sorted(seen)
    assert wrong == []
    assert "\n".join(line for line in overflowing if not line.endswith(": ")) == ""


@pytest.fixture(scope="module", autouse=True)
def _no_complaints(administrator: Person) -> Iterator[None]:
    """Through the whole visit the browser had nothing to complain of: no CSP violation, no error in its console."""
    yield
    assert administrator.complaints == []
