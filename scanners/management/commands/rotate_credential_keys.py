"""`python manage.py rotate_credential_keys`: every stored credential under the newest key of the keyring."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scanners.credentials import SealBroken, rotate
from scanners.models import Cluster
from secretsui.accounts.audit import record


class Command(BaseCommand):
    help = "Encrypt every stored credential with the newest key, so that older keys can be removed."

    def handle(self, *args: Any, **options: Any) -> None:
        rotated, broken = 0, []
        for cluster in Cluster.objects.exclude(credential=b"").only("id", "name", "credential"):
            try:
                credential = rotate(bytes(cluster.credential))
            except SealBroken:
                broken.append(cluster.name)
                continue
            Cluster.objects.filter(pk=cluster.pk).update(credential=credential)
            rotated += 1
        record(None, "credential-keys.rotate", "", rotated=rotated, broken=len(broken))
        self.stdout.write(f"{rotated} credentials are encrypted with the newest key.")
        if broken:
            raise CommandError(
                f"These cannot be opened with any key of the keyring: {', '.join(broken)}. Keep the older keys, "
                "put back the one that is missing, or connect these clusters again."
            )
