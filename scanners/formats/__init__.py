"""How a Report leaves the program: the one list of formats, and what each is called."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from scanners.report import Report


class Terminal(NamedTuple):
    """Where a report is shown: `width` in columns, and whether with `colour` (never in a file or a pipe)."""

    width: int = 100
    colour: bool = False


class Format(NamedTuple):
    """One format, written by the module of this package that has its name, which is imported when needed."""

    name: str
    suffix: str
    media_type: str

    def write(self, report: Report, terminal: Terminal | None = None) -> Iterator[bytes]:
        """The report in pieces of UTF-8. Only `text` cares for the terminal."""
        module = import_module(f"{__name__}.{self.name}")
        return cast("Iterator[bytes]", module.write(report, terminal or Terminal()))


FORMATS: dict[str, Format] = {
    item.name: item
    for item in (
        Format("text", ".txt", "text/plain; charset=utf-8"),
        Format("json", ".json", "application/json"),
        Format("sarif", ".sarif", "application/sarif+json"),
        Format("csv", ".csv", "text/csv; charset=utf-8"),
        Format("html", ".html", "text/html; charset=utf-8"),
    )
}
