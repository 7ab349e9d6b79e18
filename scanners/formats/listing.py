"""A list as one HTML file to print or to mail: it loads nothing and runs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanners.formats.html import head
from scanners.formats.markup import Markup, element, joined, start


def write_listing(title: str, context: Iterable[str], rows: Iterable[list[str]]) -> Iterator[bytes]:
    """The page in pieces of UTF-8. The first of `rows` are the headings; `context` are sentences below the title."""
    yield from _encoded(Markup("<!doctype html>"), start("html", lang="en"), head(title), start("body"))
    yield from _encoded(
        element("header", element("div", element("h1", title), *(element("p", line) for line in context)))
    )
    lines = iter(rows)
    headings = next(lines, [])
    yield from _encoded(
        start("table", class_="listing"),
        element("thead", element("tr", *(element("th", words, scope="col") for words in headings))),
        start("tbody"),
    )
    for row in lines:
        cells = (element("td", cell, data_label=words) for words, cell in zip(headings, row, strict=True))
        yield from _encoded(element("tr", *cells))
    yield from _encoded(
        Markup("</tbody></table>"),
        element("footer", "Made by secretsui. It holds names, paths and ages only, never a value of a Secret."),
        Markup("</body></html>"),
    )


def _encoded(*pieces: Markup) -> Iterator[bytes]:
    yield f"{joined(*pieces)}\n".encode()
