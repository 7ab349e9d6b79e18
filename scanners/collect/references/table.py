"""How a row of the reference tables looks, and the short forms in which their pointers are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scanners.collect.references.pointer import Elsewhere, Pointer
from scanners.inventory import How


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferringKind:
    """A kind whose objects name Secrets. `versions` are those the paths are true for, the preferred one first.

    `builtin` kinds are in every cluster; the others only where their CRD is installed. `source` is where the
    paths were read.
    """

    group: str
    kind: str
    plural: str
    versions: tuple[str, ...]
    pointers: tuple[Pointer, ...]
    source: str
    namespaced: bool = True
    builtin: bool = False
    how: How = "custom-resource"
    elsewhere: Elsewhere | None = None


def names(*paths: str, **facts: Any) -> tuple[Pointer, ...]:
    """Pointers to mappings with a `name` at these paths; `facts` are further fields of each Pointer."""
    return tuple(Pointer(path=f"{path}.name", **facts) for path in paths)


def selectors(*paths: str, **facts: Any) -> tuple[Pointer, ...]:
    """Pointers to SecretKeySelectors `{name, key, optional}` at these paths."""
    return tuple(Pointer(path=f"{path}.name", key="key", optional="optional", **facts) for path in paths)


def strings(*paths: str, **facts: Any) -> tuple[Pointer, ...]:
    """Pointers to fields that hold the Secret's name itself."""
    return tuple(Pointer(path=path, **facts) for path in paths)


def any_selector(path: str) -> Pointer:
    """SecretKeySelectors at any depth below `path`; ConfigMap selectors and labels look alike and are left out."""
    return Pointer(
        path=f"{path}.**.name",
        key="key",
        optional="optional",
        shape=frozenset({"name", "key", "optional"}),
        needs=frozenset({"name", "key"}),
        not_below=(".configMap", ".configMapKeyRef", ".matchLabels"),
    )
