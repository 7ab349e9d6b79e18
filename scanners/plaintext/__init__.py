"""Credentials written in plain: pure judgement over literals, decided by the value before the name."""

from __future__ import annotations

from scanners.plaintext.detect import detect
from scanners.plaintext.detected import Detected

__all__ = ["Detected", "detect"]
