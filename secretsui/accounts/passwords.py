"""One-time passwords, and the first administrator."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from secretsui.accounts.audit import record
from secretsui.accounts.models import User

FIRST_ADMINISTRATOR = "admin"
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is mistaken for something else
GROUPS, GROUP_LENGTH = 4, 5
ONE_TIME_PASSWORD_LIFE = timedelta(days=7)


def new_one_time_password() -> str:
    """99 random bits in four groups, easy to type from paper."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))


def give_one_time_password(user: User, life: timedelta | None = ONE_TIME_PASSWORD_LIFE) -> str:
    """Replaces the password, which ends that person's sessions; they choose their own at the next sign-in."""
    password = new_one_time_password()
    user.set_password(password)
    user.must_change_password = True
    user.password_expires_at = timezone.now() + life if life is not None else None
    user.save()
    return password


def ensure_first_administrator() -> tuple[str, str] | None:
    """Name and one-time password of a new administrator, if there is no one yet who could sign in; else None.

    The password exists only in what is returned: show it once. It does not expire, since nobody could renew it.
    """
    with transaction.atomic():
        if User.objects.exists():
            return None
        user = User.objects.create_user(FIRST_ADMINISTRATOR, role=User.Role.ADMINISTRATOR)
        password = give_one_time_password(user, life=None)
        record(None, "person.add", user.username, role=user.role, by="first start")
    return user.username, password
