"""Larkspur Goods: a believable company whose Secrets the demo shows. It exists nowhere else, and no value is real."""

from tests.demo_company.seeding import AUDIT_POLICY, ENCRYPTION, seed

__all__ = ["AUDIT_POLICY", "ENCRYPTION", "seed"]
