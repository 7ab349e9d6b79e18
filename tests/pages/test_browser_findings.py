"""Choosing and accepting findings in Chromium: by keyboard, by mouse, and without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from scanners.models import Cluster, FindingRecord
from tests.pages import rows
from tests.pages.test_browser import Visit, chromium, visit

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]

__all__ = ["chromium", "visit"]


def accepted(cluster: Cluster) -> set[str]:
    return set(cluster.findings.filter(state=FindingRecord.State.ACCEPTED).values_list("name", flat=True))


def accept(visit: Visit, reason: str) -> None:
    visit.page.fill("textarea[name=reason]", reason)
    visit.page.get_by_label("for 30 days").check()
    visit.page.locator("main form button.primary").click()
    visit.page.wait_for_load_state("networkidle")


def test_rows_are_chosen_and_accepted_by_keyboard(visit: Visit, posture: Cluster) -> None:
    visit.open(reverse("findings", args=[posture.pk]))
    button = visit.page.get_by_role("button", name="Accept selected…")
    expect(button).to_be_disabled()
    for key in ("j", "x", "j", "x"):
        visit.page.keyboard.press(key)
    expect(visit.page.locator("[data-choice-count]")).to_have_text("2 selected")
    expect(visit.page.locator("#live")).to_have_text("2 selected")
    visit.page.keyboard.press("x")
    expect(visit.page.locator("[data-choice-count]")).to_have_text("1 selected")
    button.focus()
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/accept-findings/")
    visit.page.locator("textarea[name=reason]").focus()
    visit.page.keyboard.type("x marks a known risk")
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("ArrowUp")
    visit.page.locator("main form button.primary").focus()
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/findings/")
    assert accepted(posture) == {"ci-admin"}
    assert posture.findings.get(name="ci-admin").accepted_reason == "x marks a known risk"
    visit.check("findings")


def test_a_page_and_a_range_are_chosen(visit: Visit, posture: Cluster) -> None:
    for index in range(9):
        rows.finding(posture, "unused-secret", f"idle-{index}", severity="low")
    visit.open(reverse("findings", args=[posture.pk]) + "?check=unused-secret")
    boxes, count = visit.page.locator("input[name=finding]"), visit.page.locator("[data-choice-count]")
    boxes.nth(1).click()
    boxes.nth(5).click(modifiers=["Shift"])
    expect(count).to_have_text("5 selected")
    visit.page.get_by_label("All on this page").check()
    expect(count).to_have_text("9 selected")
    visit.page.locator(".sort").first.click()
    visit.page.wait_for_url("**sort=**")
    expect(count).to_have_text("")
    visit.page.get_by_label("All on this page").check()
    visit.page.get_by_role("button", name="Accept selected…").click()
    visit.page.wait_for_url("**/accept-findings/")
    accept(visit, "They are spare.")
    assert len(accepted(posture)) == 9
    assert "sort=" in visit.page.url and "check=unused-secret" in visit.page.url
    visit.check("findings")


@pytest.mark.parametrize("width", [1300, 390])
def test_findings_are_accepted_and_taken_back_without_scripts(
    chromium: Any, live_server: Any, ada: Any, posture: Cluster, width: int
) -> None:
    size = {"width": width, "height": 900}
    visit = Visit(chromium, live_server.url, ada, java_script_enabled=False, viewport=size)
    visit.open(reverse("findings", args=[posture.pk]) + "?view=list")
    visit.page.locator("input[name=finding]").first.check()
    visit.page.get_by_role("button", name="Accept selected…").click()
    accept(visit, "Known until the move.")
    assert accepted(posture) == {"ci-admin"}
    visit.page.locator(".tabs a", has_text="Accepted").click()
    assert visit.page.locator(".row-link").count() == 1
    visit.page.get_by_role("button", name="Take back all 1…").click()
    visit.page.locator("main form button.primary").click()
    assert accepted(posture) == set()
    visit.open(posture.findings.get(name="overdue").get_absolute_url())
    visit.page.locator("summary", has_text="Accept it…").click()
    accept(visit, "On its own page.")
    assert accepted(posture) == {"overdue"}
    visit.context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (390, "light")])
def test_the_pages_of_accepting_fit(
    chromium: Any, live_server: Any, ada: Any, posture: Cluster, width: int, scheme: str
) -> None:
    visit = Visit(chromium, live_server.url, ada, viewport={"width": width, "height": 900}, color_scheme=scheme)
    hostile = rows.finding(
        posture, "rbac-wildcard", "n" * 253, "m" * 253, severity="high", owner="o" * 63, message="w" * 800
    )
    visit.open(reverse("findings", args=[posture.pk]))
    visit.check("findings")
    visit.page.locator(f"input[value='{hostile.fingerprint}']").check()
    visit.page.get_by_role("button", name="Accept selected…").click()
    visit.page.wait_for_load_state("networkidle")
    visit.check("choice")
    accept(visit, "y" * 900)
    visit.open(hostile.get_absolute_url())
    visit.check("finding")
    visit.open(reverse("findings", args=[posture.pk]) + "?state=accepted&view=list")
    visit.page.locator("summary", has_text="Export").click()
    place = visit.page.locator(".list-tools .menu[open] .menu-panel").bounding_box()
    assert place["x"] >= 0 and place["x"] + place["width"] <= width
    visit.check("accepted")
    visit.context.close()
