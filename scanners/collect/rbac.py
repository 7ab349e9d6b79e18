"""RBAC as written: Roles, ClusterRoles and their bindings (rbac.authorization.k8s.io/v1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from scanners.collect import keep
from scanners.collect.metadata import ObjectMeta, Shape, decoder, name_of, namespace_of
from scanners.collect.pool import Pool
from scanners.inventory import Binding, Role, Rule, Subject

_MAX_SUBJECT = 1024
"""Characters of a subject's name: user names of an identity provider are longer than object names."""


class _Rule(Shape):
    api_groups: list[str] | None = None
    resources: list[str] | None = None
    verbs: list[str] | None = None
    resource_names: list[str] | None = None


class _Role(Shape):
    metadata: ObjectMeta
    rules: list[_Rule] | None = None


class _Subject(Shape):
    kind: str
    name: str
    namespace: str | None = None


class _RoleRef(Shape):
    kind: str
    name: str


class _Binding(Shape):
    metadata: ObjectMeta
    role_ref: _RoleRef
    subjects: list[_Subject] | None = None


_role = decoder(_Role)
_binding = decoder(_Binding)


def read_role(raw: msgspec.Raw, pool: Pool) -> Iterable[Role]:
    yield _role_record("Role", raw, pool)


def read_cluster_role(raw: msgspec.Raw, pool: Pool) -> Iterable[Role]:
    """A ClusterRole; the cluster has already written aggregated rules into it."""
    yield _role_record("ClusterRole", raw, pool)


def read_role_binding(raw: msgspec.Raw, pool: Pool) -> Iterable[Binding]:
    yield _binding_record("RoleBinding", raw, pool)


def read_cluster_role_binding(raw: msgspec.Raw, pool: Pool) -> Iterable[Binding]:
    yield _binding_record("ClusterRoleBinding", raw, pool)


def _role_record(kind: Literal["Role", "ClusterRole"], raw: msgspec.Raw, pool: Pool) -> Role:
    role = _role.decode(raw)
    return Role(
        kind=kind,
        namespace=namespace_of(role.metadata, pool) if kind == "Role" else "",
        name=name_of(role.metadata),
        # Rules of URLs outside resources (nonResourceURLs) reach no object.
        rules=pool.one(tuple(_rule(rule, pool) for rule in role.rules or () if rule.resources)),
    )


def _rule(rule: _Rule, pool: Pool) -> Rule:
    return pool.one(
        Rule(
            api_groups=_words(rule.api_groups, pool),
            resources=_words(rule.resources, pool),
            verbs=_words(rule.verbs, pool),
            resource_names=_words(rule.resource_names, pool),
        )
    )


def _binding_record(kind: Literal["RoleBinding", "ClusterRoleBinding"], raw: msgspec.Raw, pool: Pool) -> Binding:
    binding = _binding.decode(raw)
    return Binding(
        kind=kind,
        namespace=namespace_of(binding.metadata, pool) if kind == "RoleBinding" else "",
        name=name_of(binding.metadata),
        role_kind=pool.one(keep.clean(binding.role_ref.kind)),
        role_name=pool.one(keep.clean(binding.role_ref.name)),
        subjects=tuple(_subject(subject, pool) for subject in binding.subjects or ()),
    )


def _subject(subject: _Subject, pool: Pool) -> Subject:
    account = subject.kind == "ServiceAccount"
    return pool.one(
        Subject(
            kind=pool.one(keep.clean(subject.kind)),
            name=pool.one(keep.clean(subject.name, _MAX_SUBJECT)),
            namespace=pool.one(keep.clean(subject.namespace or "")) if account else "",
        )
    )


def _words(found: list[str] | None, pool: Pool) -> tuple[str, ...]:
    return pool.one(tuple(pool.one(keep.clean(word)) for word in found)) if found else ()
