"""Filters that word facts: `{% load words %}`."""

from __future__ import annotations

import re
from typing import Any

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from scanners import words
from scanners.remedies import Part
from scanners.remedies import remedy_parts as parts_of
from scanners.report import SEVERITIES
from scanners.schedule import INTERVALS

register = template.Library()

register.filter("visible", words.visible)
register.filter("visible_lines", words.visible_lines)
register.filter("share", words.share)
register.filter("days", words.days)


@register.filter
def number(value: float | None) -> str:
    """20000 as 20,000; None is unknown, never blank."""
    return "unknown" if value is None else words.number(value)


@register.filter
def plural(count: int, word: str) -> str:
    """`{{ 3|plural:"Secret" }}`; a second form after a comma where adding s is wrong."""
    one, _, many = word.partition(",")
    return words.plural(count, one, many or None)


@register.filter
def source_name(kind: str) -> str:
    """What a source kind is called on the pages."""
    return words.SOURCE_NAMES.get(kind, words.visible(kind))


@register.filter
def how_name(how: str) -> str:
    """How a consumer uses a Secret, in plain words."""
    return words.HOW_NAMES.get(how, words.visible(how))


@register.filter
def interval(hours: int) -> str:
    """How often a cluster is scanned by itself."""
    return INTERVALS.get(hours) or f"every {words.plural(hours, 'hour')}"


@register.filter
def points(value: float) -> str:
    """Score points to one decimal, with sign: +6.2."""
    return f"+{value:.1f}" if value >= 0.05 else "+0.1" if value > 0 else "0"


@register.filter
def item(mapping: Any, key: Any) -> Any:
    """The mapping's item, None where it has none."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.filter
def severity_name(rank: int) -> str:
    """The severity of a rank, 0 being critical; "" for no finding."""
    return SEVERITIES[rank] if rank < len(SEVERITIES) else ""


@register.filter
def breakable(text: str) -> SafeString:
    """`visible` text that a narrow column may break after a slash, dot, dash or colon."""
    return format_html_join("", "{}<wbr>", ((piece,) for piece in re.split(r"(?<=[/.:_-])", words.visible(text))))


@register.filter
def headline(text: str) -> str:
    """A sentence as a heading: visible, without its full stop."""
    return words.visible(text).removesuffix(".")


@register.filter
def remedy_parts(text: str) -> list[Part]:
    """A fix as prose and what is to be copied."""
    return parts_of(text)


@register.filter
def type_parts(secret_type: str) -> dict[str, str]:
    """`kubernetes.io/tls` as its name and its group."""
    group, _, name = secret_type.rpartition("/")
    return {"group": group, "name": name}


@register.filter
def as_template(remedy: str) -> str:
    """A check's fix for no object in particular: `{name}` becomes NAME."""
    return re.sub(r"\{(namespace|name|kind|field)\}", lambda match: match[1].upper(), remedy)


@register.filter
def source_object(reference: str) -> dict[str, str]:
    """`Kind/namespace/name` in its parts; a name may itself hold slashes."""
    kind, _, rest = reference.partition("/")
    namespace, _, name = rest.partition("/")
    return {"kind": kind, "namespace": namespace, "name": name}
