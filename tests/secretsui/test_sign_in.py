"""Sign-in: one sentence for every wrong pair, a limit on attempts, one's own password, no way to be sent elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from secretsui.accounts.models import AuditEvent, SignInAttempt, User
from secretsui.accounts.passwords import ensure_first_administrator
from tests.secretsui.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.secretsui.routes")]

WRONG = "This name and password do not match."


def try_sign_in(name: str, password: str, **extra: str) -> str:
    """Where it led to, or the page with the reason why not."""
    answer = Client().post("/sign-in/", {"username": name, "password": password}, **extra)
    return answer.headers.get("Location") or answer.content.decode()


def test_the_right_pair_signs_in_whatever_the_case_of_the_name(viewer: User) -> None:
    assert try_sign_in(" Vera ", PASSWORD) == "/"


def test_every_wrong_pair_gets_the_same_sentence(viewer: User) -> None:
    User.objects.create_user("gone", PASSWORD, is_active=False)
    for name, password in (("vera", "no"), ("nobody", PASSWORD), ("gone", PASSWORD)):
        assert WRONG in try_sign_in(name, password)


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/plain/?a=1", "/plain/?a=1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("http://testserver/plain/", "http://testserver/plain/"),
    ],
)
def test_it_leads_only_to_pages_of_ours(viewer: User, wanted: str, goes_to: str) -> None:
    answer = Client().post("/sign-in/", {"username": "vera", "password": PASSWORD, "next": wanted})
    assert answer["Location"] == goes_to


def test_signing_in_makes_a_new_session(viewer: User) -> None:
    client = Client()
    client.post("/sign-in/", {"username": "vera", "password": PASSWORD})
    before = client.cookies["secretsui-session"].value
    client.post("/sign-out/")
    client.post("/sign-in/", {"username": "vera", "password": PASSWORD})
    assert client.cookies["secretsui-session"].value != before
    assert not Session.objects.filter(pk=before).exists()


def test_five_failures_are_a_pause_even_for_the_right_password(viewer: User) -> None:
    for _ in range(5):
        assert WRONG in try_sign_in("vera", "guess")
    answer = Client().post("/sign-in/", {"username": "VERA", "password": PASSWORD})
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.content.decode()
    assert 0 < int(answer["Retry-After"]) <= 900

    assert try_sign_in("vera", PASSWORD, REMOTE_ADDR="192.0.2.9") == "/", "from elsewhere the person can still get in"

    SignInAttempt.objects.update(at=timezone.now() - timedelta(minutes=16))
    assert try_sign_in("vera", PASSWORD) == "/", "the pause ends"


def test_success_forgets_earlier_failures(viewer: User) -> None:
    for _ in range(3):
        for _ in range(4):
            try_sign_in("vera", "guess")
        assert try_sign_in("vera", PASSWORD) == "/"


def test_one_network_cannot_try_every_name(viewer: User) -> None:
    for number in range(50):
        assert WRONG in try_sign_in(f"name-{number}", "guess", REMOTE_ADDR=f"2001:db8::{number + 1:x}")
    assert "Too many failed attempts" in try_sign_in("vera", PASSWORD, REMOTE_ADDR="2001:db8::ffff")
    assert try_sign_in("vera", PASSWORD, REMOTE_ADDR="2001:db8:0:1::1") == "/", "another /64 is another subscriber"


def test_the_address_behind_a_proxy_is_believed_only_when_told(viewer: User, settings: Settings) -> None:
    for number in range(5):
        try_sign_in("vera", "guess", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    forged = {"HTTP_X_FORWARDED_FOR": "203.0.113.77"}
    assert "Too many failed attempts" in try_sign_in("vera", PASSWORD, **forged)
    settings.PROXY_HOPS = 1
    assert try_sign_in("vera", PASSWORD, **forged) == "/"
    for _ in range(5):
        try_sign_in("vera", "guess", HTTP_X_FORWARDED_FOR="198.51.100.1, 203.0.113.9")
    refused = try_sign_in("vera", PASSWORD, HTTP_X_FORWARDED_FOR="192.0.2.1, 203.0.113.9")
    assert "Too many failed attempts" in refused, "what the browser wrote itself, further left, changes nothing"


def test_what_is_typed_into_the_name_is_not_kept(db: None) -> None:
    try_sign_in("my-secret-password", "x")
    assert "my-secret" not in str(list(SignInAttempt.objects.values())) + str(list(AuditEvent.objects.values()))
    assert AuditEvent.objects.get().action == "person.sign-in-failed"


def test_choosing_a_password_ends_other_sessions(viewer: User, signed_in: Callable[[User], Client]) -> None:
    here, elsewhere = signed_in(viewer), signed_in(viewer)
    new = "copper-lantern-57-orbit"
    page = here.post("/account/password/", {"present": "wrong", "new": new, "again": new}).content.decode()
    assert "This is not your present password." in page
    page = here.post("/account/password/", {"present": PASSWORD, "new": new, "again": "other"}).content.decode()
    assert "The two new passwords differ." in page
    page = here.post("/account/password/", {"present": PASSWORD, "new": "short", "again": "short"}).content.decode()
    assert "at least 12 characters" in page
    page = here.post("/account/password/", {"present": PASSWORD, "new": PASSWORD, "again": PASSWORD}).content.decode()
    assert "differs from the present one" in page
    assert here.post("/account/password/", {"present": PASSWORD, "new": new, "again": new})["Location"] == "/"
    assert here.get("/plain/").status_code == 200
    assert elsewhere.get("/plain/").status_code == 302


def test_the_first_administrator_exists_once(db: None) -> None:
    made = ensure_first_administrator()
    assert made is not None
    name, password = made
    assert ensure_first_administrator() is None
    assert try_sign_in(name, password) == "/"
    user = User.objects.get(username=name)
    assert user.is_administrator
    assert user.must_change_password
    assert password not in str(list(AuditEvent.objects.values()))


def test_a_one_time_password_expires(viewer: User) -> None:
    User.objects.update(must_change_password=True, password_expires_at=timezone.now() - timedelta(seconds=1))
    assert "no longer valid" in try_sign_in("vera", PASSWORD)


def test_names_are_plain(db: None) -> None:
    assert User.objects.create_user(" Ada.Lovelace@Example.org ").username == "ada.lovelace@example.org"
