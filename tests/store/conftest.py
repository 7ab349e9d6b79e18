"""The real servers, for what SQLite alone cannot show."""

from __future__ import annotations

from tests.servers import postgres_url

__all__ = ["postgres_url"]
