"""What a scan has built lives to its end: the garbage collector need not walk it again and again until then."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def settling() -> Iterator[Callable[[], None]]:
    """Gives what to call when much has been built that lives to the end of this context.

    Everything that exists then, in every thread, is set aside until some such context ends. What becomes garbage
    meanwhile is freed at once as ever, but for cycles of references, which wait until then.
    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    try:
        yield gc.freeze
    finally:
        gc.unfreeze()
