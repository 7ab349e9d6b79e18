from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from secretsui.accounts import people
from secretsui.accounts.decorators import administrator_required, recently_confirmed
from secretsui.accounts.forms import ActiveForm, AddPersonForm, RoleForm
from secretsui.accounts.models import User

LAST = "{name} is the last active administrator, so nothing was changed. Make somebody else an administrator first."


@require_safe
@administrator_required
@recently_confirmed
def list_people(request: HttpRequest) -> HttpResponse:
    return _page(request, add_form=AddPersonForm())


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_required
@recently_confirmed
def add_person(request: HttpRequest) -> HttpResponse:
    """Shows the one-time password in the answer itself: it is in no session, message or address."""
    if request.method != "POST":
        return redirect("people")
    form = AddPersonForm(request.POST)
    if not form.is_valid():
        return _page(request, add_form=form, status=422)
    user, password = people.add_person(request, form.cleaned_data["username"], form.cleaned_data["role"])
    return _show_password(request, user, password)


@require_POST
@administrator_required
@recently_confirmed
def renew_password(request: HttpRequest, person: int) -> HttpResponse:
    user = get_object_or_404(User, pk=person)
    return _show_password(request, user, people.renew_password(request, user))


@require_POST
@administrator_required
@recently_confirmed
def change_role(request: HttpRequest, person: int) -> HttpResponse:
    user, form = get_object_or_404(User, pk=person), RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "There is no such role, so nothing was changed.")
        return redirect("people")
    try:
        people.change_role(request, user, form.cleaned_data["role"])
        messages.success(request, f"{user.username} is now {user.get_role_display()}.")
    except people.LastAdministrator:
        messages.error(request, LAST.format(name=user.username))
    return redirect("people")


@require_POST
@administrator_required
@recently_confirmed
def set_active(request: HttpRequest, person: int) -> HttpResponse:
    user, form = get_object_or_404(User, pk=person), ActiveForm(request.POST)
    if not form.is_valid():
        messages.error(request, "The form was incomplete, so nothing was changed.")
        return redirect("people")
    active = form.cleaned_data["active"]
    try:
        people.set_active(request, user, active)
        messages.success(request, f"{user.username} can {'sign in again' if active else 'no longer sign in'}.")
    except people.LastAdministrator:
        messages.error(request, LAST.format(name=user.username))
    return redirect("people")


def _page(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    everyone = list(User.objects.all())
    active = sum(user.is_active for user in everyone)
    context |= {"people": everyone, "active": active, "deactivated": len(everyone) - active}
    context["roles"] = User.Role.choices
    return render(request, "accounts/people.html", context, status=status)


def _show_password(request: HttpRequest, user: User, password: str) -> HttpResponse:
    return render(request, "accounts/one_time_password.html", {"person": user, "password": password})
