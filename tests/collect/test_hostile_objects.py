"""Whatever JSON an object is made of, a reader makes records of it or calls it unreadable; nothing else happens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.collect.inputs import BY_NAME, INPUTS, Input
from scanners.collect.metadata import UNREADABLE
from scanners.collect.pool import Pool
from scanners.collect.references.pointer import Unplaced
from scanners.inventory import Record
from tests.collect.reading import read
from tests.collect.test_real_objects import OBJECTS as CLUSTER_OBJECTS
from tests.collect.test_references import CASES

WORDS = (
    "spec", "status", "template", "metadata", "name", "namespace", "data", "secretName", "secretRef", "key", "kind",
    "containers", "env", "envFrom", "volumes", "secret", "csi", "projected", "sources", "conditions", "type", "items",
    "rules", "subjects", "roleRef", "tls", "servers", "provider", "target", "labels", "annotations", "parameters",
    "ownerReferences", "managedFields", "cells", "object", "command", "args", "selector", "listeners", "endpoints",
)  # fmt: skip
TEXTS = ("", "x", "Secret", "True", "kube-system", "1h", "\x00", "\u202e", "2026-01-01T00:00:00Z", "ns/name", "${x}")
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(TEXTS), st.text(max_size=5))
ANYTHING = st.recursive(
    LEAVES,
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(st.sampled_from(WORDS), below, max_size=4)),
    max_leaves=25,
)
METADATA = st.fixed_dictionaries(
    {"name": st.just("x")}, optional=dict.fromkeys(("namespace", "labels", "annotations", "ownerReferences"), ANYTHING)
)
OBJECTS = st.fixed_dictionaries(
    {"metadata": METADATA},
    optional={"spec": ANYTHING, "status": ANYTHING, "data": ANYTHING, "rules": ANYTHING, "roleRef": ANYTHING},
)
PARTIAL = st.fixed_dictionaries({"kind": st.just("PartialObjectMetadata"), "metadata": METADATA})
ROWS = st.fixed_dictionaries({"cells": st.just(["x", "Opaque", 1]), "object": PARTIAL})


@settings(max_examples=300, deadline=None)
@given(item=st.sampled_from(INPUTS), document=st.one_of(OBJECTS, ROWS, ANYTHING))
def test_readers_are_total(item: Input, document: Any) -> None:
    raw = msgspec.Raw(msgspec.json.encode(document))
    for reader in (item.read, item.read_object):
        try:
            records = list(reader(raw, Pool()))
        except UNREADABLE:
            continue
        for record in records:
            assert isinstance(record, Record)
            if not isinstance(record, Unplaced):
                msgspec.json.encode(record)


WRONG = (None, True, 7, -1.5, "x", "", [], [None], [7], {}, {"x": None}, {"name": 7})
BY_KIND = {(item.group, item.kind): item for item in INPUTS}
SAMPLES = [
    *((BY_KIND[doc["apiVersion"].rpartition("/")[0], doc["kind"]], doc) for doc in CLUSTER_OBJECTS),
    *((BY_NAME[name], {"metadata": {"name": "x", "namespace": "y"}} | document) for name, document, _ in CASES),
]


def spoiled(document: Any) -> Iterator[Any]:
    """The document with each of its parts, one at a time, replaced by each wrong value."""
    members: list[Any] = list(document) if isinstance(document, dict) else list(range(len(document)))
    for member in members:
        inside = document[member]
        replacements = [*WRONG, *(spoiled(inside) if isinstance(inside, (dict, list)) else ())]
        for replacement in replacements:
            copy = document.copy()
            copy[member] = replacement
            yield copy


@pytest.mark.parametrize(("item", "document"), SAMPLES, ids=[item.name for item, _ in SAMPLES])
def test_any_part_may_be_of_any_type(item: Input, document: Any) -> None:
    count = 0
    for hostile in spoiled(document):
        count += 1
        try:
            msgspec.json.encode(
                [record for record in read(item.read_object, hostile) if not isinstance(record, Unplaced)]
            )
        except UNREADABLE:
            continue
    assert count > 50


@pytest.mark.parametrize("item", INPUTS, ids=[item.name for item in INPUTS])
def test_depth_is_unreadable_or_passed_over(item: Input) -> None:
    deep = b'{"metadata":{"name":"x"},"spec":' + b'{"spec":' * 50_000 + b"1" + b"}" * 50_000 + b"}"
    with pytest.raises(UNREADABLE):
        list(item.read_object(msgspec.Raw(deep), Pool()))
