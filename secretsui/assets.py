"""Static files: our own, and those of third parties straight from the packages that ship them.

Third-party files are named one by one, so nothing else of a package becomes public. `ensure_collected` copies all
of them into STATIC_ROOT, compressed and under hashed names that browsers may keep for ever; before that they are
served as they are, through the finders.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage
from django.core.management import call_command
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

from secretsui.folders import is_collected

STAMP = "collected-from"

THIRD_PARTY = (
    # distribution, folder inside it, prefix under /static/, file
    ("django_htmx", "static/django_htmx", "django_htmx", "htmx-2.min.js"),
    ("plotly", "package_data", "plotly", "plotly.min.js"),
)


class ThirdPartyFinder(BaseFinder):
    """Finds the files of THIRD_PARTY in the installed packages, without importing them."""

    def __init__(self, app_names: Iterable[str] | None = None, *args: Any, **kwargs: Any) -> None:
        self.storages: dict[str, tuple[str, FileSystemStorage]] = {}
        for package, folder, prefix, file in THIRD_PARTY:
            spec = importlib.util.find_spec(package)
            if spec is None or spec.origin is None:
                raise ModuleNotFoundError(f"{package} is not installed; it carries {file}, which the pages need.")
            storage = FileSystemStorage(location=Path(spec.origin).parent / folder)
            storage.prefix = prefix  # type: ignore[attr-defined]  # what collectstatic reads
            self.storages[f"{prefix}/{file}"] = (file, storage)
        super().__init__(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        known = self.storages.get(path)
        found = [known[1].path(known[0])] if known and known[1].exists(known[0]) else []
        return found if find_all else (found[0] if found else [])

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        yield from self.storages.values()


class AssetStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed, compressed names once collected; plain ones before, when the finders serve the files."""

    def stored_name(self, name: str) -> str:
        return super().stored_name(name) if self.hashed_files else name


class AssetMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise, without a warning before anything is collected: then the finders serve everything."""

    def add_files(self, root: str | Path, prefix: str | None = None) -> None:
        if Path(root).is_dir():
            super().add_files(root, prefix)


def ensure_collected() -> bool:
    """Collects into STATIC_ROOT unless that holds the present files already. True if it had to."""
    root = Path(settings.STATIC_ROOT)
    stamp, present = root / STAMP, _fingerprint()
    if is_collected(root) and stamp.is_file() and stamp.read_text(encoding="utf-8") == present:
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(present, encoding="utf-8")
    return True


def _fingerprint() -> str:
    """Changes with our version, and with the path, size or time of any file that would be collected."""
    digest = hashlib.sha256(importlib.metadata.version("django").encode())
    for finder in finders.get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            status = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
