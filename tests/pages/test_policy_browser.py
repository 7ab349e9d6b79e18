"""The policy's rows in Chromium: added, moved and removed in place, with and without scripts, by keyboard too."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from scanners.models import InstallationPolicy
from scanners.policy import parse_policy
from tests.pages.test_browser import Visit, chromium

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]

__all__ = ["chromium"]


@pytest.mark.parametrize("scripts", [True, False], ids=["htmx", "no scripts"])
def test_rows_are_made_moved_and_saved(chromium: Any, live_server: Any, ada: Client, scripts: bool) -> None:
    visit = Visit(chromium, live_server.url, ada, java_script_enabled=scripts)
    page = visit.page
    visit.open(reverse("policy"))
    page.fill("[name=default_days]", "60")
    for number, (kind, days) in enumerate((("kubernetes.io/tls", "365"), ("Opaque", "30"), ("other", "1"))):
        page.get_by_role("button", name="Add a maximum age").click()
        field = page.locator(f"[name=rules-{number}-namespace]")
        expect(field).to_be_focused()
        page.fill(f"[name=rules-{number}-type]", kind)
        page.fill(f"[name=rules-{number}-days]", days)
    expect(page.locator("[name=default_days]")).to_have_value("60")
    page.get_by_role("button", name="Remove row 3").click()
    expect(page.locator("[name=rules-2-days]")).to_have_count(0)
    page.get_by_role("button", name="Move row 2 up").click()
    expect(page.locator("[name=rules-0-type]")).to_have_value("Opaque")
    assert not InstallationPolicy.objects.exists(), "nothing is saved by moving rows"
    page.locator("[name=rules-1-days]").press("Enter")
    expect(page.locator(".message.success")).to_contain_text("The policy is saved")
    rotation = parse_policy(InstallationPolicy.objects.get().yaml).rotation
    assert (rotation.default_days, [(rule.type, rule.days) for rule in rotation.rules]) == (
        60,
        [("Opaque", 30), ("kubernetes.io/tls", 365)],
    )
    assert visit.trouble == []
    if scripts:
        assert page.evaluate("window.refused") == []
    visit.context.close()


def test_a_refused_row_is_mended_where_it_stands(chromium: Any, live_server: Any, ada: Client) -> None:
    visit = Visit(chromium, live_server.url, ada)
    page = visit.page
    visit.open(reverse("policy"))
    page.get_by_role("button", name="Add a team").click()
    page.fill("[name=owners-0-namespace]", "payments")
    page.get_by_role("button", name="Save the policy").click()
    expect(page.locator("td.invalid .errorlist")).to_have_text("Say which team answers for them.")
    expect(page.locator("[name=owners-0-namespace]")).to_have_value("payments")
    page.fill("[name=owners-0-owner]", "Payments")
    page.get_by_role("button", name="Save the policy").click()
    expect(page.locator(".message.success")).to_be_visible()
    assert parse_policy(InstallationPolicy.objects.get().yaml).owners[0].owner == "Payments"
    visit.context.close()
