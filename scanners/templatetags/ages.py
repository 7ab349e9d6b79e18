"""Ages of stored Secrets in templates: `{% load ages %}`."""

from __future__ import annotations

from datetime import datetime

from django import template

from scanners.aged import Aged, aged
from scanners.models import SecretRecord

register = template.Library()


@register.filter
def aged_at(record: SecretRecord, moment: datetime) -> Aged:
    """The Secret's age at a moment."""
    return aged(record, moment)
