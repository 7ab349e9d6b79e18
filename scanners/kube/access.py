"""What the cluster is, and what it says about who asks and what that identity may do.

A SelfSubjectAccessReview is asked for each right, because a SelfSubjectRulesReview leaves out what other
authorizers allow, and shows nothing for system:masters
(https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from scanners.kube.connection import CONNECTIONS
from scanners.kube.errors import UnexpectedAnswer
from scanners.kube.transport import Transport

MAX_REASON_CHARACTERS = 500

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class Question:
    """A right: a verb on a resource, in one namespace or (empty) in all, or on a `path` such as /metrics instead."""

    verb: str
    group: str = ""
    resource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


@dataclass(frozen=True, kw_only=True)
class Permission:
    """The answer to a Question. `reason` is the authorizer's own text, from the cluster: hostile input."""

    verb: str
    group: str
    resource: str
    namespace: str
    name: str
    path: str
    allowed: bool
    reason: str


@dataclass(frozen=True)
class ApiGroup:
    """A served API group, such as external-secrets.io, with its versions, the preferred one first."""

    name: str
    versions: tuple[str, ...]


@dataclass(frozen=True)
class Identity:
    username: str
    groups: tuple[str, ...]


class _Version(msgspec.Struct, rename="camel"):
    git_version: str


class _GroupVersion(msgspec.Struct):
    version: str


class _Group(msgspec.Struct, rename="camel"):
    name: str
    versions: list[_GroupVersion]
    preferred_version: _GroupVersion | None = None


class _GroupList(msgspec.Struct):
    groups: list[_Group]


class _UserInfo(msgspec.Struct):
    username: str = ""
    groups: list[str] | None = None


class _SubjectStatus(msgspec.Struct, rename="camel"):
    user_info: _UserInfo


class _SubjectReview(msgspec.Struct):
    status: _SubjectStatus


class _AccessStatus(msgspec.Struct):
    allowed: bool
    reason: str = ""


class _AccessReview(msgspec.Struct):
    status: _AccessStatus


def cluster_version(transport: Transport) -> str:
    """The API server's gitVersion, such as v1.37.2. Raises KubeError."""
    return _decode(transport, transport.get("/version"), _Version).git_version


def api_groups(transport: Transport) -> tuple[ApiGroup, ...]:
    """Every served API group but the core one. Raises KubeError."""
    groups = _decode(transport, transport.get("/apis"), _GroupList).groups
    return tuple(ApiGroup(group.name, _preferred_first(group)) for group in groups)


def who_am_i(transport: Transport) -> Identity:
    """Who the API server takes us for. Raises KubeError: NotServed before Kubernetes 1.28."""
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    user = _decode(transport, transport.review("selfsubjectreviews", body), _SubjectReview).status.user_info
    return Identity(user.username, tuple(user.groups or ()))


def permissions(transport: Transport, questions: Sequence[Question]) -> list[Permission]:
    """The answers, in the order of the questions, some of which are asked at the same time. Raises KubeError."""
    with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="secretsui-review") as threads:
        return list(threads.map(lambda question: _ask(transport, question), questions))


def _ask(transport: Transport, question: Question) -> Permission:
    spec: dict[str, Any]
    if question.path:
        spec = {"nonResourceAttributes": {"verb": question.verb, "path": question.path}}
    else:
        attributes = ("verb", "group", "resource", "namespace", "name")
        spec = {"resourceAttributes": {name: getattr(question, name) for name in attributes}}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": spec}
    status = _decode(transport, transport.review("selfsubjectaccessreviews", body), _AccessReview).status
    return Permission(
        verb=question.verb,
        group=question.group,
        resource=question.resource,
        namespace=question.namespace,
        name=question.name,
        path=question.path,
        allowed=status.allowed,
        reason=status.reason[:MAX_REASON_CHARACTERS],
    )


def _preferred_first(group: _Group) -> tuple[str, ...]:
    versions = [entry.version for entry in group.versions]
    if group.preferred_version:
        versions.insert(0, group.preferred_version.version)
    return tuple(dict.fromkeys(versions))


def _decode(transport: Transport, body: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, RecursionError):
        raise UnexpectedAnswer(
            f"{transport.server} did not answer as a Kubernetes API server does; give the API server's own address."
        ) from None
