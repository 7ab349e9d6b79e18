from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from secretsui.accounts.passwords import ensure_first_administrator


class Command(BaseCommand):
    help = "Makes the first administrator and prints a one-time password. Does nothing once there is anybody."

    def handle(self, *args: Any, **options: Any) -> None:
        made = ensure_first_administrator()
        if made is None:
            self.stderr.write(
                "There are people already; nothing was changed. `new_password NAME` helps one of them in."
            )
            return
        name, password = made
        self.stdout.write(f"Sign in as {name} with the one-time password {password}; it is shown only now.")
