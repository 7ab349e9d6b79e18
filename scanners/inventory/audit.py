"""The audit policy of an API server, as given: it is in no API."""

from __future__ import annotations

from typing import Literal

from scanners.inventory.record import Record

AuditLevel = Literal["None", "Metadata", "Request", "RequestResponse"]


class AuditResources(Record, frozen=True, kw_only=True):
    """What a rule is about: empty `resources` are all of the group, `*` is every group."""

    group: str = ""
    resources: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class AuditRule(Record, frozen=True, kw_only=True):
    """A rule of audit.k8s.io/v1 Policy; an empty tuple restricts nothing.

    `only_urls`: it has nonResourceURLs and so matches no request for a resource. `omit_stages` are the policy's and
    the rule's own together, as the API server joins them.
    """

    level: AuditLevel
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    resources: tuple[AuditResources, ...] = ()
    only_urls: bool = False
    omit_stages: tuple[str, ...] = ()


class AuditPolicy(Record, frozen=True, kw_only=True):
    """The rules in their order: the first that matches decides, and where none does, nothing is recorded."""

    rules: tuple[AuditRule, ...] = ()
