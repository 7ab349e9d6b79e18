"""Looking at some namespaces of an Inventory only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import msgspec

from scanners.inventory import Inventory


class _Placed(Protocol):
    @property
    def namespace(self) -> str: ...


Item = TypeVar("Item", bound=_Placed)


def known_namespaces(inventory: Inventory) -> frozenset[str]:
    """Every namespace that the Inventory has anything in."""
    listed = {namespace.name for namespace in inventory.namespaces}
    secrets = {secret.namespace for secret in inventory.secrets}
    return frozenset(listed | secrets | {workload.namespace for workload in inventory.workloads})


def within(inventory: Inventory, namespaces: tuple[str, ...]) -> Inventory:
    """What of the Inventory is in `namespaces`, and what is in none but reaches into them.

    Cluster-wide objects and bindings stay: they grant access in these namespaces too. So do references from
    elsewhere to their Secrets.
    """
    wanted = frozenset(namespaces)

    def kept(items: tuple[Item, ...], also: Callable[[Item], bool] = lambda item: False) -> tuple[Item, ...]:
        return tuple(item for item in items if item.namespace in wanted or not item.namespace or also(item))

    return msgspec.structs.replace(
        inventory,
        scope=namespaces,
        namespaces=tuple(namespace for namespace in inventory.namespaces if namespace.name in wanted),
        secrets=kept(inventory.secrets),
        workloads=kept(inventory.workloads),
        service_accounts=kept(inventory.service_accounts),
        references=kept(inventory.references, lambda reference: reference.secret_namespace in wanted),
        sync_objects=kept(inventory.sync_objects),
        pod_mounts=kept(inventory.pod_mounts),
        roles=kept(inventory.roles),
        bindings=kept(inventory.bindings),
    )
