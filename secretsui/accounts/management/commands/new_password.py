from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from secretsui.accounts.models import User
from secretsui.accounts.people import renew_password


class Command(BaseCommand):
    help = "Gives a person a new one-time password and prints it: for whoever lost theirs and has no administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what the person types to sign in")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(options["name"])
        except User.DoesNotExist:
            names = ", ".join(User.objects.values_list("username", flat=True)[:20]) or "nobody yet"
            raise CommandError(f"There is no person named {options['name']!r}. There are: {names}.") from None
        if not user.is_active:
            raise CommandError(
                f"{user.username} is deactivated; an administrator can change that under Settings, People."
            )
        password = renew_password(None, user)
        self.stdout.write(f"Sign in as {user.username} with the one-time password {password}; it is valid for 7 days.")
