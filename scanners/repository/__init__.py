"""Reads a Git working tree: Secrets in plain, broken SOPS files, credentials, and whether CI looks for them.

It knows files and git, neither a cluster nor Django. `read_repository` gives an Inventory that holds no value.
"""

from __future__ import annotations

from scanners.repository.read import read_repository
from scanners.repository.work_tree import RepositoryError

__all__ = ["RepositoryError", "read_repository"]
