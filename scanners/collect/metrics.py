"""The API server's /metrics, as far as they tell how Secrets go to etcd and come back.

`apiserver_storage_transformation_operations_total` counts, since the server's start, by resource, direction and
the prefix that the value has in etcd (k8s.io/apiserver, pkg/storage/value/metrics.go; labels as in 1.37).
"""

from __future__ import annotations

import re
from collections import Counter

from scanners.collect.keep import clean
from scanners.inventory import Transformation

PATH = "/metrics"
MAX_SERIES = 1_000

_SERIES = re.compile(
    rb'^apiserver_storage_transformation_operations_total\{((?:[^"{}\n]|"(?:[^"\\\n]|\\.)*")*)\} ([0-9.eE+]+)',
    re.MULTILINE,
)
_LABEL = re.compile(rb'([a-zA-Z_]+)="((?:[^"\\]|\\.)*)"')
_ESCAPES = {b"\\\\": b"\\", b'\\"': b'"', b"\\n": b"\n"}


def transformations(text: bytes) -> tuple[Transformation, ...]:
    """The successful transformations, from the Prometheus text format; the rest of it is passed over."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for match in _SERIES.finditer(text):
        labels = {
            name.decode(): _unescaped(value).decode(errors="replace") for name, value in _LABEL.findall(match.group(1))
        }
        direction = labels.get("transformation_type", "")
        if labels.get("status", "OK") != "OK" or direction not in ("to_storage", "from_storage"):
            continue
        key = (clean(labels.get("resource", "")), direction, clean(labels.get("transformer_prefix", "")))
        if key in counts or len(counts) < MAX_SERIES:
            counts[key] += _count(match.group(2))
    return tuple(
        Transformation(
            resource=resource,
            direction="to_storage" if direction == "to_storage" else "from_storage",
            prefix=prefix,
            count=count,
        )
        for (resource, direction, prefix), count in sorted(counts.items())
    )


def _unescaped(value: bytes) -> bytes:
    if b"\\" not in value:
        return value
    return re.sub(rb"\\.", lambda match: _ESCAPES.get(match.group(0), match.group(0)), value)


def _count(number: bytes) -> int:
    try:
        return min(int(float(number)), 2**53)
    except (ValueError, OverflowError):
        return 0
