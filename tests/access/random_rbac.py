"""Random RBAC for holding our answers against the API server's: all it could read differently.

Several worlds share one cluster. Each has its own subjects, so that what one world grants changes nothing in
another. Within a world, roles of the same name stand in several namespaces and in both kinds, so that a
binding must find the right one.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

Manifest = dict[str, Any]

RBAC = "rbac.authorization.k8s.io"
NAMESPACES = ("red", "green", "blue")
ROLE_NAMES = ("reader", "writer", "owner", "absent")
SECRET_NAMES = ("a", "b", "c", "*")
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")

_RULE_VERBS = (*VERBS, "get", "list", "watch", "*", "impersonate", "Get", "read")
_GROUPS = ("", "", "", "", "", "*", "apps", "example.io", RBAC)
_RESOURCES = (
    "secrets", "secrets", "secrets", "*", "secrets/*", "*/*", "*/status", "secrets/status", "configmaps",
    "pods", "secret", "Secrets", "serviceaccounts/token",
)  # fmt: skip
_NAMES: tuple[list[str] | None, ...] = (None, None, None, [], ["a"], ["a", "b"], [""], ["b", ""], ["*"], ["A", "c"])


@dataclass(frozen=True)
class Identity:
    """Who asks: a user name with groups, as authentication would give them."""

    user: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class World:
    manifests: tuple[Manifest, ...]
    identities: tuple[Identity, ...]


def world(number: int, seed: int) -> World:
    """One world: about 10 roles, 60 bindings and 14 identities."""
    choose = random.Random(f"{seed}/{number}")
    prefix = f"w{number}"
    manifests = [_role(choose, prefix, namespace, name) for namespace in NAMESPACES for name in _some_roles(choose)]
    manifests += [_role(choose, prefix, None, name) for name in _some_roles(choose)]
    manifests += [_binding(choose, prefix, index) for index in range(60)]
    return World(tuple(manifests), tuple(_identities(prefix)))


def _some_roles(choose: random.Random) -> list[str]:
    return choose.sample(ROLE_NAMES[:3], choose.randint(1, 3))


def _role(choose: random.Random, prefix: str, namespace: str | None, name: str) -> Manifest:
    rules = [_rule(choose) for _ in range(choose.randint(0, 5))]
    if namespace is None and choose.random() < 0.3:
        rules.append({"nonResourceURLs": ["/secrets", "*"], "verbs": ["get"]})
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRole" if namespace is None else "Role",
        "metadata": {"name": f"{prefix}-{name}"} | ({"namespace": namespace} if namespace else {}),
        "rules": rules,
    }


def _rule(choose: random.Random) -> Manifest:
    names = choose.choice(_NAMES)
    return {
        "apiGroups": choose.sample(_GROUPS, choose.randint(1, 2)),
        "resources": choose.sample(_RESOURCES, choose.randint(1, 3)),
        "verbs": choose.sample(_RULE_VERBS, choose.randint(1, 4)),
    } | ({} if names is None else {"resourceNames": names})


def _binding(choose: random.Random, prefix: str, index: int) -> Manifest:
    namespace = choose.choice((*NAMESPACES, *NAMESPACES, None))
    kind = choose.choice(("Role", "ClusterRole")) if namespace else "ClusterRole"
    subjects = [_subject(choose, prefix, namespace) for _ in range(choose.randint(0, 4))]
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": {"name": f"{prefix}-{index}"} | ({"namespace": namespace} if namespace else {}),
        "roleRef": {"apiGroup": RBAC, "kind": kind, "name": f"{prefix}-{choose.choice(ROLE_NAMES)}"},
        "subjects": subjects,
    }


def _subject(choose: random.Random, prefix: str, namespace: str | None) -> Manifest:
    account = f"{prefix}-robot"
    return choose.choice(
        (
            {"apiGroup": RBAC, "kind": "User", "name": f"{prefix}-alice"},
            {"apiGroup": RBAC, "kind": "User", "name": f"{prefix}-bob"},
            {"apiGroup": RBAC, "kind": "User", "name": f"system:serviceaccount:red:{account}"},
            {"apiGroup": RBAC, "kind": "User", "name": f"system:serviceaccount:red:{account}:more"},
            {"apiGroup": RBAC, "kind": "User", "name": f"{prefix}-devs"},
            {"apiGroup": RBAC, "kind": "Group", "name": f"{prefix}-devs"},
            {"apiGroup": RBAC, "kind": "Group", "name": f"{prefix}-ops"},
            {"apiGroup": RBAC, "kind": "Group", "name": f"system:serviceaccounts:{prefix}"},
            {"kind": "ServiceAccount", "name": account, "namespace": "red"},
            {"kind": "ServiceAccount", "name": account, "namespace": "green"},
            {"kind": "ServiceAccount", "name": account} | ({} if namespace else {"namespace": "blue"}),
        )
    )


def _identities(prefix: str) -> list[Identity]:
    account = f"{prefix}-robot"
    return [
        Identity(f"{prefix}-alice"),
        Identity(f"{prefix}-bob"),
        Identity(f"{prefix}-devs"),
        Identity("nobody", (f"{prefix}-devs",)),
        Identity("nobody", (f"{prefix}-ops",)),
        Identity("nobody", (f"system:serviceaccounts:{prefix}",)),
        Identity(f"system:serviceaccount:red:{account}"),
        Identity(f"system:serviceaccount:green:{account}"),
        Identity(f"system:serviceaccount:blue:{account}"),
        Identity(f"system:serviceaccount:red:{account}:more"),
        Identity(account),
        Identity(f"{prefix}-alice", (f"{prefix}-devs", f"{prefix}-ops", "system:authenticated")),
        Identity(
            f"system:serviceaccount:red:{account}",
            ("system:serviceaccounts", f"system:serviceaccounts:{prefix}"),
        ),
        Identity(f"{prefix}-carol", ("system:masters",)),
    ]
