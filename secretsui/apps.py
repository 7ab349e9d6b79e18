from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.core import checks

from secretsui import environment


class SecretsuiConfig(AppConfig):
    """The product's frame: what holds accounts, scanners and advisor together."""

    name = "secretsui"

    def ready(self) -> None:
        # Tasks declared with @shared_task belong to this Celery application, in the web process as in the worker.
        import secretsui.celery  # noqa: F401

        checks.register(misspelt_settings)


def misspelt_settings(**kwargs: Any) -> list[checks.CheckMessage]:
    return [
        checks.Warning(f"{name} is set, but this version has no such setting; it is ignored.", id="secretsui.W001")
        for name in environment.unknown()
    ]
