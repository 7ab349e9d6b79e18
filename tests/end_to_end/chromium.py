"""A person at a real Chromium: what they type and read, and everything the browser itself complained about."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Response, sync_playwright

from tests.servers import missing

PROGRAMS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 390, "height": 844}
SECONDS_TO_ANSWER = 30.0

REPORT_VIOLATIONS = """
document.addEventListener('securitypolicyviolation',
  (event) => console.error(`CSP: ${event.violatedDirective} refused ${event.blockedURI} ${event.sample}`));
"""
OVERFLOW = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return '';
  const beyond = [...document.querySelectorAll('body *')]
    .filter((each) => each.getBoundingClientRect().right > root.clientWidth + 1);
  const innermost = beyond.filter((each) => !beyond.some((other) => other !== each && each.contains(other)));
  const named = innermost.slice(0, 3)
    .map((each) => `${each.tagName.toLowerCase()}.${each.className} "${each.textContent.trim().slice(0, 40)}"`);
  return `${root.scrollWidth} px in ${root.clientWidth}: ${named.join(', ')}`;
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window; the test is skipped where none is installed, and fails there under CI=true."""
    program = next((each for each in PROGRAMS if Path(each).exists()), None) or shutil.which("chromium")
    if program is None:
        missing("Chromium is not installed: looked for it at " + ", ".join(PROGRAMS))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class Person:
    """One person with a browser of their own. `complaints` are console errors, refused requests and CSP violations."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.address = address.rstrip("/")
        self.complaints: list[str] = []
        self._expected_statuses: set[int] = set()
        self.context = browser.new_context(viewport=WIDE, color_scheme="light")  # type: ignore[arg-type]
        self.context.set_default_timeout(SECONDS_TO_ANSWER * 1000)
        self.context.add_init_script(REPORT_VIOLATIONS)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", self._page_error)
        self.page.on("response", self._response)

    def close(self) -> None:
        self.context.close()

    def open(self, path: str) -> Response:
        """Goes to an address and waits until its scripts have run."""
        answer = self.page.goto(urljoin(self.address + "/", path), wait_until="load")
        assert answer is not None
        return answer

    @property
    def path(self) -> str:
        """Where the browser stands: path and query."""
        parts = urlsplit(self.page.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    @property
    def text(self) -> str:
        """All that can be read on the page, closed menus left out."""
        return self.page.inner_text("body")

    @property
    def all_text(self) -> str:
        """The text of the page's main part in one line; what is folded away is opened first."""
        self.page.locator("main details").evaluate_all("all => all.forEach((each) => { each.open = true })")
        return " ".join(self.page.inner_text("main").split())

    @property
    def title(self) -> str:
        return self.page.inner_text("h1")

    def press(self, words: str) -> None:
        """Presses a button by its words, and waits for the page it leads to."""
        with self.page.expect_navigation(wait_until="load"):
            self.page.get_by_role("button", name=words, exact=True).first.click()

    def sign_in(self, name: str, password: str) -> None:
        self.open("/sign-in/")
        self.page.fill("input[name=username]", name)
        self.page.fill("input[name=password]", password)
        self.press("Sign in")

    def links(self) -> set[str]:
        """Every address of this product that the page leads to, forms with GET left out, without fragments."""
        found = self.page.eval_on_selector_all("a[href]", "nodes => nodes.map(each => each.href)")
        ours = (urlsplit(each) for each in found)
        host = urlsplit(self.address).netloc
        return {each.path + (f"?{each.query}" if each.query else "") for each in ours if each.netloc == host}

    @contextmanager
    def refused_with(self, status: int) -> Iterator[None]:
        """Within it, an answer with this status is what the person asked for, and no complaint."""
        self._expected_statuses.add(status)
        try:
            yield
        finally:
            self._expected_statuses.discard(status)

    def dress(self, size: dict[str, int], scheme: str) -> None:
        """Another window, and a preference for light or dark."""
        self.page.set_viewport_size(size)  # type: ignore[arg-type]
        self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]

    def sticks_out(self) -> str:
        """What makes the page wider than its window; "" for nothing."""
        found: str = self.page.evaluate(OVERFLOW)
        return found

    def _console(self, message: ConsoleMessage) -> None:
        status = re.search(r"the server responded with a status of (\d+)", message.text)
        if message.type in ("error", "warning") and not (status and int(status[1]) in self._expected_statuses):
            self.complaints.append(f"{self._where()}: {message.text}")

    def _page_error(self, error: Error) -> None:
        self.complaints.append(f"{self._where()}: {error}")

    def _response(self, answer: Response) -> None:
        if answer.status >= 400 and answer.status not in self._expected_statuses:
            self.complaints.append(f"{answer.request.method} {answer.url}: {answer.status}")

    def _where(self) -> str:
        return urlsplit(self.page.url).path


def shape(path: str) -> str:
    """What kind of page an address is: ids, names and values of parameters left out."""
    parts = urlsplit(path)
    kind = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", parts.path)
    kind = re.sub(r"(?<=/secrets/).+", "SECRET", kind)
    kind = re.sub(r"(?<=/findings/).+", "FINDING", kind)
    kind = re.sub(r"(?<=/checks/).+", "CHECK", kind)
    kind = re.sub(r"(?<=/)\d+(?=/)", "N", kind)
    return kind + "?" + "&".join(sorted({each.partition("=")[0] for each in parts.query.split("&")}))
