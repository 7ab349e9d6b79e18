from __future__ import annotations

from math import ceil

from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from secretsui.accounts.audit import record
from secretsui.accounts.decorators import confirmed_now, viewers_may_post, without_sign_in
from secretsui.accounts.forms import SignInForm
from secretsui.accounts.limits import Attempt, too_often
from secretsui.accounts.models import User

WRONG = "This name and password do not match. Check both; after five failures there is a pause of 15 minutes."
EXPIRED = "This one-time password is no longer valid. Ask an administrator for a new one."


@without_sign_in
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form, and what becomes of it. One sentence for an unknown name, a wrong password and a deactivated person."""
    target = next_page(request)
    if request.user.is_authenticated:
        return redirect(target)
    form = SignInForm(request.POST or None)
    wait = None
    if request.method == "POST" and form.is_valid():
        username = form.cleaned_data["username"]
        attempt = Attempt(request, username)
        wait = attempt.wait()
        if wait is not None:
            form.add_error(None, too_often(wait))
        elif isinstance(user := auth.authenticate(request, **form.cleaned_data), User):
            if user.password_expires_at is None or user.password_expires_at > timezone.now():
                attempt.succeeded()
                _sign_in(request, user)
                return redirect(target)
            form.add_error(None, EXPIRED)
        else:
            known = User.objects.filter(username=User.normalize_username(username)).exists()
            record(request, "person.sign-in-failed", User.normalize_username(username) if known else "(unknown name)")
            form.add_error(None, WRONG)
    response = render(request, "accounts/sign_in.html", {"form": form, "next": target})
    if wait is not None:
        response.status_code = 429
        response.headers["Retry-After"] = str(ceil(wait.total_seconds()))
    return response


@require_POST
@viewers_may_post
def sign_out(request: HttpRequest) -> HttpResponse:
    record(request, "person.sign-out", request.user.get_username())
    auth.logout(request)
    return redirect("sign-in")


def next_page(request: HttpRequest) -> str:
    """Where the person was going, if that is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else resolve_url(settings.LOGIN_REDIRECT_URL)


def _sign_in(request: HttpRequest, user: User) -> None:
    auth.login(request, user)
    confirmed_now(request)
    record(request, "person.sign-in", user.username)
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
