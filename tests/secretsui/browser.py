"""A person with a browser, over real HTTP: cookies, forms with their hidden fields, redirects."""

from __future__ import annotations

import http.client
import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from html.parser import HTMLParser


@dataclass(frozen=True)
class Page:
    url: str
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def path(self) -> str:
        return urllib.parse.urlsplit(self.url).path


class _HiddenFields(HTMLParser):
    """The hidden fields of the form that posts to `action`."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action
        self.inside = False
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = values.get("action") == self.action
        if tag == "input" and self.inside and values.get("type") == "hidden":
            self.fields[values["name"]] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


class Browser:
    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.page: Page | None = None

    def open(self, path: str) -> Page:
        return self._ask(urllib.request.Request(self.address + path))

    def send(self, action: str, **fields: str) -> Page:
        """Fills in and sends the form of the present page that posts to `action`."""
        assert self.page is not None
        parser = _HiddenFields(action)
        parser.feed(self.page.text)
        assert "csrfmiddlewaretoken" in parser.fields, f"no form for {action} on {self.page.url}"
        body = urllib.parse.urlencode(parser.fields | fields).encode()
        return self._ask(urllib.request.Request(self.address + action, data=body))

    def sign_in(self, name: str, password: str) -> Page:
        self.open("/sign-in/")
        return self.send("/sign-in/", username=name, password=password)

    def _ask(self, request: urllib.request.Request) -> Page:
        try:
            answer = self._opener.open(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            self.page = Page(answer.url, answer.status, answer.headers, answer.read().decode())
        return self.page
