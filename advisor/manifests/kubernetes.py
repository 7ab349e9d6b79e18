"""Builders for the plain Kubernetes objects of a set, and names derived from the person's names."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from advisor.manifests.model import Structure

Gitops = Literal["none", "flux", "argo-cd", "ci"]

NAMESPACE_FILE = "00-namespace.yaml"
SUBDOMAIN, LABEL = 253, 63


def derived_name(base: str, suffix: str = "", longest: int = SUBDOMAIN) -> str:
    """`base` and `suffix` as one name of at most `longest` characters; where it must be cut, a digest keeps it unique.

    A LABEL has no dots, so there they become '-'.
    """
    whole = f"{base}{suffix}"
    name = whole.replace(".", "-") if longest == LABEL else whole
    if len(name) <= longest:
        return name
    digest = hashlib.sha256(whole.encode()).hexdigest()[:8]
    head = name[: longest - len(suffix) - 9].rstrip("-.")
    return f"{head}-{digest}{suffix}"


class Style:
    """How a GitOps engine wants objects marked: Argo CD by sync waves, both by who must never be pruned."""

    def __init__(self, gitops: Gitops) -> None:
        self.gitops = gitops

    def annotations(self, wave: int, others: Mapping[str, str] | None = None, *, keep: bool = False) -> dict[str, str]:
        """The annotations of an object that Argo CD applies in `wave`; `keep` for what pruning must not delete."""
        found = dict(others or {})
        if self.gitops == "argo-cd":
            found["argocd.argoproj.io/sync-wave"] = str(wave)
            if keep:
                found["argocd.argoproj.io/sync-options"] = "Prune=false,Delete=false"
        elif self.gitops == "flux" and keep:
            found["kustomize.toolkit.fluxcd.io/prune"] = "disabled"
        return found


def metadata(
    name: str,
    namespace: str = "",
    annotations: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Structure:
    """ObjectMeta with just what is given."""
    found: Structure = {"name": name}
    if namespace:
        found["namespace"] = namespace
    if labels:
        found["labels"] = dict(labels)
    if annotations:
        found["annotations"] = dict(annotations)
    return found


def namespace_object(name: str, style: Style) -> Structure:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata(name, "", style.annotations(-2, keep=True))}


def service_account(name: str, namespace: str, style: Style, annotations: Mapping[str, str] | None = None) -> Structure:
    """A ServiceAccount whose token no Pod gets without asking for it."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(name, namespace, style.annotations(-1, annotations)),
        "automountServiceAccountToken": False,
    }


def role(name: str, namespace: str, rules: Sequence[Structure], style: Style) -> Structure:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": metadata(name, namespace, style.annotations(-1)),
        "rules": list(rules),
    }


def role_binding(name: str, namespace: str, role_name: str, subject: Structure, style: Style) -> Structure:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": metadata(name, namespace, style.annotations(-1)),
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role_name},
        "subjects": [subject],
    }


def rule(group: str, resource: str, verbs: Sequence[str], names: Sequence[str]) -> Structure:
    """A rule for named objects of one resource."""
    return {"apiGroups": [group], "resources": [resource], "resourceNames": list(names), "verbs": list(verbs)}


def account_subject(name: str, namespace: str) -> Structure:
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


def group_subject(name: str) -> Structure:
    return {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": name}


def ingress_policy(
    name: str,
    namespace: str,
    selector: Mapping[str, str],
    allowed: Sequence[tuple[Sequence[Structure], Sequence[int]]],
) -> Structure:
    """A NetworkPolicy that lets only the given peers (none given: anyone) reach the given TCP ports."""
    ingress: list[Any] = []
    for peers, ports in allowed:
        entry: Structure = {"ports": [{"protocol": "TCP", "port": port} for port in ports]}
        ingress.append({"from": list(peers), **entry} if peers else entry)
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(name, namespace),
        "spec": {"podSelector": {"matchLabels": dict(selector)}, "policyTypes": ["Ingress"], "ingress": ingress},
    }


def peer(namespace: str, pods: Mapping[str, str]) -> Structure:
    """The Pods of another namespace with these labels."""
    return {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "podSelector": {"matchLabels": dict(pods)},
    }
