"""The advisor in Chromium: nothing is refused by the policy, nothing is wider than the window, and it works with and
without JavaScript."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from advisor.models import Assessment
from advisor.questions import QUESTIONS
from secretsui.accounts.models import User
from tests.advisor.pages.test_advice import PROFILES
from tests.end_to_end.chromium import NARROW, WIDE, Person, chromium
from tests.pages import rows

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as launched:
        # Playwright's loop runs in this thread, where Django then refuses to query; the tests here do so on purpose.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        yield launched
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def as_person(browser: Any, address: str, user: User) -> Person:
    person = Person(browser, address)
    person.sign_in(user.username, "correct horse battery")
    return person


def test_every_page_at_two_widths_in_light_and_dark(
    browser: Any, live_server: Any, assessment: Assessment, owner: User
) -> None:
    Assessment.objects.update(name=rows.HOSTILE_NAMES[-1][:100], answers=PROFILES["vault-csi"])
    person = as_person(browser, live_server.url, owner)
    pages = [reverse(name, args=[assessment.pk]) for name in ("advice", "advice-record", "manifests")]
    pages += ["/advisor/", *(reverse("advice-question", args=[assessment.pk, item.id]) for item in QUESTIONS[:4])]
    wide: dict[str, str] = {}
    for path in pages:
        for size in (WIDE, NARROW):
            for scheme in ("light", "dark"):
                person.dress(size, scheme)
                person.open(path)
                person.page.eval_on_selector_all("main details", "nodes => nodes.forEach(each => each.open = true)")
                if out := person.sticks_out():
                    wide[f"{path} at {size['width']}"] = out
    assert wide == {}
    assert person.complaints == []
    person.close()


def test_a_choice_is_saved_at_once_and_the_list_follows(
    browser: Any, live_server: Any, assessment: Assessment, owner: User
) -> None:
    person = as_person(browser, live_server.url, owner)
    person.open(reverse("advice-question", args=[assessment.pk, "clusters"]))
    with person.page.expect_response(lambda answer: answer.request.method == "POST"):
        person.page.check("#answer-many")
    person.page.wait_for_selector(".steps .current :text('More than five')")
    assert Assessment.objects.get().answers == {"clusters": "many"}
    person.press("Save and go on")
    assert person.path.endswith("/questions/gitops/")
    assert person.complaints == []
    person.close()


def test_only_the_fields_of_the_chosen_store_stand_there(
    browser: Any, live_server: Any, assessment: Assessment, owner: User
) -> None:
    person = as_person(browser, live_server.url, owner)
    person.open(reverse("manifests", args=[assessment.pk]) + "?tool=external-secrets")
    tenant = person.page.locator('[name="azure-key-vault.tenant-id"]')
    assert not tenant.is_visible()
    person.page.select_option("[name=store_kind]", "azure-key-vault")
    assert tenant.is_visible()
    assert not person.page.locator('[name="vault.address"]').is_visible()
    person.page.fill("[name=namespace]", "payments")
    person.press("Make the files with these")
    assert "payments/" in person.title
    shown = person.page.inner_text("pre[aria-label='20-secret-store.yaml']")
    assert "azurekv" in shown
    person.close()


def test_the_walk_works_without_javascript(browser: Any, live_server: Any, assessment: Assessment, owner: User) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{live_server.url}/sign-in/")
    tab.fill("input[name=username]", owner.username)
    tab.fill("input[name=password]", "correct horse battery")
    tab.click("button:has-text('Sign in')")
    tab.goto(live_server.url + reverse("advice-question", args=[assessment.pk, QUESTIONS[0].id]))
    for question in QUESTIONS:
        assert tab.inner_text("h1") == question.text
        tab.check(f"#answer-{question.values[1]}")
        tab.locator("button.primary").click()
    assert tab.url.endswith(assessment.get_absolute_url())
    assert Assessment.objects.get().answers == {question.id: question.values[1] for question in QUESTIONS}
    context.close()
