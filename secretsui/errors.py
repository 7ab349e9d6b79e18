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
        title, message = _too_large(int(request.META.get("CONTENT_LENGTH") or 0))
        return render(request, "400.html", {"title": title, "message": message}, status=413)
    message = "The browser sent something this page cannot read, so nothing was changed. Go back and try again."
    return render(request, "400.html", {"title": "This request cannot be read", "message": message}, status=400)


def _too_large(length: int) -> tuple[str, str]:
    """Title and sentence for a request of `length` bytes: files have one limit, what is typed or pasted another."""
    if length > settings.MAX_UPLOAD_BYTES:
        limit = settings.MAX_UPLOAD_BYTES // (1024 * 1024)
        return "The upload is too large", (
            f"This upload is larger than {limit} MiB, so nothing was saved. SECRETSUI_MAX_UPLOAD_MIB sets the limit."
        )
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024
    return "The text is too large", (
        f"What was typed or pasted is larger than {limit} KiB, so nothing was saved. Shorten it, or upload a file."
    )


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
