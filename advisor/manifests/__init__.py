"""Starter manifests, pure: `generate` makes a set, `write_directory` and `zip_bytes` put it out."""

from __future__ import annotations

from advisor.manifests.generate import TOOLS, Tool, generate
from advisor.manifests.model import Example, ManifestFile, ManifestSet, Note, Prerequisite
from advisor.manifests.output import OutputError, write_directory, write_zip, zip_bytes

__all__ = [
    "TOOLS",
    "Example",
    "ManifestFile",
    "ManifestSet",
    "Note",
    "OutputError",
    "Prerequisite",
    "Tool",
    "generate",
    "write_directory",
    "write_zip",
    "zip_bytes",
]
