"""People and their roles, attempts to sign in, and the product's own audit trail."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import PermissionDenied
from django.core.validators import RegexValidator
from django.db import models


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        """One person; without a password nobody can sign in as them."""
        user = self.model(username=User.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(username, password, role=User.Role.ADMINISTRATOR, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=User.normalize_username(username or ""))

    def active_administrators(self) -> models.QuerySet[User]:
        return self.filter(role=User.Role.ADMINISTRATOR, is_active=True)


class User(AbstractBaseUser):
    """A person who signs in. Names are lower-case ASCII, so that no two look the same."""

    class Role(models.TextChoices):
        VIEWER = "viewer", "viewer"
        ADMINISTRATOR = "administrator", "administrator"

    username = models.CharField(
        "name",
        max_length=150,
        unique=True,
        validators=[
            RegexValidator(r"\A[a-z0-9][a-z0-9._@+-]*\Z", "Use lower-case letters, digits and . _ @ + - only.")
        ],
    )
    role = models.CharField(max_length=20, choices=Role, default=Role.VIEWER)
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    password_expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"

    class Meta:
        ordering = ["username"]

    @classmethod
    def normalize_username(cls, username: str) -> str:
        return super().normalize_username(username).strip().lower()

    @property
    def is_administrator(self) -> bool:
        return self.role == self.Role.ADMINISTRATOR


class SignInAttempt(models.Model):
    """A sign-in that was tried and did not succeed (yet).

    `name` is a keyed digest: people type passwords into the wrong field. `network` is an IPv4 address or an IPv6 /64.
    """

    at = models.DateTimeField(auto_now_add=True)
    name = models.CharField(max_length=64)
    network = models.CharField(max_length=50)

    class Meta:
        indexes = [models.Index(fields=["network", "at"]), models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"from {self.network} at {self.at:%Y-%m-%d %H:%M:%S} UTC"


class AuditEvent(models.Model):
    """Who did what in this product, and when. Rows are added, never changed; `user_name` outlives the user."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    user_name = models.CharField(max_length=150, blank=True)
    address = models.GenericIPAddressField(null=True)
    action = models.CharField(max_length=60, db_index=True)
    object = models.CharField(max_length=300, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.user_name or 'secretsui'}: {self.action} {self.object}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise PermissionDenied("The audit trail is only ever added to.")
        super().save(*args, **kwargs)

    @property
    def nobody(self) -> str:
        """Who it was where no name is known: a stranger over the network, or the program and its commands."""
        return "secretsui itself" if self.address is None else "not signed in"
