"""What a value is, told without keeping it: pure judgement over the keys of one Secret, for a deep scan."""

from __future__ import annotations

from scanners.values.facts import About, key_facts

__all__ = ["About", "key_facts"]
