"""Credentials inside files: YAML, JSON, TOML, properties, env files, INI, XML, scripts, and text of no format."""

from __future__ import annotations

from scanners.plaintext.files.inspection import InFile, Inspection, inspect

__all__ = ["InFile", "Inspection", "inspect"]
