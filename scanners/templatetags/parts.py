"""The small parts that every page is made of: `{% load parts %}`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.http import QueryDict
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from scanners.models import Cluster
from scanners.words import visible

register = template.Library()


@register.simple_tag
def route(name: str, *args: Any) -> str:
    """The URL of a named route, "" where this installation has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; without a label it is decoration and hidden from screen readers."""
    url = f"{static('icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon icon-{}" role="img" aria-label="{}"><use href="{}"></use></svg>', name, label, url
        )
    return format_html('<svg class="icon icon-{}" aria-hidden="true"><use href="{}"></use></svg>', name, url)


@register.filter
def focused(field: BoundField) -> SafeString:
    """A form field that the page, or the part of it that htmx puts in, begins with."""
    return field.as_widget(attrs={"autofocus": True})


@register.simple_tag
def severity(name: str, count: int | None = None) -> SafeString:
    """A severity as icon and text, with a count in front where there is one."""
    text = name.capitalize() if count is None else f"{count:,} {name}"
    return format_html('<span class="severity severity-{}">{}{}</span>', name, icon(name), text)


STATUS_WORDS = {"pass": "passes", "fail": "fails", "partial": "fails in part", "not-assessed": "not assessed"}


@register.simple_tag
def status(name: str, gravest: str = "") -> SafeString:
    """A check's or item's status as icon and text, tinted by the severity of what fails."""
    return format_html(
        '<span class="status status-{} {}">{}{}</span>',
        name,
        f"severity-{gravest}" if gravest else "",
        icon(f"status-{name}"),
        STATUS_WORDS.get(name, visible(name)),
    )


@register.simple_tag
def moment(value: datetime | None, form: str = "datetime") -> SafeString | str:
    """A time for the reader's zone: UTC here, reworded by static/times.js. `form`: datetime, date, ago or until."""
    if value is None:
        return "unknown"
    utc = value.astimezone(UTC)
    day = f"{utc.day} {utc:%b %Y}"
    return format_html(
        '<time datetime="{}" data-form="{}" title="{}">{}</time>',
        utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        form,
        f"{day}, {utc:%H:%M:%S} UTC",
        day if form == "date" else f"{day}, {utc:%H:%M} UTC",
    )


def _query(context: template.Context) -> QueryDict:
    query: QueryDict = context["request"].GET.copy()
    for name in ("page", "export"):
        query.pop(name, None)
    return query


def _url(query: QueryDict) -> str:
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag(takes_context=True)
def toggled(context: template.Context, name: str, value: str) -> str:
    """This page with one choice of a filter taken if it was not, and dropped if it was."""
    query = _query(context)
    values = query.getlist(name)
    query.setlist(name, [item for item in values if item != value] if value in values else [*values, value])
    if not query.getlist(name):
        query.pop(name, None)
    return _url(query)


@register.simple_tag(takes_context=True)
def with_value(context: template.Context, **values: Any) -> str:
    """This page with parameters replaced; an empty value removes one."""
    query = _query(context)
    for name, value in values.items():
        if value in ("", None):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return _url(query)


@register.simple_tag(takes_context=True)
def cleared(context: template.Context, *names: str) -> str:
    """This page without these parameters."""
    query = _query(context)
    for name in names:
        query.pop(name, None)
    return _url(query)


@register.simple_tag(takes_context=True)
def kept(context: template.Context, *but: str) -> list[tuple[str, str]]:
    """The parameters of this page but some, for hidden fields of a form that replaces those."""
    query = _query(context)
    return [(name, value) for name, values in query.lists() if name not in but for value in values]


@register.simple_tag(takes_context=True)
def own_clusters(context: template.Context) -> list[Cluster]:
    """The clusters that the person may see, for the switcher: id and name only."""
    request = context.get("request")
    if request is None or not getattr(request, "user", None) or not request.user.is_authenticated:
        return []
    return list(Cluster.objects.visible_to(request.user).only("name").order_by("name"))
