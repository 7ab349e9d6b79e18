"""What every response carries, whoever asks for what."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from secretsui.accounts.models import User

SignedIn = Callable[[User], Client]

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.secretsui.routes")]


@pytest.mark.parametrize("path", ["/", "/sign-in/", "/no/such/page/", "/settings/log/", "/healthz", "/broken/"])
def test_the_content_security_policy_is_strict_everywhere(path: str, administrator: User, signed_in: SignedIn) -> None:
    client = signed_in(administrator)
    client.raise_request_exception = False
    policy = client.get(path)["Content-Security-Policy"]
    rules = {name: values for name, *values in (rule.split() for rule in policy.split(";"))}
    assert rules.pop("default-src") == ["'none'"]
    assert rules.pop("img-src") == ["'self'", "data:"]
    assert rules.pop("base-uri") == rules.pop("frame-ancestors") == ["'none'"]
    assert set(rules) == {"script-src", "style-src", "connect-src", "font-src", "form-action"}
    assert all(values == ["'self'"] for values in rules.values())


def test_the_companions_of_the_policy(administrator: User, signed_in: SignedIn) -> None:
    headers = signed_in(administrator).get("/").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "private, no-store"


def test_strict_transport_security_is_said_over_tls_only(settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    assert "Strict-Transport-Security" not in Client().get("/sign-in/").headers
    assert Client().get("/sign-in/", secure=True)["Strict-Transport-Security"] == "max-age=31536000"


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(viewer: User, signed_in: SignedIn) -> None:
    client = signed_in(viewer)
    client.get("/account/password/")
    for cookie in client.cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert not cookie["domain"]


def test_a_foreign_form_is_refused_with_a_sentence(viewer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(viewer)
    answer = client.post("/own/", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "came from another site, so nothing was changed" in answer.content.decode()


def test_plain_http_where_cookies_need_tls_is_explained(settings: Settings) -> None:
    settings.CSRF_COOKIE_SECURE = True
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "ada", "password": "x"})
    assert answer.status_code == 403
    assert "its cookies are for https only" in answer.content.decode()


def test_unknown_host_names_are_refused() -> None:
    assert Client().get("/sign-in/", headers={"Host": "evil.example"}).status_code == 400


def test_a_defect_shows_no_detail(administrator: User, signed_in: SignedIn) -> None:
    client = signed_in(administrator)
    client.raise_request_exception = False
    answer = client.get("/broken/")
    assert answer.status_code == 500
    assert "hunter2" not in answer.content.decode()
    assert "Something went wrong" in answer.content.decode()


def test_uploads_stay_in_memory_and_are_bounded(
    viewer: User, signed_in: SignedIn, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings.MAX_UPLOAD_BYTES = 4 * 1024 * 1024
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path_factory.mktemp("uploads") / "there-is-no-such-folder")
    client = signed_in(viewer)
    three = SimpleUploadedFile("snapshot.json", b"x" * 3 * 1024 * 1024)
    assert client.post("/upload/", {"file": three}).content == b"3145728"
    five = SimpleUploadedFile("snapshot.json", b"x" * 5 * 1024 * 1024)
    answer = client.post("/upload/", {"file": five})
    assert answer.status_code == 413
    assert "This upload is larger than 4 MiB, so nothing was saved." in answer.content.decode()


def test_the_way_back_after_sign_in_is_kept() -> None:
    answer = Client().get("/plain/?state=open&page=2")
    assert urlsplit(answer["Location"]).query == "next=%2Fplain%2F%3Fstate%3Dopen%26page%3D2"
