"""A progress bar on standard error, on a terminal only."""

from __future__ import annotations

import shutil
import sys
import threading
import time

from scanners.formats.printable import printable

SECONDS_BETWEEN_DRAWINGS = 0.1
BAR = 24


class ProgressBar:
    """Shows the phase reported last, and how many there were. Several threads may report."""

    def __init__(self) -> None:
        self._shown = sys.stderr is not None and sys.stderr.isatty()
        self._lock = threading.Lock()
        self._phases: set[str] = set()
        self._drawn_at = 0.0

    def __call__(self, phase: str, done: int, total: int | None) -> None:
        """`done` of `total` objects of `phase` are read; `total` is None where the server did not say."""
        if not self._shown:
            return
        with self._lock:
            self._phases.add(phase)
            now = time.monotonic()
            if now - self._drawn_at >= SECONDS_BETWEEN_DRAWINGS:
                self._drawn_at = now
                self._draw(phase, done, total)

    def clear(self) -> None:
        """Leave the line as it was before."""
        if self._shown and self._drawn_at:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _draw(self, phase: str, done: int, total: int | None) -> None:
        filled = BAR * min(done, total) // total if total else 0
        bar = f"[{'#' * filled}{'.' * (BAR - filled)}] " if total else ""
        counted = f"{done:,} of {total:,}" if total else f"{done:,}"
        line = f"{bar}{printable(phase)} {counted}, {len(self._phases)} inputs so far"
        sys.stderr.write(f"\r\x1b[K{line[: shutil.get_terminal_size().columns - 1]}")
        sys.stderr.flush()
