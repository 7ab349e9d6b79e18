"""Routes for the tests of who may do what: one view of each kind, beside the product's own accounts pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from secretsui.accounts.decorators import (
    administrator_required,
    recently_confirmed,
    viewers_may_post,
    without_sign_in,
)


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.method} done")


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the value is hunter2")


def reads_upload(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(request.FILES["file"])))


urlpatterns = [
    path("", include("secretsui.accounts.urls")),
    path("", plain, name="overview"),
    path("settings/", plain, name="settings"),
    path("plain/", plain),
    path("own/", viewers_may_post(plain)),
    path("administrators/", administrator_required(plain)),
    path("confirmed/", recently_confirmed(plain)),
    path("open/", without_sign_in(plain)),
    path("broken/", broken),
    path("upload/", viewers_may_post(reads_upload)),
]

handler400 = "secretsui.errors.bad_request"
handler403 = "secretsui.errors.forbidden"
