"""Pages for what went wrong: what happened, and what to do next."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import requires_csrf_token

FORBIDDEN = "Your role does not allow this. An administrator can do it, or can change your role under Settings, People."
FORM_EXPIRED = (
    "This form is too old or came from another site, so nothing was changed. "
    "Go back, reload the page and send it again."
)
NO_COOKIES = (
    "This page was reached over plain http, but its cookies are for https only, so nobody can sign in this way. "
    "Use its https address; docs/running-in-production.md says how to set up the proxy in front."
)
FORM_EXPIRED_IN_DEBUG = " Django's reason: {reason}."


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        limit = settings.MAX_UPLOAD_BYTES // (1024 * 1024)
        message = (
            f"This upload is larger than {limit} MiB, so nothing was saved. SECRETSUI_MAX_UPLOAD_MIB sets the limit."
        )
        return render(request, "400.html", {"title": "The upload is too large", "message": message}, status=413)
    message = "The browser sent something this page cannot read, so nothing was changed. Go back and try again."
    return render(request, "400.html", {"title": "This request cannot be read", "message": message}, status=400)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    message = str(exception) if isinstance(exception, PermissionDenied) and str(exception) else FORBIDDEN
    return render(request, "403.html", {"message": message}, status=403)


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    expired = FORM_EXPIRED
    if settings.CSRF_COOKIE_SECURE and not request.is_secure() and not request.COOKIES:
        expired = NO_COOKIES
    message = expired + (FORM_EXPIRED_IN_DEBUG.format(reason=reason) if settings.DEBUG else "")
    return render(request, "403.html", {"message": message}, status=403)
