"""The pages in Chromium, over a cluster whose every name is hostile: nothing is refused, nothing fails, nothing
runs that should not, and keyboard, search and themes work."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from scanners.models import Cluster
from tests.missing import missing
from tests.pages import rows
from tests.pages.routes import all_pages
from tests.pages.test_hostile import hostile

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]

__all__ = ["hostile"]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RECORD = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => window.refused.push(event.violatedDirective));
window.alert = () => { window.alerted = true; };
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    if CHROMIUM is None:
        missing("Chromium is not installed: apt-get install chromium")
    # Playwright's loop runs in this thread, where Django then refuses to query; the tests here do so on purpose.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Visit:
    """A signed-in person's tab; `trouble` collects whatever the console says."""

    def __init__(self, browser: Any, address: str, client: Any, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.context.add_cookies(
            [{"name": key, "value": morsel.value, "url": address} for key, morsel in client.cookies.items()]
        )
        self.context.add_init_script(RECORD)
        self.page = self.context.new_page()
        self.address = address
        self.trouble: list[str] = []
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self._note("error", str(error)))

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.trouble.append(text)

    def open(self, path: str) -> None:
        answer = self.page.goto(self.address + path)
        assert answer.status == 200, path
        self.page.wait_for_load_state("networkidle")

    def check(self, path: str) -> None:
        assert self.page.evaluate("window.refused") == [], path
        assert self.page.evaluate("window.alerted === undefined"), path
        assert self.trouble == [], path
        overflow = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, (path, overflow)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")], ids=["1440 light", "390 dark"])
def test_hostile_pages(width: int, scheme: str, chromium: Any, live_server: Any, ada: Any, hostile: Cluster) -> None:
    visit = Visit(chromium, live_server.url, ada, viewport={"width": width, "height": 900}, color_scheme=scheme)
    some = [path for path in all_pages(hostile) if "export=" not in path]
    for path in [*some[:8], *some[8::5]]:
        visit.open(path)
        visit.check(path)
    visit.context.close()


@pytest.fixture
def visit(chromium: Any, live_server: Any, ada: Any, posture: Cluster) -> Iterator[Visit]:
    found = Visit(chromium, live_server.url, ada, viewport={"width": 1300, "height": 900}, color_scheme="light")
    yield found
    found.context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (390, "light")], ids=["1440 dark", "390 light"])
def test_the_rotation_page(
    width: int, scheme: str, chromium: Any, live_server: Any, ada: Any, posture: Cluster
) -> None:
    """Nothing is refused; a day of the calendar has the focus and says itself whole; a tab swaps the list alone."""
    visit = Visit(chromium, live_server.url, ada, viewport={"width": width, "height": 900}, color_scheme=scheme)
    visit.open(reverse("rotation", args=[posture.pk]))
    expect(visit.page.locator("#rotation-ages .bars path").first).to_be_attached()
    day = visit.page.locator(".month .due a").first
    day.focus()
    assert visit.page.evaluate("document.activeElement.textContent").endswith("1 Secret due")
    expect(day.locator(".day-count")).to_be_visible(visible=width > 640)
    expect(visit.page.locator(".month td:not(.due)").first).to_be_visible(visible=width > 640)
    visit.page.get_by_role("link", name="Overdue now").click()
    expect(visit.page.locator("#results h2")).to_have_text("Overdue now")
    expect(visit.page.locator("#results tbody tr")).to_have_count(1)
    visit.check("rotation")
    day.press("Enter")
    expect(visit.page.locator("[data-announce]")).to_have_text("1 Secret matches")
    visit.check("secrets due on a day")
    visit.context.close()


def test_charts_are_drawn_in_both_themes(visit: Visit) -> None:
    visit.open(reverse("overview"))
    bars = "getComputedStyle(document.querySelector('#rotation-ages .bars path')).fill"
    light = visit.page.evaluate(bars)
    ground = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    visit.page.click("[data-theme-toggle]")
    expect(visit.page.locator("#rotation-ages .bars path").first).not_to_have_css("fill", light)
    assert visit.page.evaluate("getComputedStyle(document.body).backgroundColor") != ground
    visit.open(reverse("overview"))
    assert visit.page.evaluate("document.documentElement.dataset.theme") == "dark"
    visit.check("overview")


def test_typing_searches_and_is_announced(visit: Visit, posture: Cluster) -> None:
    visit.open(reverse("secrets", args=[posture.pk]) + "?namespace=payments")
    visit.page.keyboard.press("/")
    visit.page.keyboard.type("over")
    expect(visit.page.locator("#live")).to_have_text("1 Secret matches")
    assert visit.page.url.endswith("?q=over&namespace=payments")
    assert visit.page.evaluate("document.activeElement.id") == "q"
    visit.page.locator(".chip", has_text="Namespace").click()
    visit.page.wait_for_url("**/secrets/?q=over")
    visit.page.locator(".chip", has_text="Search").click()
    expect(visit.page.locator("[data-announce]")).to_have_text("6 Secrets")
    expect(visit.page.locator("#q")).to_have_value("")
    visit.page.go_back()
    expect(visit.page.locator("[data-announce]")).to_have_text("1 Secret matches")
    assert visit.page.locator("h1").count() == 1
    visit.check("secrets")


def test_rows_are_walked_and_opened_from_the_keyboard(visit: Visit, posture: Cluster) -> None:
    visit.open(reverse("secrets", args=[posture.pk]) + "?sort=secret")
    for key in ("j", "j", "j", "k"):
        visit.page.keyboard.press(key)
    assert visit.page.evaluate("document.activeElement.textContent") == "overdue"
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/secrets/payments/overdue/")
    visit.page.keyboard.press("?")
    assert visit.page.locator("#help").is_visible()
    visit.page.keyboard.press("Escape")
    assert not visit.page.locator("#help").is_visible()
    visit.check("secret")


def test_nothing_of_a_cluster_is_kept_in_the_browser(visit: Visit, posture: Cluster) -> None:
    visit.open(reverse("secrets", args=[posture.pk]))
    visit.page.locator(".facet a").first.click()
    visit.page.wait_for_url("**/secrets/?rotation=*")
    kept = visit.page.evaluate("Object.values({...localStorage, ...sessionStorage})")
    assert all(value.startswith("/clusters/") and "overdue" not in value.split("?")[0] for value in kept), kept


def test_everything_is_readable_without_scripts(chromium: Any, live_server: Any, ada: Any, posture: Cluster) -> None:
    visit = Visit(chromium, live_server.url, ada, java_script_enabled=False)
    visit.open(reverse("secrets", args=[posture.pk]))
    visit.page.fill("#q", "over")
    visit.page.click(".search button")
    assert visit.page.locator(".row-link").all_inner_texts() == ["overdue"]
    visit.page.locator(".chip").click()
    assert visit.page.locator(".row-link").count() == 6
    visit.open(reverse("overview"))
    assert not visit.page.locator(".chart-figure").first.is_visible()
    visit.page.locator(".chart details summary").first.click()
    assert visit.page.locator(".chart table").first.is_visible()
    visit.context.close()


def test_a_command_is_copied(visit: Visit, posture: Cluster) -> None:
    finding = rows.finding(posture, "plaintext-env", "api", remediation="Do:\n\n  kubectl get x\n")
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.open(finding.get_absolute_url())
    visit.page.click("button.copy")
    expect(visit.page.locator("#live")).to_have_text("Copied to the clipboard.")
    assert visit.page.evaluate("navigator.clipboard.readText()") == "kubectl get x"


def test_stylesheets_are_found(live_server: Any, visit: Visit) -> None:
    visit.open(reverse("overview"))
    sheets = visit.page.evaluate("[...document.styleSheets].map((sheet) => sheet.cssRules.length)")
    templates = Path(settings.TEMPLATES[0]["DIRS"][0])
    linked = {
        str(page.relative_to(templates)): re.findall(r"static 'css/([a-z-]+\.css)'", page.read_text(encoding="utf-8"))
        for page in templates.rglob("*.html")
    }
    # Plotly's own comes with the charts.
    assert len(sheets) == len(linked["base.html"]) + 1 and all(sheets)
    own = {each.name for each in (Path(settings.STATICFILES_DIRS[0]) / "css").glob("*.css")}
    assert own == {name for names in linked.values() for name in names}, "each is linked from some page"
