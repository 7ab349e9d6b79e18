"""How often sign-in may be tried.

An attempt is counted before the password is looked at and taken back when it was right, so that many attempts
at the same moment are no way around the limit.
"""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from secretsui.accounts.addresses import client_network
from secretsui.accounts.audit import record
from secretsui.accounts.models import SignInAttempt, User

WINDOW = timedelta(minutes=15)
PER_NAME_AND_NETWORK = 5
PER_NETWORK = 50
"""Higher, because an office may share one address; enough to make trying one password on many names slow."""


class Attempt:
    """One attempt to sign in, counted from the moment it is made."""

    def __init__(self, request: HttpRequest, username: str) -> None:
        self.name = salted_hmac("secretsui.sign-in", User.normalize_username(username), algorithm="sha256").hexdigest()
        self.network = client_network(request)
        SignInAttempt.objects.filter(at__lt=timezone.now() - WINDOW).delete()
        self.row = SignInAttempt.objects.create(name=self.name, network=self.network)

    def wait(self) -> timedelta | None:
        """None if the attempt may go on, else how long to wait. A refused attempt does not count."""
        recent = SignInAttempt.objects.filter(network=self.network, at__gte=timezone.now() - WINDOW)
        for attempts, limit in ((recent.filter(name=self.name), PER_NAME_AND_NETWORK), (recent, PER_NETWORK)):
            times = list(attempts.order_by("-at").values_list("at", flat=True)[: limit + 1])
            if len(times) > limit:
                self.row.delete()
                # There is room again when the oldest of the last `limit` others leaves the window.
                return max(times[limit] + WINDOW - timezone.now(), timedelta(seconds=1))
        return None

    def succeeded(self) -> None:
        """Forgets the failures of this name from this network."""
        SignInAttempt.objects.filter(name=self.name, network=self.network).delete()


def refusal(request: HttpRequest, user: User, password: str) -> str | None:
    """Checks the password of someone who is signed in, within the same limit. None if it is right, else a sentence."""
    attempt = Attempt(request, user.username)
    wait = attempt.wait()
    if wait is not None:
        return too_often(wait)
    if not user.check_password(password):
        record(request, "person.confirm-failed", user.username)
        return "This is not your present password."
    attempt.succeeded()
    return None


def too_often(wait: timedelta) -> str:
    minutes = max(1, ceil(wait.total_seconds() / 60))
    return f"Too many failed attempts. Wait {minutes} minute{'s' if minutes > 1 else ''}, then try again."
