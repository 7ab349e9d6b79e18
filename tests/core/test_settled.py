"""What a scan sets aside from the garbage collector comes back at its end, however it ends."""

from __future__ import annotations

import gc

import pytest

from scanners.settled import settling


def test_what_exists_is_set_aside_until_the_end() -> None:
    with settling() as settle:
        assert gc.get_freeze_count() == 0
        settle()
        assert gc.get_freeze_count() > 0
    assert gc.get_freeze_count() == 0


def test_a_scan_that_fails_gives_it_back_too() -> None:
    with pytest.raises(ValueError, match="stopped"), settling() as settle:
        settle()
        raise ValueError("stopped")
    assert gc.get_freeze_count() == 0
