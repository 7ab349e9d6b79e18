"""What checks ask of an Inventory beyond its records: who consumes, what makes it, how old, who may.

Every index is built once, on first use, and is pure: the same Inventory, Policy and observations give the same
answers. `now` is the Inventory's `collected_at`, never the clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Protocol

from scanners.access.rbac import Grants
from scanners.ages import RotationState, interval, rotation_state
from scanners.certificates import CertificateDates, certificate_dates, certified_keys, certified_since
from scanners.consumers import Consumers, Consumption
from scanners.history import History
from scanners.inventory import Coverage, Inventory, Secret
from scanners.observations import Look, Observation, observe
from scanners.policy import Place, Policy
from scanners.sources import Source, Sources
from scanners.stale import Change, change_of, is_stale


class Placed(Protocol):
    """Anything in a namespace that has labels: a Secret, a Workload, a ConfigMap."""

    @property
    def namespace(self) -> str: ...
    @property
    def labels(self) -> Mapping[str, str]: ...


RBAC_INPUTS = ("roles", "clusterroles", "rolebindings", "clusterrolebindings")

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
        self._observed: dict[SecretKey, Observation] = {}

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
    def _sees_rbac(self) -> bool:
        return not self.inventory.missing(RBAC_INPUTS)

    def direct_readers(self, secret: Secret) -> int | None:
        """How many subjects RBAC lets read the Secret, a group as one; None where RBAC was not read whole."""
        return self.grants.direct_reader_count(secret.namespace, secret.name) if self._sees_rbac else None

    @cached_property
    def _namespace_labels(self) -> Mapping[str, Mapping[str, str]]:
        return {namespace.name: namespace.labels for namespace in self.inventory.namespaces}

    def place(self, placed: Placed) -> Place:
        """Where an object is, for the rules of the policy."""
        return Place(placed.namespace, placed.labels, self._namespace_labels.get(placed.namespace, {}))

    def owner(self, placed: Placed) -> str:
        """The team that answers for an object by the policy's rules, "" for none."""
        return self.policy.owner(self.place(placed)) if self.policy.owners else ""

    def owner_of(self, kind: str, namespace: str, name: str) -> str:
        """The same of any object: by its own labels where they are known, else by its namespace and that one's."""
        if not self.policy.owners:
            return ""
        place = name if kind == "Namespace" else namespace
        labels = self._labels.get((kind, namespace, name), {})
        return self.policy.owner(Place(place, labels, self._namespace_labels.get(place, {})))

    @cached_property
    def _labels(self) -> Mapping[tuple[str, str, str], Mapping[str, str]]:
        """Of a controller they are its Pod template's."""
        inventory = self.inventory
        return {
            **{(item.kind, item.namespace, item.name): item.labels for item in inventory.workloads},
            **{("ConfigMap", item.namespace, item.name): item.labels for item in inventory.config_maps},
            **{("Secret", item.namespace, item.name): item.labels for item in inventory.secrets},
        }

    def environment(self, placed: Placed) -> str:
        """The environment an object belongs to by the policy's rules, "" for none."""
        if not self.policy.environments:
            return ""
        return self.policy.environment(self.place(placed), self.inventory.cluster.name)

    def source(self, secret: Secret) -> Source:
        """What makes the Secret; asked for by most checks, so told once."""
        key = (secret.namespace, secret.name)
        found = self._sources.get(key)
        if found is None:
            found = self._sources[key] = self.sources.of(secret)
        return found

    def is_copied(self, secret: Secret) -> bool:
        """Whether a replicating controller reads this Secret, to keep copies of it in other namespaces."""
        objects, names = self._copied
        if f"Secret/{secret.namespace}/{secret.name}" in objects:
            return True
        return secret.name in names and self.source(secret).kind != "copy"

    @cached_property
    def _copied(self) -> tuple[frozenset[str], frozenset[str]]:
        """What copies name as their original, and the names of those that name none: a pushed copy has its name."""
        copies = [item for item in self.inventory.secrets if self.source(item).kind == "copy"]
        objects = frozenset(self.source(item).object for item in copies)
        return objects, frozenset(item.name for item in copies if not self.source(item).object)

    def rotation(self, secret: Secret) -> RotationState:
        """Age interval, maximum, exemption and state of one Secret."""
        key = (secret.namespace, secret.name)
        found = self._rotations.get(key)
        if found is None:
            age = interval(self.observed(secret), self.now)
            found = rotation_state(secret, self.source(secret), self.policy.rotation, self.now, age, self.place(secret))
            self._rotations[key] = found
        return found

    @cached_property
    def look(self) -> Look:
        """When this Inventory was read, and whether values were."""
        return Look(self.inventory.started_at, self.now, self.inventory.deep)

    def observed(self, secret: Secret) -> Observation:
        """What this and all earlier scans know of a Secret's value."""
        key = (secret.namespace, secret.name)
        found = self._observed.get(key)
        if found is None:
            earlier = self.history.secrets.get(secret.uid) if secret.uid else None
            since = certified_since(secret, self.sources.writers(*key))
            found = self._observed[key] = observe(secret, self.look, earlier, since)
        return found

    def observe_all(self) -> None:
        """Observe every Secret now, and let go of what earlier scans knew of each: of a large cluster that is much."""
        for secret in self.inventory.secrets:
            self.observed(secret)
        self.history = replace(self.history, secrets={})

    def certificate(self, secret: Secret) -> CertificateDates | None:
        """The dates of the certificate that a Secret serves, None where they are not known."""
        return certificate_dates(secret, self.sources.writers(secret.namespace, secret.name))

    def sees(self, name: str, namespace: str) -> bool:
        """Whether an input was read whole where this namespace is concerned; outside the scope nothing was."""
        if self.inventory.scope and namespace not in self.inventory.scope:
            return False
        row = self.coverage(name)
        return row.status in ("complete", "absent") or namespace in row.namespaces

    def change(self, secret: Secret, keys: Sequence[str] = ()) -> Change:
        """The last change of some keys of a Secret, of all where none is named."""
        certified = certified_keys(secret, self.sources.writers(secret.namespace, secret.name))
        return change_of(secret, self.observed(secret), keys, certified, values_seen=secret.values is not None)

    def stale(self, item: Consumption) -> bool | None:
        """Whether a running container still holds an older value of what it reads here; None where that is unknown."""
        secret = self.secrets.get((item.secret_namespace, item.secret))
        if secret is None:
            return None
        change = self.change(secret, item.keys)
        starts = self.consumers.starts(item)
        return is_stale(item, starts, change, all_pods_seen=self.sees("pods", item.namespace))
