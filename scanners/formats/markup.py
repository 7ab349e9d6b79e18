"""HTML in which nothing is unescaped by accident: text is escaped where it becomes a part of a page."""

from __future__ import annotations

from html import escape

from scanners.formats.printable import printable


class Markup(str):
    """HTML that is already safe."""

    __slots__ = ()


def element(name: str, *children: str, **attributes: str) -> Markup:
    """An element. Plain text in it is made printable and escaped; Markup stays as it is.

    An attribute's name is written with underscores for hyphens and one at the end where Python keeps the word
    (`class_`, `data_label`).
    """
    return Markup(f"{start(name, **attributes)}{joined(*children)}</{name}>")


def start(name: str, **attributes: str) -> Markup:
    """The start tag alone, for an element that is written piece by piece."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{joined(value)}"' for key, value in attributes.items() if value
    )
    return Markup(f"<{name}{written}>")


def joined(*children: str) -> Markup:
    """Children side by side, escaped where they are plain text."""
    return Markup("".join(child if isinstance(child, Markup) else text(child) for child in children))


def text(plain: str) -> Markup:
    """Plain text as HTML; line breaks stay, other control characters are shown as escapes."""
    return Markup(escape(printable(plain, keep="\n")))
