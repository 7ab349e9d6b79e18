"""A scan of some namespaces says nothing of what may stand in the others."""

from __future__ import annotations

from typing import Any

import pytest

from scanners.assess import assess_check
from scanners.checks import BY_ID
from scanners.context import Context
from scanners.policy import parse_policy
from tests.checks.fixture_loader import inventory

FLUX = "kustomize.toolkit.fluxcd.io"
APPLIED = {"namespace": "shop", "name": "db", "labels": {f"{FLUX}/name": "apps", f"{FLUX}/namespace": "flux-system"}}
ABSENT = {f"{kind}": "absent" for kind in ("securitypolicies.gateway.envoyproxy.io", "httpproxies.projectcontour.io")}
GATEWAY: dict[str, Any] = {
    "kind": "Gateway",
    "group": "gateway.networking.k8s.io",
    "namespace": "shop",
    "name": "web",
    "field": "spec.listeners[0].tls.certificateRefs[0].name",
    "secret": "wildcard",
    "secret_namespace": "certificates",
    "how": "gateway-tls",
}


@pytest.mark.parametrize(
    ("check", "fragment", "reason"),
    [
        ("gitops-plaintext", {"secrets": [APPLIED]}, "lies outside the namespaces of this scan"),
        ("no-source-of-truth", {"secrets": [APPLIED]}, "everything in the namespaces outside this scan"),
        ("missing-secret", {"references": [GATEWAY]}, "everything in the namespaces outside this scan"),
        (
            "unused-secret",
            {"secrets": [{"namespace": "shop", "name": "web"}]},
            "gateways.gateway.networking.k8s.io in all namespaces",
        ),
    ],
)
def test_what_lies_outside_the_scope_is_not_known(check: str, fragment: dict[str, Any], reason: str) -> None:
    result = assess_check(BY_ID[check], Context(inventory(fragment | {"scope": ["shop"]}, ABSENT)))
    assert (result.status, result.findings) == ("not-assessed", [])
    assert reason in result.reason
    assert assess_check(BY_ID[check], Context(inventory(fragment, ABSENT))).reason != result.reason


def test_a_twin_outside_the_scope_may_exist() -> None:
    policy = parse_policy("rehearsals: [{production: shop, staging: trial}]")
    context = Context(inventory({"secrets": [{"namespace": "shop", "name": "db"}], "scope": ["shop"]}), policy)
    assert not context.sees("secrets", "trial")
    assert assess_check(BY_ID["rotation-not-rehearsed"], context).status == "not-assessed"
