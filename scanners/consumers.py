"""Who consumes which Secret: every reference folded onto the object that a person would change.

A Pod made by a ReplicaSet made by a Deployment says nothing new about what its template already says, so its
uses are those of the Deployment; what only the live Pod has (an ephemeral container, an injected sidecar) is
reported on the Deployment too, with the Pod's path as the field.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from scanners.inventory import How, Inventory, SecretUse, Workload


class TopObject(NamedTuple):
    """The controller at the top of an owner chain, or the object itself."""

    kind: str
    namespace: str
    name: str


class Consumption(NamedTuple):
    """One reference to a Secret. `keys` empty means all keys, as far as the reference says."""

    kind: str
    namespace: str
    name: str
    field: str
    secret_namespace: str
    secret: str
    how: How
    keys: tuple[str, ...]
    optional: bool
    sub_path: bool
    container: str


_FOLDED_KINDS = frozenset({"Pod", "ReplicaSet", "Job"})
"""Kinds that controllers make; a Job's controller is a CronJob."""

READ_AT_START: frozenset[How] = frozenset({"env", "env-from"})
FILES: frozenset[How] = frozenset({"volume", "projected", "csi"})


def reads_at_start(how: How, sub_path: bool) -> bool:
    """Whether a container has what it read when it started for as long as it runs.

    Files follow the Secret, but for those mounted by subPath.
    https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod
    """
    return how in READ_AT_START or (how in FILES and sub_path)


_ENDED = frozenset({"Succeeded", "Failed"})


class Consumers:
    """Index of all references of an Inventory, by Secret."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._workloads = {(item.kind, item.namespace, item.name): item for item in inventory.workloads}

    def top(self, workload: Workload) -> TopObject:
        """The object at the top of the workload's owner chain.

        A controller that is not in the Inventory (an Argo Rollout, a database operator's resource) is named
        all the same: the ownerReference tells its kind and name.
        """
        current = TopObject(workload.kind, workload.namespace, workload.name)
        owner = workload.owner
        for _ in range(8):
            if owner is None or current.kind not in _FOLDED_KINDS:
                return current
            current = TopObject(owner.kind, workload.namespace, owner.name)
            above = self._workloads.get((owner.kind, workload.namespace, owner.name))
            owner = above.owner if above is not None else None
        return current

    def is_history(self, workload: Workload) -> bool:
        """Whether it is a ReplicaSet that its controller keeps for a rollback: nothing of it runs."""
        return workload.kind == "ReplicaSet" and workload.owner is not None and not workload.replicas

    @cached_property
    def all(self) -> Sequence[Consumption]:
        """Every reference once, templates before the live Pods made from them."""
        seen: set[tuple[object, ...]] = set()
        found: list[Consumption] = []
        for item in self._of_workloads():
            key = (item.kind, item.namespace, item.name, item.secret, item.how, item.keys, item.container)
            if key not in seen:
                seen.add(key)
                found.append(item)
        found.extend(self._of_service_accounts())
        found.extend(
            Consumption(
                item.kind, item.namespace, item.name, item.field, item.secret_namespace, item.secret,
                item.how, item.keys, item.optional, False, "",
            )
            for item in self._inventory.references
        )  # fmt: skip
        return found

    def _of_workloads(self) -> Iterator[Consumption]:
        provided: dict[tuple[str, str], list[str]] = defaultdict(list)
        for item in self._inventory.sync_objects:
            if item.kind == "SecretProviderClass":
                provided[item.namespace, item.name].extend(item.targets)
        for workload in sorted(self._inventory.workloads, key=lambda item: item.kind in _FOLDED_KINDS):
            if self.is_history(workload):
                continue
            top = self.top(workload)
            for use in workload.uses:
                if workload.kind == "Pod" and use.how == "image-pull" and self._is_of_account(workload, use):
                    continue  # admission wrote it there: the ServiceAccount is what refers to it
                yield Consumption(
                    *top, use.field, workload.namespace, use.secret, use.how, use.keys,
                    use.optional, use.sub_path, use.container,
                )  # fmt: skip
            for mount in workload.csi:
                for target in provided.get((workload.namespace, mount.provider_class), ()):
                    # The mount is what makes the Secret exist, so it is never missing because of it.
                    yield Consumption(*top, mount.field, workload.namespace, target, "csi", (), True, False, "")

    def _is_of_account(self, pod: Workload, use: SecretUse) -> bool:
        return use.secret in self._pull_secrets.get((pod.namespace, pod.service_account), ())

    @cached_property
    def _pull_secrets(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """By ServiceAccount, the image pull Secrets that admission gives to Pods without any of their own.

        https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#serviceaccount-admission-controller
        """
        return {(item.namespace, item.name): item.image_pull_secrets for item in self._inventory.service_accounts}

    def _of_service_accounts(self) -> Iterator[Consumption]:
        kinds: tuple[tuple[str, How], ...] = (
            ("secrets", "service-account"),
            ("imagePullSecrets", "image-pull"),
        )
        for account in self._inventory.service_accounts:
            for (field, how), names in zip(kinds, (account.secrets, account.image_pull_secrets), strict=True):
                for index, name in enumerate(names):
                    yield Consumption(
                        "ServiceAccount", account.namespace, account.name, f"{field}[{index}].name",
                        account.namespace, name, how, (), False, False, "",
                    )  # fmt: skip

    @cached_property
    def _by_secret(self) -> dict[tuple[str, str], list[Consumption]]:
        index: dict[tuple[str, str], list[Consumption]] = defaultdict(list)
        for item in self.all:
            index[item.secret_namespace, item.secret].append(item)
        return dict(index)

    def of(self, namespace: str, name: str) -> Sequence[Consumption]:
        """Every reference to the Secret; empty where nothing that was read refers to it."""
        return self._by_secret.get((namespace, name), ())

    def starts(self, item: Consumption) -> Sequence[datetime | None] | None:
        """When each running container began that read the Secret this way at its start; None where no Pod lives.

        A container that has ended, or waits, holds nothing and is left out: it reads anew when it starts. A start
        that is not known is None.
        """
        return self._starts.get(_start_key(TopObject(item.kind, item.namespace, item.name), item))

    @cached_property
    def _starts(self) -> dict[tuple[object, ...], list[datetime | None]]:
        found: dict[tuple[object, ...], list[datetime | None]] = {}
        for pod in self._inventory.workloads:
            if pod.kind != "Pod" or pod.phase in _ENDED:
                continue
            top = self.top(pod)
            known = {start.container: start.started_at for start in pod.started}
            for use in pod.uses:
                if not reads_at_start(use.how, use.sub_path):
                    continue
                starts = found.setdefault(_start_key(top, use), [])
                if use.container in known:
                    starts.append(known[use.container])
                elif pod.phase == "Running" and not known:
                    starts.append(None)
        return found


def _start_key(top: TopObject, use: Consumption | SecretUse) -> tuple[object, ...]:
    return (top, use.secret, use.how, use.keys, use.container)
