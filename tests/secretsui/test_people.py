"""People and the audit trail: administrators only, passwords shown once, never nobody left in charge."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.test import Client

from secretsui.accounts.audit import record
from secretsui.accounts.models import AuditEvent, User
from tests.secretsui.conftest import PASSWORD

SignedIn = Callable[[User], Client]

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.secretsui.routes")]

ONE_TIME = re.compile(r"<pre>([a-z0-9-]+)</pre>")


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


def test_a_person_is_added_signs_in_and_chooses_a_password(administrator: User, signed_in: SignedIn) -> None:
    answer = signed_in(administrator).post("/settings/people/add/", {"username": "Nina", "role": "viewer"})
    shown = ONE_TIME.search(answer.content.decode())
    assert shown
    assert answer["Cache-Control"] == "private, no-store"

    nina = Client()
    assert nina.post("/sign-in/", {"username": "nina", "password": shown[1]})["Location"] == "/"
    assert nina.get("/")["Location"] == "/account/password/"
    assert nina.post("/account/password/", {"new": shown[1], "again": shown[1]}).status_code == 200, "not the same one"
    assert nina.post("/account/password/", {"new": PASSWORD, "again": PASSWORD})["Location"] == "/"
    assert nina.get("/").status_code == 200
    assert actions() == ["person.add", "person.sign-in", "person.change-password"]


def test_a_name_is_taken_once_and_must_be_plain(administrator: User, signed_in: SignedIn) -> None:
    client = signed_in(administrator)
    answer = client.post("/settings/people/add/", {"username": "ADA", "role": "viewer"})
    assert "There is a person of this name already." in answer.content.decode()
    answer = client.post("/settings/people/add/", {"username": "аda", "role": "viewer"})  # Cyrillic
    assert "Use lower-case letters" in answer.content.decode()
    assert User.objects.count() == 1


def test_the_last_administrator_stays(administrator: User, viewer: User, signed_in: SignedIn) -> None:
    client = signed_in(administrator)
    for path, field in (("role", {"role": "viewer"}), ("active", {"active": "no"})):
        answer = client.post(f"/settings/people/{administrator.pk}/{path}/", field, follow=True)
        assert "is the last active administrator, so nothing was changed" in answer.content.decode()
    assert User.objects.active_administrators().get() == administrator

    client.post(f"/settings/people/{viewer.pk}/role/", {"role": "administrator"})
    client.post(f"/settings/people/{administrator.pk}/role/", {"role": "viewer"})
    assert User.objects.active_administrators().get() == viewer
    assert actions() == ["person.change-role", "person.change-role"]
    assert AuditEvent.objects.last().detail == {"before": "viewer", "after": "administrator"}


def test_a_new_one_time_password_ends_the_old_one(administrator: User, viewer: User, signed_in: SignedIn) -> None:
    theirs = signed_in(viewer)
    answer = signed_in(administrator).post(f"/settings/people/{viewer.pk}/new-password/")
    shown = ONE_TIME.search(answer.content.decode())
    assert shown
    assert theirs.get("/").status_code == 302, "their sessions have ended"
    assert "do not match" in Client().post("/sign-in/", {"username": "vera", "password": PASSWORD}).content.decode()
    assert Client().post("/sign-in/", {"username": "vera", "password": shown[1]}).status_code == 302


def test_deactivation_and_back(administrator: User, viewer: User, signed_in: SignedIn) -> None:
    client = signed_in(administrator)
    client.post(f"/settings/people/{viewer.pk}/active/", {"active": "no"})
    assert not User.objects.get(pk=viewer.pk).is_active
    assert "deactivated" in client.get("/settings/people/").content.decode()
    client.post(f"/settings/people/{viewer.pk}/active/", {"active": "yes"})
    assert User.objects.get(pk=viewer.pk).is_active


@pytest.mark.parametrize("path", ["", "add/", "{}/new-password/", "{}/role/", "{}/active/"])
def test_viewers_have_no_say(administrator: User, viewer: User, signed_in: SignedIn, path: str) -> None:
    address = "/settings/people/" + path.format(administrator.pk)
    assert signed_in(viewer).post(address, {"role": "viewer", "active": "no"}).status_code in (403, 405)
    assert signed_in(viewer).get(address).status_code in (403, 405)
    assert User.objects.active_administrators().get() == administrator


def test_the_trail_is_for_administrators_and_only_grows(administrator: User, viewer: User, signed_in: SignedIn) -> None:
    event = record(None, "cluster.add", "<b>prod</b>", server="https://api.example", count=3)
    assert signed_in(viewer).get("/settings/log/").status_code == 403
    page = signed_in(administrator).get("/settings/log/").content.decode()
    assert "&lt;b&gt;prod&lt;/b&gt;" in page
    assert "server: https://api.example, count: 3" in page
    assert "Nothing here matches" in signed_in(administrator).get("/settings/log/?q=zebra").content.decode()
    assert "cluster.add" in signed_in(administrator).get("/settings/log/?q=CLUSTER").content.decode()
    event.action = "something.else"
    with pytest.raises(PermissionDenied):
        event.save()


def test_the_trail_outlives_people(administrator: User, viewer: User, signed_in: SignedIn) -> None:
    signed_in(viewer).post("/sign-out/")
    viewer.delete()
    event = AuditEvent.objects.get()
    assert (event.user, event.user_name, event.address) == (None, "vera", "127.0.0.1")


def test_commands_for_whoever_runs_the_machine(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("first_administrator")
    assert "Sign in as admin with the one-time password" in capsys.readouterr().out
    call_command("first_administrator")
    said = capsys.readouterr()
    assert (said.out, "There are people already" in said.err) == ("", True)
    call_command("new_password", "admin")
    assert "Sign in as admin" in capsys.readouterr().out
    with pytest.raises(CommandError, match="There are: admin"):
        call_command("new_password", "nobody")
