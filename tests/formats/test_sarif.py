"""The SARIF log against what the standard requires (OASIS SARIF 2.1.0, sections in brackets)."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from scanners.checks import REGISTRY
from scanners.formats import FORMATS
from scanners.formats.sarif import LEVELS, artifact, message
from scanners.report import SEVERITIES, Report
from tests.formats import reports

ALL = [reports.ordinary(), reports.nothing_found(), reports.hostile()]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
URI_REFERENCE = re.compile(r"([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2})+")


def log_of(report: Report) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(b"".join(FORMATS["sarif"].write(report)))
    return log


def run_of(report: Report) -> dict[str, Any]:
    run: dict[str, Any] = log_of(report)["runs"][0]
    return run


@pytest.mark.parametrize("report", ALL)
def test_the_log_is_one_run_of_version_2_1_0(report: Report) -> None:
    """sarifLog [3.13]: version and runs are required; run [3.14]: tool is required."""
    log = log_of(report)
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("/sarif-schema-2.1.0.json")
    assert len(log["runs"]) == 1
    driver = log["runs"][0]["tool"]["driver"]
    assert driver["name"] == "secretsui"
    assert isinstance(log["runs"][0]["results"], list)


@pytest.mark.parametrize("report", ALL)
def test_rules_are_reporting_descriptors(report: Report) -> None:
    """reportingDescriptor [3.49]: id is required and unique here; levels are of [3.50.3]."""
    rules = run_of(report)["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [check.id for check in report.checks]
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["defaultConfiguration"]["level"] in {"none", "note", "warning", "error"}
        assert 0 < float(rule["properties"]["security-severity"]) <= 10


@pytest.mark.parametrize("report", ALL)
def test_results_refer_to_their_rules_and_have_a_message_and_a_place(report: Report) -> None:
    """result [3.27]: message is required; ruleIndex must be of the rule that ruleId names."""
    run = run_of(report)
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) == len(report.findings)
    for result, finding in zip(run["results"], report.findings, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.check
        assert result["message"]["text"]
        assert result["level"] == LEVELS[finding.severity]
        place = result["locations"][0]["physicalLocation"]
        assert place["region"]["startLine"] >= 1
        assert URI_REFERENCE.fullmatch(place["artifactLocation"]["uri"])


@pytest.mark.parametrize("report", ALL)
def test_suppressions_stand_on_every_result(report: Report) -> None:
    """[3.27.23]: on all results or on none; those of system objects have one, of a kind of [3.35.2]."""
    for result, finding in zip(run_of(report)["results"], report.findings, strict=True):
        assert [item["kind"] for item in result["suppressions"]] == (["external"] if finding.folded else [])


@pytest.mark.parametrize("report", ALL)
def test_the_invocation_says_when_and_what_was_not_seen(report: Report) -> None:
    """invocation [3.20]: executionSuccessful is required; notification [3.58]: message is required."""
    run = run_of(report)
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is True
    assert TIME.fullmatch(invocation["startTimeUtc"])
    assert TIME.fullmatch(invocation["endTimeUtc"])
    rules = run["tool"]["driver"]["rules"]
    about = []
    for notification in invocation["toolExecutionNotifications"]:
        assert notification["message"]["text"]
        rule = notification.get("associatedRule")
        if rule:
            assert rules[rule["index"]]["id"] == rule["id"]
            about.append(rule["id"])
    assert about == [check.id for check in report.checks if check.status == "not-assessed"]


def test_a_finding_is_followed_by_its_id() -> None:
    report = reports.ordinary()
    for result, finding in zip(run_of(report)["results"], report.findings, strict=True):
        assert result["partialFingerprints"]["secretsuiFinding/v1"] == finding.id
        assert result["partialFingerprints"]["primaryLocationLineHash"] == f"{finding.id}:1"


def test_severity_falls_into_code_scanning_s_bands() -> None:
    """Above 9.0 critical, from 7.0 high, from 4.0 medium, below that low."""
    findings = tuple(reports.finding(number, severity=severity) for number, severity in enumerate(SEVERITIES))
    results = run_of(reports.ordinary(findings=findings))["results"]
    critical, high, medium, low = (float(result["properties"]["security-severity"]) for result in results)
    assert critical > 9.0 > high >= 7.0 > medium >= 4.0 > low > 0


@pytest.mark.parametrize(
    ("changes", "uri"),
    [
        ({}, "namespaces/shop/Deployment/api-1.yaml"),
        ({"namespace": "", "kind": "Cluster", "name": "prod-eu"}, "cluster/Cluster/prod-eu.yaml"),
        ({"name": "system:node"}, "namespaces/shop/Deployment/system%3Anode.yaml"),
        ({"name": "../../etc/passwd"}, "namespaces/shop/Deployment/..%2F..%2Fetc%2Fpasswd.yaml"),
        ({"namespace": ".."}, "namespaces/%2E%2E/Deployment/api-1.yaml"),
    ],
)
def test_a_location_is_the_object_s_path(changes: dict[str, str], uri: str) -> None:
    assert artifact(reports.finding(1, **changes)) == uri


def test_no_name_leaves_its_place_in_the_path() -> None:
    report = reports.hostile()
    for result, finding in zip(run_of(report)["results"], report.findings, strict=True):
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        parts = urlsplit(uri).path.split("/")
        assert len(parts) == 4
        assert unquote(parts[3]) == f"{finding.name}.yaml"


def test_a_message_has_no_placeholder_and_no_link_of_a_stranger() -> None:
    assert message("{0} of {name}") == "{{0}} of {name}"
    assert message("[click](https://evil.example)") == "[click] (https://evil.example)"


def test_rules_carry_the_checks_own_words() -> None:
    lines = tuple(reports.check(check.id, check.severity, "pass") for check in REGISTRY)
    rules = run_of(reports.ordinary(checks=lines, findings=()))["tool"]["driver"]["rules"]
    assert len(rules) == len(REGISTRY)
    for rule, check in zip(rules, REGISTRY, strict=True):
        assert rule["fullDescription"]["text"] == message(check.what)
        assert rule["help"]["text"].startswith(message(check.why))
        assert rule.get("helpUri") == (check.references[0][1] if check.references else None)
