"""Names from a cluster are text, wherever they stand: no markup, no link, no formula, nothing invisible."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from scanners.converters import ObjectName
from scanners.exports import csv_lines
from scanners.models import Cluster, FindingEvent
from tests.pages import rows
from tests.pages.html import Page, page
from tests.pages.routes import all_pages

SAFE_LINK = re.compile(r"(/|\?|#|https://)")
PARAMETERS = ("q", "namespace", "source", "health", "type", "rotation", "sort", "page", "per", "columns", "age")
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u3164\u115f\u0000-\u0008]")


@pytest.fixture
def hostile(db: None) -> Cluster:
    """Every name that a hostile snapshot could choose, everywhere that a name can stand."""
    cluster = rows.cluster("<b>evil</b>\u202e cluster", server="javascript:alert(1)", identity="<i>me</i>\u200b")
    names = rows.HOSTILE_NAMES
    rows.scan(
        cluster,
        coverage=[rows.coverage_line("pods", "partial", detail=name) for name in names],
        checks=[rows.check_line("rbac-wildcard", "fail", title=name, reason=name) for name in names],
        checklist=[{"slug": "rotation", "status": "fail", "detail": name} for name in names],
        cluster_facts={
            "name": names[0], "server": names[1], "version": names[0], "distribution": names[6],
            "namespaces": None, "secrets": None,
        },
    )  # fmt: skip
    for index, name in enumerate(names):
        use = {"kind": name, "namespace": name, "name": name, "how": name, "keys": [name], "stale": True, "field": name}
        rows.secret(
            cluster,
            name,
            names[(index + 3) % len(names)],
            type=name,
            keys=[name],
            source_kind=name[:40],
            source_object=f"{name}/{name}/{name}"[:600],
            consumers=[use],
            consumer_count=1,
            stale_consumers=1,
            owner=name[:63],
            certificate_expires_at=datetime.now(UTC) + timedelta(days=index - 3),
            written_days_ago=70 + index,
            created_days_ago=300,
            uid=name[:64],
        )
        for offset, check_id in ((200, "rotation-not-rehearsed"), (300, "stale-consumer")):
            rows.finding(
                cluster,
                check_id,
                name,
                name,
                fingerprint=f"{index + offset:024x}",
                severity="low",
                kind=name[:120],
                field=name,
                message=name,
                evidence=name,
                remediation=f"Do this:\n\n  kubectl delete {name}",
            )
        rows.finding(
            cluster,
            name[:60],
            name,
            names[(index + 3) % len(names)],
            fingerprint=f"{index:024x}",
            kind=name[:120],
            field=name,
            message=f"{name} is at fault",
            evidence=name,
            remediation=f"Do this:\n\n  kubectl delete {name}",
            state="open",
            owner=name[:63],
        )
        accepted = rows.finding(
            cluster,
            "store-open",
            name,
            fingerprint=f"{index + 100:024x}",
            message=name,
            owner=name[:63],
            state="accepted",
            accepted_reason=name,
            accepted_until=datetime.now(UTC) + timedelta(days=9),
        )
        FindingEvent.objects.create(finding=accepted, state="accepted", at=datetime.now(UTC), note=name)
    return cluster


def test_no_name_becomes_markup_or_a_link(ada: Client, hostile: Cluster) -> None:
    for address in all_pages(hostile):
        if "export=" in address:
            continue
        response = ada.get(address)
        assert response.status_code == 200, address
        found = page(response)
        for element in found.elements:
            assert element.tag not in ("img", "b", "i"), address
            assert not [name for name in element.attributes if name.startswith("on")], address
            for name in ("href", "src", "action", "hx-get", "hx-post"):
                if name in element.attributes:
                    assert SAFE_LINK.match(element.attributes[name]), (address, element.attributes[name])
        inline = [element for element in found.all("script") if "src" not in element.attributes]
        assert all(element.attributes["type"] == "application/json" for element in inline)
        assert "alert(1)</script>" not in response.content.decode()


def test_nothing_invisible_or_turning_is_shown(ada: Client, hostile: Cluster) -> None:
    for address in all_pages(hostile):
        if "export=" in address:
            continue
        text = page(ada.get(address)).text
        assert not INVISIBLE.search(text), (address, INVISIBLE.search(text))


def test_every_secret_is_reached_by_the_link_to_it(ada: Client, hostile: Cluster) -> None:
    for secret in hostile.secrets.all():
        response = ada.get(secret.get_absolute_url())
        assert response.context["secret"].pk == secret.pk


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_an_object_name_comes_back_from_its_url(name: str) -> None:
    converter = ObjectName()
    segment = converter.to_url(name)
    assert segment and "/" not in segment and segment not in (".", "..")
    assert converter.to_python(segment) == name


def test_the_exports_hold_no_formula(ada: Client, hostile: Cluster) -> None:
    for name in ("secrets", "findings"):
        response = ada.get(reverse(name, args=[hostile.pk]) + "?export=csv")
        assert response["Content-Disposition"] == f'attachment; filename="bevilb-cluster-{name}.csv"'
        assert response["X-Content-Type-Options"] == "nosniff"
        text = b"".join(response.streaming_content).decode()
        table = list(csv.reader(io.StringIO(text)))
        assert len(table) == len(rows.HOSTILE_NAMES) + 1
        assert len({len(row) for row in table}) == 1
        assert "evil.example" in text
        for row in table:
            for value in row:
                assert not value.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")), value
                assert not INVISIBLE.search(value), value


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_no_text_becomes_a_formula(values: list[str]) -> None:
    text = b"".join(csv_lines([values])).decode()
    (row,) = csv.reader(io.StringIO(text, newline=""))
    assert len(row) == len(values)
    for value in row:
        assert not value.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r")), value
        assert not any(unicodedata.category(character) == "Cf" for character in value)


def test_filters_with_hostile_values_are_only_text(ada: Client, hostile: Cluster) -> None:
    address = reverse("secrets", args=[hostile.pk])
    for name in rows.HOSTILE_NAMES:
        response = ada.get(address, dict.fromkeys(PARAMETERS, name))
        assert response.status_code == 200
        assert not Page(response.content.decode()).all("img")
