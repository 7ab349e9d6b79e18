"""Audit policies as files: read as the API server reads them, refused where it would not start."""

from __future__ import annotations

import json

import pytest

from scanners.collect.audit_policy import AuditPolicyError, parse_audit_policy
from scanners.inventory import AuditResources, AuditRule

HEAD = "apiVersion: audit.k8s.io/v1\nkind: Policy\n"


def test_a_policy_in_full() -> None:
    policy = parse_audit_policy(
        HEAD
        + """
omitStages: [RequestReceived]
rules:
  - level: None
    users: ["system:kube-proxy"]
    verbs: [watch]
    resources: [{group: "", resources: [endpoints], resourceNames: [a]}]
  - {level: Metadata, userGroups: [ops], namespaces: [prod, ""], omitStages: [ResponseStarted, RequestReceived]}
  - {level: None, nonResourceURLs: ["/healthz*"]}
"""
    )
    stages = ("RequestReceived",)
    assert policy.rules == (
        AuditRule(
            level="None",
            users=("system:kube-proxy",),
            verbs=("watch",),
            resources=(AuditResources(resources=("endpoints",), names=("a",)),),
            omit_stages=stages,
        ),
        AuditRule(
            level="Metadata",
            groups=("ops",),
            namespaces=("prod", ""),
            omit_stages=("RequestReceived", "ResponseStarted"),
        ),
        AuditRule(level="None", only_urls=True, omit_stages=stages),
    )


def test_json_is_yaml_too() -> None:
    document = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]}
    assert parse_audit_policy(json.dumps(document)).rules == (AuditRule(level="Metadata"),)


REFUSED = (
    ("", "not of apiVersion audit.k8s.io/v1"),
    ("- 1", "not of apiVersion audit.k8s.io/v1"),
    ("apiVersion: audit.k8s.io/v1beta1\nkind: Policy\nrules: [{level: Metadata}]", "audit.k8s.io/v1 and kind"),
    (HEAD, "needs a list `rules`"),
    (HEAD + "rules: []", "needs a list `rules`"),
    (HEAD + "rules: [{}]", "rules[0].level"),
    (HEAD + "rules: [{level: metadata}]", "rules[0].level"),
    (HEAD + "rules: [{level: Metadata, verbs: get}]", "rules[0].verbs"),
    (HEAD + "rules: [{level: Metadata, resources: [{resources: [1]}]}]", "rules[0].resources[0].resources"),
    (HEAD + "rules: [{level: Metadata, resources: [{resourceNames: [a]}]}]", "resourceNames without resources"),
    (HEAD + "rules: [{level: None, nonResourceURLs: [/x], namespaces: [a]}]", "both nonResourceURLs and resources"),
    (HEAD + "rules: [{level: Metadata, omitStages: [Sometimes]}]", "names a stage"),
    (HEAD + "rules: &a [*a]", "cannot be read"),
    ("x: " + "[" * 5000, "cannot be read"),
    (HEAD + "rules: [" + "{level: Metadata}," * 2001 + "]", "1 to 2,000 rules"),
)


@pytest.mark.parametrize(("text", "says"), REFUSED, ids=range(len(REFUSED)))
def test_what_no_api_server_would_load_is_refused_with_a_sentence(text: str, says: str) -> None:
    with pytest.raises(AuditPolicyError) as refused:
        parse_audit_policy(text)
    assert says in str(refused.value)
