"""ConfigMaps: what in their values and annotations is a credential, and where. The values themselves go no further.

`data` holds text, `binaryData` base64 (kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from scanners.collect import keep
from scanners.collect.annotations import plaintext_annotations
from scanners.collect.metadata import ObjectMeta, Shape, controller, decoder, name_of, namespace_of, utc
from scanners.collect.pool import Pool
from scanners.inventory import ConfigMap, PlaintextCredential
from scanners.plaintext import InFile, Inspection, inspect, inspect_binary

MAX_FOUND = 200
"""Credentials named of one ConfigMap."""
MAX_UNREADABLE = 20

_Scalar = str | int | float | bool | None
"""The API knows text alone; manifests in files have numbers too, which it would refuse."""


class _ConfigMap(Shape):
    metadata: ObjectMeta
    data: dict[str, _Scalar] | None = None
    binary_data: dict[str, _Scalar] | None = None


_config_map = decoder(_ConfigMap)


def read_config_map(raw: msgspec.Raw, pool: Pool) -> Iterable[ConfigMap]:
    """The ConfigMap, its values judged and dropped."""
    found = _config_map.decode(raw)
    metadata = found.metadata
    inspections = list(_inspections(found))
    yield ConfigMap(
        namespace=namespace_of(metadata, pool),
        name=name_of(metadata),
        uid=metadata.uid or "",
        created_at=utc(metadata.creation_timestamp),
        owner=controller(metadata, pool),
        labels=keep.kept_labels(metadata.labels, pool),
        looked_at=len(inspections),
        plaintext=tuple(_credentials(inspections))[:MAX_FOUND],
        plaintext_annotations=plaintext_annotations(metadata.annotations),
        unreadable=tuple(keep.clean(key) for _, key, inspection in inspections if not inspection.whole)[
            :MAX_UNREADABLE
        ],
    )


def _inspections(found: _ConfigMap) -> Iterator[tuple[str, str, Inspection]]:
    """(field, key, what was found) of every value that is not empty."""
    for key, value in (found.data or {}).items():
        if value is not None and value != "":
            yield "data", key, inspect(key, str(value))
    for key, value in (found.binary_data or {}).items():
        if value:
            yield "binaryData", key, inspect_binary(key, str(value))


def _credentials(inspections: Iterable[tuple[str, str, Inspection]]) -> Iterator[PlaintextCredential]:
    for field, key, inspection in inspections:
        for item in inspection.found:
            yield _credential(f'{field}["{keep.clean(key)}"]', item)


def _credential(field: str, item: InFile) -> PlaintextCredential:
    return PlaintextCredential(
        field=f"{field} {item.path}" if item.path else field,
        name=keep.clean(item.name),
        credential=item.detected.credential,
        masked=item.detected.masked,
    )
