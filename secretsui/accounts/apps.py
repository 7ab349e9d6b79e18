from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, roles, sign-in and the audit trail."""

    name = "secretsui.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
