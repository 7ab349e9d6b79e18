"""Which secretsui made a report."""

from __future__ import annotations


def version() -> str | None:
    """The installed version, None where this runs from a checkout that was never installed."""
    from importlib import metadata  # takes longer than most of what a report needs, and few ask

    try:
        return metadata.version("secretsui")
    except metadata.PackageNotFoundError:
        return None
