"""What an audit policy records, by the API server's own rules.

The first rule that matches a request decides its level; where none matches, nothing is recorded
(k8s.io/apiserver/pkg/audit/policy, release 1.37). A request leaves a trace only in stages that are not omitted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scanners.inventory import AuditLevel, AuditPolicy, AuditResources, AuditRule

EVERYBODY = frozenset({"system:authenticated"})
"""Groups that hold every subject with a name; a rule for one of them is not meant as an exception."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request for a resource; `subresource` and `name` are empty where it has none, such as a list."""

    verb: str
    resource: str
    group: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    user: str = ""
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Share:
    """The requests that one rule decides. `rule` is its place, None for those that no rule matches.

    `whom` says in words to which requests the rule is restricted, "" where it takes all that came so far.
    """

    rule: int | None
    level: AuditLevel
    recorded: bool
    whom: str = ""


def level(policy: AuditPolicy, request: Request) -> AuditLevel:
    """The level at which one request is recorded, "None" for not at all."""
    for rule in policy.rules:
        if _matches_requester(rule, request) and _concerns(rule, request, any_name=False):
            return rule.level
    return "None"


def shares(policy: AuditPolicy, request: Request) -> Iterator[Share]:
    """Who decides over all requests of this verb and resource, whoever asks, in whatever namespace, for any name.

    The last share takes all that is left over; every earlier one is restricted.
    """
    for place, rule in enumerate(policy.rules):
        if (rule.verbs and request.verb not in rule.verbs) or not _concerns(rule, request, any_name=True):
            continue
        whom = _restriction(rule, request)
        yield Share(place, rule.level, is_recorded(rule), whom)
        if not whom:
            return
    yield Share(None, "None", recorded=False)


def is_recorded(rule: AuditRule) -> bool:
    """Whether what the rule decides leaves a trace: it has a level, and not every stage of a request is omitted."""
    return rule.level != "None" and not {"RequestReceived", "ResponseComplete"} <= set(rule.omit_stages)


def _matches_requester(rule: AuditRule, request: Request) -> bool:
    return (
        (not rule.users or request.user in rule.users)
        and (not rule.groups or not request.groups.isdisjoint(rule.groups))
        and (not rule.verbs or request.verb in rule.verbs)
        and (not rule.namespaces or request.namespace in rule.namespaces)
    )


def _concerns(rule: AuditRule, request: Request, *, any_name: bool) -> bool:
    """Whether the rule is about this resource; with `any_name`, for one name at least."""
    if rule.only_urls:
        return False
    return not rule.resources or any(_covers(item, request, any_name) for item in rule.resources)


def _covers(item: AuditResources, request: Request, any_name: bool) -> bool:
    if item.group not in (request.group, "*"):
        return False
    if not item.resources:
        return True
    if item.names and not any_name and request.name not in item.names:
        return False
    combined = f"{request.resource}/{request.subresource}" if request.subresource else request.resource
    return any(
        resource in (combined, "*", f"{request.resource}/*")
        or (request.subresource and resource == f"*/{request.subresource}")
        for resource in item.resources
    )


def _restriction(rule: AuditRule, request: Request) -> str:
    """To which requests the rule is restricted, in words."""
    parts = []
    if rule.users:
        parts.append(f"by {', '.join(rule.users)}")
    if rule.groups and EVERYBODY.isdisjoint(rule.groups):
        parts.append(f"by members of {', '.join(rule.groups)}")
    if rule.namespaces:
        parts.append(f"in {', '.join(name or 'no namespace' for name in rule.namespaces)}")
    covering = [item for item in rule.resources if _covers(item, request, any_name=True)]
    if covering and all(item.names for item in covering):
        parts.append(f"of {', '.join(name for item in covering for name in item.names)}")
    return " ".join(parts)
