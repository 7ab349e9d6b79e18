"""Where a result goes: standard output, or a file that is there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from secretsui.command.messages import Problem

STANDARD = "-"


@contextlib.contextmanager
def opened(path: str | None, *, force: bool) -> Iterator[BinaryIO]:
    """A stream for the result. A file appears under its name only when the block ends well.

    The file is prepared at once, so that what stands in its way is said before any long work. Raises Problem
    if it exists and `force` is false, or if it cannot be written. Write to it within `writing`.
    """
    if path is None or path == STANDARD:
        yield _standard_output()
    elif _is_special(Path(path)):
        with writing(path):
            stream: BinaryIO = Path(path).open("wb")  # noqa: SIM115 (closed below, where its errors are sentences too)
        try:
            yield stream
        finally:
            with writing(path):
                stream.close()
    else:
        with _whole_file(Path(path).resolve(), force) as stream:
            yield stream


@contextlib.contextmanager
def writing(path: str | Path | None) -> Iterator[None]:
    """Turns an error of writing into a sentence; that the reader of a pipe went away is not one."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        where = "standard output" if path in (None, STANDARD) else str(path)
        reason = error.strerror or type(error).__name__
        raise Problem(f"cannot write to {where}: {reason}; make room, or choose another place.") from error


def silence_standard_output() -> None:
    """Nobody reads it any more: what is still buffered must not raise again when Python ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _standard_output() -> BinaryIO:
    if sys.stdout is None:
        raise Problem("standard output is closed; name a file with -o.")
    return sys.stdout.buffer


def _is_special(path: Path) -> bool:
    """A device or a pipe: it is written to, never replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()


@contextlib.contextmanager
def _whole_file(path: Path, force: bool) -> Iterator[BinaryIO]:
    if path.is_dir():
        raise Problem(f"{path} is a folder; name a file in it.")
    if path.exists() and not force:
        raise _exists(path)
    # Named before it exists: a signal at any later moment finds the name to remove.
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}.unfinished")
    try:
        with writing(path):
            stream = open(unfinished, "xb", opener=_private)  # noqa: SIM115 (closed below, on every way out)
        with stream:
            yield stream
            with writing(path):
                stream.flush()
                os.fsync(stream.fileno())
        with writing(path):
            unfinished.chmod(_mode(path))
            _publish(unfinished, path, force)
    finally:
        unfinished.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    """Opens a new file for this user alone: until it is done it has no other readers."""
    return os.open(path, flags, 0o600)


def _publish(unfinished: Path, path: Path, force: bool) -> None:
    """Give the file its name; without `force`, never over another that appeared meanwhile."""
    if force:
        unfinished.replace(path)
        return
    try:
        os.link(unfinished, path)
    except FileExistsError:
        raise _exists(path) from None
    except OSError:  # a file system without hard links
        if path.exists():
            raise _exists(path) from None
        unfinished.replace(path)


def _mode(path: Path) -> int:
    """The permissions of the file that is replaced, or those of any new file."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _exists(path: Path) -> Problem:
    return Problem(f"{path} exists and was left as it is; choose another name, or replace it with --force.")
