"""Who may do what to Secrets, as the API server's RBAC authorizer decides it.

A rule allows a request when its verbs, API groups, resources and resourceNames all match it; one rule that
does so is enough, and nothing denies. `*` stands for every verb, group or resource, but `secrets/*` and `*/*`
match no plain Secret, and a resourceName `*` is a name like any other. A request without a name (an unnamed
list, a POST create, a deletecollection) is one for the name "", which empty resourceNames allow, and so does
a rule that lists the name "". A list or watch with `fieldSelector=metadata.name=NAME` is one for NAME.
(k8s.io/kubernetes, plugin/pkg/auth/authorizer/rbac and pkg/registry/rbac/validation, 1.37; the tests hold it
against the real server.)

Not seen here, by nature of RBAC: what the node authorizer, an authorization webhook or a cloud's IAM allow,
and members of system:masters, which the API server lets do everything before it asks RBAC.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar

from scanners.inventory import Binding, Role, Rule, Subject

SUPERUSERS = "system:masters"
"""The group that the API server authorizes before RBAC is asked; bindings can neither give nor take that."""

READ_VERBS = frozenset({"get", "list", "watch"})
COLLECTION_READ_VERBS = frozenset({"list", "watch"})
SECRET_VERBS = READ_VERBS | {"create", "update", "patch", "delete", "deletecollection"}
ANY = "*"
UNNAMED = ""
"""The name of a request that has none."""

_ACCOUNT_USER = "system:serviceaccount:"

Key = TypeVar("Key")
Value = TypeVar("Value")


class Resource(NamedTuple):
    """A resource as rules name it: API group ("" is core), plural, and subresource if any."""

    group: str
    plural: str
    subresource: str = ""


SECRETS = Resource("", "secrets")


@dataclass(frozen=True, slots=True)
class Permission:
    """What one rule allows on one resource. `names` None is every name, and requests without one.

    `rule` is the rule as written, for evidence.
    """

    rule: Rule
    verbs: frozenset[str]
    names: frozenset[str] | None

    def allows(self, verb: str, name: str) -> bool:
        return (verb in self.verbs or ANY in self.verbs) and (self.names is None or name in self.names)

    def has_any(self, verbs: frozenset[str]) -> bool:
        return ANY in self.verbs or not verbs.isdisjoint(self.verbs)

    @property
    def unnamed(self) -> bool:
        """Whether it allows requests without a name; a listed "" does too."""
        return self.names is None or UNNAMED in self.names

    @property
    def reads_all(self) -> bool:
        """Whether it reads every object in its scope: any by name, or all in one list or watch."""
        if self.names is None:
            return self.has_any(READ_VERBS)
        return UNNAMED in self.names and self.has_any(COLLECTION_READ_VERBS)

    @property
    def reads_names(self) -> frozenset[str]:
        """The objects it reads by name where it does not read all."""
        if self.names is None or not self.has_any(READ_VERBS):
            return frozenset()
        return self.names - {UNNAMED}


@dataclass(frozen=True, slots=True, eq=False)
class Grant:
    """A binding whose role exists, with what it allows on one resource.

    `namespace` is where it holds, None for the whole cluster. `subjects` are distinct and canonical.
    """

    binding: Binding
    role: Role
    subjects: tuple[Subject, ...]
    permissions: tuple[Permission, ...]

    @property
    def namespace(self) -> str | None:
        return None if self.binding.kind == "ClusterRoleBinding" else self.binding.namespace

    def allows(self, verb: str, name: str) -> bool:
        return any(permission.allows(verb, name) for permission in self.permissions)


@dataclass(frozen=True, slots=True, eq=False)
class Holder:
    """A subject as bindings list it (a group is one subject), and the grants that give it the right."""

    subject: Subject
    grants: tuple[Grant, ...]


def canonical(subject: Subject, binding_namespace: str = "") -> Subject | None:
    """The one form of a subject, None where the authorizer matches it to nobody.

    A ServiceAccount without a namespace means, in a RoleBinding, the binding's namespace, and nobody in a
    ClusterRoleBinding. A User of the name `system:serviceaccount:NAMESPACE:NAME` is that ServiceAccount.
    """
    if subject.kind == "ServiceAccount":
        namespace = subject.namespace or binding_namespace
        return _by_user_name(f"{_ACCOUNT_USER}{namespace}:{subject.name}") if namespace else None
    if subject.kind == "User":
        return _by_user_name(subject.name)
    if subject.kind == "Group":
        return Subject(kind="Group", name=subject.name)
    return None


def _by_user_name(name: str) -> Subject:
    if name.startswith(_ACCOUNT_USER):
        namespace, _, account = name.removeprefix(_ACCOUNT_USER).partition(":")
        if namespace and account and ":" not in account:
            return Subject(kind="ServiceAccount", name=account, namespace=namespace)
    return Subject(kind="User", name=name)


def permissions(rules: Iterable[Rule], resource: Resource) -> tuple[Permission, ...]:
    """What the rules allow on one resource, whatever the verb."""
    return tuple(
        Permission(rule, frozenset(rule.verbs), frozenset(rule.resource_names) if rule.resource_names else None)
        for rule in rules
        if _matches(rule, resource)
    )


def _matches(rule: Rule, resource: Resource) -> bool:
    if ANY not in rule.api_groups and resource.group not in rule.api_groups:
        return False
    wanted = {ANY, resource.plural}
    if resource.subresource:
        wanted = {ANY, f"{resource.plural}/{resource.subresource}", f"*/{resource.subresource}"}
    return not wanted.isdisjoint(rule.resources)


class Grants:
    """All Roles, ClusterRoles and their bindings, resolved once and asked often.

    A binding is resolved as the authorizer does: roleRef's kind and name, a Role only in the binding's own
    namespace. A binding to a role that does not exist grants nothing.
    """

    def __init__(self, roles: Iterable[Role], bindings: Iterable[Binding]) -> None:
        self._roles = {(role.kind, role.namespace, role.name): role for role in roles}
        self._bindings = tuple(bindings)
        self._readers_by_namespace: dict[str, _ReadersOfAll] = {}

    @cached_property
    def effective(self) -> tuple[tuple[Binding, Role, tuple[Subject, ...]], ...]:
        """Every binding whose role exists and that names somebody, with both."""
        found = []
        for binding in self._bindings:
            role = self.role_of(binding)
            subjects = _subjects(binding)
            if role is not None and subjects:
                found.append((binding, role, subjects))
        return tuple(found)

    def role_of(self, binding: Binding) -> Role | None:
        """The role that the binding refers to, None where it does not exist."""
        if binding.role_kind == "ClusterRole":
            return self._roles.get(("ClusterRole", "", binding.role_name))
        if binding.role_kind == "Role" and binding.namespace:
            return self._roles.get(("Role", binding.namespace, binding.role_name))
        return None

    def on(self, resource: Resource) -> tuple[Grant, ...]:
        """The grants that allow anything on the resource, in the order of the bindings."""
        by_role: dict[tuple[str, str, str], tuple[Permission, ...]] = {}
        found = []
        for binding, role, subjects in self.effective:
            key = (role.kind, role.namespace, role.name)
            if key not in by_role:
                by_role[key] = permissions(role.rules, resource)
            if by_role[key]:
                found.append(Grant(binding, role, subjects, by_role[key]))
        return tuple(found)

    @cached_property
    def secrets(self) -> tuple[Grant, ...]:
        """The grants that allow anything on Secrets."""
        return self.on(SECRETS)

    @cached_property
    def _by_namespace(self) -> dict[str | None, list[Grant]]:
        return _grouped((grant.namespace, grant) for grant in self.secrets)

    def may(self, user: str, groups: Sequence[str], verb: str, namespace: str, name: str = UNNAMED) -> bool:
        """What a SubjectAccessReview on Secrets would say under RBAC alone.

        `namespace` "" asks for the whole cluster at once. `groups` must hold every group of the user: for
        a ServiceAccount also system:authenticated, system:serviceaccounts and that of its namespace.
        """
        if SUPERUSERS in groups:
            return True
        asking = {_by_user_name(user), *(Subject(kind="Group", name=group) for group in groups)}
        return any(
            not asking.isdisjoint(grant.subjects) and grant.allows(verb, name) for grant in self._in_scope(namespace)
        )

    def holders(self, verb: str, namespace: str, name: str = UNNAMED) -> tuple[Holder, ...]:
        """The subjects that bindings give `verb` on the Secret, or on all where no name is given."""
        return _holders(grant for grant in self._in_scope(namespace) if grant.allows(verb, name))

    def readers(self, namespace: str, name: str) -> tuple[Holder, ...]:
        """The subjects that may get, list or watch this Secret, with every grant that lets them."""
        everywhere = self._readers_of_all(namespace)
        by_name = self._grants_by_name(namespace, name)
        if not by_name:
            return everywhere.holders
        found = list(everywhere.holders)
        for holder in _holders(by_name):
            position = everywhere.position(holder.subject)
            if position is None:
                found.append(holder)
            else:
                found[position] = _joined(found[position], holder)
        return tuple(found)

    def direct_reader_count(self, namespace: str, name: str) -> int:
        """How many distinct subjects may read this Secret by a binding; a group counts as one."""
        everywhere = self._readers_of_all(namespace)
        by_name = self._grants_by_name(namespace, name)
        if not by_name:
            return len(everywhere.holders)
        listed = {subject for grant in by_name for subject in grant.subjects}
        return len(everywhere.holders) + sum(1 for subject in listed if everywhere.position(subject) is None)

    def _in_scope(self, namespace: str) -> Iterator[Grant]:
        yield from self._by_namespace.get(None, ())
        if namespace:
            yield from self._by_namespace.get(namespace, ())

    @cached_property
    def _by_name(self) -> dict[tuple[str | None, str], list[Grant]]:
        """The grants that read a Secret by its name, by (namespace, name); not those that read all anyway."""
        return _grouped(
            ((grant.namespace, name), grant)
            for grant in self.secrets
            if not _reads_all(grant)
            for name in {name for permission in grant.permissions for name in permission.reads_names}
        )

    def _grants_by_name(self, namespace: str, name: str) -> list[Grant]:
        return [*self._by_name.get((None, name), ()), *self._by_name.get((namespace, name), ())]

    @cached_property
    def _readers_of_cluster(self) -> _ReadersOfAll:
        """Who reads every Secret of every namespace."""
        return _ReadersOfAll(_holders(grant for grant in self._by_namespace.get(None, ()) if _reads_all(grant)))

    def _readers_of_all(self, namespace: str) -> _ReadersOfAll:
        """Who reads every Secret of the namespace, computed once for each."""
        known = self._readers_by_namespace.get(namespace)
        if known is None:
            own = _holders(grant for grant in self._by_namespace.get(namespace, ()) if _reads_all(grant))
            known = _ReadersOfAll(own, self._readers_of_cluster)
            self._readers_by_namespace[namespace] = known
        return known


class _ReadersOfAll:
    """Holders in a fixed order, those of a wider scope first; what the two share is not held twice."""

    def __init__(self, own: tuple[Holder, ...], wider: _ReadersOfAll | None = None) -> None:
        self._wider = wider
        found = list(wider.holders) if wider is not None else []
        self._positions: dict[Subject, int] = {}
        for holder in own:
            position = wider.position(holder.subject) if wider is not None else None
            if position is None:
                self._positions[holder.subject] = len(found)
                found.append(holder)
            else:
                found[position] = _joined(found[position], holder)
        self.holders: tuple[Holder, ...] = tuple(found)

    def position(self, subject: Subject) -> int | None:
        """Where in `holders` the subject stands, None where it is not among them."""
        position = self._positions.get(subject)
        if position is None and self._wider is not None:
            return self._wider.position(subject)
        return position


def _subjects(binding: Binding) -> tuple[Subject, ...]:
    found = (canonical(subject, binding.namespace) for subject in binding.subjects)
    return tuple(dict.fromkeys(subject for subject in found if subject is not None))


def _reads_all(grant: Grant) -> bool:
    return any(permission.reads_all for permission in grant.permissions)


def _holders(grants: Iterable[Grant]) -> tuple[Holder, ...]:
    by_subject = _grouped((subject, grant) for grant in grants for subject in grant.subjects)
    return tuple(Holder(subject, tuple(found)) for subject, found in by_subject.items())


def _joined(first: Holder, second: Holder) -> Holder:
    return Holder(first.subject, first.grants + second.grants)


def _grouped(pairs: Iterable[tuple[Key, Value]]) -> dict[Key, list[Value]]:
    groups: dict[Key, list[Value]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return dict(groups)
