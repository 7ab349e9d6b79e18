"""The columns of the lists: what each shows, how it sorts, what it exports and prints."""

from __future__ import annotations

from scanners.tables.base import PAGE_SIZES, UNKNOWN, ListTable
from scanners.tables.due import DueTable
from scanners.tables.findings import FindingTable
from scanners.tables.secrets import SecretTable

__all__ = ["PAGE_SIZES", "UNKNOWN", "DueTable", "FindingTable", "ListTable", "SecretTable"]
