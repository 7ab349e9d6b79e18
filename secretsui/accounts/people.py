"""Changes to people, each with its audit event, and never without an administrator left."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest

from secretsui.accounts.audit import record
from secretsui.accounts.models import User
from secretsui.accounts.passwords import give_one_time_password


class LastAdministrator(Exception):
    """The change would leave nobody who can manage the product."""


def add_person(request: HttpRequest | None, username: str, role: str) -> tuple[User, str]:
    """A new person and their one-time password, which is kept nowhere else."""
    with transaction.atomic():
        user = User.objects.create_user(username, role=role)
        password = give_one_time_password(user)
        record(request, "person.add", user.username, role=role)
    return user, password


def renew_password(request: HttpRequest | None, user: User) -> str:
    """A new one-time password; the person's sessions end."""
    with transaction.atomic():
        password = give_one_time_password(user)
        record(request, "person.new-password", user.username)
    return password


def change_role(request: HttpRequest | None, user: User, role: str) -> None:
    with transaction.atomic():
        _keep_an_administrator(user, stays=role == User.Role.ADMINISTRATOR)
        record(request, "person.change-role", user.username, before=user.role, after=role)
        User.objects.filter(pk=user.pk).update(role=role)
    user.role = role


def set_active(request: HttpRequest | None, user: User, active: bool) -> None:
    """Deactivation ends the person's sessions at their next request; what they did stays in the audit trail."""
    with transaction.atomic():
        _keep_an_administrator(user, stays=active and user.is_administrator)
        record(request, "person.activate" if active else "person.deactivate", user.username)
        User.objects.filter(pk=user.pk).update(is_active=active)
    user.is_active = active


def _keep_an_administrator(user: User, *, stays: bool) -> None:
    """Raises LastAdministrator. Locks the rows, so that two administrators cannot remove each other at once."""
    administrators = list(User.objects.active_administrators().select_for_update().values_list("pk", flat=True))
    if not stays and administrators == [user.pk]:
        raise LastAdministrator
