"""The printable HTML report: whole in itself, and nothing in it runs or loads."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from scanners.formats import FORMATS
from scanners.formats.markup import element, text
from scanners.report import Report
from tests.formats import reports

ELEMENTS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "footer",
        "section",
        "details",
        "summary",
        "div",
        "span",
        "strong",
        "h1",
        "h2",
        "h3",
        "p",
        "ol",
        "li",
        "a",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "pre",
        "code",
        "br",
    ]
)
VOID = frozenset({"meta", "br"})
ATTRIBUTES = frozenset(
    {
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "title",
        "id",
        "scope",
        "href",
        "data-label",
    }
)


class Page(HTMLParser):
    """Collects elements, attributes and text; fails on tags that are not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words += data


def page_of(report: Report) -> Page:
    return Page(b"".join(FORMATS["html"].write(report)).decode())


@pytest.mark.parametrize("report", [reports.ordinary(), reports.nothing_found(), reports.hostile()])
def test_it_has_no_element_or_attribute_that_runs_or_loads(report: Report) -> None:
    page = page_of(report)
    assert {tag for tag, _ in page.elements} <= ELEMENTS
    assert {name for _, attributes in page.elements for name in attributes} <= ATTRIBUTES
    assert all(str(attributes["href"]).startswith("#") for _, attributes in page.elements if "href" in attributes)


def test_its_policy_forbids_scripts_and_requests() -> None:
    policies = [a["content"] for tag, a in page_of(reports.ordinary()).elements if "http-equiv" in a]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"]


def test_it_says_what_the_text_report_says() -> None:
    words = page_of(reports.ordinary()).words
    for sentence in (
        "Grade D; 1 critical finding to fix",
        "82 % of the checks assessed",
        "The title of rbac-wildcard",
        "Deployment shop/api-1",
        "needs list on externalsecrets",
        "kubectl create clusterrole secretsui-unseen --verb=list",
        "2 Secrets due for rotation",
        "at least 120 days, at most 400",
    ):
        assert sentence in words


def test_hostile_names_are_text() -> None:
    words = page_of(reports.hostile()).words
    for name in ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', r"\x1b[2J", r"\u202egnp.exe"):
        assert name in words


def test_links_lead_to_sections_of_the_page() -> None:
    elements = page_of(reports.ordinary()).elements
    targets = {f"#{attributes['id']}" for _, attributes in elements if "id" in attributes}
    links = {attributes["href"] for _, attributes in elements if "href" in attributes}
    assert links
    assert links <= targets


def test_system_findings_are_folded_not_dropped() -> None:
    page = page_of(reports.ordinary())
    assert "1 finding of the system itself" in page.words
    assert "system:x" in page.words


def test_more_than_is_read_on_paper_is_counted() -> None:
    words = page_of(reports.ordinary(findings=tuple(map(reports.finding, range(203))))).words
    assert "… and 3 more. The CSV and JSON formats have all of them." in words


def test_attributes_are_escaped() -> None:
    assert element("a", "x", href='"><script>') == '<a href="&quot;&gt;&lt;script&gt;">x</a>'


def test_markup_is_not_escaped_twice() -> None:
    assert element("p", element("b", "a & b"), " & ", text("<")) == "<p><b>a &amp; b</b> &amp; &lt;</p>"
