"""Working trees made for a test: real git repositories with the files it names, and what reading them gives."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from scanners.assess import assess
from scanners.inventory import Repository, RepositoryFault
from scanners.report import Finding, Report
from scanners.repository import read_repository

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
QUIET = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "PATH": "/usr/local/bin:/usr/bin:/bin"}

GITHUB_TOKEN = "ghp_" + "x7Kd93mQpLs0aVbN4cTz" + "8RwYe2Hf5UgJ1iXo"
"""Shaped like one; its checksum is wrong. In two halves, so that nothing takes this file for a leak."""
PRIVATE_KEY = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    .decode()
)
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUZ0x1fF2u6T4=\n-----END CERTIFICATE-----\n"


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, env=QUIET, capture_output=True)


def work_tree(folder: Path, files: Mapping[str, str], *, commit: bool = True) -> Path:
    """A git repository with these files; `.git/info` and what is ignored stay as git makes them."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet")
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    if commit:
        git(folder, "add", "--all")
    return folder


def scanned(folder: Path) -> Repository:
    repository = read_repository(folder, NOW).repository
    assert repository is not None
    return repository


def report(folder: Path) -> Report:
    return assess(read_repository(folder, NOW))


def faults(folder: Path) -> dict[str, list[RepositoryFault]]:
    """What is wrong with each file, by path."""
    return {file.path: list(file.faults) for file in scanned(folder).files if file.faults}


def findings(folder: Path, check: str = "git-plaintext-secret") -> list[Finding]:
    return [finding for finding in report(folder).findings if finding.check == check]


def secret(name: str = "db", *, namespace: str = "shop", string_data: str = "", data: str = "") -> str:
    """A Secret's manifest; `data` and `string_data` are flow mappings."""
    lines = ["apiVersion: v1", "kind: Secret", f"metadata: {{name: {name}, namespace: {namespace}}}"]
    lines += [f"data: {data}"] if data else []
    lines += [f"stringData: {string_data}"] if string_data else []
    return "\n".join(lines) + "\n"
