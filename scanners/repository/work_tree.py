"""The files of a working tree: which there are, and reading them without ever leaving the tree.

Everything in it is hostile: links that lead elsewhere or round in circles, pipes that block, names that are no text.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from scanners.repository.git import list_files

MAX_FILES = 300_000
MAX_FILE_BYTES = 32 * 1024 * 1024
MAX_TOTAL_BYTES = 8 * 1024 * 1024 * 1024
_BINARY_WINDOW = 8 * 1024
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class RepositoryError(Exception):
    """The path cannot be looked at; the message is a sentence that says why and what to do."""


class Unreadable(Exception):
    """A file cannot be read; the message says why."""


class NotText(Exception):
    """A file is not looked at: it is gone, a link or binary. The message is the word it is counted under."""


@dataclass(slots=True)
class WorkTree:
    """A working tree, or a folder that is none. `paths` are what is to be looked at, relative to `root`.

    `left_out` counts what is not, by reason. `listed_by_git` is false where every file below the folder is taken,
    ignored ones too. `cut_short` says what was left out for sheer number.
    """

    root: Path
    inside: str
    listed_by_git: bool
    paths: tuple[str, ...]
    left_out: Counter[str] = field(default_factory=Counter)
    cut_short: str = ""
    _bytes_read: int = 0
    _own_folders: dict[str, bool] = field(default_factory=dict)

    def text(self, path: str) -> str:
        """A file's text. Raises NotText for what is none, and Unreadable for what could not be read."""
        content = self._content(path)
        for mark, encoding in _MARKS:
            if content.startswith(mark):
                return content.decode(encoding, "replace")
        if b"\0" in content[:_BINARY_WINDOW]:
            raise NotText("binary")
        return content.decode("utf-8", "replace")

    def all_paths(self) -> tuple[str, ...]:
        """The paths of the whole tree, also where only a part of it was asked for: CI is configured at its root."""
        if not self.inside or not self.listed_by_git:
            return self.paths
        listing = list_files(self.root, "")
        return tuple(map(os.fsdecode, listing.files)) if listing is not None else self.paths

    def _content(self, path: str) -> bytes:
        if not self._is_own(os.path.dirname(path)):  # noqa: PTH120 (a name, not a place)
            raise NotText("link")
        try:
            handle = os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise _refusal(error) from None
        with os.fdopen(handle, "rb") as stream:
            about = os.fstat(stream.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise NotText("no regular file")
            if about.st_size > MAX_FILE_BYTES:
                raise Unreadable(f"it is larger than {MAX_FILE_BYTES // 1024**2} MiB")
            if self._bytes_read + about.st_size > MAX_TOTAL_BYTES:
                raise Unreadable(
                    f"{MAX_TOTAL_BYTES // 1024**3} GiB had been read before it, which is as much as is read"
                )
            try:
                content = stream.read(MAX_FILE_BYTES)
            except OSError as error:
                raise Unreadable(f"it could not be read ({error.strerror or 'input/output error'})") from None
        self._bytes_read += len(content)
        return content

    def _is_own(self, folder: str) -> bool:
        """Whether a folder is where its name says: a link on the way may lead out of the tree."""
        known = self._own_folders.get(folder)
        if known is None:
            wanted = os.path.join(os.path.realpath(self.root), folder).rstrip("/")  # noqa: PTH118
            known = self._own_folders[folder] = os.path.realpath(self.root / folder) == wanted
        return known


def shown_path(path: str) -> str:
    """A path as it is written in reports: what is no UTF-8 stands as an escape."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def open_work_tree(path: Path) -> WorkTree:
    """The working tree that `path` is in, restricted to `path`; else the folder itself. Raises RepositoryError."""
    try:
        place = path.resolve(strict=True)
    except OSError as error:
        raise RepositoryError(
            f"cannot look at {path}: {error.strerror or 'it leads nowhere'}; check the path."
        ) from None
    except RuntimeError:
        raise RepositoryError(f"cannot look at {path}: its links lead round in a circle.") from None
    if not os.access(place, os.R_OK):
        raise RepositoryError(f"cannot look at {path}: permission denied; check its owner and mode.")
    root = _root_of(place)
    if root is not None:
        inside = "" if place == root else str(place.relative_to(root))
        listing = list_files(root, inside)
        if listing is not None and (listing.files or not inside):
            left_out = Counter(
                {"submodule": listing.submodules, "link": listing.links, "other repository": listing.nested}
            )
            return _tree(root, inside, [os.fsdecode(name) for name in listing.files], +left_out, by_git=True)
    root = place if place.is_dir() else place.parent
    inside = "" if place.is_dir() else place.name
    left_out = Counter()
    return _tree(root, inside, [inside] if inside else _walk(root, left_out), left_out, by_git=False)


def _tree(root: Path, inside: str, paths: list[str], left_out: Counter[str], *, by_git: bool) -> WorkTree:
    cut = ""
    if len(paths) > MAX_FILES:
        cut = f"only the first {MAX_FILES:,} of {len(paths):,} files were looked at; scan folder by folder"
    return WorkTree(root, inside, by_git, tuple(paths[:MAX_FILES]), left_out, cut)


def _root_of(place: Path) -> Path | None:
    """The nearest folder at or above `place` that has a `.git`: a folder, or a file in linked working trees."""
    for folder in (place, *place.parents):
        if os.path.lexists(folder / ".git"):
            return folder
    return None


def _walk(root: Path, left_out: Counter[str]) -> list[str]:
    """Every file below a folder, in order, without following links or entering other repositories."""
    found: list[str] = []
    for here, folders, files in os.walk(root, followlinks=False):
        keep = []
        for name in sorted(folders):
            folder = Path(here, name)
            if name == ".git":
                continue
            if folder.is_symlink():
                left_out["link"] += 1
            elif os.path.lexists(folder / ".git"):
                left_out["other repository"] += 1
            else:
                keep.append(name)
        folders[:] = keep
        for name in files:
            if Path(here, name).is_symlink():
                left_out["link"] += 1
            elif name != ".git":
                found.append(os.path.relpath(os.path.join(here, name), root))  # noqa: PTH118 (raw names)
        if len(found) > MAX_FILES:
            break
    return sorted(found)


def _refusal(error: OSError) -> Exception:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return NotText("deleted")
    if error.errno in (errno.ELOOP, errno.EMLINK):
        return NotText("link")
    if error.errno == errno.ENXIO:
        return NotText("no regular file")
    return Unreadable(f"it could not be read ({error.strerror or 'input/output error'})")
