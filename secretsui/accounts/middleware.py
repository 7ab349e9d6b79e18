"""Every route is closed unless it is opened by name, and a session ends when nobody uses it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import Resolver404, ResolverMatch, resolve, reverse

from secretsui.accounts.decorators import SAFE_METHODS

GetResponse = Callable[[HttpRequest], HttpResponse]

USED_AT = "used_at"
NOTED_EVERY_SECONDS = 5 * 60

WITH_ONE_TIME_PASSWORD = frozenset({"change-password", "sign-out"})
"""Routes for someone who has yet to choose a password."""


class AccessMiddleware:
    """Sign-in for every address, known or not; a chosen password before anything else; no POST by viewers.

    A view is opened with `without_sign_in`, and to the POST of a viewer with `viewers_may_post`; both stand above
    the view. An unknown address answers like a closed one, so that nobody learns from outside what exists.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        match = _match(request)
        if getattr(match and match.func, "without_sign_in", False) or request.path.startswith(settings.STATIC_URL):
            return self.get_response(request)
        if not request.user.is_authenticated:
            return _go(request, f"{reverse('sign-in')}?{urlencode({'next': _wanted_page(request)})}")
        if request.user.must_change_password and (match is None or match.url_name not in WITH_ONE_TIME_PASSWORD):
            return _go(request, reverse("change-password"))
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if request.method in SAFE_METHODS or getattr(view, "without_sign_in", False):
            return
        if not getattr(request.user, "is_administrator", False) and not getattr(view, "viewers_may_post", False):
            raise PermissionDenied


class IdleSessionMiddleware:
    """Moves the end of a session on while a person uses it, and writes that at most every five minutes.

    A page that refreshes itself is not use: such requests carry the header `X-Background: 1` (hx-headers).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        in_use = request.user.is_authenticated and "X-Background" not in request.headers
        if in_use and time.time() - request.session.get(USED_AT, 0) > NOTED_EVERY_SECONDS:
            request.session[USED_AT] = int(time.time())
        return self.get_response(request)


def _match(request: HttpRequest) -> ResolverMatch | None:
    try:
        return resolve(request.path_info)
    except Resolver404:
        return None


def _wanted_page(request: HttpRequest) -> str:
    """Where to go on after sign-in: a page, not a part of one and not the target of a form."""
    if request.headers.get("HX-Request") == "true":
        current = urlsplit(request.headers.get("HX-Current-URL", ""))
        return current._replace(scheme="", netloc="", fragment="").geturl() or "/"
    return request.get_full_path() if request.method in SAFE_METHODS else "/"


def _go(request: HttpRequest, target: str) -> HttpResponse:
    """Sends a person to `target`, a part of a page likewise (htmx), and tells a program 401."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Redirect": target})
    if (
        "text/html" not in request.headers.get("Accept", "text/html")
        and "application/json" in request.headers["Accept"]
    ):
        return JsonResponse({"error": "Sign in first."}, status=401)
    return redirect(target)
