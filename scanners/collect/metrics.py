"""The API server's /metrics, as far as they tell how Secrets go to etcd and come back.

All of it counts since the server's start, and of the one server that answered (labels as in 1.37):

- `apiserver_storage_transformation_operations_total` by resource, direction and the prefix that the value has in
  etcd (k8s.io/apiserver, pkg/storage/value/metrics.go);
- `apiserver_encryption_config_controller_last_config_info` carries the SHA-256 of the file that is loaded, from 1.34
  on (kubernetes/kubernetes#132299), and `…_automatic_reloads_total` counts files loaded after the start;
- `apiserver_watch_cache_initializations_total` counts how often all objects of a resource were read from etcd.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from scanners.collect.keep import clean
from scanners.inventory import Record, Transformation

PATH = "/metrics"
MAX_SERIES = 1_000
MAX_HASH = 128

_CONTROLLER = "apiserver_encryption_config_controller"
_RELOADS = (f"{_CONTROLLER}_automatic_reloads_total", f"{_CONTROLLER}_automatic_reload_success_total")
"""The second until 1.33, from 1.30 on beside the first (kubernetes/kubernetes#123179 and #132238)."""

_LABEL = re.compile(rb'([a-zA-Z_]+)="((?:[^"\\]|\\.)*)"')
_ESCAPES = {b"\\\\": b"\\", b'\\"': b'"', b"\\n": b"\n"}


class LoadedConfiguration(Record, frozen=True, kw_only=True):
    """What the metrics tell beyond the transformations; the fields are those of the Inventory."""

    config_hash: str = ""
    reloads: int = 0
    secret_cache_fills: int = 0


def transformations(text: bytes) -> tuple[Transformation, ...]:
    """The transformations, from the Prometheus text format; the rest of it is passed over."""
    counts: Counter[tuple[str, str, str]] = Counter()
    failures: Counter[tuple[str, str, str]] = Counter()
    for labels, value in _series(text, "apiserver_storage_transformation_operations_total"):
        direction = labels.get("transformation_type", "")
        if direction not in ("to_storage", "from_storage"):
            continue
        key = (clean(labels.get("resource", "")), direction, clean(labels.get("transformer_prefix", "")))
        if key not in counts and len(counts) >= MAX_SERIES:
            continue
        succeeded = labels.get("status", "OK") == "OK"
        counts[key] += value if succeeded else 0
        failures[key] += 0 if succeeded else value
    return tuple(
        Transformation(
            resource=resource,
            direction="to_storage" if direction == "to_storage" else "from_storage",
            prefix=prefix,
            count=count,
            failed=failures[resource, direction, prefix],
        )
        for (resource, direction, prefix), count in sorted(counts.items())
    )


def loaded_configuration(text: bytes) -> LoadedConfiguration:
    """The configuration that is loaded, and how often all Secrets were read."""
    hashes = {labels.get("hash", "") for labels, value in _series(text, f"{_CONTROLLER}_last_config_info") if value}
    return LoadedConfiguration(
        config_hash=clean(hashes.pop(), MAX_HASH) if len(hashes) == 1 else "",
        reloads=max(
            sum(value for labels, value in _series(text, name) if labels.get("status", "success") == "success")
            for name in _RELOADS
        ),
        secret_cache_fills=sum(
            value
            for labels, value in _series(text, "apiserver_watch_cache_initializations_total")
            if (labels.get("resource"), labels.get("group", "")) == ("secrets", "")
        ),
    )


def _series(text: bytes, name: str) -> Iterator[tuple[dict[str, str], int]]:
    """The labels and the value of each series of a metric."""
    pattern = rb'^%s\{((?:[^"{}\n]|"(?:[^"\\\n]|\\.)*")*)\} ([0-9.eE+]+)' % re.escape(name).encode()
    for match in re.finditer(pattern, text, re.MULTILINE):
        labels = {
            label.decode(): _unescaped(value).decode(errors="replace")
            for label, value in _LABEL.findall(match.group(1))
        }
        yield labels, _count(match.group(2))


def _unescaped(value: bytes) -> bytes:
    if b"\\" not in value:
        return value
    return re.sub(rb"\\.", lambda match: _ESCAPES.get(match.group(0), match.group(0)), value)


def _count(number: bytes) -> int:
    try:
        return min(int(float(number)), 2**53)
    except (ValueError, OverflowError):
        return 0
