"""Roles and bindings, as written."""

from __future__ import annotations

from typing import Literal

from scanners.inventory.record import Record


class Rule(Record, frozen=True, kw_only=True):
    """An RBAC rule as written; empty `resource_names` is every name."""

    api_groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    resource_names: tuple[str, ...] = ()


class Role(Record, frozen=True, kw_only=True):
    """A Role, or a ClusterRole with an empty namespace. Aggregated rules are already in `rules`."""

    kind: Literal["Role", "ClusterRole"]
    namespace: str
    name: str
    rules: tuple[Rule, ...] = ()


class Subject(Record, frozen=True, kw_only=True):
    """A binding's subject; `namespace` only for a ServiceAccount."""

    kind: str
    name: str
    namespace: str = ""


class Binding(Record, frozen=True, kw_only=True):
    """A RoleBinding, or a ClusterRoleBinding with an empty namespace."""

    kind: Literal["RoleBinding", "ClusterRoleBinding"]
    namespace: str
    name: str
    role_kind: str
    role_name: str
    subjects: tuple[Subject, ...] = ()
