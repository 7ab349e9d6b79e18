"""An audit policy from its file: kubernetes.io/docs/tasks/debug/debug-cluster/audit."""

from __future__ import annotations

from typing import Any

from scanners.collect.keep import clean
from scanners.collect.metadata import mapping
from scanners.inventory import AuditLevel, AuditPolicy, AuditResources, AuditRule
from scanners.safe_yaml import UnsafeYaml, load_yaml

MAX_BYTES = 256 * 1024
MAX_RULES = 2_000

_LEVELS: tuple[AuditLevel, ...] = ("None", "Metadata", "Request", "RequestResponse")
_STAGES = ("RequestReceived", "ResponseStarted", "ResponseComplete", "Panic")


class AuditPolicyError(ValueError):
    """The text is no audit policy that an API server would load; the message says why."""


def parse_audit_policy(text: str) -> AuditPolicy:
    """The policy, from YAML or JSON. Raises AuditPolicyError wherever the API server would refuse to start."""
    try:
        document = mapping(load_yaml(text, limit=MAX_BYTES))
    except UnsafeYaml as error:
        raise AuditPolicyError(f"The audit policy cannot be read: {error}") from None
    if document.get("kind") != "Policy" or document.get("apiVersion") != "audit.k8s.io/v1":
        raise AuditPolicyError(
            "The audit policy is not of apiVersion audit.k8s.io/v1 and kind Policy; give the file that the API "
            "server's flag --audit-policy-file names."
        )
    rules = document.get("rules")
    if not isinstance(rules, list) or not 0 < len(rules) <= MAX_RULES:
        raise AuditPolicyError(f"The audit policy needs a list `rules` of 1 to {MAX_RULES:,} rules.")
    omitted = _stages(document, "omitStages")
    return AuditPolicy(rules=tuple(_rule(mapping(rule), f"rules[{i}]", omitted) for i, rule in enumerate(rules)))


def _rule(rule: dict[str, Any], where: str, omitted: tuple[str, ...]) -> AuditRule:
    level = rule.get("level")
    if level is None and "level" in rule:
        level = "None"  # an unquoted None is a word to YAML, but null is what some tools make of it
    if level not in _LEVELS:
        raise AuditPolicyError(f"{where}.level of the audit policy is none of {', '.join(_LEVELS)}.")
    urls, resources = _texts(rule, "nonResourceURLs", where), rule.get("resources") or []
    if not isinstance(resources, list):
        raise AuditPolicyError(f"{where}.resources of the audit policy is not a list.")
    namespaces = _texts(rule, "namespaces", where)
    if urls and (resources or namespaces):
        raise AuditPolicyError(f"{where} of the audit policy has both nonResourceURLs and resources.")
    return AuditRule(
        level=level,
        users=_texts(rule, "users", where),
        groups=_texts(rule, "userGroups", where),
        verbs=_texts(rule, "verbs", where),
        namespaces=namespaces,
        resources=tuple(_resources(mapping(item), f"{where}.resources[{i}]") for i, item in enumerate(resources)),
        only_urls=bool(urls),
        omit_stages=tuple(dict.fromkeys((*omitted, *_stages(rule, f"{where}.omitStages")))),
    )


def _resources(item: dict[str, Any], where: str) -> AuditResources:
    group = item.get("group") or ""
    if not isinstance(group, str):
        raise AuditPolicyError(f"{where}.group of the audit policy is no name.")
    resources, names = _texts(item, "resources", where), _texts(item, "resourceNames", where)
    if names and not resources:
        raise AuditPolicyError(f"{where} of the audit policy has resourceNames without resources.")
    return AuditResources(group=clean(group), resources=resources, names=names)


def _stages(holder: dict[str, Any], where: str) -> tuple[str, ...]:
    stages = _texts(holder, "omitStages", where.rpartition(".")[0] or "The audit policy")
    for stage in stages:
        if stage not in _STAGES:
            raise AuditPolicyError(f"{where} of the audit policy names a stage that is none of {', '.join(_STAGES)}.")
    return stages


def _texts(holder: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    found = holder.get(key) or []
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise AuditPolicyError(f"{where}.{key} of the audit policy is not a list of words.")
    return tuple(clean(item) for item in found)
