from __future__ import annotations

from django.apps import AppConfig


class ScannersConfig(AppConfig):
    """Clusters, scans, Secrets and findings, and the pages about them."""

    name = "scanners"
    default_auto_field = "django.db.models.BigAutoField"
