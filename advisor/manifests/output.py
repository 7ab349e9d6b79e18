"""A set as a folder or a zip. The same set gives the same bytes."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path

from advisor.manifests.model import ManifestSet

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold; a set has no date of its own


class OutputError(Exception):
    """The set cannot be written; the message says why and what to do. Nothing of it has been written."""


def write_directory(manifests: ManifestSet, path: Path, *, force: bool = False) -> None:
    """Writes every file below `path`, which must be new or empty; with `force` files of the same name are replaced.

    Raises OutputError where the folder is not empty, is no folder, holds a link where a file of the set goes, or cannot
    be written.
    """
    try:
        if path.exists() and not path.is_dir():
            raise OutputError(f"{path} is a file, not a folder; choose another name.")
        if path.is_dir() and any(path.iterdir()) and not force:
            raise OutputError(
                f"{path} is not empty; choose a new folder, or replace files of the same name with --force."
            )
        for file in manifests.files:
            _refuse_links(path, path / file.path)
        for file in manifests.files:
            target = path / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.content.encode())
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}.") from error


def _refuse_links(root: Path, target: Path) -> None:
    """A link inside the folder would carry the writing out of it."""
    for part in (target, *target.parents):
        if part == root:
            return
        if part.is_symlink():
            raise OutputError(f"{part} is a link, and what is written there would land elsewhere; remove it first.")


def zip_bytes(manifests: ManifestSet) -> bytes:
    """The set as a zip whose bytes depend on nothing but the set: fixed dates, modes and order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in manifests.files:
            entry = zipfile.ZipInfo(file.path, _ZIP_EPOCH)
            entry.create_system = 3  # Unix, on every machine
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.content.encode())
    return buffer.getvalue()


def write_zip(manifests: ManifestSet, path: Path, *, force: bool = False) -> None:
    """Writes the zip; OutputError where the file exists (without `force`) or cannot be written."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        with os.fdopen(os.open(path, flags, 0o644), "wb") as file:
            file.write(zip_bytes(manifests))
    except FileExistsError:
        raise OutputError(f"{path} exists; choose another name, or replace it with --force.") from None
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}.") from error
