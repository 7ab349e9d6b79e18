"""Who may do what: everything is closed to strangers, and to the hands of viewers, unless it says otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.test import Client

from secretsui.accounts import decorators, middleware
from secretsui.accounts.models import User
from tests.secretsui.conftest import PASSWORD

SignedIn = Callable[[User], Client]

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.secretsui.routes")]


@pytest.mark.parametrize("path", ["/", "/plain/", "/administrators/", "/own/", "/settings/people/", "/no/such/page/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_strangers_are_sent_to_sign_in_wherever_they_knock(path: str, method: str) -> None:
    answer = getattr(Client(), method)(path)
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/sign-in/")


def test_only_named_views_and_missing_static_files_are_open() -> None:
    assert Client().get("/open/").content == b"GET done"
    assert Client().post("/open/").content == b"POST done"
    assert Client().get("/sign-in/").status_code == 200
    assert Client().get("/static/no-such-file.css").status_code == 404


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in() -> None:
    answer = Client().get(
        "/plain/", headers={"HX-Request": "true", "HX-Current-URL": "https://testserver/findings/?state=open"}
    )
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/sign-in/?next=%2Ffindings%2F%3Fstate%3Dopen"


def test_a_program_is_told_in_json() -> None:
    answer = Client().get("/plain/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()) == (401, {"error": "Sign in first."})


def test_viewers_read_and_administrators_act(viewer: User, administrator: User, signed_in: SignedIn) -> None:
    ours, theirs = signed_in(viewer), signed_in(administrator)
    assert ours.get("/plain/").content == b"GET done"
    for method in ("post", "put", "patch", "delete"):
        assert getattr(ours, method)("/plain/").status_code == 403, method
        assert getattr(theirs, method)("/plain/").status_code == 200, method
    assert ours.post("/own/").content == b"POST done"
    assert ours.get("/administrators/").status_code == 403
    assert theirs.get("/administrators/").content == b"GET done"


def test_a_refusal_says_what_to_do(viewer: User, signed_in: SignedIn) -> None:
    answer = signed_in(viewer).post("/plain/")
    assert "An administrator can do it" in answer.content.decode()


def test_a_deactivated_person_is_out_at_once(viewer: User, signed_in: SignedIn) -> None:
    client = signed_in(viewer)
    assert client.get("/plain/").status_code == 200
    User.objects.filter(pk=viewer.pk).update(is_active=False)
    assert client.get("/plain/").status_code == 302


def test_a_one_time_password_opens_nothing_else(viewer: User, signed_in: SignedIn) -> None:
    User.objects.filter(pk=viewer.pk).update(must_change_password=True)
    client = signed_in(viewer)
    for path in ("/", "/plain/", "/no/such/page/"):
        assert client.get(path)["Location"] == "/account/password/"
    assert client.get("/account/password/").status_code == 200
    assert client.post("/sign-out/")["Location"] == "/sign-in/"


def test_old_confirmations_are_asked_for_again(
    administrator: User, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(administrator)
    assert client.get("/confirmed/").status_code == 200

    now = time.time()
    monkeypatch.setattr(decorators.time, "time", lambda: now + 16 * 60)
    assert client.post("/confirmed/").status_code == 200, "a form that was open for a while is not lost"
    assert client.get("/confirmed/")["Location"] == "/account/confirm/?next=%2Fconfirmed%2F"

    monkeypatch.setattr(decorators.time, "time", lambda: now + 46 * 60)
    answer = client.post("/confirmed/", headers={"Referer": "http://testserver/form/"})
    assert answer["Location"] == "/account/confirm/?next=http%3A%2F%2Ftestserver%2Fform%2F"

    answer = client.post("/account/confirm/", {"password": "wrong", "next": "/confirmed/"})
    assert "This is not your present password." in answer.content.decode()
    answer = client.post("/account/confirm/", {"password": PASSWORD, "next": "/confirmed/"})
    assert answer["Location"] == "/confirmed/"
    assert client.get("/confirmed/").status_code == 200


def test_confirming_is_rate_limited(administrator: User, signed_in: SignedIn) -> None:
    client = signed_in(administrator)
    for _ in range(5):
        client.post("/account/confirm/", {"password": "wrong"})
    answer = client.post("/account/confirm/", {"password": PASSWORD, "next": "/confirmed/"})
    assert "Too many failed attempts" in answer.content.decode()


def test_use_moves_the_end_of_a_session_and_background_refreshes_do_not(
    viewer: User, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(viewer)
    client.get("/plain/")
    now = time.time()
    monkeypatch.setattr(middleware.time, "time", lambda: now + 10 * 60)
    assert "secretsui-session" not in client.get("/plain/", headers={"X-Background": "1"}).cookies
    renewed = client.get("/plain/").cookies["secretsui-session"]
    assert renewed["max-age"] == 12 * 3600
    assert "secretsui-session" not in client.get("/plain/").cookies, "not written at every request"
