"""What checks ask of an Inventory beyond its records: who consumes, what makes it, how old, who may.

Every index is built once, on first use, and is pure: the same Inventory, Policy and observations give the same
answers. `now` is the Inventory's `collected_at`, never the clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Protocol

from scanners.access.rbac import Grants
from scanners.ages import RotationState, rotation_state
from scanners.consumers import Consumers
from scanners.history import History
from scanners.inventory import Coverage, Inventory, Secret
from scanners.policy import Place, Policy
from scanners.sources import Source, Sources


class Placed(Protocol):
    """Anything in a namespace that has labels: a Secret, a Workload, a ConfigMap."""

    @property
    def namespace(self) -> str: ...
    @property
    def labels(self) -> Mapping[str, str]: ...


SecretKey = tuple[str, str]
"""(namespace, name)."""


class Context:
    """One Inventory under one Policy.

    `history` is what earlier scans of the same cluster saw; empty for a first scan.
    """

    def __init__(
        self,
        inventory: Inventory,
        policy: Policy | None = None,
        history: History | None = None,
    ) -> None:
        self.inventory = inventory
        self.policy = policy or Policy()
        self.history = history or History()
        self._sources: dict[SecretKey, Source] = {}
        self._rotations: dict[SecretKey, RotationState] = {}

    @property
    def now(self) -> datetime:
        return self.inventory.collected_at

    def coverage(self, name: str) -> Coverage:
        """The coverage row of an input; one that was never tried is an `error` saying so."""
        return self.inventory.coverage.get(name) or Coverage(
            input=name, status="error", detail=f"{name} were not read by this collection"
        )

    @cached_property
    def secrets(self) -> Mapping[SecretKey, Secret]:
        return {(secret.namespace, secret.name): secret for secret in self.inventory.secrets}

    @cached_property
    def consumers(self) -> Consumers:
        """Every reference to a Secret, folded onto the top controller."""
        return Consumers(self.inventory)

    @cached_property
    def sources(self) -> Sources:
        """What makes each Secret."""
        return Sources(self.inventory)

    @cached_property
    def grants(self) -> Grants:
        """Who may do what to Secrets, by RBAC."""
        return Grants(self.inventory.roles, self.inventory.bindings)

    @cached_property
    def _namespace_labels(self) -> Mapping[str, Mapping[str, str]]:
        return {namespace.name: namespace.labels for namespace in self.inventory.namespaces}

    def place(self, placed: Placed) -> Place:
        """Where an object is, for the rules of the policy."""
        return Place(placed.namespace, placed.labels, self._namespace_labels.get(placed.namespace, {}))

    def owner(self, placed: Placed) -> str:
        """The team that answers for an object by the policy's rules, "" for none."""
        return self.policy.owner(self.place(placed))

    def environment(self, placed: Placed) -> str:
        """The environment an object belongs to by the policy's rules, "" for none."""
        return self.policy.environment(self.place(placed), self.inventory.cluster.name)

    def source(self, secret: Secret) -> Source:
        """What makes the Secret; asked for by most checks, so told once."""
        key = (secret.namespace, secret.name)
        found = self._sources.get(key)
        if found is None:
            found = self._sources[key] = self.sources.of(secret)
        return found

    def rotation(self, secret: Secret) -> RotationState:
        """Age interval, maximum, exemption and state of one Secret."""
        key = (secret.namespace, secret.name)
        found = self._rotations.get(key)
        if found is None:
            observed = self.history.secrets.get(secret.uid)
            found = rotation_state(
                secret, self.source(secret), self.policy.rotation, self.now, observed, self.place(secret)
            )
            self._rotations[key] = found
        return found
