"""Whether anything looks for secrets before they land: CI pipelines of all systems, and hooks."""

from __future__ import annotations

from scanners.repository.pipelines.read import read_pipelines

__all__ = ["read_pipelines"]
