"""Ending early, by Ctrl-C or SIGTERM: the main thread unwinds, and threads that read are told to end too."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(BaseException):
    """A signal asks to end. Like KeyboardInterrupt it is no Exception: nothing takes it for an error."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number  # as shells count signals


@contextlib.contextmanager
def stoppable() -> Iterator[threading.Event]:
    """Within the block a signal sets the event, for threads, and raises Stopped in the main thread.

    A signal that whoever started this process had switched off stays so.
    """
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()
        raise Stopped(number)

    before = {number: signal.getsignal(number) for number in SIGNALS}
    if threading.current_thread() is threading.main_thread():
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, stop)
    try:
        yield stopping
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, handler in before.items():
                signal.signal(number, handler)
