"""Which grants belong to the cluster itself: its control plane, its administrators, and operators it knows.

Their findings are folded, never dropped. A grant is folded only when all its subjects are such; one person
among them keeps it in sight.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from scanners.access.operators import ADMINISTRATOR_GROUPS, BUILT_IN_BINDINGS, OPERATORS, Operator
from scanners.access.rbac import Grant, canonical
from scanners.images import image_repository as image_repository
from scanners.inventory import Subject, Workload


@dataclass(frozen=True, slots=True)
class Belonging:
    """Whose a grant is. `system` says in words why it is folded, "" where it is not.

    `doubt` names the operator that it would be folded for, had its image been seen; "" where there is none.
    """

    system: str = ""
    doubt: str = ""


class SystemGrants:
    """Decides for each grant whether it belongs to the cluster itself.

    `administrators` are the policy's: `user:NAME`, `group:NAME`, `serviceaccount:NAMESPACE/NAME`.
    """

    def __init__(self, workloads: Iterable[Workload], administrators: Iterable[str] = ()) -> None:
        self._administrators = {Subject(kind="Group", name=name) for name in ADMINISTRATOR_GROUPS}
        self._administrators |= {_administrator(entry) for entry in administrators}
        self._images: dict[tuple[str, str], list[tuple[str, ...]]] = defaultdict(list)
        for workload in workloads:
            self._images[workload.namespace, workload.service_account].append(workload.images)

    def of(self, grant: Grant, *, wildcard: bool) -> Belonging:
        """Whose the grant is, by all its subjects together. `wildcard`: whether it reaches Secrets by one."""
        others = [subject for subject in grant.subjects if subject not in self._administrators]
        if not others:
            return Belonging(system="administrators")
        if _is_built_in(grant, others):
            return Belonging(system="the control plane")
        operator = _operator_of(others)
        if operator is None or (wildcard and not operator.wildcards):
            return Belonging()
        runs = {subject: self._runs(operator, subject) for subject in others}
        if False in runs.values():
            return Belonging()
        # Operators bind the accounts of parts that are not installed too: nothing runs as these.
        return Belonging(system=operator.name) if True in runs.values() else Belonging(doubt=operator.name)

    def _runs(self, operator: Operator, account: Subject) -> bool | None:
        """Whether all that runs as the ServiceAccount is the operator; None where nothing was seen to run."""
        templates = self._images.get((account.namespace, account.name))
        if not templates:
            return None
        return all(any(_is_from(image, operator) for image in images) for images in templates)


def _administrator(entry: str) -> Subject:
    kind, _, name = entry.partition(":")
    if kind == "serviceaccount":
        namespace, _, account = name.partition("/")
        return Subject(kind="ServiceAccount", name=account, namespace=namespace)
    subject = canonical(Subject(kind={"user": "User", "group": "Group"}[kind], name=name))
    assert subject is not None, "a User or a Group is always somebody"
    return subject


def _is_built_in(grant: Grant, subjects: list[Subject]) -> bool:
    binding = grant.binding
    return any(
        (binding.kind, binding.namespace, binding.name) == (known.kind, known.namespace, known.name)
        and (binding.role_kind, binding.role_name) == (known.kind.removesuffix("Binding"), known.role)
        and known.subjects.issuperset(subjects)
        for known in BUILT_IN_BINDINGS
    )


def _operator_of(subjects: list[Subject]) -> Operator | None:
    """The one operator whose ServiceAccounts all the subjects are by name and namespace."""
    for operator in OPERATORS:
        if all(
            subject.kind == "ServiceAccount"
            and subject.namespace in operator.namespaces
            and subject.name in operator.service_accounts
            for subject in subjects
        ):
            return operator
    return None


def _is_from(image: str, operator: Operator) -> bool:
    repository = image_repository(image)
    return any(repository == known or repository.endswith(f"/{known}") for known in operator.repositories)
