from __future__ import annotations

from functools import partial

from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from secretsui.accounts.audit import record
from secretsui.accounts.decorators import confirmed_now, viewers_may_post
from secretsui.accounts.forms import ChoosePasswordForm, ConfirmForm
from secretsui.accounts.limits import refusal
from secretsui.accounts.models import User
from secretsui.accounts.views.sign_in import next_page


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@viewers_may_post
def change_password(request: HttpRequest) -> HttpResponse:
    """Choosing one's own password: after a one-time one, or at any time."""
    user = request.user
    assert isinstance(user, User)
    forced = user.must_change_password
    form = ChoosePasswordForm(user, partial(refusal, request, user), request.POST or None)
    if request.method == "POST" and form.is_valid():
        user.set_password(form.cleaned_data["new"])
        user.must_change_password = False
        user.password_expires_at = None
        user.save()
        auth.update_session_auth_hash(request, user)  # this session stays, every other one ends
        confirmed_now(request)
        record(request, "person.change-password", user.username)
        messages.success(request, "Your new password is set. Other sessions of yours have ended.")
        return redirect("/")
    return render(request, "accounts/change_password.html", {"form": form, "forced": forced})


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@viewers_may_post
def confirm_password(request: HttpRequest) -> HttpResponse:
    """The password once more, before credentials and people are changed."""
    user = request.user
    assert isinstance(user, User)
    form = ConfirmForm(partial(refusal, request, user), request.POST or None)
    if request.method == "POST" and form.is_valid():
        confirmed_now(request)
        return redirect(next_page(request))
    return render(request, "accounts/confirm_password.html", {"form": form, "next": next_page(request)})
