"""What a path of the Kubernetes API asks for: verb and resource, as RBAC names them.

https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """`resource` is the plural with its group, such as roles.rbac.authorization.k8s.io, or a path like /metrics."""

    verb: str
    resource: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""


def target(path: str) -> Target:
    """What a GET of `path` is to RBAC."""
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["api"] and len(parts) > 2:
        group, rest = "", parts[2:]
    elif parts[:1] == ["apis"] and len(parts) > 3:
        group, rest = parts[1], parts[3:]
    else:
        return Target("get", path)
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    resource, name, *below = [*rest, "", ""][: max(len(rest), 2)]
    resource = f"{resource}.{group}" if group else resource
    return Target("get" if name else "list", resource, namespace, name, "/".join(below))
