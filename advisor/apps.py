"""The advisor as a Django application: assessments and their pages. The engine itself knows no Django."""

from __future__ import annotations

from django.apps import AppConfig


class AdvisorConfig(AppConfig):
    name = "advisor"
    verbose_name = "Advisor"
