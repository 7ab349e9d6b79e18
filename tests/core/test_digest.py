"""Digests tell values apart and together under one key, and nothing across keys, purposes or processes."""

from __future__ import annotations

import copy
import pickle

import pytest

from scanners.digest import DATA_HASH, SECRET_VALUE, KeyedDigest, comparable

ONE, OTHER = KeyedDigest(b"1" * 32), KeyedDigest(b"2" * 32)


def test_equal_values_and_only_those_have_equal_digests() -> None:
    digest = ONE.of(SECRET_VALUE, b"tr0ub4dor")
    assert digest == ONE.of(SECRET_VALUE, b"tr0ub4dor") == KeyedDigest(b"1" * 32).of(SECRET_VALUE, b"tr0ub4dor")
    assert digest != ONE.of(SECRET_VALUE, b"tr0ub4dor ")
    assert len(digest) == 32
    assert set(digest) <= set("0123456789abcdef")


def test_installations_have_different_digests_of_one_value() -> None:
    assert ONE.of(SECRET_VALUE, b"x") != OTHER.of(SECRET_VALUE, b"x")
    assert not comparable(ONE.of(SECRET_VALUE, b"x"), OTHER.of(SECRET_VALUE, b"x"))
    first, second = KeyedDigest.for_this_process(), KeyedDigest.for_this_process()
    assert first.of(SECRET_VALUE, b"x") != second.of(SECRET_VALUE, b"x")


def test_purposes_are_apart_in_both_parts() -> None:
    one, other = ONE.of(SECRET_VALUE, b"x"), ONE.of(DATA_HASH, b"x")
    assert one[:8] != other[:8]
    assert one[8:] != other[8:]
    assert not comparable(one, other)


def test_digests_of_one_key_compare_and_no_digest_compares_with_nothing() -> None:
    assert comparable(ONE.of(SECRET_VALUE, b"x"), ONE.of(SECRET_VALUE, b"y"))
    assert not comparable("", "")
    assert not comparable("", ONE.of(SECRET_VALUE, b"x"))


def test_the_key_is_shown_and_written_nowhere() -> None:
    assert "1111" not in f"{ONE!r} {ONE} {[ONE]}"
    for write in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            write(ONE)
    with pytest.raises(ValueError, match="at least 32 bytes") as refused:
        KeyedDigest(b"too short")
    assert "too short" not in str(refused.value)
