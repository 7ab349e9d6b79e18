"""The product's own audit trail: `record` is called where something happens, beside the change it describes."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from secretsui.accounts.addresses import client_address
from secretsui.accounts.models import AuditEvent, User

LONGEST_TEXT = 300


def record(request: HttpRequest | None, action: str, object: str = "", **detail: Any) -> AuditEvent:
    """Adds one event. `action` is `subject.verb` (`cluster.add`, `person.deactivate`); without a request it was the
    program itself, or whoever used a command on its machine.

    `detail` is shown to administrators and kept: names, counts and reasons, never a credential or a secret value.
    """
    user = getattr(request, "user", None)
    return AuditEvent.objects.create(
        user=user if isinstance(user, User) else None,
        user_name=user.username if isinstance(user, User) else "",
        address=client_address(request) if request is not None else None,
        action=action,
        object=object[:LONGEST_TEXT],
        detail={name: value[:LONGEST_TEXT] if isinstance(value, str) else value for name, value in detail.items()},
    )
