"""The registry of checks: the one list that assessing, the catalogue pages and the docs read."""

from __future__ import annotations

from scanners.checks.check import Check

REGISTRY: tuple[Check, ...] = ()

BY_ID: dict[str, Check] = {check.id: check for check in REGISTRY}
