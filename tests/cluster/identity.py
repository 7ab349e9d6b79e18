"""Identities with exactly the rights a test wants: a ServiceAccount, its roles and bindings, and a token for it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.cluster.api import eventually
from tests.cluster.server import Cluster

NAMESPACE = "identities"
RBAC = "rbac.authorization.k8s.io/v1"
SECONDS_TO_LIVE = 3600  # the API server gives no token for less than 600

Rule = dict[str, Any]


@dataclass(frozen=True)
class Identity:
    """A ServiceAccount of the namespace `identities`. `subject` is its user name as the API server knows it."""

    name: str
    subject: str
    token: str
    kubeconfig: str


def make_identity(
    cluster: Cluster,
    rules: Sequence[Rule] = (),
    namespace_rules: dict[str, Sequence[Rule]] | None = None,
    *,
    context_namespace: str | None = None,
) -> Identity:
    """An identity that may do what `rules` say everywhere, and what `namespace_rules[NAMESPACE]` say there.

    A rule is as in a Role: {"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}, `apiGroups` being
    [""] where it is left out (a rule with nonResourceURLs has none). The namespaces are made when missing.
    """
    name = f"identity-{secrets.token_hex(4)}"
    account = {"kind": "ServiceAccount", "name": name, "namespace": NAMESPACE}
    for namespace in (NAMESPACE, *(namespace_rules or {})):
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": NAMESPACE}})
    if rules:
        _grant(cluster, "Cluster", {"name": name}, rules, account)
    for namespace, its_rules in (namespace_rules or {}).items():
        _grant(cluster, "", {"name": name, "namespace": namespace}, its_rules, account)
    token = service_account_token(cluster, NAMESPACE, name)
    return Identity(
        name,
        f"system:serviceaccount:{NAMESPACE}:{name}",
        token,
        cluster.kubeconfig(name, context_namespace, token=token),
    )


def service_account_token(cluster: Cluster, namespace: str, name: str, seconds: int = SECONDS_TO_LIVE) -> str:
    """A token for a ServiceAccount that exists, by the TokenRequest API."""
    review = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"expirationSeconds": seconds},
    }
    return cluster.post(f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token", review)["status"]["token"]


def _grant(
    cluster: Cluster, prefix: str, metadata: dict[str, str], rules: Sequence[Rule], subject: dict[str, str]
) -> None:
    """A Role or ClusterRole (by `prefix`) with these rules, and its binding to the subject, all of one name."""
    written = [rule if "nonResourceURLs" in rule else {"apiGroups": [""]} | rule for rule in rules]
    role = {"apiVersion": RBAC, "kind": f"{prefix}Role", "metadata": metadata, "rules": written}
    reference = {"apiGroup": RBAC.partition("/")[0], "kind": f"{prefix}Role", "name": metadata["name"]}
    binding = {"apiVersion": RBAC, "kind": f"{prefix}RoleBinding", "metadata": metadata, "roleRef": reference}
    cluster.apply(role, binding | {"subjects": [subject]})
    # The authorizer decides by its own copies of roles and bindings, which follow a moment later, each on its own.
    question = _question(written[0], subject, metadata.get("namespace", ""))
    path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    eventually("the role to be in force", lambda: cluster.post(path, question)["status"]["allowed"])


def _question(rule: Rule, subject: dict[str, str], namespace: str) -> dict[str, Any]:
    """The SubjectAccessReview that asks for the first thing that a rule allows."""
    verb = rule["verbs"][0]
    asked: dict[str, Any]
    if "nonResourceURLs" in rule:
        asked = {"nonResourceAttributes": {"path": rule["nonResourceURLs"][0], "verb": verb}}
    else:
        resource, _, subresource = rule["resources"][0].partition("/")
        attributes = {
            "namespace": namespace,
            "verb": verb,
            "group": rule["apiGroups"][0],
            "resource": resource,
            "subresource": subresource,
            "name": next(iter(rule.get("resourceNames", ())), ""),
        }
        asked = {"resourceAttributes": attributes}
    user = f"system:serviceaccount:{subject['namespace']}:{subject['name']}"
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": user, **asked},
    }
