"""Credentials in plain text: in env vars, on command lines, in ConfigMaps."""

from __future__ import annotations

from scanners.checks.plaintext.arguments import PLAINTEXT_ARGS
from scanners.checks.plaintext.config_maps import PLAINTEXT_CONFIGMAP
from scanners.checks.plaintext.env import PLAINTEXT_ENV

CHECKS = (PLAINTEXT_ENV, PLAINTEXT_ARGS, PLAINTEXT_CONFIGMAP)

__all__ = ["CHECKS", "PLAINTEXT_ARGS", "PLAINTEXT_CONFIGMAP", "PLAINTEXT_ENV"]
