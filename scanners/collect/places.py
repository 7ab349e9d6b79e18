"""Where the Secrets of references live whose namespace depends on other objects (Istio, ClusterIssuers, stores)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from scanners.collect.references.pointer import Unplaced
from scanners.inventory import Reference, SyncObject, Workload


class Places:
    """Index of what was read, by which namespaces are found."""

    def __init__(self, workloads: Iterable[Workload], sync_objects: Iterable[SyncObject]) -> None:
        self._labelled = {(item.namespace, tuple(sorted(item.labels.items()))) for item in workloads if item.labels}
        self._users: dict[tuple[str, str], set[str]] = {}
        for item in sync_objects:
            if item.store:
                self._users.setdefault((item.store_kind, item.store), set()).add(item.namespace)
        self._selected: dict[tuple[tuple[str, str], ...], list[str]] = {}

    def place(self, unplaced: Unplaced) -> Iterator[Reference]:
        """The reference once for each namespace in which the Secret is read.

        Where that is a guess, it is `optional`: the Secret counts as used there, and is never called missing.
        """
        reference, elsewhere = unplaced.reference, unplaced.elsewhere
        if elsewhere.store_kind:
            namespaces = sorted(self._users.get((elsewhere.store_kind, reference.name), ()))
            certain = False
        else:
            namespaces = self._with_labels(unplaced.labels)
            certain = elsewhere.certain and bool(namespaces)
            namespaces = namespaces or [name or reference.namespace for name in elsewhere.usual]
        for namespace in dict.fromkeys(namespaces):
            yield msgspec.structs.replace(
                reference, secret_namespace=namespace, optional=reference.optional or not certain
            )

    def _with_labels(self, labels: tuple[tuple[str, str], ...]) -> list[str]:
        """Namespaces of the workloads that have all these labels; none for no labels, which would select every one."""
        if not labels:
            return []
        if labels not in self._selected:
            wanted = set(labels)
            self._selected[labels] = sorted({namespace for namespace, found in self._labelled if wanted <= set(found)})
        return self._selected[labels]
