"""The broker of one machine: files in a folder, for `secretsui up`, with no server to install."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kombu.transport import filesystem

SECONDS_TO_WAIT = 0.5


class Transport(filesystem.Transport):
    """kombu's filesystem transport, which gives way in time when the worker is told to end.

    Celery waits up to 2 s for a message, and after SIGTERM once more, before it looks whether it should stop.
    """

    def drain_events(self, connection: Any, timeout: float | None = None, **kwargs: Any) -> Any:
        return super().drain_events(  # type: ignore[no-untyped-call]
            connection, timeout=min(timeout or SECONDS_TO_WAIT, SECONDS_TO_WAIT)
        )


def folders(root: Path) -> dict[str, Any]:
    """Transport options for a broker under `root`, which is made here: kombu would let everyone read it."""
    messages, control = root / "messages", root / "control"
    root.parent.parent.mkdir(parents=True, exist_ok=True)
    for folder in (root.parent, root, messages, control):  # from the data directory on, for this user only
        folder.mkdir(mode=0o700, exist_ok=True)
    return {
        "data_folder_in": str(messages),
        "data_folder_out": str(messages),
        "control_folder": str(control),
        "polling_interval": 0.25,  # seconds
    }
